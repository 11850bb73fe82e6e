"""What is written about a layer: its kind, name, sizes, weights and shape, in short texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from konv.explain.drawing.lettering import clean_text
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import ELU, Activation, FunctionLayer, LeakyReLU, ReLU
from konv.layers.base import Layer
from konv.layers.convolution import Conv2D, ConvolutionLayer
from konv.layers.dense import Dense
from konv.layers.depthwise import DepthwiseConv2D, SeparableConv2D
from konv.layers.dropout import Dropout
from konv.layers.flatten import Flatten
from konv.layers.input import Input
from konv.layers.merging import Add, Concatenate
from konv.layers.normalization import BatchNormalization
from konv.layers.windowed import WindowedLayer
from konv.layers.zero_padding import ZeroPadding2D
from konv.network.graph import Network, Node
from konv.network.report import report
from konv.network.rows import Row, times

__all__ = ["Caption", "captions_of", "family_of"]


@dataclass(frozen=True)
class Caption:
    """What is written about one layer.

    Args:
        node: the layer at its place.
        row: what the report says of it.
        family: which layers it is like: its colour.
        facts: its fields, as far as they matter for sizes: "5×5 kernel", "32 filters", "relu".
        products: the shapes of its weights, "5×5×1×32"; none for shared weights.
        counts: "800 weights", "32 biases"; or whose weights it uses.
        sources: the numbers of the layers it takes its input from.
    """

    node: Node
    row: Row
    family: str
    facts: tuple[str, ...]
    products: tuple[str, ...]
    counts: tuple[str, ...]
    sources: tuple[int, ...]

    @property
    def name(self) -> str:
        """The name of the layer, on one line."""
        return clean_text(self.node.name)

    @property
    def kind(self) -> str:
        """The name of its class."""
        return self.row.layer

    @property
    def shape(self) -> str:
        """The shape of its output, ``24×24×32``."""
        return times(self.row.output_shape)

    @property
    def follows(self) -> bool:
        """Whether it takes what the layer before it makes, and nothing else."""
        return self.sources == (self.row.index - 1,)

    @property
    def source(self) -> str:
        """What it takes, if that is not just the layer before it: ``from 3, 7``."""
        if self.follows or not self.sources:
            return ""
        return _("from {numbers}", numbers=_shown_numbers(self.sources))

    @property
    def sentence(self) -> str:
        """All of it in a line."""
        parts = [self.kind, *self.facts, *self.counts, self.source, self.shape]
        return f"{self.row.index} {self.name}: {', '.join(filter(None, parts))}"


_MOST_NUMBERS = 4


def _shown_numbers(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_NUMBERS]))
    return f"{shown}, …" if len(numbers) > _MOST_NUMBERS else shown


def captions_of(network: Network) -> tuple[Caption, ...]:
    """The captions of all layers, in the order of the network."""
    rows = report(network).rows
    index = {row.name: row.index for row in rows}
    return tuple(
        Caption(
            node=node,
            row=row,
            family=family_of(node.layer),
            facts=tuple(_facts(node, row)),
            products=() if node.shares else tuple(_products(node)),
            counts=tuple(_counts(row, index)),
            sources=tuple(index[name] for name in row.inputs),
        )
        for node, row in zip(network.nodes, rows, strict=True)
    )


def family_of(layer: Layer) -> str:
    """Which layers it is like; the names are those of :data:`colours.FAMILIES`."""
    match layer:
        case Input():
            return "input"
        case ConvolutionLayer():
            return "convolution"
        case Dense():
            return "dense"
        case Add() | Concatenate():
            return "merging"
        case Flatten() | ZeroPadding2D():
            return "reshaping"
        case FunctionLayer() | BatchNormalization() | Dropout():
            return "activation"
    return "pooling"


def _facts(node: Node, row: Row) -> Iterator[str]:
    layer = node.layer
    if row.kernel:
        size = times(row.kernel)
        is_kernel = isinstance(layer, ConvolutionLayer)
        yield _("{size} kernel", size=size) if is_kernel else _("{size} window", size=size)
    match layer:
        case Conv2D() | SeparableConv2D():
            yield _counted_filters(layer.filters)
        case DepthwiseConv2D() if layer.depth_multiplier > 1:
            yield _("{count} per channel", count=layer.depth_multiplier)
        case Dense():
            yield _("1 unit") if layer.units == 1 else _("{count} units", count=f"{layer.units:,}")
        case Dropout():
            yield _("rate {rate}", rate=f"{layer.rate:g}")
        case Concatenate():
            yield _("axis {axis}", axis=str(layer.axis).replace("-", "−"))
        case ReLU() if layer.max_value is not None:
            yield _("at most {most}", most=f"{layer.max_value:g}")
        case LeakyReLU():
            yield _("slope {slope}", slope=f"{layer.negative_slope:g}")
        case ELU():
            yield f"α = {layer.alpha:g}"
    yield from _sliding(layer, row)
    if isinstance(layer, Activation) or (
        isinstance(layer, ActivatedLayer) and layer.activation != "linear"
    ):
        yield layer.activation


def _counted_filters(count: int) -> str:
    return _("1 filter") if count == 1 else _("{count} filters", count=f"{count:,}")


def _sliding(layer: Layer, row: Row) -> Iterator[str]:
    """How windows slide, as far as it is not the usual way."""
    usual = row.kernel if not isinstance(layer, ConvolutionLayer) else (1, 1)
    if row.stride and row.stride != usual:
        yield _("stride {step}", step=_pair(row.stride))
    if row.dilation and row.dilation != (1, 1):
        yield _("dilation {step}", step=_pair(row.dilation))
    if row.padding and row.padding != ((0, 0), (0, 0)):
        word = getattr(layer, "padding", None)
        zeros = "×".join(_ends(axis) for axis in row.padding)
        (top, bottom), (left, right) = row.padding
        if top == bottom == left == right:
            zeros = str(top)
        named = isinstance(word, str) and isinstance(layer, WindowedLayer)
        yield f"padding={word}" if named else _("padding {zeros}", zeros=zeros)
    if isinstance(layer, Conv2D) and layer.groups > 1:
        yield _("{count} groups", count=layer.groups)
    if isinstance(layer, ConvolutionLayer) and layer.true_convolution:
        yield _("flipped kernels")


def _ends(axis: tuple[int, int]) -> str:
    before, after = axis
    return f"{before}+{after}"


def _pair(pair: tuple[int, int]) -> str:
    """``2``, or ``2×1`` if rows and columns differ."""
    return str(pair[0]) if pair[0] == pair[1] else times(pair)


def _products(node: Node) -> Iterator[str]:
    for spec in node.weight_specs:
        if spec.trainable and not spec.bias and len(spec.shape) > 1:
            yield times(spec.shape)


def _counts(row: Row, index: dict[str, int]) -> Iterator[str]:
    if row.shares:
        yield _("weights of {number}", number=index[row.shares])
        return
    if row.weights:
        yield _("1 weight") if row.weights == 1 else _("{count} weights", count=f"{row.weights:,}")
    if row.biases:
        yield _("1 bias") if row.biases == 1 else _("{count} biases", count=f"{row.biases:,}")
    if row.non_trainable:
        yield _("{count} not trained", count=f"{row.non_trainable:,}")
