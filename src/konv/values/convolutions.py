"""The sum of a convolution: every number of the window times the weight that it meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from konv.language import translate as _
from konv.layers.base import Array
from konv.layers.convolution import Conv2D, ConvolutionLayer
from konv.layers.depthwise import DepthwiseConv2D, SeparableConv2D
from konv.values.functions import activation_steps
from konv.values.parts import Part, exact_sum
from konv.values.spot import Spot, steps_of
from konv.values.steps import Step, Sum
from konv.values.ways import matrix_around, row_of, turned
from konv.values.window import coordinates, window_at

__all__: list[str] = []


@steps_of.register
def _conv2d(layer: Conv2D, spot: Spot) -> tuple[Step, ...]:
    row, column, filter_ = coordinates(layer, spot.at)
    kernel = spot.weights["kernel"]
    per_group = kernel.shape[2]
    first = filter_ // (layer.filters // layer.groups) * per_group
    parts = [
        _met(layer, window_at(layer, spot, row, column).part(first + k), kernel, (k, filter_), k)
        for k in range(per_group)
    ]
    if per_group > 1:
        parts = [
            replace(part, name=_("channel {number}", number=first + k))
            for k, part in enumerate(parts)
        ]
    return _convolution_steps(layer, spot, parts, filter_, range(first, first + per_group))


@steps_of.register
def _depthwise(layer: DepthwiseConv2D, spot: Spot) -> tuple[Step, ...]:
    row, column, output = coordinates(layer, spot.at)
    channel, multiple = divmod(output, layer.depth_multiplier)
    window = window_at(layer, spot, row, column)
    kernel = spot.weights["depthwise_kernel"]
    part = replace(
        _met(layer, window.part(channel), kernel, (channel, multiple), channel),
        name=_("channel {number}", number=channel),
    )
    return _convolution_steps(layer, spot, [part], output, [channel])


@steps_of.register
def _separable(layer: SeparableConv2D, spot: Spot) -> tuple[Step, ...]:
    row, column, filter_ = coordinates(layer, spot.at)
    window = window_at(layer, spot, row, column)
    kernel, pointwise = spot.weights["depthwise_kernel"], spot.weights["pointwise_kernel"]
    parts = [
        replace(
            _met(layer, window.part(channel), kernel, (channel, multiple), channel),
            name=_("channel {number}", number=channel)
            if layer.depth_multiplier == 1
            else _("channel {number}, kernel {kernel}", number=channel, kernel=multiple),
        )
        for channel in range(kernel.shape[2])
        for multiple in range(layer.depth_multiplier)
    ]
    title = _("1. each channel by itself; {window}", window=window.text(spot.source))
    single = Sum(title, tuple(parts), apart=True, remarks=_remarks(layer, spot, parts))
    middle = np.array(single.totals)
    count = len(middle)
    mixed = Part(
        numbers=middle,
        places=np.arange(count)[:, np.newaxis],
        inside=np.ones(count, bool),
        weights=pointwise[0, 0, :, filter_],
        weight_places=np.array([(0, 0, k, filter_) for k in range(count)]),
    )
    second = Sum(
        _("2. the {count} numbers mixed by filter {filter}", count=count, filter=filter_),
        (mixed,),
        bias=_bias(spot, filter_),
    )
    return (single, second, *activation_steps(layer, spot, second.value))


def _met(
    layer: ConvolutionLayer, part: Part, kernel: Array, of: tuple[int, int], channel: int
) -> Part:
    """A channel of the window with the kernel that it meets."""
    height, width = kernel.shape[:2]
    u, v = (places.reshape(-1) for places in np.indices((height, width)))
    if layer.true_convolution:
        u, v = height - 1 - u, width - 1 - v
    places = np.stack([u, v, np.full_like(u, of[0]), np.full_like(u, of[1])], axis=-1)
    return replace(part, weights=kernel[u, v, of[0], of[1]], weight_places=places)


def _bias(spot: Spot, filter_: int) -> float | None:
    bias = spot.weights.get("bias")
    return None if bias is None else float(bias[filter_])


def _convolution_steps(
    layer: ConvolutionLayer,
    spot: Spot,
    parts: list[Part],
    filter_: int,
    channels: Sequence[int],
) -> tuple[Step, ...]:
    row, column, _channel = coordinates(layer, spot.at)
    window = window_at(layer, spot, row, column)
    title = _("{window}; filter {filter}", window=window.text(spot.source), filter=filter_)
    matrix = None
    remarks = _remarks(layer, spot, parts)
    if spot.how == "im2col":
        parts = [row_of(parts)]
        matrix = matrix_around(layer, spot, channels)
    elif spot.how == "true":
        parts = [turned(part) for part in parts]
    total = Sum(title, tuple(parts), bias=_bias(spot, filter_), remarks=remarks, matrix=matrix)
    return (total, *activation_steps(layer, spot, total.value))


def _remarks(layer: ConvolutionLayer, spot: Spot, parts: Sequence[Part]) -> tuple[str, ...]:
    """What is said of flipping: that this layer does, or that a CNN does not."""
    if layer.true_convolution and spot.how != "true":
        return (_("true_convolution: the kernel is shown as it meets the window, turned by 180°"),)
    if spot.how != "true":
        return ()
    if layer.true_convolution:
        return (
            _(
                "This layer is a true convolution: it turns its kernel by 180°, so that the first "
                "weight meets the last number of the window."
            ),
        )
    flipped = exact_sum(
        product
        for part in parts
        if part.weights is not None
        for product in (part.numbers * part.weights[::-1]).tolist()
    )
    return (
        _(
            "A CNN does not flip its kernel: it correlates. A true convolution gives the same "
            "number if it is given the kernel turned by 180°, as here; with the kernel as it is, "
            "it would give {value} before the bias.",
            value=f"{flipped:.6g}",
        ),
    )
