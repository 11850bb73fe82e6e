"""The style "volumes": what layers make as boxes to scale, with the windows that slide over them.

On the face of a box lies one window of the layer behind it, where it really lies; two lines lead to
the number that comes of it, at its place in the next box.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from konv.explain.drawing.captions import captions_of
from konv.explain.drawing.lettering import fitted, lines_of, text_width
from konv.explain.drawing.page import MARGIN, TOP, on_page
from konv.explain.drawing.projection import Solid, scale_of
from konv.explain.drawing.rows import Cell, flow, way
from konv.explain.drawing.shapes import Box, Group, Picture, Route, Shape, Text
from konv.explain.drawing.stages import Stage, stages_of
from konv.language import translate as _
from konv.layers.base import Shape as Sizes
from konv.layers.size import WindowAxis
from konv.layers.windowed import WindowedLayer
from konv.network.graph import Network

__all__ = ["volumes"]

_LINE = 15
_SHAPE_PX, _TEXT_PX = 13, 11
_TEXT_WIDTH = 184.0  # of a caption
_LEAST_WINDOW = 3.0


@dataclass(frozen=True)
class _Volume:
    """A stage with its box and caption.

    Args:
        size: (height, width, channels), or (units,).
    """

    stage: Stage
    size: Sizes
    solid: Solid
    lines: tuple[str, ...]

    @property
    def extent(self) -> tuple[float, float, float]:
        """Its width, the height of its box, the height of its caption."""
        shape = text_width(self.stage.last.shape, _SHAPE_PX)
        texts = [text_width(line, _TEXT_PX) for line in self.lines]
        width = max(self.solid.whole_width, shape, *texts)
        return width, self.solid.whole_height, 24 + _LINE * len(self.lines)


def volumes(network: Network) -> Picture:
    """The network as boxes from left to right, in several rows if it is long."""
    captions = captions_of(network)
    stages = stages_of(captions)
    sizes = [_map_size(stage.last.row.output_shape, network.data_format) for stage in stages]
    scale = scale_of(sizes)
    drawn = [
        _Volume(stage, size, scale.solid(size), tuple(_caption(stage)))
        for stage, size in zip(stages, sizes, strict=True)
    ]
    # In each row boxes lie around one line, and captions begin on another.
    places = flow([volume.extent for volume in drawn], MARGIN, TOP)
    placed = [_Placed(v, c) for v, c in zip(drawn, places.cells, strict=True)]
    shapes: list[Shape] = [
        Group(_title(one.volume.stage), tuple(_box_and_caption(one))) for one in placed
    ]
    for before, after in pairwise(placed):
        shapes += _between(before, after)
    size = (places.width, places.height)
    return on_page(network, captions, shapes, size=size, notes=tuple(_notes(drawn)))


def _map_size(shape: Sizes, data_format: str) -> Sizes:
    if len(shape) == 3 and data_format == "channels_first":
        return (shape[1], shape[2], shape[0])
    return shape


def _notes(drawn: Sequence[_Volume]) -> Iterator[str]:
    yield _(
        "Scale: four times as many rows or columns are drawn twice as long. Channels, which go "
        "back, and vectors each have a scale of their own of the same kind."
    )
    if any(isinstance(v.stage.first.node.layer, WindowedLayer) for v in drawn):
        yield _("Red: one window of the next layer, and the number that it becomes.")
    if any(v.stage.first.source for v in drawn):
        yield _('"from 3": takes its input from layer 3.')


def _title(stage: Stage) -> str:
    return "; ".join(caption.sentence for caption in stage.captions)


def _caption(stage: Stage) -> Iterator[str]:
    first = stage.first
    facts = [f"{fact}," for fact in first.facts[:-1]] + list(first.facts[-1:])
    yield fitted(f"{stage.numbers}  {first.name}", _TEXT_WIDTH, _TEXT_PX)
    yield fitted(first.kind, _TEXT_WIDTH, _TEXT_PX)
    yield from (text for text in (first.source,) if text)
    yield from lines_of(facts, _TEXT_WIDTH, _TEXT_PX)
    yield from first.counts
    for caption in stage.captions[1:]:
        follower = _follower(caption.kind, caption.facts)
        yield fitted(f"+ {follower}", _TEXT_WIDTH, _TEXT_PX)


def _follower(kind: str, facts: Sequence[str]) -> str:
    """``Dropout rate 0.5``; an Activation by the name of its function."""
    return facts[0] if kind == "Activation" else " ".join([kind, *facts])


@dataclass(frozen=True)
class _Placed:
    """A volume at its place; boxes of a row have their middles at the same height."""

    volume: _Volume
    cell: Cell

    @property
    def x(self) -> float:
        """The left edge of the face."""
        return self.cell.middle - self.volume.solid.whole_width / 2

    @property
    def y(self) -> float:
        """The upper edge of the face."""
        solid = self.volume.solid
        return self.cell.y + (self.cell.above - solid.whole_height) / 2 - solid.back[1]

    @property
    def level(self) -> float:
        """The height at which arrows run."""
        return self.cell.y + self.cell.above / 2

    def on_face(self, rows: tuple[int, int], columns: tuple[int, int]) -> Box:
        """These rows and columns of the map, from … up to, on the face of the box."""
        solid = self.volume.solid
        height, width, _channels = self.volume.size
        top, tall = _stretch(rows, height, solid.height)
        left, wide = _stretch(columns, width, solid.width)
        return Box(self.x + left, self.y + top, wide, tall, "window")


def _stretch(part: tuple[int, int], whole: int, length: float) -> tuple[float, float]:
    """Where a part of an edge begins and how long it is, in pixels; never too short to be seen."""
    unit = length / whole
    long = max(_LEAST_WINDOW, (part[1] - part[0]) * unit)
    return min(part[0] * unit, length - long), long


def _box_and_caption(placed: _Placed) -> Iterator[Shape]:
    volume, cell = placed.volume, placed.cell
    yield from volume.solid.at(placed.x, placed.y, volume.stage.first.family)
    y = cell.y + cell.above + 18
    shape = fitted(volume.stage.last.shape, cell.width, _SHAPE_PX)
    yield Text(cell.middle, y, shape, _SHAPE_PX, "ink strong")
    for index, line in enumerate(volume.lines):
        look = "faint" if index == 0 else "ink"
        yield Text(cell.middle, y + _LINE * (index + 1), line, _TEXT_PX, look)


def _between(before: _Placed, after: _Placed) -> Iterator[Shape]:
    """How one becomes the next: a window and its number, or an arrow; nothing if it does not."""
    if before.volume.stage.last.row.index not in after.volume.stage.first.sources:
        return
    node = after.volume.stage.first.node
    if isinstance(node.layer, WindowedLayer):
        rows, columns = node.layer.axes(*node.input_shapes)
        row, column = rows.output // 4, (columns.output - 1) * 3 // 4
        window = before.on_face(_reach(rows, row), _reach(columns, column))
        yield window
        cell = after.on_face((row, row + 1), (column, column + 1))
        yield cell
        if before.cell.row == after.cell.row:
            yield _sight((window.x + window.width, window.y), (cell.x, cell.y))
            bottoms = window.y + window.height, cell.y + cell.height
            yield _sight((window.x + window.width, bottoms[0]), (cell.x, bottoms[1]))
            return
    yield from way(
        before.cell,
        after.cell,
        (before.level, after.level),
        (before.x + before.volume.solid.whole_width, after.x),
    )


def _reach(axis: WindowAxis, index: int) -> tuple[int, int]:
    """The rows (or columns) of the map under a window, from … up to; its padding is cut off."""
    start = index * axis.stride - axis.before
    first = min(max(start, 0), axis.size - 1)
    return first, max(first + 1, min(start + axis.span, axis.size))


def _sight(start: tuple[float, float], end: tuple[float, float]) -> Route:
    return Route((start, end), "sight fine")
