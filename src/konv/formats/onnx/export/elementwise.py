"""Layers that look at each number by itself, as operations."""

from __future__ import annotations

from konv.formats.exchange.imported import Note
from konv.formats.onnx.export.functions import add_activation, add_relu
from konv.formats.onnx.export.graph import Stored
from konv.formats.onnx.export.place import Place, add_layer
from konv.language import translate as _
from konv.layers import ELU, Activation, Dropout, LeakyReLU, ReLU

__all__: list[str] = []


@add_layer.register
def _activation(layer: Activation, place: Place) -> Stored:
    return add_activation(place.graph, layer.activation, place.name, place.x, place.name)


@add_layer.register
def _relu(layer: ReLU, place: Place) -> Stored:
    return add_relu(place.graph, layer, place.name, place.x, place.name)


@add_layer.register
def _leaky_relu(layer: LeakyReLU, place: Place) -> Stored:
    slope = float(layer.negative_slope)
    place.graph.operation("LeakyRelu", place.name, [place.x.name], alpha=slope)
    return Stored(place.name, place.x.order)


@add_layer.register
def _elu(layer: ELU, place: Place) -> Stored:
    place.graph.operation("Elu", place.name, [place.x.name], alpha=float(layer.alpha))
    return Stored(place.name, place.x.order)


@add_layer.register
def _dropout(layer: Dropout, place: Place) -> Stored:
    text = _("left out: Dropout does nothing when a network is used")
    place.graph.notes.append(Note(place.name, text))
    return place.x
