"""Packages that only some formats need: imported where they are used, asked for by name."""

from __future__ import annotations

import importlib
from typing import Any

from konv.errors import FormatError
from konv.language import translate as _

__all__ = ["needed_package"]

# The names that may be asked for, and the extra of konv that brings each.
_EXTRAS = {
    "h5py": "keras",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "torch": "torch",
    "keras": "",
}


def needed_package(name: str, purpose: str) -> Any:
    """The package ``name``, or an error that says how to get it.

    Args:
        name: one of those that some format needs; never a name from a file.
        purpose: what needs it, such as ``"reading ONNX files"``.

    Raises:
        FormatError: K412, it is not installed.
    """
    extra = _EXTRAS[name.partition(".")[0]]
    try:
        return importlib.import_module(name)
    except ImportError:
        raise FormatError(
            _("{purpose} needs the package {name}", purpose=purpose, name=name.partition(".")[0]),
            code="K412",
            fix=f'pip install "konv[{extra}]"' if extra else f"pip install {name}",
        ) from None
