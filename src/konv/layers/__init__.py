"""What a layer is: one file per family, each with its formula, fields, shapes, weights, cost and a
NumPy reference.

``LAYERS`` is the one list of them: files that name a layer are looked up here and nowhere else.
"""

from types import MappingProxyType

from konv.layers.activation_layers import ELU, Activation, LeakyReLU, ReLU
from konv.layers.base import Context, Layer, Shape, WeightSpec
from konv.layers.convolution import Conv2D
from konv.layers.dense import Dense
from konv.layers.depthwise import DepthwiseConv2D, SeparableConv2D
from konv.layers.dropout import Dropout
from konv.layers.flatten import Flatten
from konv.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from konv.layers.input import Input
from konv.layers.merging import Add, Concatenate
from konv.layers.normalization import BatchNormalization
from konv.layers.pooling import AveragePooling2D, MaxPooling2D, MinPooling2D
from konv.layers.size import dropped_size, output_size, padding_size
from konv.layers.symbolic import SymbolicTensor
from konv.layers.windows import col2im, im2col
from konv.layers.zero_padding import ZeroPadding2D

LAYERS: MappingProxyType[str, type[Layer]] = MappingProxyType(
    {
        layer.__name__: layer
        for layer in (
            Input,
            Conv2D,
            DepthwiseConv2D,
            SeparableConv2D,
            MaxPooling2D,
            AveragePooling2D,
            MinPooling2D,
            GlobalAveragePooling2D,
            GlobalMaxPooling2D,
            ZeroPadding2D,
            Flatten,
            Dense,
            Activation,
            ReLU,
            LeakyReLU,
            ELU,
            Dropout,
            BatchNormalization,
            Add,
            Concatenate,
        )
    }
)

__all__ = [
    "ELU",
    "LAYERS",
    "Activation",
    "Add",
    "AveragePooling2D",
    "BatchNormalization",
    "Concatenate",
    "Context",
    "Conv2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "Input",
    "Layer",
    "LeakyReLU",
    "MaxPooling2D",
    "MinPooling2D",
    "ReLU",
    "SeparableConv2D",
    "Shape",
    "SymbolicTensor",
    "WeightSpec",
    "ZeroPadding2D",
    "col2im",
    "dropped_size",
    "im2col",
    "output_size",
    "padding_size",
]
