"""The steps of an explanation as HTML: window times kernel is products, and their sum."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from html import escape

import numpy as np

from konv.html_page import paragraphs
from konv.language import translate as _
from konv.layers.base import Array
from konv.values.abbreviation import gap_in, shown_parts
from konv.values.grids import PADDING_ZERO, grid_cell
from konv.values.html_tables import MOST_SIDE, grid_table, near
from konv.values.numbers import factor, number
from konv.values.parts import Part, exact_sum
from konv.values.steps import Choice, Formula, Matrix, Passed, Softmax, Step, Sum
from konv.values.sum_text import left_out, rest_text, weights_word, winner_text

__all__ = ["step_html"]


def step_html(step: Step, *, all_terms: bool) -> Iterator[str]:
    """One step."""
    match step:
        case Sum():
            return _sum_html(step, all_terms)
        case Choice():
            return _choice_html(step)
        case Formula():
            return _formula_html(step)
        case Softmax():
            return _softmax_html(step, all_terms)
        case Passed():
            return iter((paragraphs(f"{step.sentence}: {number(step.value)}"),))


def _code(text: str) -> str:
    """A line of arithmetic; its result is set off."""
    term, equals, result = text.rpartition(" = ")
    return f'<p><code>{escape(term + equals)}<b class="result">{escape(result)}</b></code></p>'


def _sum_html(step: Sum, all_terms: bool) -> Iterator[str]:
    yield paragraphs(step.title, *step.remarks)
    if step.matrix is not None:
        yield _matrix_html(step.matrix)
    shown = shown_parts(step.parts, all_terms=all_terms)
    for part in shown:
        yield _window_html(part) if _fits(part) else _terms_html(part, all_terms)
    if len(shown) < len(step.parts):
        yield paragraphs(rest_text(step, len(shown)))
    if len(step.parts) > 1 and not step.apart:
        totals = [factor(total) for total in step.totals]
        summed = left_out(totals, step.totals, gap_in(len(totals), all_terms=all_terms))
        yield _code(f"{' + '.join(summed)} = {number(step.sum)}")
    if step.bias is not None:
        yield _code(f"{number(step.sum)} + {factor(step.bias)} = {number(step.value)}")
    if step.divisor is not None:
        yield _code(f"{number(step.sum)} / {step.divisor} = {number(step.value)}")


def _fits(part: Part) -> bool:
    """Whether a part is a window that is small enough to be shown as one."""
    return part.grid is not None and max(part.grid) <= MOST_SIDE


def _window_html(part: Part) -> str:
    """A window, the kernel it meets, and the products, side by side."""
    assert part.grid is not None
    inside = part.window(part.inside)
    seen = partial(_marked, inside=inside)
    window = grid_table(part.window(part.numbers), part.name or _("window"), seen, inside=inside)
    total = f'<span class="sign">= <b class="result">{number(part.total)}</b></span>'
    if part.weights is None:
        return f'<div class="row">{window}<span class="sign">Σ</span>{total}</div>'
    kernel = grid_table(part.weights.reshape(part.grid), weights_word(part))
    products = grid_table(part.window(part.products), _("products"), seen, inside=inside)
    signs = [f'<span class="sign">{sign}</span>' for sign in ("×", "→", "Σ")]
    return f'<div class="row">{window}{signs[0]}{kernel}{signs[1]}{products}{signs[2]}{total}</div>'


def _marked(i: int, j: int, *, inside: Array) -> str:
    return "seen" if inside[i, j] else "seen padding"


def _terms_html(part: Part, all_terms: bool) -> str:
    """Numbers without rows and columns: a line for each product."""
    count = len(part.numbers)
    gap = gap_in(count, all_terms=all_terms)
    heads = [_("place"), _("value"), *([_("weight"), _("product")] * (part.weights is not None))]
    lines = ["".join(f'<th scope="col">{escape(head)}</th>' for head in heads)]
    products = part.products.tolist()
    for i in range(count):
        if gap.start <= i < gap.stop:
            if i == gap.start:
                hidden = number(exact_sum(products[gap]))
                more = _("[{count} more: {total}]", count=gap.stop - gap.start, total=hidden)
                lines.append(f'<td colspan="{len(heads)}">{escape(more)}</td>')
            continue
        place = ", ".join(map(str, part.places[i].tolist()))
        text = number(part.numbers[i]) if part.inside[i] else PADDING_ZERO
        cells = [place, text]
        if part.weights is not None:
            cells += [number(part.weights[i]), number(products[i])]
        lines.append("".join(f"<td>{cell}</td>" for cell in cells))
    rows = "".join(f"<tr>{line}</tr>" for line in lines[1:])
    total = _code(f"Σ = {number(part.total)}")
    return f"<table><thead><tr>{lines[0]}</tr></thead><tbody>{rows}</tbody></table>{total}"


def _matrix_html(matrix: Matrix) -> str:
    rows, columns = matrix.shape
    caption = _("im2col: {rows}×{columns}", rows=f"{rows:,}", columns=f"{columns:,}")
    lines = []
    for row, numbers in matrix.excerpt.items():
        mark = ' class="seen"' if row == matrix.row else ""
        cells = "".join(f"<td{mark}>{grid_cell(value)}</td>" for value in numbers.tolist())
        lines.append(f'<tr><th scope="row">{row}</th>{cells}</tr>')
    return f"<table><caption>{escape(caption)}</caption><tbody>{''.join(lines)}</tbody></table>"


def _choice_html(step: Choice) -> Iterator[str]:
    part = step.part
    assert part.grid is not None
    numbers, inside = part.window(part.numbers), part.window(part.inside)
    won = divmod(step.winner, part.grid[1])
    rows, columns = (near((i, i + 1), size) for i, size in zip(won, part.grid, strict=True))
    cut = np.ix_(rows, columns)

    def marks(i: int, j: int) -> str:
        first = " won" if (rows[i], columns[j]) == won else ""
        return _marked(i, j, inside=inside[cut]) + first

    yield paragraphs(step.title)
    caption = _("window")
    if cut[0].size * cut[1].size < numbers.size:
        size = f"{part.grid[0]}×{part.grid[1]}"
        caption = _("the part of {size} around the number that won", size=size)
    yield grid_table(numbers[cut], caption, marks, inside=inside[cut])
    yield paragraphs(f"{winner_text(step)}: {number(step.value)}")


def _formula_html(step: Formula) -> Iterator[str]:
    yield f"<p>{escape(step.name)}: <code>{escape(step.formula)}</code></p>"
    yield _code(f"{step.filled} = {number(step.value)}")
    yield paragraphs(*step.remarks)


def _softmax_html(step: Softmax, all_terms: bool) -> Iterator[str]:
    """A line for each exponential."""
    yield paragraphs(_("softmax: exp(z) / the sum of all exp(z)"))
    powers = step.powers.tolist()
    gap = gap_in(len(powers), all_terms=all_terms)
    largest = factor(step.largest)
    lines = []
    for place, (z, power) in enumerate(zip(step.numbers.tolist(), powers, strict=True)):
        if gap.start <= place < gap.stop and place != step.place:
            continue
        mark = ' class="won"' if place == step.place else ""
        cells = (number(z), f"exp({number(z)} - {largest})", number(power))
        shown = "".join(f"<td{mark}>{escape(cell)}</td>" for cell in cells)
        lines.append(f'<tr><th scope="row">{place}</th>{shown}</tr>')
    yield f"<table><tbody>{''.join(lines)}</tbody></table>"
    summed = left_out([number(power) for power in powers], powers, gap)
    yield _code(f"{' + '.join(summed)} = {number(step.total)}")
    yield _code(f"{number(powers[step.place])} / {number(step.total)} = {number(step.value)}")
