"""The classes of Keras that konv knows, each with the arguments that it may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    training_only,
    window_padding,
)
from konv.formats.keras.builders import (
    Builder,
    activation_layer,
    elu,
    gelu,
    input_layer,
    of_its_name,
    passes_on,
    permute,
    pool,
    reshape,
    softmax,
)
from konv.language import translate as _

__all__ = ["ALIASES", "CLASSES", "KnownClass"]


@dataclass(frozen=True)
class KnownClass:
    """A class that is known: what becomes of its arguments, and what is made of the fields."""

    arguments: Mapping[str, Argument]
    build: Builder = of_its_name


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


def _acts_in_training(*arguments: str) -> KnownClass:
    return KnownClass({**_RANDOM, **dict.fromkeys(arguments, _nothing)}, passes_on)


CLASSES: Mapping[str, KnownClass] = {
    "InputLayer": KnownClass(
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
        input_layer,
    ),
    "Conv2D": KnownClass({**_CONVOLUTION, "filters": same, "groups": same}),
    "DepthwiseConv2D": KnownClass(_DEPTHWISE),
    "SeparableConv2D": KnownClass(
        {**_DEPTHWISE, "filters": same, "pointwise_initializer": initializer}
    ),
    "MaxPooling2D": KnownClass(_POOL, pool),
    "AveragePooling2D": KnownClass(_POOL, pool),
    "GlobalAveragePooling2D": KnownClass(_GLOBAL),
    "GlobalMaxPooling2D": KnownClass(_GLOBAL),
    "ZeroPadding2D": KnownClass({**COMMON, "padding": same, "data_format": same}),
    "Flatten": KnownClass({**COMMON, "data_format": same}),
    "Dense": KnownClass({**_WEIGHTED, "units": same}),
    "Activation": KnownClass({**COMMON, "activation": activation}, activation_layer),
    "ReLU": KnownClass(
        {**COMMON, "max_value": number, "negative_slope": number, "threshold": number}
    ),
    "LeakyReLU": KnownClass(
        {**COMMON, "negative_slope": number, "alpha": as_called("negative_slope")}
    ),
    "ELU": KnownClass({**COMMON, "alpha": number}, elu),
    "Gelu": KnownClass({"name": COMMON["name"], "approximate": same}, gelu),
    "Softmax": KnownClass({**COMMON, "axis": only(-1, [-1])}, softmax),
    "Dropout": KnownClass({**_RANDOM, "rate": same, "noise_shape": only(None)}),
    "BatchNormalization": KnownClass(
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
    "Add": KnownClass(COMMON),
    "Concatenate": KnownClass({**COMMON, "axis": axis}),
    "Permute": KnownClass({**COMMON, "dims": same}, permute),
    "Reshape": KnownClass({**COMMON, "target_shape": same}, reshape),
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
ALIASES = {
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
