"""Each kind of layer as operations of ONNX, in a table by the layer.

ONNX's windows slide over (N, channels, height, width), so layers with windows take their input in
that order, whatever konv's is; all others take it as it lies. A :class:`Place` says where a layer
stands: its operations are called as the layer, or as the layer and "/…".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from konv.formats.exchange.imported import Note
from konv.formats.onnx.export.functions import add_activation, add_relu
from konv.formats.onnx.export.graph import GraphMaker, Stored
from konv.language import translate as _
from konv.layers import (
    LAYERS,
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LeakyReLU,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.layers.activated import ActivatedLayer
from konv.layers.base import Layer
from konv.layers.convolution import ConvolutionLayer
from konv.layers.fields import axis_paddings
from konv.layers.size import WindowAxis
from konv.layers.windowed import SpatialLayer
from konv.network.assembly import Node

__all__ = ["Place", "add_layer"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Place:
    """A layer where it stands in the graph.

    Args:
        graph: the graph in the making.
        node: the layer, its shapes and its weights' names.
        inputs: what it works on.
    """

    graph: GraphMaker
    node: Node
    inputs: tuple[Stored, ...]

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def x(self) -> Stored:
        """Its input, or the first of several."""
        return self.inputs[0]

    def weight(
        self, name: str, change: Callable[[Array], Array] = lambda array: array, word: str = ""
    ) -> str:
        """The array of a weight, a view of it: one for all layers that share it.

        Args:
            name: what the layer calls it.
            change: how its axes are put in the order that ONNX wants.
            word: behind its name, where it is changed in another way.
        """
        full = self.node.weight_names[name]
        self.graph.weight_arrays.add(full + word)
        return self.graph.array(full + word, change(self.graph.weights[full]))

    def channels_first(self) -> str:
        """The input as (N, channels, height, width)."""
        return self.graph.in_order(self.x, self._first)

    def maps(self, name: str) -> Stored:
        """An array (N, channels, height, width) as what the layer makes."""
        return Stored(name, self._first)

    def plain(self, name: str) -> Stored:
        """An array whose axes are in the layer's order as what the layer makes."""
        return Stored(name, tuple(range(1 + len(self.node.output_shape))))

    def refused(self) -> Stored:
        """Put the layer on the list of what ONNX cannot say."""
        self.graph.refused.add(self.name, type(self.node.layer).__name__)
        return self.plain(self.name)

    @property
    def _first(self) -> tuple[int, ...]:
        layer = self.node.layer
        first = isinstance(layer, SpatialLayer) and layer.channels_first
        return (0, 1, 2, 3) if first else (0, 3, 1, 2)


@singledispatch
def add_layer(layer: Layer, place: Place) -> Stored:
    """Add a layer to the graph; what ONNX cannot say goes on the list of what is refused."""
    return place.refused()


# Convolutions -------------------------------------------------------------------------------------


@add_layer.register
def _convolution(layer: Conv2D, place: Place) -> Stored:
    kernel = place.weight(
        "kernel", lambda kernel: layer.met(kernel).transpose(3, 2, 0, 1), _flipped(layer)
    )
    return _convolved(layer, place, kernel, layer.groups)


@add_layer.register
def _depthwise(layer: DepthwiseConv2D, place: Place) -> Stored:
    channels = layer.map_size(place.node.input_shapes[0])[2]
    return _convolved(layer, place, _depthwise_kernel(layer, place), channels)


@add_layer.register
def _separable(layer: SeparableConv2D, place: Place) -> Stored:
    channels = layer.map_size(place.node.input_shapes[0])[2]
    middle = _windows_slide(
        layer, place, f"{place.name}/depthwise", _depthwise_kernel(layer, place), channels
    )
    mixing = place.weight("pointwise_kernel", lambda kernel: kernel.transpose(3, 2, 0, 1))
    made = _before_activation(layer, place)
    place.graph.operation(
        "Conv", place.name, [middle, mixing, *_bias(layer, place)], made, kernel_shape=(1, 1)
    )
    return _activated(layer, place, place.maps(made))


def _depthwise_kernel(layer: ConvolutionLayer, place: Place) -> str:
    """(rows, columns, C, M) as (C · M, 1, rows, columns): the kernels of a channel together."""

    def changed(kernel: Array) -> Array:
        rows, columns, channels, multiplier = kernel.shape
        flat = layer.met(kernel).reshape(rows, columns, channels * multiplier, 1)
        return flat.transpose(2, 3, 0, 1)

    return place.weight("depthwise_kernel", changed, _flipped(layer))


def _flipped(layer: ConvolutionLayer) -> str:
    return "/flipped" if layer.true_convolution else ""


def _convolved(layer: ConvolutionLayer, place: Place, kernel: str, groups: int) -> Stored:
    made = _before_activation(layer, place)
    _windows_slide(layer, place, place.name, kernel, groups, made)
    return _activated(layer, place, place.maps(made))


