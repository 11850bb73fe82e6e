"""Rules on maps: how soon they shrink to a point, and which of their axes holds the channels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from konv.design.draft import Draft
from konv.design.rules.base import Change, Remark, Rule, Subject, changed_fields, left_out
from konv.language import marked
from konv.language import translate as _
from konv.layers.base import Shape, shape_text
from konv.layers.dense import Dense
from konv.layers.flatten import Flatten
from konv.layers.input import Input
from konv.layers.merging import channel_axis
from konv.layers.normalization import BatchNormalization
from konv.layers.pooling import PoolingLayer
from konv.layers.windowed import SpatialLayer, WindowedLayer
from konv.network.assembly import Node
from konv.network.receptive_field import places

__all__ = ["RULES", "turned_input"]

_FEW_WINDOWED = 2  # so many layers behind a map of one pixel are no accident any more
_COLOURS = (1, 3, 4)
_MANY_CHANNELS = 8


def _shrunk(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        if not (isinstance(node.layer, WindowedLayer) and _becomes_a_point(node)):
            continue
        behind = [other for other in subject.behind(node) if _slides(other)]
        if len(behind) < _FEW_WINDOWED:
            continue
        way = [*reversed(list(subject.before(node))), node]
        sizes = [_size_text(step) for step in way if len(step.output_shape) == 3]
        pools = [step for step in reversed(way) if isinstance(step.layer, PoolingLayer)]
        yield Remark(
            node,
            "warning",
            _("its map is a single pixel, and {count} layers slide over it", count=len(behind)),
            (
                (_("sizes"), " → ".join(dict.fromkeys(sizes))),
                (_("behind it"), ", ".join(other.name for other in behind[:5])),
            ),
            _("larger pictures, fewer pools, or fewer layers behind it"),
            tuple(left_out(subject, pool) for pool in pools),
        )


def _becomes_a_point(node: Node) -> bool:
    axes = node.layer.axes(*node.input_shapes)
    if axes is None:
        return False
    rows, columns = axes
    return rows.output == columns.output == 1 < max(rows.size, columns.size)


def _slides(node: Node) -> bool:
    axes = node.layer.axes(*node.input_shapes) if isinstance(node.layer, WindowedLayer) else None
    return axes is not None and any(axis.span > 1 or axis.stride > 1 for axis in axes)


def _size_text(node: Node) -> str:
    first, second, third = node.output_shape
    turned = getattr(node.layer, "data_format", "") == "channels_first"
    return f"{second}×{third}" if turned else f"{first}×{second}"


def turned_input(shape: Shape, data_format: str) -> Shape | None:
    """What was probably meant, if a shape looks as if its channels stood at the other end.

    Example:
        >>> turned_input((3, 32, 32), "channels_last"), turned_input((32, 32, 3), "channels_last")
        ((32, 32, 3), None)
    """
    if len(shape) != 3:
        return None
    first, second, third = shape
    colours, others, turned = first, (second, third), (second, third, first)
    if data_format == "channels_first":
        colours, others, turned = third, (first, second), (third, first, second)
    if colours not in _COLOURS or min(others) < _MANY_CHANNELS:
        return None
    return turned


def _mixed_up(subject: Subject) -> Iterator[Remark]:
    start = subject.nodes[0]
    if not any(isinstance(node.layer, SpatialLayer) for node in subject.nodes):
        return
    data_format = subject.data_format
    turned = turned_input(start.output_shape, data_format)
    if turned is None:
        return
    height, width, channels = subject.network.picture_size
    yield Remark(
        start,
        "warning",
        _(
            "read as pictures of {height}×{width} with {channels} channels",
            height=height,
            width=width,
            channels=channels,
        ),
        (
            (_("shape"), f'{shape_text(start.output_shape)}, data_format="{data_format}"'),
            (_("meant?"), shape_text(turned)),
        ),
        _("the other data_format in every layer"),
        (
            Change(
                _("Input({shape})", shape=shape_text(turned)),
                lambda: subject.draft.with_layer(start.name, Input(shape=turned)),
            ),
        ),
    )


def _disagreeing(subject: Subject) -> Iterator[Remark]:
    data_format = subject.data_format
    axis = 1 if data_format == "channels_first" else -1
    for node in subject.nodes:
        if not node.input_shapes or len(node.input_shapes[0]) != 3:
            continue
        layer = node.layer
        if isinstance(layer, SpatialLayer) and layer.data_format != data_format:
            change = changed_fields(subject, node, data_format=data_format)
            detail = f'data_format="{layer.data_format}"'
        elif isinstance(layer, BatchNormalization) and _axis_differs(node, axis):
            change = changed_fields(subject, node, axis=axis)
            detail = f"axis={layer.axis}"
        else:
            continue
        yield Remark(
            node,
            "warning",
            _("it takes another axis for the channels than the layers before it"),
            ((_("here"), detail), (_("before"), f'data_format="{data_format}"')),
            change.words,
            (change,),
        )


def _axis_differs(node: Node, axis: int) -> bool:
    layer, shape = node.layer, node.input_shapes[0]
    assert isinstance(layer, BatchNormalization)
    return channel_axis(layer, layer.axis, shape) != channel_axis(layer, axis, shape)


def _dense_on_map(subject: Subject) -> Iterator[Remark]:
    for node in subject.nodes:
        if not isinstance(node.layer, Dense) or len(node.input_shapes[0]) != 3:
            continue
        rows, columns = (node.input_shapes[0][i] for i in places(subject.data_format))
        if rows == columns == 1 and len(subject.last.output_shape) != 3:
            continue
        yield Remark(
            node,
            "error" if len(subject.last.output_shape) == 3 else "warning",
            _("it looks at each pixel of the {map} map by itself", map=f"{rows}×{columns}"),
            (
                (_("input"), shape_text(node.input_shapes[0])),
                (_("output"), shape_text(node.output_shape)),
            ),
            _("put Flatten before it"),
            (
                Change(
                    _("put Flatten before {name}", name=node.name),
                    partial(_flattened, subject, node),
                    keeps_output=False,
                ),
            ),
        )


def _flattened(subject: Subject, node: Node) -> Draft:
    """With Flatten before it; one that comes later has nothing left to do."""
    draft = subject.draft.with_before(node.name, Flatten(subject.data_format))
    for other in subject.behind(node):
        if isinstance(other.layer, Flatten):
            return draft.without(other.name)
    return draft


RULES = (
    Rule(
        "D107",
        marked("a map shrinks to a single pixel long before the end"),
        marked(
            "From there on nothing is left that a window could slide over: the layers behind it "
            "work like dense layers, with kernels that are mostly idle."
        ),
        _shrunk,
    ),
    Rule(
        "D108",
        marked("channels first and channels last look mixed up"),
        marked(
            "Windows would slide along the channels, and each column would be taken for a channel "
            "of its own. Nothing says so while it trains."
        ),
        _mixed_up,
    ),
    Rule(
        "D109",
        marked("layers disagree on which axis holds the channels"),
        marked(
            "What one layer wrote as channels, the other reads as rows or columns. It works, and "
            "means something else than it says."
        ),
        _disagreeing,
    ),
    Rule(
        "D110",
        marked("a dense layer stands on a map"),
        marked(
            "A dense layer works on the last axis of its input. On a map it is a 1×1 convolution: "
            "no pixel knows of the others, and the output stays a map instead of one answer."
        ),
        _dense_on_map,
    ),
)
