"""One layer of Keras 2 or 3, by its class and its arguments, as konv has it.

Only the classes below are known, each with the arguments that it may have: any other class and any
other argument is refused. What a file says is looked up in these tables; nothing is imported by the
name that a file gives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from konv.errors import KonvError
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.arguments import (
    COMMON,
    Argument,
    LayerInMaking,
    activation,
    as_called,
    axis,
    initializer,
    number,
    only,
    same,
    short_text_of,
    training_only,
    window_padding,
)
from konv.formats.keras.words import plain_value
from konv.formats.texts import printable
from konv.language import translate as _
from konv.layers import LAYERS, Activation, Flatten, Input
from konv.layers.base import Layer, Shape, shape_text
from konv.limits import MAX_NAME_CHARACTERS

__all__ = ["KNOWN_CLASSES", "arguments_of", "translated"]

Builder = Callable[[LayerInMaking, Mapping[str, Any], "Shape | None"], "Layer | None"]


def _of_its_name(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """konv's layer of the same name."""
    return LAYERS[layer.kind](**layer.fields)


@dataclass(frozen=True)
class _Class:
    """A class that is known: what becomes of its arguments, and what is made of the fields."""

    arguments: Mapping[str, Argument]
    build: Builder = _of_its_name


def translated(
    class_name: str,
    config: Mapping[str, Any],
    where: str,
    notes: list[Note],
    refused: Refusals,
    *,
    input_shape: Shape | None = None,
) -> tuple[Layer, ...]:
    """konv's layers for one layer of Keras.

    Args:
        class_name: such as ``"Conv2D"``.
        config: its arguments in the words of Keras 2 or 3, as plain data.
        where: its place, for notes and refusals.
        notes: what is ignored or written differently is added here.
        refused: what is not supported is added here.
        input_shape: of one picture, where it is known: Reshape can only be judged by it.

    Returns:
        The layers, one behind the other: nearly always one; two where an activation has no name in
        konv; none if anything was refused.

    Example:
        >>> refused = Refusals()
        >>> config = {"filters": 8, "kernel_size": [3, 3], "activation": "relu6"}
        >>> for layer in translated("Conv2D", config, "layer 1", [], refused): print(layer)
        Conv2D(filters=8, kernel_size=3)
        ReLU(max_value=6.0)
        >>> translated("Lambda", {}, "layer 2", [], refused)
        ()
        >>> refused.found
        [('layer 2', 'Lambda')]
    """
    before = len(refused.found)
    kind = _ALIASES.get(class_name, class_name)
    known = _CLASSES.get(kind)
    if known is None:
        refused.add(where, printable(short_text_of(class_name)))
        return ()

    def inner(name: str, inner_config: Mapping[str, Any]) -> tuple[Layer, ...]:
        return translated(name, inner_config, where, notes, refused)

    layer = LayerInMaking(kind, where, notes, refused, inner)
    for name, value in config.items():
        known.arguments.get(name, _unknown)(layer, name, value)
    if len(refused.found) > before:
        return ()
    try:
        made = known.build(layer, config, input_shape)
    except KonvError as error:
        reason = f"{error.what}; {error.fix}" if error.fix else error.what
        refused.add(where, f"{kind}: {printable(reason)}")
        return ()
    return () if made is None else (made, *_named_behind(layer, made))


def arguments_of(class_name: str) -> tuple[str, ...]:
    """The names of the arguments that a known class may have.

    Example:
        >>> arguments_of("Flatten")[-1]
        'data_format'
    """
    return tuple(_CLASSES[_ALIASES.get(class_name, class_name)].arguments)


def _unknown(layer: LayerInMaking, name: str, value: Any) -> None:
    layer.refuse(name, value)


def _named_behind(layer: LayerInMaking, made: Layer) -> tuple[Layer, ...]:
    """The layers behind it, called after it if it has a name."""
    ending = "_activation"
    stem = made.name and made.name[: MAX_NAME_CHARACTERS - len(ending)]
    return tuple(replace(one, name=stem and stem + ending) for one in layer.behind)


