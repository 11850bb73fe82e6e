"""Flatten, Dense, BatchNormalization, activations and merging layers as steps of PyTorch.

konv flattens (row, column, channel), PyTorch (channel, row, column). Where a dense layer or a
normalization comes behind, its weights are put into the other order, and the module is what anybody
would write. Where the order would be seen (the output, a sum with another row, weights that are
used at several places), the axes are turned before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from konv.formats.pytorch.lowering.layers import activated, steps_of
from konv.formats.pytorch.lowering.making import Laid, Making
from konv.formats.pytorch.placement import Constant, Placement
from konv.layers import (
    ELU,
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    ReLU,
)
from konv.layers.merging import channel_axis
from konv.network.graph import Node

__all__: list[str] = []


@steps_of.register
def _flatten(layer: Flatten, node: Node, making: Making, x: Laid) -> Laid:
    if x.rank == 1:
        return x
    # konv's order of konv's axes: its rows and columns before its channels.
    last = (1, 2, 0) if layer.data_format == "channels_first" else (0, 1, 2)
    first = (last[2], last[0], last[1])
    order = _order(x, first, last)
    if order is not None and not _order_is_free(node, making):
        first, order = last, None
    x = making.module(node, "Flatten", making.turned(node, x, first))
    return replace(x, shape=node.output_shape, axes=(0,), order=order)


def _order(x: Laid, axes: tuple[int, ...], last: tuple[int, ...]) -> np.ndarray | None:
    """Which of konv's numbers each is when ``x`` is flattened with its axes lying so."""
    sizes = [x.shape[axis] for axis in last]
    numbers = np.arange(np.prod(sizes, dtype=int)).reshape(sizes)
    order = numbers.transpose([last.index(axis) for axis in axes]).reshape(-1)
    return None if (order == np.arange(order.size)).all() else order


def _order_is_free(node: Node, making: Making) -> bool:
    """Whether all that use the row can have their weights put into its order."""
    reached = {node.name}
    for user in making.network.nodes:
        if reached.isdisjoint(user.inputs):
            continue
        shares = user.weight_specs and user.weights_of in making.shared
        if shares or isinstance(user.layer, Add):
            return False
        if not isinstance(user.layer, Dense):
            reached.add(user.name)
    return making.network.nodes[-1].name not in reached


@steps_of.register
def _dense(layer: Dense, node: Node, making: Making, x: Laid) -> Laid:
    inputs, units = x.shape[-1], layer.units
    shares = node.weights_of in making.shared
    options: dict[str, Any] = {} if layer.use_bias else {"bias": False}
    if x.axes == (2, 0, 1) and not shares:
        # On a map it works on the channels of each place, as a 1×1 convolution does.
        tensors = _matrix(layer, node, (units, inputs, 1, 1))
        x = making.module(node, "Conv2d", x, inputs, units, 1, tensors=tensors, **options)
    else:
        if x.axes[-1] != x.rank - 1:
            x = making.turned(node, x, tuple(range(x.rank)))
        tensors = _matrix(layer, node, (units, inputs), x.order)
        x = making.module(node, "Linear", x, inputs, units, tensors=tensors, **options)
    x = replace(x, shape=node.output_shape, order=None)
    return activated(layer.activation, node, making, x, layer.activation)


def _matrix(
    layer: Dense, node: Node, shape: tuple[int, ...], order: np.ndarray | None = None
) -> tuple[Placement, ...]:
    units, inputs = shape[:2]
    names = node.weight_names
    kernel = Placement("weight", names["kernel"], (inputs, units), shape, (1, 0), order=order)
    if not layer.use_bias:
        return (kernel,)
    return kernel, Placement("bias", names["bias"], (units,), (units,), (0,))


@steps_of.register
def _normalization(layer: BatchNormalization, node: Node, making: Making, x: Laid) -> Laid:
    axis = channel_axis(layer, layer.axis, x.shape)
    if x.axes[0] != axis:
        x = making.turned(node, x, (axis, *(other for other in x.axes if other != axis)))
    size = (x.shape[axis],)
    names = node.weight_names
    pairs = (
        ("weight", "gamma", 1.0),
        ("bias", "beta", 0.0),
        ("running_mean", "moving_mean", 0.0),
        ("running_var", "moving_variance", 1.0),
    )
    affine = layer.scale or layer.center
    options: dict[str, Any] = {} if affine else {"affine": False}
    tensors = tuple(
        Placement(name, names[weight], size, size, (0,), order=x.order)
        if weight in names
        else Constant(name, size, missing)
        for name, weight, missing in pairs
        if affine or name.startswith("running")
    )
    return making.module(
        node,
        "BatchNorm2d" if x.rank == 3 else "BatchNorm1d",
        x,
        size[0],
        tensors=(*tensors, Constant("num_batches_tracked", (), 0, "int64")),
        eps=layer.epsilon,
        # PyTorch's is the share of the new value.
        momentum=round(1 - layer.momentum, 12),
        **options,
    )


@steps_of.register
def _activation(layer: Activation, node: Node, making: Making, x: Laid) -> Laid:
    return activated(layer.activation, node, making, x)


@steps_of.register
def _leaky_relu(layer: LeakyReLU, node: Node, making: Making, x: Laid) -> Laid:
    return making.module(node, "LeakyReLU", x, layer.negative_slope)


@steps_of.register
def _elu(layer: ELU, node: Node, making: Making, x: Laid) -> Laid:
    return making.module(node, "ELU", x, layer.alpha)


@steps_of.register
def _relu(layer: ReLU, node: Node, making: Making, x: Laid) -> Laid:
    bound, slope, threshold = layer.max_value, layer.negative_slope, layer.threshold
    if bound is None and not threshold:
        kind = "LeakyReLU" if slope else "ReLU"
        return making.module(node, kind, x, *((slope,) if slope else ()))
    if bound == 6 and not slope and not threshold:
        return making.module(node, "ReLU6", x)
    if bound and not slope and not threshold:
        return making.module(node, "Hardtanh", x, 0.0, bound)
    if bound is None and not slope:
        return making.module(node, "Threshold", x, threshold, 0.0)
    return making.function(node, "rectifier", x, arguments=(bound, slope, threshold))


@steps_of.register
def _dropout(layer: Dropout, node: Node, making: Making, x: Laid) -> Laid:
    return making.module(node, "Dropout", x, layer.rate)


@steps_of.register
def _add(layer: Add, node: Node, making: Making, *inputs: Laid) -> Laid:
    first, *others = inputs
    return making.function(
        node, "add", first, *(making.turned(node, x, first.axes) for x in others)
    )


@steps_of.register
def _concatenate(layer: Concatenate, node: Node, making: Making, *inputs: Laid) -> Laid:
    first, *others = inputs
    alike = (first, *(making.turned(node, x, first.axes) for x in others))
    axis = channel_axis(layer, layer.axis, first.shape)
    x = making.function(node, "cat", *alike, arguments=(first.place(axis),))
    return replace(x, shape=node.output_shape, order=_joined(alike) if first.rank == 1 else None)


def _joined(rows: tuple[Laid, ...]) -> np.ndarray | None:
    """The order of several rows one behind the other."""
    if all(row.order is None for row in rows):
        return None
    start, orders = 0, []
    for row in rows:
        own = np.arange(row.shape[0]) if row.order is None else row.order
        orders.append(start + own)
        start += row.shape[0]
    return np.concatenate(orders)
