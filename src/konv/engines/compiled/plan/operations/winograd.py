"""Convolutions after Winograd: where that is possible, where it pays, and what is called.

Rounding errors are larger than those of direct sums, so it must save something. In a prediction the
same way is taken for a single picture and for many, which gives the same bits: what counts is the
geometric mean of what it costs in both.
"""

from __future__ import annotations

import math
from typing import overload

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Convolution
from konv.engines.compiled.kernels.convolution_input_gradient import ConvolutionInputGradient
from konv.engines.compiled.kernels.winograd import Winograd
from konv.engines.compiled.kernels.winograd_alone import WinogradAlone
from konv.engines.compiled.kernels.winograd_input_gradient import WinogradInputGradient
from konv.engines.compiled.kernels.winograd_kernel import WinogradKernel
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.convolution_parts import ConvolutionParts
from konv.engines.compiled.plan.slots import Place
from konv.engines.compiled.plan.structure import Work
from konv.engines.compiled.target import Target

__all__ = ["after_winograd", "predicted_cycles", "transformed_weights", "worth"]

_SIZE = 4  # F(2×2, 3×3) is never faster where F(4×4, 3×3) is slower than direct sums
_KERNEL, _APART = (3, 3), (1, 1)
_SPAN = 2  # from the first tap of a window to the last
_LOSS = 1.15  # what it costs counts so many times, for larger errors and longer code
_WHOLE_BYTES = 512 * 1024  # transformed weights that are made by one task; more are divided
_PICTURES = 32  # of the batch for which weights are transformed once


@overload
def after_winograd(target: Target, direct: Convolution) -> Winograd | None: ...
@overload
def after_winograd(
    target: Target, direct: ConvolutionInputGradient
) -> WinogradInputGradient | None: ...
def after_winograd(
    target: Target, direct: Convolution | ConvolutionInputGradient
) -> Winograd | WinogradInputGradient | None:
    """What computes the same after Winograd; None if nothing does, or nothing may."""
    window = direct.window
    alike = window.kernel == _KERNEL and window.stride == window.dilation == _APART
    if target.winograd is False or direct.groups > 1 or not alike:
        return None
    if isinstance(direct, Convolution):
        return _forward(direct)
    rows, columns = window.padding
    output, how = direct.output, (direct.accumulate, direct.rectifier, direct.activated)
    if not _stays_within(direct.gradient, (_SPAN - rows, _SPAN - columns), _size(output)):
        return None
    return WinogradInputGradient(direct.gradient, output, (rows, columns), _SIZE, *how)


def _forward(direct: Convolution) -> Winograd | None:
    pool, padding = direct.pool, direct.window.padding
    rows, columns = (each * by for each, by in zip(_size(direct.output), pool, strict=True))
    divides = _SIZE % pool[0] == _SIZE % pool[1] == 0
    if not (divides and _stays_within(direct.input, padding, (rows, columns))):
        return None
    what = direct.bias, direct.rectifier, pool, direct.winners
    return Winograd(direct.input, direct.output, padding, _SIZE, *what)


def _size(layout: MapLayout) -> tuple[int, int]:
    return layout.height, layout.width


def _stays_within(input: MapLayout, padding: tuple[int, int], sums: tuple[int, int]) -> bool:
    """Whether the windows of so many sums meet nothing outside of the array."""
    (top, left), (rows, columns) = padding, sums
    return (
        0 <= top <= input.top
        and 0 <= left <= input.left
        and rows + _SPAN - top <= input.height + input.bottom
        and columns + _SPAN - left <= input.width + input.right
    )


def predicted_cycles(b: Builder, kernel: WinogradKernel) -> float:
    """What it counts as, per picture, where ways are compared."""
    cycles = kernel.cycles(b.target) + kernel.weights_cycles(b.target) / _PICTURES
    if isinstance(kernel, Winograd) and not b.training:
        cycles = math.sqrt(cycles * WinogradAlone(kernel).cycles(b.target))
    return _LOSS * cycles


def worth(
    b: Builder,
    kernel: WinogradKernel,
    direct: Convolution | ConvolutionInputGradient,
) -> bool:
    """Whether it is to be done; the plan notes what was compared."""
    if b.target.winograd:
        return True
    work: Work = "sums" if isinstance(kernel, Winograd) else "input gradient"
    costs = {"winograd": predicted_cycles(b, kernel), "direct": direct.cycles(b.target)}
    return b.cheapest(work, **costs) == "winograd"


def transformed_weights(b: Builder, weights: WinogradWeights, parts: ConvolutionParts) -> str:
    """The slot of transformed weights; they are made before everything else.

    Args:
        b: the plan.
        weights: what is done with them.
        parts: what the convolution is.
    """
    turned = "turned, " if weights.turned else ""
    what = f"{parts.kernel} {turned}after Winograd"
    slot, given = b.shared(what, weights.bytes(b.target)), b.weight(parts.kernel)
    large = weights.bytes(b.target) > _WHOLE_BYTES
    tasks = list(weights.parts(b.target)) if large else [(weights, 0, 0)]
    for number, (part, before, behind) in enumerate(tasks):
        places = Place(given, before), Place(slot, behind)
        b.beforehand(f"transforming of {what}, {number}", part, *places, items=part.items)
    return slot
