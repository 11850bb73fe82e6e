"""What a person calls the compiler's kernels."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from konv.engines.compiled.plan.description import (
    CallDescription,
    TileDescription,
    WinogradDescription,
)
from konv.language import marked
from konv.language import translate as _

__all__ = ["KERNEL_WORDS", "kernel_text", "tile_text", "winograd_text"]

KERNEL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "Activation": marked("activation"),
        "ActivationGradient": marked("activation, backward"),
        "AdamUpdate": marked("update by Adam"),
        "BatchStatistics": marked("statistics of the batch"),
        "Bf16Convolution": marked("bf16 convolution"),
        "Bf16Dense": marked("bf16 dense"),
        "Bf16Map": marked("rounded to bf16"),
        "Bf16Weights": marked("weights, rounded to bf16"),
        "CallingBack": marked("a loss in Python"),
        "ChannelSums": marked("sums of the channels"),
        "Clear": marked("cleared"),
        "Convolution": marked("convolution"),
        "ConvolutionInputGradient": marked("input gradient, dense"),
        "ConvolutionWeightGradient": marked("weight gradient, dense"),
        "Copy": marked("copy"),
        "Dense": marked("dense, by lanes"),
        "DenseBatch": marked("dense, matrix divided"),
        "DenseBatchInputGradient": marked("input gradient, divided"),
        "DenseBatchWeightGradient": marked("weight gradient, divided"),
        "DensePartialSums": marked("dense, rows divided"),
        "DenseSum": marked("sum of the parts"),
        "DenseInputGradient": marked("input gradient, by lanes"),
        "DenseWeightGradient": marked("weight gradient, by lanes"),
        "Depthwise": marked("depthwise convolution"),
        "DepthwiseInputGradient": marked("input gradient, depthwise"),
        "DepthwiseWeightGradient": marked("weight gradient, depthwise"),
        "Dropout": marked("dropout"),
        "Fill": marked("fill"),
        "FoldedBias": marked("scales and biases"),
        "FoldedKernel": marked("weights with normalization"),
        "Gate": marked("gate of the rectifier"),
        "LaneSum": marked("sum of all lanes"),
        "MaxUnpool": marked("pool, backward"),
        "MomentumUpdate": marked("update by momentum"),
        "NormalizationInputGradient": marked("normalization, backward"),
        "NormalizationSums": marked("sums for the gradients"),
        "NormalizationWeightGradients": marked("gradients of γ and β"),
        "Normalize": marked("normalization"),
        "PickedGradient": marked("weight gradient, picked"),
        "Pooling": marked("pool"),
        "PoolingGradient": marked("pool, backward"),
        "ReadChangedPixels": marked("changed pixels to numbers"),
        "ReadPixels": marked("pixels to numbers"),
        "SGDUpdate": marked("update by SGD"),
        "SigmoidCrossentropy": marked("sigmoid, loss, gradient"),
        "Softmax": marked("softmax"),
        "SoftmaxCrossentropy": marked("softmax, loss, gradient"),
        "SoftmaxGradient": marked("softmax, backward"),
        "SparseInputGradient": marked("input gradient, sparse"),
        "SparseWeightGradient": marked("weight gradient, sparse"),
        "SquaredError": marked("loss, gradient"),
        "Sum": marked("sum"),
        "TurnedKernel": marked("weights in another order"),
        "Winograd": marked("convolution"),
        "WinogradAlone": marked("convolution"),
        "WinogradRows": marked("convolution"),
        "WinogradInputGradient": marked("input gradient, dense"),
        "WinogradWeights": marked("weights for Winograd"),
    }
)
# Of the others, the rectifier is that of the layer before, and the pool that of the layer itself.
_FORWARD = (
    *("Bf16Convolution", "Bf16Dense"),
    *("Convolution", "Dense", "DenseBatch", "DenseSum", "Depthwise", "Sum"),
    *("Winograd", "WinogradAlone", "WinogradRows"),
)


def kernel_text(call: CallDescription) -> str:
    """A kernel, and what it does beside its sums."""
    word = KERNEL_WORDS.get(call.kernel)
    text = call.kernel if word is None else _(word)
    if call.kernel in _FORWARD and call.rectified:
        text = _("{kernel}, ReLU", kernel=text)
    if call.kernel in _FORWARD and call.pooled:
        text = _("{kernel}, pool", kernel=text)
    return text


def tile_text(tile: TileDescription) -> str:
    """How a convolution holds its sums in registers."""
    parts = [
        _(
            "direct: {pixels} pixels × {vectors} vectors of {width} in registers",
            pixels=tile.pixels,
            vectors=tile.vectors,
            width=tile.width,
        ),
        _("{chunks} × {vectors} vectors of channels", chunks=tile.chunks, vectors=tile.vectors),
    ]
    if tile.pictures > 1:
        parts.append(_("{count} pictures at once", count=tile.pictures))
    if tile.written_out > 1:
        parts.append(_("{count} columns of the window at once", count=tile.written_out))
    if tile.parts > 1:
        parts.append(_("input channels in {count} parts", count=tile.parts))
    return "; ".join(parts)


def winograd_text(winograd: WinogradDescription) -> str:
    """How a convolution is done after Winograd."""
    return _(
        "Winograd {filtering}: {tiles} tiles of a picture; {count} tiles at once",
        filtering=winograd.filtering,
        tiles=winograd.tiles,
        count=winograd.at_once,
    )
