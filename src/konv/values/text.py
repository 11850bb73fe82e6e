"""An explanation as plain text, as tutorials write it: ``1*2 + 2*0 + … = 15``.

Sums and formulas can be given to Python as they stand, as far as nothing is left out of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from konv.language import translate as _
from konv.language.tables import wrapped
from konv.values.abbreviation import gap_in
from konv.values.explanation import Explained, Explanation
from konv.values.grids import grid_lines, matrix_cells
from konv.values.numbers import factor, number
from konv.values.steps import Choice, Formula, Passed, Softmax, Step, Sum
from konv.values.sum_text import choice_lines, left_out, sum_lines
from konv.values.wording import closing_sentences, heading

__all__ = ["explanation_text", "participation_text"]

_INDENT = "  "


def explanation_text(explanation: Explained, width: int, *, all_terms: bool) -> str:
    """The explanation in lines of at most ``width`` columns."""
    lines = [*wrapped(heading(explanation), width, _INDENT)]
    for step in explanation.steps:
        lines += ["", *_indented(step_lines(step, width - len(_INDENT), all_terms=all_terms))]
    lines.append("")
    for sentence in closing_sentences(explanation):
        lines += wrapped(sentence, width, _INDENT)
    return "\n".join(line.rstrip() for line in lines)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (_INDENT + line if line else line for line in lines)


def step_lines(step: Step, width: int, *, all_terms: bool) -> Iterator[str]:
    """One step in lines."""
    match step:
        case Sum():
            return sum_lines(step, width, all_terms=all_terms)
        case Choice():
            return choice_lines(step, width, all_terms=all_terms)
        case Formula():
            return _formula_lines(step, width)
        case Softmax():
            return _softmax_lines(step, width, all_terms=all_terms)
        case Passed():
            return wrapped(f"{step.sentence}: {number(step.value)}", width, _INDENT)


def _formula_lines(step: Formula, width: int) -> Iterator[str]:
    yield from wrapped(f"{step.name}: {step.formula}", width, _INDENT)
    yield from wrapped(f"{step.filled} = {number(step.value)}", width, _INDENT)
    for remark in step.remarks:
        yield from wrapped(remark, width, _INDENT)


def _softmax_lines(step: Softmax, width: int, *, all_terms: bool) -> Iterator[str]:
    """Every exponential, their sum, the quotient."""
    yield from wrapped(_("softmax: exp(z) / the sum of all exp(z)"), width, _INDENT)
    yield from wrapped(
        _(
            "the largest z, {largest}, is taken off all first: that changes no quotient, and "
            "nothing overflows",
            largest=number(step.largest),
        ),
        width,
        _INDENT,
    )
    largest, powers = factor(step.largest), step.powers.tolist()
    gap = gap_in(len(powers), all_terms=all_terms)
    for place, (z, power) in enumerate(zip(step.numbers.tolist(), powers, strict=True)):
        if gap.start <= place < gap.stop and place != step.place:
            continue
        line = f"{place}: exp({number(z)} - {largest}) = {number(power)}"
        marked = _("{line} ← this one", line=line) if place == step.place else line
        yield from wrapped(marked, width, _INDENT)
    terms = [number(power) for power in powers]
    summed = " + ".join(left_out(terms, powers, gap))
    yield from wrapped(f"{summed} = {number(step.total)}", width, _INDENT)
    own = number(powers[step.place])
    yield from wrapped(f"{own} / {number(step.total)} = {number(step.value)}", width, _INDENT)


def participation_text(explanation: Explanation, width: int) -> str:
    """In how many windows each place of the layer's input takes part; nothing without windows."""
    if explanation.scene is None:
        return ""
    counts = explanation.scene.participation
    source = next(iter(explanation.sources))
    title = _(
        "In how many windows of {layer} each place of {source} takes part",
        layer=explanation.layer,
        source=source,
    )
    cells = matrix_cells(counts)
    lines = [*wrapped(title, width, _INDENT), *_indented(grid_lines(cells, width - len(_INDENT)))]
    ends = _("from {least} to {most} times", least=counts.min(), most=counts.max())
    return "\n".join([*lines, _INDENT + ends])
