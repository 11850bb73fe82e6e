"""Proposals in words: the layers in a line, and why a network stands where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from konv.design.search.building import Candidate
from konv.design.search.costs import costs_of, skeletons
from konv.design.search.limits import Limits
from konv.design.search.stages import Stage
from konv.design.search.variants import WIDTHS, hidden_units
from konv.language import translate as _
from konv.layers.base import Shape
from konv.network.rows import times

__all__ = ["layers_line", "reasons_for"]


def layers_line(candidate: Candidate, classes: int) -> str:
    """The layers in a line.

    Example:
        >>> from konv.design.search.outlines import Outline
        >>> from konv.design.search.variants import Variant
        >>> outline = Outline((Stage((8, 8), 2, (3, 3), "same", (2, 2)),))
        >>> layers_line(Candidate(outline, Variant("double", False, "average"), 16), 10)
        '2 conv 3×3 same 16, pool 2×2, average, dense 10'
    """
    stages = zip(candidate.outline.stages, candidate.filters, strict=True)
    parts = [_stage_words(stage, filters) for stage, filters in stages]
    ending = {
        "flatten": ["flatten"],
        "average": ["average"],
        "hidden": ["flatten", f"dense {hidden_units(classes)}"],
    }
    return ", ".join([*parts, *ending[candidate.variant.head], f"dense {classes}"])


def _stage_words(stage: Stage, filters: int) -> str:
    count = "" if stage.convolutions == 1 else f"{stage.convolutions} "
    words = f"{count}conv {times(stage.kernel)} {stage.padding} {filters}"
    return f"{words}, pool {times(stage.pool)}" if stage.pools else words


def reasons_for(
    candidate: Candidate, input_shape: Shape, classes: int, limits: Limits
) -> Iterator[str]:
    """Why it is among the best, with numbers."""
    outline, variant = candidate.outline, candidate.variant
    yield _(
        "convolutions: {convolutions}; stages: {stages}; filters: {first} to {last}",
        convolutions=outline.convolutions,
        stages=len(outline.stages),
        first=candidate.filters[0],
        last=candidate.filters[-1],
    )
    yield _view(outline.field, (input_shape[0], input_shape[1]))
    if variant.normalized:
        yield _("normalization behind each convolution lets it learn at high rates")
    yield _ending(candidate)
    yield from _widest(candidate, input_shape, classes, limits)


def _view(field: tuple[int, int], picture: tuple[int, int]) -> str:
    seen = times(field)
    if field[0] >= picture[0] and field[1] >= picture[1]:
        return _("a place of the last maps sees {seen}, so the whole picture", seen=seen)
    return _("a place of the last maps sees {seen} of {picture}", seen=seen, picture=times(picture))


def _ending(candidate: Candidate) -> str:
    maps = times(candidate.outline.maps)
    if candidate.outline.maps == (1, 1):
        return _("the last maps are a single place, so that few weights stand behind them")
    if candidate.variant.head == "average":
        return _("the average over {maps} places needs few weights", maps=maps)
    if candidate.variant.head == "hidden":
        return _("two dense layers behind {maps} places know where things are", maps=maps)
    return _("a dense layer behind {maps} places knows where things are", maps=maps)


def _widest(
    candidate: Candidate, input_shape: Shape, classes: int, limits: Limits
) -> Iterator[str]:
    """What the next wider one would cost, if that is too much."""
    next_width = next((width for width in WIDTHS if width > candidate.width), None)
    if next_width is None:
        return
    variant = candidate.variant
    convolutions = skeletons([candidate.outline], variant, input_shape[2])
    costs = costs_of(convolutions, variant, classes)
    column = WIDTHS.index(next_width)
    parameters, macs = int(costs.parameters[0, column]), int(costs.macs[0, column])
    if parameters > limits.parameters:
        yield _(
            "with {filters} filters at first it would hold {count:,} parameters",
            filters=next_width,
            count=parameters,
        )
    elif macs > limits.macs:
        yield _(
            "with {filters} filters at first it would take {count:,} MACs",
            filters=next_width,
            count=macs,
        )
