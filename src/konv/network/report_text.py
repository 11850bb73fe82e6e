"""A report as plain text: a table that fits the terminal, its totals, notes and conventions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from konv.language import translate as _
from konv.language.tables import padded, shortened_inside, wrapped
from konv.network.report import Report, conventions
from konv.network.report_columns import Column, bytes_text, columns_of
from konv.network.rows import times

__all__ = ["report_text", "summing_up", "title_of"]

_GAP = 2
_SHOWN_NOTES = 12
_LEAST_NAME_WIDTH = 16


def report_text(report: Report, width: int) -> str:
    """The report in at most ``width`` columns."""
    return "\n".join(line.rstrip() for line in _lines(report, width))


def _lines(report: Report, width: int) -> Iterator[str]:
    yield from wrapped(title_of(report), width)
    yield ""
    yield from _table(report, width)
    yield ""
    yield from wrapped(summing_up(report), width)
    for note in report.notes[:_SHOWN_NOTES]:
        yield from wrapped(f"! {note}", width, "  ")
    if len(report.notes) > _SHOWN_NOTES:
        yield _("! and {count} more notes", count=len(report.notes) - _SHOWN_NOTES)
    yield from wrapped(conventions(), width)


def title_of(report: Report) -> str:
    """The network, what it takes and what it makes of it."""
    return _(
        "{name}: {input} → {output}, {count} layers",
        name=report.name,
        input=times(report.input_shape),
        output=times(report.output_shape),
        count=len(report.rows),
    )


def summing_up(report: Report) -> str:
    """The totals in a sentence."""
    totals = report.totals
    parts = [_("{count} weights", count=f"{totals.weights:,}")]
    parts.append(_("{count} biases", count=f"{totals.biases:,}"))
    if totals.non_trainable:
        parts.append(_("{count} not trained", count=f"{totals.non_trainable:,}"))
    return _(
        "{parameters} parameters ({parts}; {memory}), {macs} MACs, {flops} FLOPs, "
        "{activations} of activations",
        parameters=f"{totals.parameters:,}",
        parts=" + ".join(parts),
        memory=bytes_text(totals.parameter_bytes),
        macs=f"{totals.macs:,}",
        flops=f"{totals.flops:,}",
        activations=bytes_text(totals.activation_bytes),
    )


def _table(report: Report, width: int) -> Iterator[str]:
    columns, widths = _fitted(columns_of(report), width)
    rule = "─" * min(width, sum(widths) + _GAP * (len(widths) - 1))
    yield _line(columns, widths, [column.heading for column in columns])
    yield rule
    for cells in zip(*(column.cells for column in columns), strict=True):
        yield _line(columns, widths, cells)
    yield rule
    yield _line(columns, widths, [column.total for column in columns])


def _fitted(columns: list[Column], width: int) -> tuple[list[Column], list[int]]:
    """The columns that fit, the least important left out, and their widths."""
    columns = list(columns)
    while True:
        widths = [column.width for column in columns]
        surplus = sum(widths) + _GAP * (len(widths) - 1) - width
        if surplus <= 0:
            return columns, widths
        name = next(i for i, column in enumerate(columns) if column.is_name)
        least = min(widths[name], _LEAST_NAME_WIDTH)
        if widths[name] - surplus >= least or len(columns) == 1:
            widths[name] -= surplus
            return columns, widths
        columns.remove(min(columns, key=lambda column: column.importance))


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    return (" " * _GAP).join(
        padded(shortened_inside(cell, width), width, right=column.right)
        for column, width, cell in zip(columns, widths, cells, strict=True)
    )
