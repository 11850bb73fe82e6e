"""What to change when no window fits: each change is tried, and named only if it works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from konv.errors import ShapeError
from konv.language import translate as _
from konv.layers.base import Shape
from konv.layers.convolution import Conv2D
from konv.layers.fields import axis_paddings
from konv.layers.pooling import PoolingLayer
from konv.layers.size import window_axis
from konv.limits import MAX_SLID_SIDE

__all__ = ["fixes"]


def fixes(layer: Conv2D | PoolingLayer, shape: Shape) -> Iterator[str]:
    """Changes after which the layer fits, in words that suit Python and the command line."""
    kernel, _stride, padding, dilation = layer.window
    if max(dilation) > 1 and _fits(layer, shape, dilation_rate=(1, 1)):
        yield _("a dilation of 1")
    rooms = [
        window_axis(size, 1, padding=zeros).room // step + 1
        for size, zeros, step in zip(shape, axis_paddings(padding), dilation, strict=False)
    ]
    fitting = tuple(min(size, room) for size, room in zip(kernel, rooms, strict=True))
    if fitting != kernel and _fits(layer, shape, **{layer.window_field: fitting}):
        size = "×".join(map(str, fitting))
        if isinstance(layer, Conv2D):
            yield _("a kernel of at most {size}", size=size)
        else:
            yield _("a pool of at most {size}", size=size)
    for zeros in range(1, MAX_SLID_SIDE):
        if _fits(layer, shape, padding=zeros):
            yield _("padding {zeros}", zeros=zeros)
            break
    if _fits(layer, shape, padding="same"):
        yield _("padding same")


def _fits(layer: Conv2D | PoolingLayer, shape: Shape, **fields: Any) -> bool:
    try:
        axes = replace(layer, **fields).axes(shape)
    except ShapeError:
        return False
    return all(axis.size + axis.before + axis.after <= MAX_SLID_SIDE for axis in axes)
