"""Sums and choices as text: window and kernel side by side, then every product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from konv.language import translate as _
from konv.language.tables import padded, wrapped
from konv.layers.base import Array
from konv.values.abbreviation import gap_in, shown_parts
from konv.values.grids import PADDING_ZERO, grid_cell, grid_lines, side_by_side
from konv.values.numbers import factor, number
from konv.values.parts import Part, exact_sum
from konv.values.steps import Choice, Matrix, Sum

__all__ = [
    "bias_text",
    "choice_lines",
    "left_out",
    "mean_text",
    "rest_text",
    "sum_lines",
    "terms_of",
    "weights_word",
    "winner_text",
]

_INDENT = "  "


def sum_lines(step: Sum, width: int, *, all_terms: bool) -> Iterator[str]:
    """A sum, part by part, then all together."""
    yield from wrapped(step.title, width, _INDENT)
    for remark in step.remarks:
        yield from wrapped(remark, width, _INDENT)
    if step.matrix is not None:
        yield from _matrix_lines(step.matrix, width)
    shown = shown_parts(step.parts, all_terms=all_terms)
    for part in shown:
        yield from _part_lines(part, width, all_terms=all_terms)
    if len(shown) < len(step.parts):
        yield from wrapped(rest_text(step, len(shown)), width, _INDENT)
    if len(step.parts) > 1 and not step.apart:
        yield ""
        totals = [factor(total) for total in step.totals]
        gap = gap_in(len(totals), all_terms=all_terms)
        summed = " + ".join(left_out(totals, step.totals, gap))
        yield from wrapped(f"{summed} = {number(step.sum)}", width, _INDENT)
    if step.bias is not None:
        yield from wrapped(_("{sum} (bias)", sum=bias_text(step)), width, _INDENT)
    if step.divisor is not None:
        yield from wrapped(mean_text(step), width, _INDENT)


def bias_text(step: Sum) -> str:
    """How the bias is added."""
    assert step.bias is not None
    return f"{number(step.sum)} + {factor(step.bias)} = {number(step.value)}"


def mean_text(step: Sum) -> str:
    """How the sum becomes a mean."""
    return f"{number(step.sum)} / {step.divisor} = {number(step.value)}"


def rest_text(step: Sum, shown: int) -> str:
    """How much is left out of the parts."""
    left = step.totals[shown:]
    if step.apart:
        return _("… and {count} more, alike", count=len(left))
    return _(
        "… and {count} more channels; they add up to {total}",
        count=len(left),
        total=number(exact_sum(left)),
    )


def _part_lines(part: Part, width: int, *, all_terms: bool) -> Iterator[str]:
    """A window beside its kernel, and the products."""
    if part.grid is not None:
        yield ""
        yield from _grids(part, width)
    terms, values = terms_of(part)
    gap = gap_in(len(terms), all_terms=all_terms)
    line = f"{' + '.join(left_out(terms, values, gap))} = {number(part.total)}"
    yield from wrapped(line, width, _INDENT)


def terms_of(part: Part) -> tuple[list[str], list[float]]:
    """Each product as text, and as a number; (0) is a zero of the padding."""
    numbers, inside = part.numbers.tolist(), part.inside.tolist()
    texts = [factor(x) if on else PADDING_ZERO for x, on in zip(numbers, inside, strict=True)]
    if part.weights is None:
        kept = [(text, x) for text, x, on in zip(texts, numbers, inside, strict=True) if on]
        return [text for text, _x in kept], [x for _text, x in kept]
    weights = part.weights.tolist()
    terms = [f"{text}*{factor(weight)}" for text, weight in zip(texts, weights, strict=True)]
    return terms, part.products.tolist()


def left_out(terms: Sequence[str], values: Sequence[float], gap: slice) -> list[str]:
    """The terms of a sum, with what is left out as one term that says so.

    Example:
        >>> left_out(["1", "2", "3", "4"], [1, 2, 3, 4], slice(1, 3))
        ['1', '[2 more: 5]', '4']
    """
    hidden = list(values[gap])
    if not hidden:
        return list(terms)
    more = _("[{count} more: {total}]", count=len(hidden), total=number(exact_sum(hidden)))
    return [*terms[: gap.start], more, *terms[gap.stop :]]


def _grids(part: Part, width: int) -> list[str]:
    """The window, and the kernel that it meets."""
    blocks = [[part.name or _("window"), *grid_lines(_cells(part, part.numbers, None), width)]]
    if part.weights is not None:
        assert part.grid is not None
        kernel = part.weights.reshape(part.grid)
        cells = [[grid_cell(weight) for weight in row] for row in kernel.tolist()]
        blocks.append([weights_word(part), *grid_lines(cells, width)])
    return side_by_side(blocks, width)


def weights_word(part: Part) -> str:
    """What stands above the weights of a part."""
    turned = _("kernel turned by 180°") if part.turned else _("kernel")
    return part.weights_name or turned


def _cells(part: Part, numbers: Array, winner: int | None) -> list[list[str]]:
    """A window as cells: the padding in round brackets, the winner in square ones."""
    assert part.grid is not None
    texts = [grid_cell(x) for x in part.window(numbers).reshape(-1).tolist()]
    inside = part.window(part.inside).reshape(-1).tolist()
    cells = [text if on else PADDING_ZERO for text, on in zip(texts, inside, strict=True)]
    if winner is not None:
        cells[winner] = f"[{cells[winner]}]"
    columns = part.grid[1]
    return [cells[i : i + columns] for i in range(0, len(cells), columns)]


def _matrix_lines(matrix: Matrix, width: int) -> Iterator[str]:
    """The rows of the im2col matrix around the one that the window is."""
    rows, columns = matrix.shape
    yield from wrapped(
        _(
            "im2col: every window is a row of a {rows}×{columns} matrix, the filter a column of "
            "{columns}; this window is row {row}",
            rows=f"{rows:,}",
            columns=f"{columns:,}",
            row=f"{matrix.row:,}",
        ),
        width,
        _INDENT,
    )
    heads = [f"{'→' if row == matrix.row else ' '} {row}" for row in matrix.excerpt]
    room = max(map(len, heads)) + 2
    cells = [[grid_cell(x) for x in numbers.tolist()] for numbers in matrix.excerpt.values()]
    for head, line in zip(heads, grid_lines(cells, width - room), strict=True):
        yield padded(head, room) + line
    if len(matrix.excerpt) < rows:
        yield "  …"
    yield ""


def choice_lines(step: Choice, width: int, *, all_terms: bool) -> Iterator[str]:
    """A window, and which of its numbers won."""
    yield from wrapped(step.title, width, _INDENT)
    yield ""
    yield from grid_lines(_cells(step.part, step.part.numbers, step.winner), width)
    terms, _values = terms_of(step.part)
    gap = gap_in(len(terms), all_terms=all_terms)
    shown = [*terms[: gap.start], *terms[gap.stop :]]
    if gap.stop > gap.start:
        shown.insert(gap.start, _("[{count} more]", count=gap.stop - gap.start))
    yield from wrapped(f"{step.word}({', '.join(shown)}) = {number(step.value)}", width, _INDENT)
    yield from wrapped(winner_text(step), width, _INDENT)


def winner_text(step: Choice) -> str:
    """Which number of a window won."""
    if step.word == "max":
        return _("the largest is the number at {place}", place=step.place)
    return _("the smallest is the number at {place}", place=step.place)
