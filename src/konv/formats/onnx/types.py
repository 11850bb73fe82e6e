"""The numbers by which ONNX calls the types of arrays and of attributes.

Source: ``TensorProto.DataType`` and ``AttributeProto.AttributeType`` in ``onnx.proto``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

__all__ = [
    "ATTRIBUTE_FIELDS",
    "ATTRIBUTE_TYPES",
    "DOUBLE",
    "DTYPES",
    "FLOAT32",
    "INT64",
    "type_name",
]

FLOAT32, INT64, DOUBLE = 1, 7, 11

# The types whose arrays are read, as they lie in a file.
DTYPES: Mapping[int, np.dtype[Any]] = MappingProxyType(
    {
        FLOAT32: np.dtype("<f4"),
        2: np.dtype("u1"),
        3: np.dtype("i1"),
        4: np.dtype("<u2"),
        5: np.dtype("<i2"),
        6: np.dtype("<i4"),
        INT64: np.dtype("<i8"),
        9: np.dtype("?"),
        10: np.dtype("<f2"),
        DOUBLE: np.dtype("<f8"),
        12: np.dtype("<u4"),
        13: np.dtype("<u8"),
    }
)

_OTHER_NAMES = MappingProxyType(
    {
        8: "string",
        14: "complex64",
        15: "complex128",
        16: "bfloat16",
        17: "float8e4m3fn",
        18: "float8e4m3fnuz",
        19: "float8e5m2",
        20: "float8e5m2fnuz",
        21: "uint4",
        22: "int4",
        23: "float4e2m1",
    }
)

# What the type of an attribute is called -> its number, and the field that holds it.
ATTRIBUTE_TYPES = MappingProxyType(
    {"f": 1, "i": 2, "s": 3, "t": 4, "g": 5, "floats": 6, "ints": 7, "strings": 8}
)
ATTRIBUTE_FIELDS = MappingProxyType({number: name for name, number in ATTRIBUTE_TYPES.items()})


def type_name(number: int | None) -> str:
    """What a type of arrays is called.

    Example:
        >>> type_name(10), type_name(8), type_name(99)
        ('float16', 'string', 'type 99')
    """
    number = number or 0
    if number in DTYPES:
        return DTYPES[number].newbyteorder("=").name
    return _OTHER_NAMES.get(number, f"type {number}")
