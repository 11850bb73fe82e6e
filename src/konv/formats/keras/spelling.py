"""One layer of konv in the words of Keras 3: a layer of the same name, or a few behind each other.

What Keras lacks is made of what it has, where the numbers stay the same:

* explicit padding of a convolution: ZeroPadding2D in front;
* a stride and a dilation at once: the convolution with stride 1, of which a pool of 1×1 takes every
  s-th row and column;
* MinPooling2D: min x = −max(−x), with Rescaling(−1) in front and behind;
* a true convolution: the flipped kernel;
* gelu_tanh, which Keras has as a function and not as a word: that function behind.

Zeros are no padding of a pool: they would be counted, or be the maximum. There it is refused, but
for a maximum of what is never negative.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.layer_configs import CONFIGS, Config, initializer_config, weighted_config
from konv.formats.keras.padding import padding_word
from konv.language import translate as _
from konv.layers import (
    Activation,
    Conv2D,
    DepthwiseConv2D,
    MaxPooling2D,
    MinPooling2D,
    SeparableConv2D,
)
from konv.layers.convolution import ConvolutionLayer
from konv.layers.pooling import PoolingLayer
from konv.layers.size import WindowAxis
from konv.network.assembly import Node

__all__ = ["Spelled", "spelled"]

Axes = tuple[WindowAxis, WindowAxis]
_ACTIVATIONS = {
    **{name: name for name in ("linear", "relu", "sigmoid", "tanh", "softmax", "leaky_relu")},
    **{name: name for name in ("elu", "silu", "gelu", "hard_sigmoid", "selu", "softplus", "mish")},
    "hard_swish": "hard_silu",
}


@dataclass(frozen=True)
class Spelled:
    """One layer of Keras.

    Args:
        kind: its class.
        config: its arguments, without name.
        weights: konv's names of its weights, in Keras's order.
        flipped: those of them whose rows and columns are turned around.
        ending: what is added to the name of konv's layer; empty for the one that stands for it.
        module: where Keras has it: a function is no layer to Keras.
    """

    kind: str
    config: Config
    weights: tuple[str, ...] = ()
    flipped: tuple[str, ...] = ()
    ending: str = ""
    module: str = "keras.layers"


def spelled(node: Node, never_negative: bool, where: str, refused: Refusals) -> list[Spelled]:
    """The layers of Keras that do what a layer of konv does.

    Args:
        node: the layer at its place.
        never_negative: whether none of its inputs ever holds a negative number.
        where: its place, for refusals.
        refused: what Keras cannot say is added here.
    """
    activation = getattr(node.layer, "activation", "linear")
    function = _FUNCTIONS.get(activation)
    word = "linear" if function else _ACTIVATIONS.get(activation)
    if word is None:
        refused.add(where, f"activation={activation!r}")
        return []
    if function and isinstance(node.layer, Activation):
        return [replace(function, ending="")]
    made = _with_word(node, word, never_negative, where, refused)
    return [*made, function] if function and made else made


def _with_word(
    node: Node, word: str, never_negative: bool, where: str, refused: Refusals
) -> list[Spelled]:
    """The layers, with an activation that Keras has a word for."""
    layer = node.layer
    if isinstance(layer, ConvolutionLayer):
        return _convolution(layer, node, word)
    if isinstance(layer, PoolingLayer):
        return _pool(layer, node, never_negative, where, refused)
    kind = type(layer).__name__
    if kind not in CONFIGS:
        refused.add(where, kind)
        return []
    names = tuple(spec.name for spec in node.weight_specs)
    return [Spelled(kind, CONFIGS[kind](layer, word), names)]


_FUNCTIONS = {
    "gelu_tanh": Spelled(
        "Gelu", {"approximate": True}, ending="activation", module="keras.src.ops.nn"
    )
}


# Convolutions ------------------------------------------------------------------------------------


def _convolution(layer: ConvolutionLayer, node: Node, word: str) -> list[Spelled]:
    axes = layer.axes(*node.input_shapes)
    strides, dilation = layer.strides, layer.dilation_rate
    apart = max(strides) > 1 and max(dilation) > 1
    explicit = apart or not (isinstance(layer.padding, str) and layer.padding != "full")
    config = {
        **weighted_config(layer, "linear" if apart else word),
        "kernel_size": list(getattr(layer, layer.window_field)),
        "strides": [1, 1] if apart else list(strides),
        "padding": "valid" if explicit else layer.padding,
        "data_format": layer.data_format,
        "dilation_rate": list(dilation),
        **_own_of_convolution(layer),
    }
    names = tuple(spec.name for spec in node.weight_specs)
    flipped = names[:1] if layer.true_convolution else ()
    made = [Spelled(type(layer).__name__, config, names, flipped)]
    if explicit and any((axis.before, axis.after) != (0, 0) for axis in axes):
        made.insert(0, _zeros(axes, layer.data_format))
    if apart:
        made.append(_every(strides, layer.data_format))
    if apart and word != "linear":
        made.append(Spelled("Activation", {"activation": word}, ending="activation"))
    return made


def _own_of_convolution(layer: ConvolutionLayer) -> Config:
    if isinstance(layer, Conv2D):
        return {
            "filters": layer.filters,
            "groups": layer.groups,
            "kernel_initializer": initializer_config(layer.kernel_initializer),
        }
    own: Config = {}
    if isinstance(layer, (DepthwiseConv2D, SeparableConv2D)):
        own["depth_multiplier"] = layer.depth_multiplier
        own["depthwise_initializer"] = initializer_config(layer.depthwise_initializer)
    if isinstance(layer, SeparableConv2D):
        own["filters"] = layer.filters
        own["pointwise_initializer"] = initializer_config(layer.pointwise_initializer)
    return own


def _zeros(axes: Axes, data_format: str) -> Spelled:
    padding = [[axis.before, axis.after] for axis in axes]
    return Spelled(
        "ZeroPadding2D", {"padding": padding, "data_format": data_format}, ending="padding"
    )


def _every(strides: tuple[int, int], data_format: str) -> Spelled:
    """A pool of one element, which is its own maximum."""
    return Spelled("MaxPooling2D", _window((1, 1), strides, "valid", data_format), ending="strides")


# Pools -------------------------------------------------------------------------------------------


def _pool(
    layer: PoolingLayer, node: Node, never_negative: bool, where: str, refused: Refusals
) -> list[Spelled]:
    size, strides, _padding, _dilation = layer.window
    axes = layer.axes(*node.input_shapes)
    word = padding_word(layer, axes)
    before: list[Spelled] = []
    if word is None and never_negative and isinstance(layer, MaxPooling2D):
        word, before = "valid", [_zeros(axes, layer.data_format)]
    if word is None:
        zeros = [(axis.before, axis.after) for axis in axes]
        refused.add(where, _("{kind} with padding {zeros}", kind=type(layer).__name__, zeros=zeros))
        return []
    config = _window(size, strides, str(word), layer.data_format)
    if not isinstance(layer, MinPooling2D):
        return [*before, Spelled(type(layer).__name__, config)]
    negative = {"scale": -1.0, "offset": 0.0}
    return [
        Spelled("Rescaling", negative, ending="negative"),
        Spelled("MaxPooling2D", config),
        Spelled("Rescaling", negative, ending="positive"),
    ]


def _window(
    size: tuple[int, int], strides: tuple[int, int], padding: str, data_format: str
) -> Config:
    return {
        "pool_size": list(size),
        "strides": list(strides),
        "padding": padding,
        "data_format": data_format,
    }
