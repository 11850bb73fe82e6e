"""Layers with weights as operations: Conv, Gemm or MatMul, BatchNormalization."""

from __future__ import annotations

import numpy as np

from konv.formats.exchange.imported import Note
from konv.formats.onnx.export.functions import add_activation
from konv.formats.onnx.export.graph import Stored
from konv.formats.onnx.export.place import Array, Place, add_layer, window_settings
from konv.language import translate as _
from konv.layers import BatchNormalization, Conv2D, Dense, DepthwiseConv2D, SeparableConv2D
from konv.layers.activated import ActivatedLayer
from konv.layers.convolution import ConvolutionLayer

__all__: list[str] = []


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
        **window_settings(axes),
    )


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
