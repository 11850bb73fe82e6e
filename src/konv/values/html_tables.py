"""Tables of numbers in HTML: a map with its window marked, a window, a kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from konv.language import translate as _
from konv.layers.base import Array
from konv.values.explanation import Scene
from konv.values.grids import grid_cell

__all__ = ["MOST_SIDE", "grid_table", "map_table", "near", "participation_table"]

_AROUND = 4  # rows and columns that are shown around a window
MOST_SIDE = 12  # a map of at most so many rows and columns is shown whole

Marks = Callable[[int, int], str]


def map_table(scene: Scene, channel: int, caption: str) -> str:
    """A channel of a map, or the part around the window, with the window marked."""
    plane = scene.maps[..., channel]
    rows, columns = (
        near(pair, size)
        for pair, size in zip((scene.rows, scene.columns), plane.shape, strict=True)
    )
    # What lies on the padding belongs to the window, too.
    shown = np.zeros((len(rows), len(columns)))
    on_map = np.zeros(shown.shape, bool)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]:
                shown[i, j], on_map[i, j] = plane[row, column], True

    def marks(i: int, j: int) -> str:
        seen = (
            scene.rows[0] <= rows[i] < scene.rows[1]
            and scene.columns[0] <= columns[j] < scene.columns[1]
        )
        return " ".join(
            ["shade", *(["seen"] if seen else []), *([] if on_map[i, j] else ["padding"])]
        )

    if len(rows) < plane.shape[0] or len(columns) < plane.shape[1]:
        size = f"{plane.shape[0]}×{plane.shape[1]}"
        caption = _("{caption}: the part of {size} around the window", caption=caption, size=size)
    return grid_table(shown, caption, marks, heads=(rows, columns), inside=on_map)


def near(pair: tuple[int, int], size: int) -> range:
    """The rows that are shown: all of a small map, else those near a window."""
    first, stop = pair
    if size <= MOST_SIDE:
        return range(min(first, 0), max(stop, size))
    return range(max(min(first, 0), first - _AROUND), min(max(stop, size), stop + _AROUND))


def grid_table(
    numbers: Array,
    caption: str,
    marks: Marks | None = None,
    *,
    heads: tuple[Sequence[int], Sequence[int]] | None = None,
    inside: Array | None = None,
) -> str:
    """Numbers [rows, columns] as a table.

    Args:
        numbers: what is shown; the larger, the darker where ``marks`` gives the class "shade".
        caption: above it.
        marks: the row and the column -> classes of the cell.
        heads: the numbers of the rows and the columns.
        inside: [rows, columns] which are no padding.
    """
    finite = numbers[np.isfinite(numbers)]
    least, most = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    reach = most - least if most > least and np.isfinite(most - least) else 1.0
    lines = [f"<table><caption>{escape(caption)}</caption>"]
    if heads is not None:
        cells = "".join(f'<th scope="col">{column}</th>' for column in heads[1])
        lines.append(f"<thead><tr><th></th>{cells}</tr></thead>")
    lines.append("<tbody>")
    for i, row in enumerate(numbers.tolist()):
        head = "" if heads is None else f'<th scope="row">{heads[0][i]}</th>'
        cells = "".join(
            _cell(
                value,
                marks(i, j) if marks else "",
                (value - least) / reach,
                inside is None or bool(inside[i, j]),
            )
            for j, value in enumerate(row)
        )
        lines.append(f"<tr>{head}{cells}</tr>")
    lines.append("</tbody></table>")
    return "".join(lines)


def _cell(value: float, classes: str, darkness: float, inside: bool) -> str:
    text = grid_cell(value) if inside else f"({grid_cell(value)})"
    attributes = f' class="{classes}"' if classes else ""
    if "shade" in classes and inside and 0 <= darkness <= 1:
        attributes += f' style="--v:{darkness:.2f}"'
    return f"<td{attributes}>{text}</td>"


def participation_table(scene: Scene) -> str:
    """In how many windows each place takes part."""
    counts = scene.participation
    rows, columns = (range(min(size, MOST_SIDE)) for size in counts.shape)
    shown = counts[: len(rows), : len(columns)]
    caption = _("from {least} to {most} times", least=counts.min(), most=counts.max())
    if shown.shape != counts.shape:
        caption += _("; the first {count} rows and columns", count=MOST_SIDE)
    return grid_table(shown, caption, lambda _i, _j: "shade", heads=(rows, columns))
