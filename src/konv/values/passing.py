"""Layers that pass numbers on: where a number comes from. And Input: how a pixel becomes one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from konv.language import translate as _
from konv.layers.base import Shape
from konv.layers.dropout import Dropout
from konv.layers.flatten import Flatten
from konv.layers.input import Input
from konv.layers.merging import Concatenate, channel_axis
from konv.layers.zero_padding import ZeroPadding2D
from konv.values.numbers import factor
from konv.values.spot import Spot, place_text, steps_of
from konv.values.steps import Formula, Passed, Step
from konv.values.window import coordinates, window_at

__all__ = ["before_flatten"]

_NEAR = 1e-12


def before_flatten(layer: Flatten, shape: Shape, index: int) -> Shape:
    """Where a number of Flatten's output stands in its input.

    Example:
        >>> before_flatten(Flatten(), (2, 3, 4), 17)
        (1, 1, 1)
        >>> before_flatten(Flatten("channels_first"), (4, 2, 3), 17)
        (1, 1, 1)
    """
    turned = layer.data_format == "channels_first" and len(shape) > 1
    last = (*shape[1:], shape[0]) if turned else shape
    place = tuple(int(i) for i in np.unravel_index(index, last))
    return (place[-1], *place[:-1]) if turned else place


@steps_of.register
def _flatten(layer: Flatten, spot: Spot) -> tuple[Step, ...]:
    shape = spot.node.input_shapes[0]
    place = before_flatten(layer, shape, spot.at[0])
    sentence = _(
        "number {index} in reading order is {place} of {source}",
        index=spot.at[0],
        place=spot.text(place),
        source=spot.source,
    )
    return (Passed(sentence, float(spot.inputs[0][place])),)


@steps_of.register
def _zero_padding(layer: ZeroPadding2D, spot: Spot) -> tuple[Step, ...]:
    row, column, channel = coordinates(layer, spot.at)
    part = window_at(layer, spot, row, column).part(channel)
    if not part.inside[0]:
        return (Passed(_("a zero of the padding"), 0.0),)
    return (_from(spot, spot.source, tuple(part.places[0].tolist()), float(part.numbers[0])),)


@steps_of.register
def _concatenate(layer: Concatenate, spot: Spot) -> tuple[Step, ...]:
    shapes = spot.node.input_shapes
    axis = channel_axis(layer, layer.axis, shapes[0])
    ends = np.cumsum([0, *(shape[axis] for shape in shapes)]).tolist()
    which = next(i for i, (start, end) in enumerate(pairwise(ends)) if start <= spot.at[axis] < end)
    place = list(spot.at)
    place[axis] -= ends[which]
    value = float(spot.inputs[which][tuple(place)])
    return (_from(spot, spot.node.inputs[which], tuple(place), value),)


@steps_of.register
def _dropout(layer: Dropout, spot: Spot) -> tuple[Step, ...]:
    passed = _from(spot, spot.source, spot.at, float(spot.inputs[0][spot.at]))
    remark = _(
        "in a prediction Dropout changes nothing; in training it drops {share:.0%} of all numbers",
        share=layer.rate,
    )
    return (Passed(f"{passed.sentence}; {remark}", passed.value),)


def _from(spot: Spot, source: str, place: Shape, value: float) -> Passed:
    return Passed(_("{place} of {source}", place=spot.text(place), source=source), value)


@steps_of.register
def _input(layer: Input, spot: Spot) -> tuple[Step, ...]:
    pixel = float(spot.inputs[0][spot.at])
    channel = spot.at[0 if spot.data_format == "channels_first" else -1]
    scale, offset = (
        float(values[channel if len(values) > 1 else 0])
        for values in (spot.pixels.scale, spot.pixels.offset)
    )
    place = place_text(spot.at, spot.data_format)
    taken = Passed(_("{place} of the picture", place=place), pixel)
    if (scale, offset) == (1.0, 0.0):
        return (taken,)
    unit = 255 if spot.inputs[0].dtype == np.uint8 else 1
    value = pixel * scale + offset
    if abs(scale * unit - 1) < _NEAR and not offset:
        return taken, Formula("input", "pixel / 255", f"{factor(pixel)} / 255", value)
    remark = _(
        "that is (pixel / {unit} - mean) / std, with mean {mean} and std {std}",
        unit=unit,
        mean=f"{-offset / (scale * unit):.6g}",
        std=f"{1 / (scale * unit):.6g}",
    )
    filled = f"{factor(pixel)} * {factor(scale)} + {factor(offset)}"
    return taken, Formula("input", "pixel * scale + offset", filled, value, (remark,))
