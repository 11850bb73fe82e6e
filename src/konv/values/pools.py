"""Pools: which number of the window won, or the mean of those that lie on the map."""

from __future__ import annotations

import numpy as np

from konv.language import translate as _
from konv.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from konv.layers.pooling import AveragePooling2D, MaxPooling2D, MinPooling2D, PoolingLayer
from konv.layers.windowed import SpatialLayer
from konv.values.parts import Part
from konv.values.spot import Spot, steps_of
from konv.values.steps import Choice, Step, Sum
from konv.values.window import Window, coordinates, window_at

__all__: list[str] = []


@steps_of.register
def _max_pooling(layer: MaxPooling2D, spot: Spot) -> tuple[Step, ...]:
    return (_choice(spot, *_pooled(layer, spot), "max"),)


@steps_of.register
def _min_pooling(layer: MinPooling2D, spot: Spot) -> tuple[Step, ...]:
    return (_choice(spot, *_pooled(layer, spot), "min"),)


@steps_of.register
def _average_pooling(layer: AveragePooling2D, spot: Spot) -> tuple[Step, ...]:
    return (_mean(*_pooled(layer, spot)),)


@steps_of.register
def _global_max(layer: GlobalMaxPooling2D, spot: Spot) -> tuple[Step, ...]:
    return (_choice(spot, *_whole_channel(layer, spot), "max"),)


@steps_of.register
def _global_average(layer: GlobalAveragePooling2D, spot: Spot) -> tuple[Step, ...]:
    return (_mean(*_whole_channel(layer, spot)),)


def _pooled(layer: PoolingLayer, spot: Spot) -> tuple[str, Part]:
    row, column, channel = coordinates(layer, spot.at)
    return _titled(window_at(layer, spot, row, column), channel, spot)


def _whole_channel(layer: SpatialLayer, spot: Spot) -> tuple[str, Part]:
    maps = layer.to_last(spot.inputs[0][np.newaxis])[0]
    channel = coordinates(layer, spot.at)[2] if len(spot.at) == 3 else spot.at[0]
    rows, columns = (np.arange(size) for size in maps.shape[:2])
    return _titled(Window(maps, rows, columns, layer.channels_first), channel, spot)


def _titled(window: Window, channel: int, spot: Spot) -> tuple[str, Part]:
    title = _("{window}; channel {channel}", window=window.text(spot.source), channel=channel)
    return title, window.part(channel)


def _choice(spot: Spot, title: str, part: Part, word: str) -> Choice:
    """The first that is the largest, as the gradient takes it; NaN is larger than all."""
    sign = 1 if word == "max" else -1
    competing = np.where(part.inside, sign * part.numbers, -np.inf)
    winner = int(competing.argmax())
    return Choice(title, part, word, winner, spot.text(tuple(part.places[winner].tolist())))


def _mean(title: str, part: Part) -> Sum:
    count = int(part.inside.sum())
    remarks: tuple[str, ...] = ()
    if count < len(part.numbers):
        remarks = (_("the padding is not counted: divided by {count}", count=count),)
    return Sum(title, (part,), divisor=count, remarks=remarks)
