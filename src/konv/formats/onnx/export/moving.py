"""Layers that move numbers, or put maps together: Flatten, ZeroPadding2D, Add, Concatenate."""

from __future__ import annotations

import numpy as np

from konv.formats.onnx.export.graph import Stored
from konv.formats.onnx.export.place import Place, add_layer
from konv.layers import Add, Concatenate, Flatten, ZeroPadding2D
from konv.layers.fields import axis_paddings

__all__: list[str] = []


@add_layer.register
def _flatten(layer: Flatten, place: Place) -> Stored:
    shape = place.node.input_shapes[0]
    turned = layer.data_format == "channels_first" and len(shape) == 3
    order = (0, 2, 3, 1) if turned else tuple(range(1 + len(shape)))
    x = place.x.name if _lies_alike(place.x.order, order, shape) else ""
    x = x or place.graph.in_order(place.x, order)
    place.graph.operation("Flatten", place.name, [x], axis=1)
    return place.plain(place.name)


def _lies_alike(one: tuple[int, ...], other: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether two orders of the axes put the numbers into one order: axes of 1 do not count."""
    first, second = (
        [axis for axis in order if axis > 0 and shape[axis - 1] > 1] for order in (one, other)
    )
    return first == second


@add_layer.register
def _zeros(layer: ZeroPadding2D, place: Place) -> Stored:
    height, width = (2, 3) if layer.channels_first else (1, 2)
    rows, columns = (
        (zeros, zeros) if isinstance(zeros, int) else zeros
        for zeros in axis_paddings(layer.padding)
    )
    around = {height: rows, width: columns}
    order = place.x.order
    pads = [int(around.get(axis, (0, 0))[end]) for end in (0, 1) for axis in order]
    zeros = place.graph.array(f"{place.name}/pads", np.array(pads, np.int64))
    place.graph.operation("Pad", place.name, [place.x.name, zeros])
    return Stored(place.name, order)


@add_layer.register
def _add(layer: Add, place: Place) -> Stored:
    names = _alike(place)
    place.graph.operation("Add" if len(names) == 2 else "Sum", place.name, names)
    return Stored(place.name, place.x.order)


@add_layer.register
def _concatenate(layer: Concatenate, place: Place) -> Stored:
    place.graph.operation("Concat", place.name, _alike(place), axis=place.x.axis(layer.axis))
    return Stored(place.name, place.x.order)


def _alike(place: Place) -> list[str]:
    """All inputs with their axes in the order of the first."""
    return [place.graph.in_order(item, place.x.order) for item in place.inputs]
