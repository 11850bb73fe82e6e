"""The style "graph": layers as boxes from top to bottom, branches side by side.

A layer and those behind it that keep its shape share a box. Lines never run through boxes: where
they pass a level they have a place of their own in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from konv.explain.drawing.bounds import check_lines
from konv.explain.drawing.captions import Caption, captions_of
from konv.explain.drawing.layering import Layering, layering_of, link_count
from konv.explain.drawing.lettering import fitted, lines_of, text_width
from konv.explain.drawing.page import MARGIN, TOP, on_page
from konv.explain.drawing.placing import placed
from konv.explain.drawing.shapes import Box, Group, Picture, Route, Shape, Text, arrow
from konv.explain.drawing.stages import Stage, stages_of
from konv.network.graph import Network

__all__ = ["graph"]

_LEAST_WIDTH, _MOST_WIDTH = 168.0, 320.0
_SIDE, _BETWEEN = 10, 28
_LINE, _PLATE = 16, 22
_APART = 14  # the least between what stands at the left and at the right of a line
_KIND_PX, _TEXT_PX, _SHAPE_PX = 12, 11, 12
_GAP = 30.0  # between levels, and more where lines go far to the side
_PORT = 18.0  # between the ends of lines at a box


@dataclass(frozen=True)
class _Line:
    """A line of text in a box: what stands at its left, and at its right."""

    left: str
    right: str = ""
    size: float = _TEXT_PX
    look: str = "ink"


def graph(network: Network) -> Picture:
    """The network as boxes and lines.

    Raises:
        LimitError: K606, there would be too many lines.
    """
    captions = captions_of(network)
    stages = stages_of(captions)
    sources = _sources(stages)
    check_lines(network, link_count(sources))
    width = _width(stages)
    texts = [list(_lines(stage, width - 2 * _SIDE)) for stage in stages]
    layering = layering_of(sources)
    plan = _planned(layering, width, [_height(lines) for lines in texts])
    shapes: list[Shape] = list(_edges(plan))
    for index, (stage, lines) in enumerate(zip(stages, texts, strict=True)):
        title = "; ".join(caption.sentence for caption in stage.captions)
        shapes.append(Group(title, tuple(_box(stage, lines, plan, index))))
    return on_page(network, captions, shapes, size=plan.size)


def _sources(stages: Sequence[Stage]) -> list[tuple[int, ...]]:
    stage_of = {
        caption.row.index: number
        for number, stage in enumerate(stages)
        for caption in stage.captions
    }
    return [tuple(stage_of[source] for source in stage.first.sources) for stage in stages]


# What stands in a box ---------------------------------------------------------------------------


def _width(stages: Sequence[Stage]) -> float:
    """The same for all boxes: as wide as the widest needs, within bounds."""
    widest = max(
        text_width(_kind(caption), _KIND_PX) + text_width(caption.name, _TEXT_PX) + _APART
        for stage in stages
        for caption in stage.captions
    )
    return min(max(widest + 2 * _SIDE, _LEAST_WIDTH), _MOST_WIDTH)


def _lines(stage: Stage, room: float) -> Iterator[_Line]:
    for caption in stage.captions:
        yield _heading(caption, room)
        details = [*caption.facts, *caption.counts]
        words = [f"{word}," for word in details[:-1]] + details[-1:]
        yield from (_Line(text, look="faint") for text in lines_of(words, room, _TEXT_PX))


def _kind(caption: Caption) -> str:
    return f"{caption.row.index}  {caption.kind}"


def _heading(caption: Caption, room: float) -> _Line:
    kind = _kind(caption)
    left = room - _APART - text_width(kind, _KIND_PX)
    return _Line(kind, fitted(caption.name, left, _TEXT_PX), _KIND_PX, "ink strong")


def _height(lines: Sequence[_Line]) -> float:
    return 8 + _LINE * len(lines) + 4 + _PLATE


def _box(stage: Stage, lines: Sequence[_Line], plan: _Plan, index: int) -> Iterator[Shape]:
    left, top = plan.middle[index] - plan.width / 2, plan.top_of(index)
    height = plan.heights[index]
    plate = top + height - _PLATE
    yield Box(left, top, plan.width, height, stage.first.family, 5)
    yield Box(left, plate, plan.width, _PLATE, f"{stage.first.family} plate", 5)
    y = top + 18
    for line in lines:
        yield Text(left + _SIDE, y, line.left, line.size, line.look, "start")
        if line.right:
            yield Text(left + plan.width - _SIDE, y, line.right, _TEXT_PX, "faint", "end")
        y += _LINE
    shape = fitted(stage.last.shape, plan.width - 2 * _SIDE, _SHAPE_PX)
    yield Text(plan.middle[index], plate + 15, shape, _SHAPE_PX, "plated strong")


# Where everything lies ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    """The places of boxes and bends.

    Args:
        layering: the levels.
        middle: the x of the middle of each thing and bend.
        heights: of the boxes, which all have this width.
        tops, bottoms: of the levels.
    """

    layering: Layering
    middle: dict[int, float]
    width: float
    heights: Sequence[float]
    tops: Sequence[float]
    bottoms: Sequence[float]
    level_of: dict[int, int]

    @property
    def size(self) -> tuple[float, float]:
        """How wide and high all of it is."""
        right = max(
            x if self.layering.is_bend(vertex) else x + self.width / 2
            for vertex, x in self.middle.items()
        )
        return right - MARGIN, self.bottoms[-1] - TOP

    def top_of(self, vertex: int) -> float:
        """Where a box or bend begins."""
        return self.tops[self.level_of[vertex]]

    def end_of(self, vertex: int) -> float:
        """Where a box ends, or the level of a bend."""
        if self.layering.is_bend(vertex):
            return self.bottoms[self.level_of[vertex]]
        return self.top_of(vertex) + self.heights[vertex]


def _planned(layering: Layering, width: float, heights: Sequence[float]) -> _Plan:
    middle = placed(layering, [width] * layering.things, _BETWEEN)
    middle = {vertex: x + MARGIN for vertex, x in middle.items()}
    level_of = {v: number for number, level in enumerate(layering.levels) for v in level}
    aside = [0.0] * len(layering.levels)  # how far lines go to the side below each level
    for upper, lower in layering.links:
        level = level_of[upper]
        aside[level] = max(aside[level], abs(middle[upper] - middle[lower]))
    tops, bottoms = [], []
    y: float = TOP
    for vertices, far in zip(layering.levels, aside, strict=True):
        tops.append(y)
        y += max(0 if layering.is_bend(vertex) else heights[vertex] for vertex in vertices)
        bottoms.append(y)
        y += _GAP + min(60.0, far / 12)
    return _Plan(layering, middle, width, heights, tops, bottoms, level_of)


def _edges(plan: _Plan) -> Iterator[Shape]:
    """The lines: upright beside boxes, in bends between levels."""
    layering = plan.layering
    for vertex, x in plan.middle.items():
        top = plan.top_of(vertex) if layering.is_bend(vertex) else plan.end_of(vertex)
        bottom = plan.bottoms[plan.level_of[vertex]]
        if top < bottom:
            yield Route(((x, top), (x, bottom)))
    for (upper, lower), x in _ports(plan):
        start = (plan.middle[upper], plan.bottoms[plan.level_of[upper]])
        y = plan.top_of(lower)
        if layering.is_bend(lower):
            yield Route((start, (x, y)), bends=True)
        else:
            yield Route((start, (x, y - 6)), bends=True)
            yield arrow((x, y - 1), down=True)


def _ports(plan: _Plan) -> Iterator[tuple[tuple[int, int], float]]:
    """Every link with the x where it ends: at a box in the order in which they come."""
    arriving: dict[int, list[int]] = {}
    for upper, lower in plan.layering.links:
        arriving.setdefault(lower, []).append(upper)
    for lower, uppers in arriving.items():
        step = min(_PORT, (plan.width - 2 * _SIDE) / len(uppers))
        for index, upper in enumerate(sorted(uppers, key=lambda vertex: plan.middle[vertex])):
            yield (upper, lower), plan.middle[lower] + step * (index - (len(uppers) - 1) / 2)
