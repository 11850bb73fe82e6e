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
from konv.engines.compiled.kernels.winograd_rows import WinogradRows
from konv.engines.compiled.kernels.winograd_weights import WinogradWeights
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.convolution_parts import ConvolutionParts
from konv.engines.compiled.plan.slots import Place
from konv.engines.compiled.target import Target

__all__ = [
    "after_winograd",
    "along_rows",
    "best_way",
    "predicted_cycles",
    "transformed_weights",
    "worth",
]

_SIZE = 4  # F(2×2, 3×3) is never faster where F(4×4, 3×3) is slower than direct sums
_KERNEL, _APART = (3, 3), (1, 1)
_SPAN = (2, 2)  # from the first tap of a window to the last
_WIDTHS = (3, 4, 5)  # of windows whose rows can be filtered
_LOSS = 1.15  # what it costs counts so many times, for larger errors and longer code
_ERROR = 1.17  # how far models of both ways are off: what they call equal is faster in tiles
_WHOLE_BYTES = 512 * 1024  # transformed weights that are made by one task; more are divided
_PICTURES = 32  # of the batch for which weights are transformed once
# Along rows they are transformed in every call: for so many pictures, or bands of a picture.
_TILE_PICTURES, _BANDS = 8, 4
_NEAR_BYTES = 512 * 1024  # of weights that every column of tiles reads again


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
    if direct.window.kernel != _KERNEL or not _may_be(target, direct):
        return None
    if isinstance(direct, Convolution):
        return _forward(direct)
    rows, columns = direct.window.padding
    output, how = direct.output, (direct.accumulate, direct.rectifier, direct.activated)
    padding = _SPAN[0] - rows, _SPAN[1] - columns
    if not _stays_within(direct.gradient, padding, _size(output), _SPAN):
        return None
    return WinogradInputGradient(direct.gradient, output, (rows, columns), _SIZE, *how)


def _may_be(target: Target, direct: Convolution | ConvolutionInputGradient) -> bool:
    """Whether windows lie as Winograd's way wants them."""
    window = direct.window
    alike = window.stride == window.dilation == _APART
    return target.winograd is not False and direct.groups == 1 and alike


def _forward(direct: Convolution) -> Winograd | None:
    if not _is_divided(direct, _SIZE, _SIZE):
        return None
    what = direct.bias, direct.rectifier, direct.pool, direct.winners
    return Winograd(direct.input, direct.output, direct.window.padding, _SIZE, *what)


def along_rows(target: Target, direct: Convolution) -> WinogradRows | None:
    """What computes the same after Winograd along rows; None as above."""
    high, wide = direct.window.kernel
    if wide not in _WIDTHS or not _may_be(target, direct):
        return None
    pool = direct.pool
    if not _is_divided(direct, pool[0], _SIZE) or high + pool[0] + 2 > target.registers:
        return None
    what = direct.bias, direct.rectifier, pool, direct.winners, direct.scaled
    kernel = WinogradRows(direct.input, direct.output, direct.window, _SIZE, direct.flipped, *what)
    return kernel if kernel.weights_bytes(target) <= _NEAR_BYTES else None


def _is_divided(direct: Convolution, rows: int, columns: int) -> bool:
    """Whether pools divide tiles of such a size, and no window meets what is outside."""
    pool, window = direct.pool, direct.window
    sums = direct.output.height * pool[0], direct.output.width * pool[1]
    span = window.kernel[0] - 1, window.kernel[1] - 1
    divides = rows % pool[0] == columns % pool[1] == 0
    return divides and _stays_within(direct.input, window.padding, sums, span)


def _size(layout: MapLayout) -> tuple[int, int]:
    return layout.height, layout.width


def _stays_within(
    input: MapLayout, padding: tuple[int, int], sums: tuple[int, int], span: tuple[int, int]
) -> bool:
    """Whether the windows of so many sums meet nothing outside of the array."""
    (top, left), (rows, columns) = padding, sums
    return (
        0 <= top <= input.top
        and 0 <= left <= input.left
        and rows + span[0] - top <= input.height + input.bottom
        and columns + span[1] - left <= input.width + input.right
    )


def predicted_cycles(b: Builder, kernel: WinogradKernel) -> float:
    """What it counts as, per picture, where ways are compared."""
    cycles = kernel.cycles(b.target) + kernel.weights_cycles(b.target) / _PICTURES
    if isinstance(kernel, Winograd) and not b.training:
        cycles = math.sqrt(cycles * WinogradAlone(kernel).cycles(b.target))
    return _LOSS * cycles


def _cycles_along_rows(b: Builder, kernel: WinogradRows) -> float:
    """The same for one along rows, whose weights are transformed in every call."""
    each, weights = kernel.cycles(b.target), kernel.weights_cycles(b.target)
    cycles = each + weights / _TILE_PICTURES
    if not b.training:
        cycles = math.sqrt(cycles * (each + _BANDS * weights))
    return _LOSS * cycles


def best_way(b: Builder, direct: Convolution) -> Convolution | Winograd | WinogradRows:
    """What computes the sums in the fewest cycles; the plan notes what was compared."""
    tiles, rows = after_winograd(b.target, direct), along_rows(b.target, direct)
    if b.target.winograd:
        return tiles or rows or direct
    ways: dict[str, tuple[float, Convolution | Winograd | WinogradRows]] = {}
    if tiles:
        ways["winograd"] = predicted_cycles(b, tiles), tiles
    if rows:
        ways["rows"] = _cycles_along_rows(b, rows) * (_ERROR if tiles else 1), rows
    if not ways:
        return direct
    ways["direct"] = direct.cycles(b.target), direct
    return ways[b.cheapest("sums", **{way: cost for way, (cost, _kernel) in ways.items()})][1]


def worth(b: Builder, kernel: WinogradInputGradient, direct: ConvolutionInputGradient) -> bool:
    """Whether an input gradient is to be made so; the plan notes what was compared."""
    if b.target.winograd:
        return True
    costs = {"winograd": predicted_cycles(b, kernel), "direct": direct.cycles(b.target)}
    return b.cheapest("input gradient", **costs) == "winograd"


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
