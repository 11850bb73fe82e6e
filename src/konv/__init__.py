"""konv: describe, check, train and ship convolutional neural networks.

The public names. Each is imported when it is first used, so that ``import konv`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from konv.version import __version__

if TYPE_CHECKING:
    from konv.data import Preprocessing
    from konv.design import (
        ComparedNetwork,
        Comparison,
        Proposal,
        Proposals,
        WindowSetting,
        check,
        compare,
        dense_counterpart,
        propose,
        window_settings,
    )
    from konv.engines import compile_info, get_threads, set_threads
    from konv.errors import (
        DataError,
        EngineError,
        FormatError,
        KonvError,
        LimitError,
        NetworkError,
        ParameterError,
        ShapeError,
        TrainingError,
    )
    from konv.explain import Drawing, SlidingStep, SlidingWindow, convolve, draw, pool
    from konv.formats.code_reading import CodeImport, network_from_keras_code, read_keras_code
    from konv.formats.code_writing import keras_code, konv_code
    from konv.language import set_language
    from konv.layers import (
        ELU,
        Activation,
        Add,
        AveragePooling2D,
        BatchNormalization,
        Concatenate,
        Conv2D,
        Dense,
        DepthwiseConv2D,
        Dropout,
        Flatten,
        GlobalAveragePooling2D,
        GlobalMaxPooling2D,
        Input,
        LeakyReLU,
        MaxPooling2D,
        MinPooling2D,
        ReLU,
        SeparableConv2D,
        ZeroPadding2D,
        col2im,
        dropped_size,
        im2col,
        output_size,
        padding_size,
    )
    from konv.losses import (
        BinaryCrossentropy,
        CategoricalCrossentropy,
        MeanSquaredError,
        SparseCategoricalCrossentropy,
    )
    from konv.maps import FeatureMaps, GradCam, HeatMap, LayerMaps, MostActivating, Occlusion
    from konv.model import Model, Sequential, load
    from konv.network import Network, named_network, named_networks
    from konv.optimizers import (
        SGD,
        Adam,
        AdamW,
        Constant,
        CosineDecay,
        OneCycle,
        StepDecay,
        Warmup,
    )
    from konv.sklearn import ConvClassifier
    from konv.torch_import import from_torch
    from konv.training import (
        Accuracy,
        Brightness,
        Callback,
        Crop,
        CSVLog,
        Cutout,
        EarlyStopping,
        Flip,
        MeanAbsoluteError,
        ModelCheckpoint,
        Rotate,
        Shift,
        TopKAccuracy,
    )
    from konv.values import Explanation, GradientExplanation, participation

# Room -> the names it offers. The imports above say the same to type checkers; a test compares.
_ROOMS = {
    "data": ("Preprocessing",),
    "design": (
        "ComparedNetwork",
        "Comparison",
        "Proposal",
        "Proposals",
        "WindowSetting",
        "check",
        "compare",
        "dense_counterpart",
        "propose",
        "window_settings",
    ),
    "engines": ("compile_info", "get_threads", "set_threads"),
    "errors": (
        "DataError",
        "EngineError",
        "FormatError",
        "KonvError",
        "LimitError",
        "NetworkError",
        "ParameterError",
        "ShapeError",
        "TrainingError",
    ),
    "explain": ("Drawing", "SlidingStep", "SlidingWindow", "convolve", "draw", "pool"),
    "formats.code_reading": ("CodeImport", "network_from_keras_code", "read_keras_code"),
    "formats.code_writing": ("keras_code", "konv_code"),
    "language": ("set_language",),
    "layers": (
        "ELU",
        "Activation",
        "Add",
        "AveragePooling2D",
        "BatchNormalization",
        "Concatenate",
        "Conv2D",
        "Dense",
        "DepthwiseConv2D",
        "Dropout",
        "Flatten",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
        "Input",
        "LeakyReLU",
        "MaxPooling2D",
        "MinPooling2D",
        "ReLU",
        "SeparableConv2D",
        "ZeroPadding2D",
        "col2im",
        "dropped_size",
        "im2col",
        "output_size",
        "padding_size",
    ),
    "losses": (
        "BinaryCrossentropy",
        "CategoricalCrossentropy",
        "MeanSquaredError",
        "SparseCategoricalCrossentropy",
    ),
    "maps": ("FeatureMaps", "GradCam", "HeatMap", "LayerMaps", "MostActivating", "Occlusion"),
    "model": ("Model", "Sequential", "load"),
    "network": ("Network", "named_network", "named_networks"),
    "optimizers": (
        "Adam",
        "AdamW",
        "Constant",
        "CosineDecay",
        "OneCycle",
        "SGD",
        "StepDecay",
        "Warmup",
    ),
    "sklearn": ("ConvClassifier",),
    "torch_import": ("from_torch",),
    "training": (
        "Accuracy",
        "Brightness",
        "CSVLog",
        "Callback",
        "Crop",
        "Cutout",
        "EarlyStopping",
        "Flip",
        "MeanAbsoluteError",
        "ModelCheckpoint",
        "Rotate",
        "Shift",
        "TopKAccuracy",
    ),
    "values": ("Explanation", "GradientExplanation", "participation"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted([*_ROOM_OF, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _ROOMS:  # konv.sklearn.ConvClassifier needs no import of its own
        return importlib.import_module(f"konv.{name}")
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'konv' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"konv.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *_ROOM_OF})
