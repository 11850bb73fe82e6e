"""Keras 1's names of classes, arguments and modules, and what they are called since."""

from __future__ import annotations

from types import MappingProxyType

from konv.language import marked

__all__ = [
    "ALIASES",
    "ARGUMENTS",
    "CLASSES",
    "MERGE_MODES",
    "METHODS",
    "METHOD_ARGUMENTS",
    "MODULES",
    "ORDERS",
]

CLASSES = MappingProxyType(
    {
        "Convolution2D": "Conv2D",
        "AtrousConvolution2D": "Conv2D",
        "AtrousConv2D": "Conv2D",
        "SeparableConvolution2D": "SeparableConv2D",
        "DepthwiseConvolution2D": "DepthwiseConv2D",
        "Deconvolution2D": "Conv2DTranspose",
        "Convolution2DTranspose": "Conv2DTranspose",
    }
)
# Other names of the same classes in every version: nothing to say about them.
ALIASES = MappingProxyType(
    {
        "MaxPool2D": "MaxPooling2D",
        "AvgPool2D": "AveragePooling2D",
        "GlobalAvgPool2D": "GlobalAveragePooling2D",
        "GlobalMaxPool2D": "GlobalMaxPooling2D",
    }
)
ARGUMENTS = MappingProxyType(
    {
        "nb_filter": "filters",
        "border_mode": "padding",
        "subsample": "strides",
        "atrous_rate": "dilation_rate",
        "dim_ordering": "data_format",
        "init": "kernel_initializer",
        "bias": "use_bias",
        "W_regularizer": "kernel_regularizer",
        "b_regularizer": "bias_regularizer",
        "W_constraint": "kernel_constraint",
        "b_constraint": "bias_constraint",
        "output_dim": "units",
        "p": "rate",
        "sigma": "stddev",
        "beta_init": "beta_initializer",
        "gamma_init": "gamma_initializer",
        "concat_axis": "axis",
    }
)
METHOD_ARGUMENTS = MappingProxyType(
    {
        "nb_epoch": "epochs",
        "samples_per_epoch": "steps_per_epoch",
        "nb_val_samples": "validation_steps",
        "input": "inputs",
        "output": "outputs",
    }
)
MERGE_MODES = MappingProxyType(
    {
        "sum": "Add",
        "concat": "Concatenate",
        "mul": "Multiply",
        "ave": "Average",
        "max": "Maximum",
        "dot": "Dot",
        "cos": "Dot",
    }
)
ORDERS = MappingProxyType({"th": "channels_first", "tf": "channels_last"})
# Methods of models that went -> what does it now.
METHODS = MappingProxyType(
    {
        "fit_generator": "fit",
        "evaluate_generator": "evaluate",
        "predict_generator": "predict",
        "predict_classes": "predict(x).argmax(axis=-1)",
        "predict_proba": "predict",
        "to_yaml": "to_json",
    }
)
# Modules that went -> where their contents are now. The first that matches counts.
MODULES = (
    ("keras.layers.convolutional", "keras.layers"),
    ("keras.layers.core", "keras.layers"),
    ("keras.layers.pooling", "keras.layers"),
    ("keras.layers.normalization", "keras.layers"),
    ("keras.layers.advanced_activations", "keras.layers"),
    ("keras.layers.noise", "keras.layers"),
    ("keras.layers.merge", "keras.layers"),
    ("keras.engine", "keras"),
    ("keras.utils.np_utils", "keras.utils.to_categorical"),
    ("keras.utils.visualize_util", "keras.utils.plot_model"),
    ("keras.utils.vis_utils", "keras.utils.plot_model"),
    ("keras.backend.image_dim_ordering", "keras.config.image_data_format"),
    ("keras.backend.set_image_dim_ordering", "keras.config.set_image_data_format"),
    ("keras.backend.image_data_format", "keras.config.image_data_format"),
    ("keras.backend.set_image_data_format", "keras.config.set_image_data_format"),
    ("keras.wrappers.scikit_learn", marked("the package scikeras")),
    ("keras.preprocessing.image.ImageDataGenerator", "keras.layers.RandomFlip, …"),
)