def _pool(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """Keras writes out that the stride is as wide as the pool; konv's default says so too."""
    if plain_value(config.get("strides")) == plain_value(config.get("pool_size", [2, 2])):
        layer.fields.pop("strides", None)
    return LAYERS[layer.kind](**layer.fields)


def _activation(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    if "activation" in layer.fields:
        return Activation(**layer.fields)
    if not layer.behind:
        layer.refused.add(layer.where, "Activation()")
        return None
    # The layer that stands in the place of a word is all there is.
    first, layer.behind = layer.behind[0], layer.behind[1:]
    return replace(first, name=layer.fields.get("name"))


def _elu(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    alpha = layer.fields.get("alpha", 1.0)
    if alpha == 1:
        layer.fields.pop("alpha", None)
        return Activation(activation="elu", name=layer.fields.get("name"))
    if "ELU" in LAYERS:
        return LAYERS["ELU"](**layer.fields)
    layer.refuse("alpha", alpha)
    return None


def _softmax(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    return Activation(activation="softmax", name=layer.fields.get("name"))


def _gelu(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """A function of Keras, whose approximation is a word of its own in konv."""
    approximate = layer.fields.pop("approximate", True)
    if type(approximate) is not bool:
        layer.refuse("approximate", approximate)
        return None
    word = "gelu_tanh" if approximate else "gelu"
    return Activation(activation=word, name=layer.fields.get("name"))


def _passes_on(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """A layer that does something in training only: here it always passes its input on."""
    layer.note(_("{kind} acts in training only; here it passes its input on", kind=layer.kind))
    return Activation(activation="linear", name=layer.fields.get("name"))


def _permute(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    dims = layer.fields.pop("dims", None)
    if not isinstance(dims, (list, tuple)) or list(dims) != list(range(1, len(dims) + 1)):
        layer.refuse("dims", dims)
        return None
    layer.note(_("{kind} changes nothing here", kind=layer.kind))
    return Activation(activation="linear", name=layer.fields.get("name"))


def _reshape(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    target = layer.fields.pop("target_shape", None)
    shape = _resolved(target, input_shape)
    if shape is not None and shape == input_shape:
        layer.note(_("{kind} changes nothing here", kind=layer.kind))
        return Activation(activation="linear", name=layer.fields.get("name"))
    if shape is not None and len(shape) == 1:
        layer.note(_("it does what Flatten does"))
        return Flatten(**layer.fields)
    shown = "?" if input_shape is None else shape_text(input_shape)
    layer.refuse(f"{shown} -> target_shape", target)
    return None


def _resolved(target: Any, input_shape: Shape | None) -> Shape | None:
    """The shape that a Reshape makes; None if it cannot be told."""
    if not isinstance(target, (list, tuple)) or input_shape is None:
        return None
    if not all(type(size) is int and (size > 0 or size == -1) for size in target):
        return None
    known = math.prod(size for size in target if size > 0)
    total = math.prod(input_shape)
    if target.count(-1) > 1 or total % known:
        return None
    shape = tuple(total // known if size == -1 else size for size in target)
    return shape if math.prod(shape) == total else None


def _input(
    layer: LayerInMaking, config: Mapping[str, Any], input_shape: Shape | None
) -> Layer | None:
    """The shape stands there with the batch, or without it."""
    fields = layer.fields
    batch = plain_value(config.get("batch_shape") or config.get("batch_input_shape"))
    if isinstance(batch, (list, tuple)) and batch:
        if batch[0] is not None:
            layer.note(_("the batch of {size} is ignored: konv takes any", size=str(batch[0])[:20]))
        fields["shape"] = batch[1:]
    shape = fields.get("shape")
    if not isinstance(shape, (list, tuple)):
        layer.refuse("shape", shape)
        return None
    if None in shape:
        layer.refused.add(
            layer.where,
            _("an input of any size {shape}: konv needs numbers", shape=printable(str(shape)[:60])),
        )
        return None
    return Input(shape=tuple(shape), name=fields.get("name"))


def _input_dtype(layer: LayerInMaking, name: str, value: Any) -> None:
    """What the numbers of an input are does not matter: konv takes pixels and floats."""
    if value in ("uint8", "int32", "int64", "float16", "float64"):
        layer.note(_("its {dtype} is ignored: konv takes pixels or float32", dtype=value))
    elif value not in (None, "float32"):
        layer.refuse(name, value)


def _nothing(layer: LayerInMaking, name: str, value: Any) -> None:
    """Looked at where the layer is built."""


# The tables --------------------------------------------------------------------------------------

_CONSTRAINED = {
    f"{weights}_{what}": training_only
    for weights in ("kernel", "depthwise", "pointwise", "bias")
    for what in ("regularizer", "constraint")
}
_WEIGHTED: Mapping[str, Argument] = {
    **COMMON,
    **_CONSTRAINED,
    "activity_regularizer": training_only,
    "activation": activation,
    "use_bias": same,
    "kernel_initializer": initializer,
    "bias_initializer": initializer,
    "lora_rank": only(None),
    "lora_alpha": only(None),
    "quantization_config": only(None),
}
_CONVOLUTION: Mapping[str, Argument] = {
    **_WEIGHTED,
    "kernel_size": same,
    "strides": same,
    "padding": window_padding,
    "data_format": same,
    "dilation_rate": same,
    "rank": only(2),
    "groups": only(1),
}
_DEPTHWISE: Mapping[str, Argument] = {
    **_CONVOLUTION,
    "depth_multiplier": same,
    "depthwise_initializer": initializer,
    # Keras 2 writes those of the class above it too; they are of no use there.
    "kernel_initializer": _nothing,
    "filters": only(None),
}
_POOL: Mapping[str, Argument] = {
    **COMMON,
    "pool_size": same,
    "strides": same,
    "padding": window_padding,
    "data_format": same,
}
_GLOBAL: Mapping[str, Argument] = {**COMMON, "data_format": same, "keepdims": same}
_RANDOM: Mapping[str, Argument] = {**COMMON, "seed": training_only}


def _acts_in_training(*arguments: str) -> _Class:
    return _Class({**_RANDOM, **dict.fromkeys(arguments, _nothing)}, _passes_on)


_CLASSES: Mapping[str, _Class] = {
    "InputLayer": _Class(
        {
            "name": COMMON["name"],
            "shape": same,
            "batch_shape": _nothing,
            "batch_input_shape": _nothing,
            "batch_size": training_only,
            "dtype": _input_dtype,
            "sparse": only(False, None),
            "ragged": only(False, None),
            "optional": only(False, None),
        },
        _input,
    ),
    "Conv2D": _Class({**_CONVOLUTION, "filters": same, "groups": same}),
    "DepthwiseConv2D": _Class(_DEPTHWISE),
    "SeparableConv2D": _Class(
        {**_DEPTHWISE, "filters": same, "pointwise_initializer": initializer}
    ),
    "MaxPooling2D": _Class(_POOL, _pool),
    "AveragePooling2D": _Class(_POOL, _pool),
    "GlobalAveragePooling2D": _Class(_GLOBAL),
    "GlobalMaxPooling2D": _Class(_GLOBAL),
    "ZeroPadding2D": _Class({**COMMON, "padding": same, "data_format": same}),
    "Flatten": _Class({**COMMON, "data_format": same}),
    "Dense": _Class({**_WEIGHTED, "units": same}),
    "Activation": _Class({**COMMON, "activation": activation}, _activation),
    "ReLU": _Class({**COMMON, "max_value": number, "negative_slope": number, "threshold": number}),
    "LeakyReLU": _Class({**COMMON, "negative_slope": number, "alpha": as_called("negative_slope")}),
    "ELU": _Class({**COMMON, "alpha": number}, _elu),
    "Gelu": _Class({"name": COMMON["name"], "approximate": same}, _gelu),
    "Softmax": _Class({**COMMON, "axis": only(-1, [-1])}, _softmax),
    "Dropout": _Class({**_RANDOM, "rate": same, "noise_shape": only(None)}),
    "BatchNormalization": _Class(
        {
            **COMMON,
            "axis": axis,
            "momentum": same,
            "epsilon": same,
            "center": same,
            "scale": same,
            **{
                f"{name}_initializer": initializer
                for name in ("beta", "gamma", "moving_mean", "moving_variance")
            },
            **{
                f"{name}_{what}": training_only
                for name in ("beta", "gamma")
                for what in ("regularizer", "constraint")
            },
            "activity_regularizer": training_only,
            "synchronized": training_only,
            "fused": _nothing,
            "renorm": only(False),
            "renorm_clipping": only(None),
            "renorm_momentum": _nothing,
            "virtual_batch_size": only(None),
            "adjustment": only(None),
        }
    ),
    "Add": _Class(COMMON),
    "Concatenate": _Class({**COMMON, "axis": axis}),
    "Permute": _Class({**COMMON, "dims": same}, _permute),
    "Reshape": _Class({**COMMON, "target_shape": same}, _reshape),
    "SpatialDropout2D": _acts_in_training("rate", "data_format"),
    "GaussianNoise": _acts_in_training("stddev"),
    "GaussianDropout": _acts_in_training("rate"),
    "AlphaDropout": _acts_in_training("rate", "noise_shape"),
    "ActivityRegularization": _acts_in_training("l1", "l2"),
    "RandomFlip": _acts_in_training("mode", "data_format"),
    "RandomRotation": _acts_in_training(
        "factor", "fill_mode", "fill_value", "interpolation", "data_format", "value_range"
    ),
    "RandomTranslation": _acts_in_training(
        "height_factor", "width_factor", "fill_mode", "fill_value", "interpolation", "data_format"
    ),
    "RandomZoom": _acts_in_training(
        "height_factor", "width_factor", "fill_mode", "fill_value", "interpolation", "data_format"
    ),
    "RandomContrast": _acts_in_training("factor", "value_range", "data_format"),
    "RandomBrightness": _acts_in_training("factor", "value_range", "data_format"),
}
_ALIASES = {
    "Input": "InputLayer",
    "Convolution2D": "Conv2D",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPooling": "GlobalMaxPooling2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
}
KNOWN_CLASSES = frozenset((*_CLASSES, *_ALIASES))
