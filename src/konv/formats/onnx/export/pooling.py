"""Pools as operations: padding never takes part in them."""

from __future__ import annotations

from konv.formats.onnx.export.graph import Stored
from konv.formats.onnx.export.place import Place, add_layer, window_settings
from konv.layers import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    MinPooling2D,
)

__all__: list[str] = []


@add_layer.register
def _maximum(layer: MaxPooling2D, place: Place) -> Stored:
    window = window_settings(layer.axes(place.node.input_shapes[0]))
    place.graph.operation("MaxPool", place.name, [place.channels_first()], **window)
    return place.maps(place.name)


@add_layer.register
def _average(layer: AveragePooling2D, place: Place) -> Stored:
    window = window_settings(layer.axes(place.node.input_shapes[0]))
    place.graph.operation(
        "AveragePool", place.name, [place.channels_first()], count_include_pad=0, **window
    )
    return place.maps(place.name)


@add_layer.register
def _minimum(layer: MinPooling2D, place: Place) -> Stored:
    """The smallest of a window is the largest of the negative ones, negative again."""
    name, window = place.name, window_settings(layer.axes(place.node.input_shapes[0]))
    negative = place.graph.operation("Neg", f"{name}/negative", [place.channels_first()])
    largest = place.graph.operation("MaxPool", f"{name}/largest", [negative], **window)
    place.graph.operation("Neg", name, [largest])
    return place.maps(name)


@add_layer.register
def _global_average(layer: GlobalAveragePooling2D, place: Place) -> Stored:
    return _global(layer, place, "GlobalAveragePool")


@add_layer.register
def _global_maximum(layer: GlobalMaxPooling2D, place: Place) -> Stored:
    return _global(layer, place, "GlobalMaxPool")


def _global(
    layer: GlobalAveragePooling2D | GlobalMaxPooling2D, place: Place, operator: str
) -> Stored:
    inputs = [place.channels_first()]
    if layer.keepdims:
        return place.maps(place.graph.operation(operator, place.name, inputs))
    map_of_one = place.graph.operation(operator, place.name, inputs, f"{place.name}/map")
    place.graph.operation("Flatten", f"{place.name}/row", [map_of_one], place.name, axis=1)
    return place.plain(place.name)
