"""In which order the versions of Keras took the arguments of a layer without their names.

Sources: the reference of Keras 1.2.2, 2.3.1 and 3.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["positional_names"]

_PENALTIES_1 = "W_regularizer b_regularizer activity_regularizer W_constraint b_constraint bias"
_POOL_1 = "pool_size strides border_mode dim_ordering"
_OF_KERAS_1 = {
    "Activation": "activation",
    "AtrousConvolution2D": "nb_filter nb_row nb_col init activation weights border_mode subsample "
    f"atrous_rate dim_ordering {_PENALTIES_1}",
    "AveragePooling2D": _POOL_1,
    "BatchNormalization": "epsilon mode axis momentum weights beta_init gamma_init "
    "gamma_regularizer beta_regularizer",
    "Conv2D": "nb_filter nb_row nb_col init activation weights border_mode subsample "
    f"dim_ordering {_PENALTIES_1}",
    "Dense": f"output_dim init activation weights {_PENALTIES_1} input_dim",
    "Dropout": "p",
    "ELU": "alpha",
    "Flatten": "",
    "GaussianDropout": "p",
    "GaussianNoise": "sigma",
    "GlobalAveragePooling2D": "dim_ordering",
    "GlobalMaxPooling2D": "dim_ordering",
    "Input": "shape batch_shape name dtype sparse tensor",
    "LeakyReLU": "alpha",
    "MaxPooling2D": _POOL_1,
    "Permute": "dims",
    "Reshape": "target_shape",
    "SeparableConv2D": "nb_filter nb_row nb_col init activation weights border_mode subsample "
    "depth_multiplier dim_ordering depthwise_regularizer pointwise_regularizer b_regularizer "
    "activity_regularizer depthwise_constraint pointwise_constraint b_constraint bias",
    "SpatialDropout2D": "p dim_ordering",
    "ZeroPadding2D": "padding dim_ordering",
    "merge": "mode concat_axis dot_axes output_shape",
}
_PENALTIES = "kernel_regularizer bias_regularizer activity_regularizer kernel_constraint "
_POOL = "pool_size strides padding data_format"
_WEIGHTS = f"use_bias kernel_initializer bias_initializer {_PENALTIES}bias_constraint"
_OF_KERAS_3 = {
    "Activation": "activation",
    "Add": "",
    "AveragePooling2D": _POOL,
    "BatchNormalization": "axis momentum epsilon center scale beta_initializer gamma_initializer "
    "moving_mean_initializer moving_variance_initializer",
    "Concatenate": "axis",
    "Conv2D": "filters kernel_size strides padding data_format dilation_rate groups activation "
    + _WEIGHTS,
    "Dense": f"units activation {_WEIGHTS}",
    "DepthwiseConv2D": "kernel_size strides padding depth_multiplier data_format dilation_rate "
    "activation use_bias depthwise_initializer bias_initializer",
    "Dropout": "rate noise_shape seed",
    "ELU": "alpha",
    "Flatten": "data_format",
    "GaussianDropout": "rate",
    "GaussianNoise": "stddev",
    "GlobalAveragePooling2D": "data_format keepdims",
    "GlobalMaxPooling2D": "data_format keepdims",
    "Input": "shape batch_size dtype sparse batch_shape name tensor",
    "InputLayer": "shape batch_size dtype sparse batch_shape name",
    "LeakyReLU": "negative_slope",
    "MaxPooling2D": _POOL,
    "Permute": "dims",
    "ReLU": "max_value negative_slope threshold",
    "RandomContrast": "factor value_range seed",
    "RandomFlip": "mode seed",
    "RandomRotation": "factor fill_mode interpolation seed fill_value",
    "RandomTranslation": "height_factor width_factor fill_mode interpolation seed fill_value",
    "RandomZoom": "height_factor width_factor fill_mode interpolation seed fill_value",
    "Reshape": "target_shape",
    "SeparableConv2D": "filters kernel_size strides padding data_format dilation_rate "
    "depth_multiplier activation use_bias depthwise_initializer pointwise_initializer "
    "bias_initializer",
    "Softmax": "axis",
    "SpatialDropout2D": "rate data_format seed",
    "ZeroPadding2D": "padding data_format",
}
# What differed in Keras 2: its convolutions had no groups until TensorFlow 2.3.
_OF_KERAS_2: Mapping[str, str] = {
    **_OF_KERAS_3,
    "Conv2D": _OF_KERAS_3["Conv2D"].replace(" groups", ""),
    "Input": "shape batch_shape name dtype sparse tensor",
    "InputLayer": "input_shape batch_size",
    "merge": _OF_KERAS_1["merge"],
}
_TABLES = {1: _OF_KERAS_1, 2: _OF_KERAS_2, 3: _OF_KERAS_3}


def positional_names(kind: str, version: int) -> tuple[str, ...] | None:
    """The names of the arguments of a layer in their order; None if the layer is not known.

    Example:
        >>> positional_names("Conv2D", 1)[:3], positional_names("Conv2D", 3)[:3]
        (('nb_filter', 'nb_row', 'nb_col'), ('filters', 'kernel_size', 'strides'))
    """
    table = _TABLES[version]
    if kind in table:
        return tuple(table[kind].split())
    # A layer of Keras 2 in code that has only Keras 1's words otherwise, or the reverse.
    found = next((other[kind] for other in _TABLES.values() if kind in other), None)
    return None if found is None else tuple(found.split())
