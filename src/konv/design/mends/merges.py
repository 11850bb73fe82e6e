"""Branches that do not meet in one shape: like padding, like channels, a 1×1 convolution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from konv.design.mends.base import Mend, Misfit
from konv.language import translate as _
from konv.layers.base import Layer, Shape
from konv.layers.convolution import Conv2D
from konv.layers.dense import Dense
from konv.layers.depthwise import SeparableConv2D
from konv.layers.flatten import Flatten
from konv.layers.merging import Add
from konv.layers.windowed import SpatialLayer, WindowedLayer
from konv.network.assembly import Node

__all__ = ["merge_mends"]


def merge_mends(misfit: Misfit) -> Iterator[Mend]:
    """For K106, and for K101: a number of inputs that a layer does not take."""
    if misfit.error.code == "K106":
        yield from _same_padding(misfit)
        if isinstance(misfit.part.layer, Add):
            yield from _same_channels(misfit)
        yield from _converted(misfit)
    yield from _fewer_inputs(misfit)


def _same_padding(misfit: Misfit) -> Iterator[Mend]:
    """``padding="same"`` in every window between the fork and the merge."""
    draft, changed = misfit.draft, []
    for branch in _branches(misfit):
        for node in branch:
            if isinstance(node.layer, WindowedLayer) and node.layer.window[2] != "same":
                draft = draft.with_fields(node.name, padding="same")
                changed.append(node.name)
    changed = list(dict.fromkeys(changed))
    if changed:
        words = _("{fields} in {name}", fields='padding="same"', name=", ".join(changed))
        yield Mend(words, draft, effort=len(changed))


def _branches(misfit: Misfit) -> list[list[Node]]:
    """From each input back to where the ways part."""
    ways = [[misfit.node(name), *misfit.before(name)] for name in misfit.part.inputs]
    shared = set.intersection(*({node.name for node in way} for way in ways))
    return [[node for node in way if node.name not in shared] for way in ways]


def _same_channels(misfit: Misfit) -> Iterator[Mend]:
    """As many filters (or units) in one branch as another one has channels."""
    shapes = misfit.shapes
    for name, shape in zip(misfit.part.inputs, shapes, strict=True):
        for other in dict.fromkeys(shapes):
            if other != shape and len(other) == len(shape):
                yield from _with_channels(misfit, name, _channels(misfit, other))


def _with_channels(misfit: Misfit, name: str, count: int) -> Iterator[Mend]:
    for node in (misfit.node(name), *misfit.before(name)):
        if isinstance(node.layer, Dense):
            yield misfit.with_fields(node.name, units=count)
            return
        if isinstance(node.layer, (Conv2D, SeparableConv2D)):
            yield misfit.with_fields(node.name, filters=count)
            return
        if len(node.inputs) != 1 or node.weight_specs:
            return


def _converted(misfit: Misfit) -> Iterator[Mend]:
    """A layer more in one branch, that makes of its shape the one of another."""
    shapes = misfit.shapes
    for name, shape in zip(misfit.part.inputs, shapes, strict=True):
        for other in dict.fromkeys(shapes):
            layer = _converter(misfit, shape, other)
            if layer is not None:
                yield misfit.with_before(misfit.part.name, layer, name, effort=3)


def _converter(misfit: Misfit, shape: Shape, wanted: Shape) -> Layer | None:
    if shape == wanted:
        return None
    if len(shape) == 3 and len(wanted) == 1:
        return Flatten(_data_format(misfit))
    if len(shape) == len(wanted) == 1:
        return Dense(units=wanted[0]) if isinstance(misfit.part.layer, Add) else None
    if len(shape) != 3 or len(wanted) != 3:
        return None
    template = Conv2D(
        filters=1, kernel_size=(1, 1), padding="same", data_format=_data_format(misfit)
    )
    height, width, channels = template.map_size(shape)
    rows, columns, filters = template.map_size(wanted)
    strides = -(-height // rows), -(-width // columns)
    if not isinstance(misfit.part.layer, Add):
        filters = channels
    return replace(template, filters=filters, strides=strides)


def _channels(misfit: Misfit, shape: Shape) -> int:
    first = len(shape) == 3 and _data_format(misfit) == "channels_first"
    return shape[0] if first else shape[-1]


def _data_format(misfit: Misfit) -> str:
    formats = (p.layer.data_format for p in misfit.draft.parts if isinstance(p.layer, SpatialLayer))
    return next(formats, "channels_last")


def _fewer_inputs(misfit: Misfit) -> Iterator[Mend]:
    """One branch less; with a single one left, there is nothing to merge."""
    part = misfit.part
    for kept in dict.fromkeys(part.inputs):
        words = _("only {kept} in place of {name}", kept=kept, name=part.name)
        draft = misfit.draft.with_inputs(part.name, (kept,))
        if part.layer.input_count is None:
            draft = draft.without(part.name)
        else:
            words = _("only {kept} as the input of {name}", kept=kept, name=part.name)
        yield Mend(words, draft, effort=4)
