"""The style "blocks": a row of bricks, with everything that decides sizes and weights on them.

Each brick is a layer. On its plate, at the bottom, stands the shape of what it makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from konv.explain.drawing.captions import Caption, captions_of
from konv.explain.drawing.lettering import fitted, text_width
from konv.explain.drawing.page import MARGIN, TOP, on_page
from konv.explain.drawing.pictograms import HEIGHT as SIGN_HEIGHT
from konv.explain.drawing.pictograms import pictogram
from konv.explain.drawing.rows import Cell, flow, way
from konv.explain.drawing.shapes import Box, Group, Picture, Shape, Text
from konv.language import translate as _
from konv.network.graph import Network

__all__ = ["blocks"]

_LEAST_WIDTH, _MOST_WIDTH = 92.0, 216.0
_SIDE = 10  # between the edge of a brick and its text
_STUD = (16.0, 7.0)
_HEAD = 44  # kind and name
_LINE = 15
_PLATE = 26
_BARE_HEIGHT = _STUD[1] + _HEAD + SIGN_HEIGHT + 8 + _PLATE
_KIND_PX, _NAME_PX, _FACT_PX, _SHAPE_PX = 13, 11, 11, 13


def blocks(network: Network) -> Picture:
    """The network as bricks in a row, in several rows if it is long."""
    captions = captions_of(network)
    lines = [_facts(caption) for caption in captions]
    sizes = [
        (_width(caption, facts), 0.0, _BARE_HEIGHT + _LINE * len(facts))
        for caption, facts in zip(captions, lines, strict=True)
    ]
    places = flow(sizes, MARGIN, TOP)
    shapes: list[Shape] = [
        Group(caption.sentence, tuple(_brick(caption, facts, cell)))
        for caption, facts, cell in zip(captions, lines, places.cells, strict=True)
    ]
    for (before, after), caption in zip(pairwise(places.cells), captions[1:], strict=True):
        if caption.row.index - 1 in caption.sources:
            ys = (before.y + before.height / 2, after.y + after.height / 2)
            shapes += way(before, after, ys, (before.x + before.width, after.x))
    return on_page(
        network,
        captions,
        shapes,
        size=(places.width, places.height),
        notes=tuple(_notes(captions)),
    )


def _notes(captions: Sequence[Caption]) -> Iterator[str]:
    if any(caption.family == "convolution" for caption in captions):
        yield _(
            "Kernels: rows × columns × channels of the input × filters. A filter is a stack of "
            "kernels, one per channel; it makes one feature map."
        )
    if any(caption.source for caption in captions):
        yield _('"from 3": takes its input from layer 3.')


def _facts(caption: Caption) -> list[str]:
    """What stands on a brick, line by line."""
    weights = list(caption.counts)
    if caption.products and weights:
        weights = [" + ".join(caption.products) + " =", *weights]
    return [line for line in (caption.source, *caption.facts, *weights) if line]


def _width(caption: Caption, facts: Sequence[str]) -> float:
    """As wide as its widest line, within bounds; what is wider still is shortened."""
    widest = max(
        text_width(caption.kind, _KIND_PX),
        text_width(_name(caption), _NAME_PX),
        text_width(caption.shape, _SHAPE_PX),
        *(text_width(fact, _FACT_PX) for fact in facts),
    )
    return min(max(widest + 2 * _SIDE, _LEAST_WIDTH), _MOST_WIDTH)


def _name(caption: Caption) -> str:
    return f"{caption.row.index}  {caption.name}"


def _brick(caption: Caption, facts: Sequence[str], cell: Cell) -> Iterator[Shape]:
    room = cell.width - 2 * _SIDE
    top = cell.y + _STUD[1]
    count = int(cell.width // 34)
    for index in range(count):
        middle = cell.x + cell.width * (index + 0.5) / count
        yield Box(middle - _STUD[0] / 2, cell.y, _STUD[0], _STUD[1] + 3, caption.family, 2)
    yield Box(cell.x, top, cell.width, cell.height - _STUD[1], caption.family, 4)
    plate = cell.y + cell.height - _PLATE
    yield Box(cell.x, plate, cell.width, _PLATE, f"{caption.family} plate", 4)
    yield _middle(cell, top + 19, caption.kind, _KIND_PX, "ink strong", room)
    yield _middle(cell, top + 36, _name(caption), _NAME_PX, "faint", room)
    yield from pictogram(caption, cell.middle, top + _HEAD + SIGN_HEIGHT / 2)
    first = top + _HEAD + SIGN_HEIGHT + 12
    for index, fact in enumerate(facts):
        yield _middle(cell, first + _LINE * index, fact, _FACT_PX, "ink", room)
    yield _middle(cell, plate + 18, caption.shape, _SHAPE_PX, "plated strong", room)


def _middle(cell: Cell, y: float, text: str, size: float, look: str, room: float) -> Text:
    return Text(cell.middle, y, fitted(text, room, size), size, look)
