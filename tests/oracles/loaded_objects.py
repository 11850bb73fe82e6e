"""Object files for this processor, loaded into this process and called."""

from __future__ import annotations

import ctypes
import math
import platform
import sys

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import LoadedCode
from konv.engines.compiled.target import host_target
from konv.formats.contents import ModelContents
from konv.formats.object_code.compilation import object_file
from konv.formats.object_code.platforms import PLATFORMS
from konv.formats.object_code.target import ObjectTarget

__all__ = ["called", "needs_x86_64", "predicted", "prepared"]

needs_x86_64 = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="machine code for x86-64 with the conventions of Linux",
)
_FLOATS = ctypes.POINTER(ctypes.c_float)


def called(text: str, function: str, result: type, *arguments: float) -> float:
    """What a function of whole numbers and floats returns; ``text``: it, in C."""
    kinds = [ctypes.c_int if isinstance(value, int) else ctypes.c_float for value in arguments]
    code = LoadedCode([object_file(text, [], [], PLATFORMS["x86_64"])], host_target())
    kind = ctypes.c_int if result is int else ctypes.c_float
    return ctypes.CFUNCTYPE(kind, *kinds)(code.address(function))(*arguments)


def predicted(contents: ModelContents, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(classes [N], outputs [N, …]) of pictures."""
    [content, _header] = ObjectTarget("x86_64").write(contents, "network").files.values()
    code = LoadedCode([content], host_target())
    kind = ctypes.CFUNCTYPE(ctypes.c_int, _FLOATS, _FLOATS)
    predict = kind(code.address("konv_predict"))
    given = np.ascontiguousarray(pictures, np.float32).reshape(len(pictures), -1)
    outputs = np.empty((len(given), math.prod(contents.network.output_shape)), np.float32)
    classes = [
        predict(x.ctypes.data_as(_FLOATS), y.ctypes.data_as(_FLOATS))
        for x, y in zip(given, outputs, strict=True)
    ]
    return np.array(classes), outputs.reshape(len(given), *contents.network.output_shape)


def prepared(contents: ModelContents, pixels: np.ndarray) -> np.ndarray:
    """The input that pixels (height, width, channels) become."""
    [content, _header] = ObjectTarget("x86_64").write(contents, "network").files.values()
    code = LoadedCode([content], host_target())
    kind = ctypes.CFUNCTYPE(None, ctypes.c_char_p, _FLOATS)
    found = np.empty(contents.network.input_shape, np.float32)
    address = found.ctypes.data_as(_FLOATS)
    kind(code.address("konv_prepare"))(np.uint8(pixels).tobytes(), address)
    return found
