"""Whether Keras itself may open a file that somebody else has made.

konv looks names up in its own tables, and reads over what matters for training only, such as a
regularizer. Keras makes these objects, too, and some of its versions import whatever module a file
names for them. So Keras is asked about a file only where all names in it are known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from konv.formats.keras.layers import KNOWN_CLASSES
from konv.formats.keras.words import activation_word, own_class

__all__ = ["stranger_in"]

_KNOWN = KNOWN_CLASSES | {
    *("Functional", "Model", "Sequential", "DTypePolicy", "Policy"),
    *("__keras_tensor__", "__numpy__", "__tuple__"),
    *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity"),
    *("LecunNormal", "LecunUniform", "Ones", "Orthogonal", "OrthogonalInitializer"),
    *("RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros"),
    *("L1", "L1L2", "L2", "OrthogonalRegularizer"),
    *("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"),
}


def stranger_in(description: Any) -> str | None:
    """The first class or function in a description that is none of Keras's; None: all are known.

    How the model was compiled, which stands beside it, is left out, as by Keras when it loads a
    model with ``compile=False``.

    Example:
        >>> layer = {"class_name": "Dense", "config": {"kernel_regularizer": {"class_name": "L2"}}}
        >>> stranger_in(layer) is None
        True
        >>> layer["config"]["kernel_regularizer"] = {"class_name": "L2", "module": "somebodys"}
        >>> stranger_in(layer)
        'somebodys.L2'
    """
    if isinstance(description, Mapping):
        description = {**description, "compile_config": None}
    rest = [description]
    while rest:
        part = rest.pop()
        if isinstance(part, list):
            rest.extend(part)
        elif isinstance(part, Mapping):
            if not _is_known(part):
                module = part.get("module")
                return f"{module}.{part['class_name']}" if module else str(part["class_name"])
            rest.extend(part.values())
    return None


def _is_known(part: Mapping[str, Any]) -> bool:
    if "class_name" not in part:
        return True
    if part["class_name"] == "function":
        return activation_word(part) is not None
    return own_class(part) in _KNOWN
