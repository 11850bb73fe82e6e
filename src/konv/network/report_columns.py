"""The columns of a report that people read, in text and HTML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from konv.language import translate as _
from konv.language.tables import places
from konv.network.report import Report
from konv.network.rows import Row, times

__all__ = ["Column", "bytes_text", "columns_of"]

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        heading: what stands above it.
        cells: one text per layer.
        total: what stands below it.
        importance: the least important ones are left out first where there is no room; those of
            0 always.
        right: whether it is set to the right, as numbers are.
        is_name: whether it holds the names of the layers, which may be shortened.
    """

    heading: str
    cells: tuple[str, ...]
    total: str = ""
    importance: int = 1
    right: bool = False
    is_name: bool = False

    @property
    def width(self) -> int:
        """What its widest cell takes."""
        return max(map(places, (self.heading, self.total, *self.cells)))


def columns_of(report: Report) -> list[Column]:
    """All columns in their order, but for those that would be empty."""
    rows, totals = report.rows, report.totals

    def column(
        heading: str,
        cell: Callable[[Row], str],
        importance: int,
        total: str = "",
        right: bool = False,
    ) -> Column:
        return Column(heading, tuple(map(cell, rows)), total, importance, right)

    def number(heading: str, cell: Callable[[Row], str], total: int, importance: int) -> Column:
        return column(heading, cell, importance, f"{total:,}", right=True)

    columns = [
        column("#", lambda row: str(row.index), 6, right=True),
        Column(_("layer"), tuple(row.name for row in rows), _("total"), 99, is_name=True),
        column(_("kind"), lambda row: row.layer, 1),
        column(_("input"), lambda row: ", ".join(map(times, row.input_shapes)), 2),
        column(_("takes"), lambda row: ", ".join(row.inputs), 4 if _has_branches(rows) else 0),
        column(_("output"), lambda row: times(row.output_shape), 14),
        column(_("kernel"), _kernel, 9),
        column(_("stride"), lambda row: times(row.stride) if row.stride else "", 3),
        column(_("padding"), _padding, 3),
        column(_("dropped"), _dropped, 5),
        number(_("weights"), lambda row: _own(row, row.weights), totals.weights, 13),
        number(_("biases"), lambda row: _own(row, row.biases), totals.biases, 11),
        number(
            _("not trained"), lambda row: _own(row, row.non_trainable), totals.non_trainable, 10
        ),
        number(_("MACs"), lambda row: f"{row.macs:,}", totals.macs, 12),
        column(
            _("memory"),
            lambda row: bytes_text(row.activation_bytes),
            7,
            bytes_text(totals.activation_bytes),
            right=True,
        ),
        column(_("sees"), _field, 8, right=True),
    ]
    return [column for column in columns if column.is_name or _says_something(column)]


def _says_something(column: Column) -> bool:
    return column.importance > 0 and not {"", "0", _("shared")}.issuperset(column.cells)


def _has_branches(rows: tuple[Row, ...]) -> bool:
    before = [None, *(row.name for row in rows)]
    return any(row.inputs not in ((name,), ()) for row, name in zip(rows, before, strict=False))


def _kernel(row: Row) -> str:
    if row.kernel is None:
        return ""
    wide = row.dilation not in (None, (1, 1))
    return times(row.kernel) + (f" /{times(row.dilation or ())}" if wide else "")


def _padding(row: Row) -> str:
    """``1`` on every side, or rows above+below × columns left+right."""
    if row.padding is None or row.padding == ((0, 0), (0, 0)):
        return ""
    sides = {side for axis in row.padding for side in axis}
    if len(sides) == 1:
        return str(sides.pop())
    return "×".join(f"{before}+{after}" for before, after in row.padding)


def _dropped(row: Row) -> str:
    return "" if row.dropped == (0, 0) else times(row.dropped)


def _own(row: Row, count: int) -> str:
    return _("shared") if row.shares else f"{count:,}"


def _field(row: Row) -> str:
    return times(row.receptive_field) if row.receptive_field else ""


def bytes_text(count: int) -> str:
    """``1.5 KiB``."""
    size, unit = float(count), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{count} B"
