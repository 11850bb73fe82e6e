"""A network as a program of Keras 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from konv.formats.code_writing.konv_code import positional_of
from konv.formats.code_writing.program import Words, program
from konv.formats.code_writing.texts import call_text
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.padding import padding_word
from konv.language import translate as _
from konv.layers import Input, MinPooling2D
from konv.layers.base import Layer
from konv.layers.convolution import ConvolutionLayer
from konv.layers.pooling import PoolingLayer
from konv.network.graph import Network, Node

__all__ = ["keras_code"]

# The activations that Keras 3 has by these names.
_ACTIVATIONS = frozenset(
    (
        *("linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus"),
        *("sigmoid", "hard_sigmoid", "tanh", "softmax", "hard_swish"),
    )
)


def keras_code(network: Network) -> str:
    """The program that makes the network with Keras 3; its weights are not in it.

    Padding that Keras has no word for becomes a ZeroPadding2D before a convolution.

    Raises:
        FormatError: K411, Keras lacks something, with the whole list.

    Example:
        >>> from konv.layers import Conv2D, Flatten, Dense, Input
        >>> from konv.network.graph import sequential
        >>> layers = [Input((8, 8, 1)), Conv2D(4, 3, padding=2), Flatten(), Dense(10)]
        >>> print(keras_code(sequential(layers)))
        import keras
        from keras import layers
        <BLANKLINE>
        model = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.ZeroPadding2D(2),
                layers.Conv2D(4, 3),
                layers.Flatten(),
                layers.Dense(10),
            ],
        )
        <BLANKLINE>
    """
    return program(network, _KerasWords())


class _KerasWords(Words):
    head = ("import keras", "from keras import layers")
    target = "Keras code"
    sequential = "keras.Sequential"
    model = "keras.Model"

    def calls(self, layer: Layer, node: Node, refused: Refusals) -> list[str]:
        fields = layer.to_config()
        if (word := fields.get("activation", "linear")) not in _ACTIVATIONS:
            refused.add(node.name, f"activation={word!r}")
        if isinstance(layer, MinPooling2D):
            refused.add(node.name, "MinPooling2D")
            return []
        if isinstance(layer, PoolingLayer):
            # Keras 3's AveragePooling2D has no default for it.
            fields.setdefault("pool_size", _plain_pair(layer.pool_size))
            _say_padding(layer, node, fields, refused)
        before: list[str] = []
        if isinstance(layer, ConvolutionLayer):
            _refuse_of_convolution(layer, node, fields, refused)
            before = _zeros_before(layer, node, fields)
        return [*before, _call(layer, fields)]

    def input(self, layer: Input) -> str:
        return call_text("keras.Input", layer.to_config(), ("shape",))


def _call(layer: Layer, fields: Mapping[str, Any]) -> str:
    kind = type(layer).__name__
    return call_text(f"layers.{kind}", fields, positional_of(kind, layer))


def _refuse_of_convolution(
    layer: ConvolutionLayer, node: Node, fields: dict[str, Any], refused: Refusals
) -> None:
    if layer.true_convolution:
        refused.add(node.name, "true_convolution=True")
    if max(layer.strides) > 1 and max(layer.dilation_rate) > 1:
        refused.add(node.name, _("strides together with dilation_rate"))
    if type(layer).__name__ != "Conv2D" and layer.strides[0] != layer.strides[1]:
        refused.add(node.name, _("strides that differ in rows and columns"))


def _zeros_before(layer: ConvolutionLayer, node: Node, fields: dict[str, Any]) -> list[str]:
    """The padding in Keras's words; else as a layer of zeros before it."""
    if layer.padding in ("valid", "same"):
        return []
    fields.pop("padding")
    rows, columns = ([axis.before, axis.after] for axis in layer.axes(*node.input_shapes))
    if not any((*rows, *columns)):
        return []
    padding: Any = [rows, columns]
    if rows == columns and rows[0] == rows[1]:
        padding = rows[0]
    zeros = {"padding": padding} if padding != 1 else {}
    if layer.data_format == "channels_first":
        zeros["data_format"] = "channels_first"
    return [call_text("layers.ZeroPadding2D", zeros, ("padding",))]


def _say_padding(
    layer: PoolingLayer, node: Node, fields: dict[str, Any], refused: Refusals
) -> None:
    """A pool leaves its padding out, and a layer of zeros would not: only Keras's words will do."""
    word = padding_word(layer, layer.axes(*node.input_shapes))
    if word is None:
        refused.add(node.name, f"padding={fields['padding']!r}")
        return
    fields.pop("padding", None)
    if word != "valid":
        fields["padding"] = word


def _plain_pair(pair: tuple[int, int]) -> int | list[int]:
    return pair[0] if pair[0] == pair[1] else list(pair)