def _windows_slide(
    layer: ConvolutionLayer, place: Place, name: str, kernel: str, groups: int, output: str = ""
) -> str:
    axes = layer.axes(place.node.input_shapes[0])
    if layer.true_convolution:
        text = _("the kernels are written flipped: ONNX knows no true convolution")
        place.graph.notes.append(Note(place.name, text))
    last = output != ""
    return place.graph.operation(
        "Conv",
        name,
        [place.channels_first(), kernel, *(_bias(layer, place) if last else [])],
        output,
        group=groups,
        dilations=[axis.dilation for axis in axes],
        **_window(axes),
    )


def _window(axes: tuple[WindowAxis, WindowAxis]) -> dict[str, list[int]]:
    return {
        "kernel_shape": [axis.kernel for axis in axes],
        "strides": [axis.stride for axis in axes],
        "pads": [axis.before for axis in axes] + [axis.after for axis in axes],
    }


def _bias(layer: ConvolutionLayer | Dense, place: Place) -> list[str]:
    return [place.weight("bias")] if layer.use_bias else []


def _before_activation(layer: ActivatedLayer, place: Place) -> str:
    """What z is called: as the layer, where no activation follows."""
    return place.name if layer.activation == "linear" else f"{place.name}/linear"


def _activated(layer: ActivatedLayer, place: Place, z: Stored) -> Stored:
    kind = layer.activation
    if kind == "linear":
        return z
    return add_activation(place.graph, kind, f"{place.name}/{kind}", z, place.name)


# Dense, normalization, activations ----------------------------------------------------------------


@add_layer.register
def _dense(layer: Dense, place: Place) -> Stored:
    graph, made = place.graph, _before_activation(layer, place)
    inputs = [graph.in_order(place.x, place.plain("").order), place.weight("kernel")]
    bias = _bias(layer, place)
    if bias and len(place.node.output_shape) == 1:
        graph.operation("Gemm", place.name, [*inputs, *bias], made)
    elif bias:  # on a map it works on the last axis, which Gemm does not know
        product = graph.operation("MatMul", place.name, inputs, f"{place.name}/product")
        graph.operation("Add", f"{place.name}/shifted", [product, *bias], made)
    else:
        graph.operation("MatMul", place.name, inputs, made)
    return _activated(layer, place, place.plain(made))


@add_layer.register
def _normalization(layer: BatchNormalization, place: Place) -> Stored:
    # The channels become the second axis, where ONNX wants them; the others keep their order.
    axes = [axis for axis in place.x.order if axis not in (0, layer.axis % len(place.x.order))]
    order = (0, layer.axis % len(place.x.order), *axes)
    if place.x.order[1] == order[1]:
        order = place.x.order
    (count,) = place.node.weight_specs[-1].shape
    constants = {"gamma": ("ones", np.ones), "beta": ("zeros", np.zeros)}
    held = place.node.weight_names
    inputs = [
        place.weight(name)
        if name in held
        else place.graph.array(
            f"{place.node.weights_of}/{constants[name][0]}", constants[name][1](count, np.float32)
        )
        for name in ("gamma", "beta", "moving_mean", "moving_variance")
    ]
    place.graph.operation(
        "BatchNormalization",
        place.name,
        [place.graph.in_order(place.x, order), *inputs],
        epsilon=float(layer.epsilon),
        momentum=float(layer.momentum),
    )
    return Stored(place.name, order)


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
def _dropout(layer: Dropout, place: Place) -> Stored:
    text = _("left out: Dropout does nothing when a network is used")
    place.graph.notes.append(Note(place.name, text))
    return place.x


# Pools, padding, merging --------------------------------------------------------------------------


@add_layer.register
def _maximum(layer: MaxPooling2D, place: Place) -> Stored:
    window = _window(layer.axes(place.node.input_shapes[0]))
    place.graph.operation("MaxPool", place.name, [place.channels_first()], **window)
    return place.maps(place.name)


@add_layer.register
def _average(layer: AveragePooling2D, place: Place) -> Stored:
    window = _window(layer.axes(place.node.input_shapes[0]))
    place.graph.operation(
        "AveragePool", place.name, [place.channels_first()], count_include_pad=0, **window
    )
    return place.maps(place.name)


@add_layer.register
def _minimum(layer: MinPooling2D, place: Place) -> Stored:
    """The smallest of a window is the largest of the negative ones, negative again."""
    name, window = place.name, _window(layer.axes(place.node.input_shapes[0]))
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


def add_elu(layer: Any, place: Place) -> Stored:
    """The layer ELU: an exponential for negative numbers, with a factor."""
    place.graph.operation("Elu", place.name, [place.x.name], alpha=float(layer.alpha))
    return Stored(place.name, place.x.order)


# Taken by its name, where this konv has it.
if "ELU" in LAYERS:
    add_layer.register(LAYERS["ELU"], add_elu)
