"""The weights of a network: how they begin, and whether given ones belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.alignment import aligned
from konv.errors import EngineError
from konv.language import translate as _
from konv.layers.base import Shape, shape_text
from konv.layers.initializers import initial_weights
from konv.network.graph import Network

__all__ = ["Weights", "checked_weights", "new_weights"]

Array = np.ndarray[Any, np.dtype[np.float32]]
# Sets these random numbers apart from those that others draw with the same seed.
_PURPOSE = int.from_bytes(b"weights", "big")

Weights = dict[str, Array]


def new_weights(network: Network, seed: int) -> Weights:
    """Weights as the initializers of the layers say; each has a random stream of its own."""
    return {
        name: aligned(
            initial_weights(
                spec.initializer, spec.shape, np.random.default_rng([seed, position, _PURPOSE])
            )
        )
        for position, (name, spec) in enumerate(network.weight_specs.items())
    }


def checked_weights(network: Network, weights: Mapping[str, Any]) -> Weights:
    """Weights as float32 in the network's order: new arrays, C-contiguous and aligned.

    Raises:
        EngineError: K702, one is missing, too many, has another shape, or holds no real numbers
            that float32 can hold.
    """
    specs = network.weight_specs
    missing = [name for name in specs if name not in weights]
    surplus = [str(name) for name in weights if name not in specs]
    arrays = {name: _as_float32(weights[name]) for name in specs if name in weights}
    wrong = [
        _wrong(name, array, specs[name].shape)
        for name, array in arrays.items()
        if array is None or array.shape != specs[name].shape
    ]
    if missing or surplus or wrong:
        problems = {_("missing"): missing, _("surplus"): surplus, _("wrong"): wrong}
        raise EngineError(
            _("these weights do not belong to {network}", network=network.name),
            code="K702",
            details=[(label, ", ".join(names[:5])) for label, names in problems.items() if names],
            fix=_("weights of the same network: model.weights shows their names and shapes"),
        )
    return {name: array for name, array in arrays.items() if array is not None}


def _as_float32(value: Any) -> Array | None:
    """The value as a new array; None if it is no array of real numbers that float32 can hold."""
    try:
        array = np.asarray(value)
        with np.errstate(over="raise"):
            return aligned(array.astype(np.float32)) if array.dtype.kind in "fiub" else None
    except (ValueError, FloatingPointError):
        return None


def _wrong(name: str, array: Array | None, shape: Shape) -> str:
    if array is None:
        return _("{name} holds no numbers of float32", name=name)
    given, expected = shape_text(array.shape), shape_text(shape)
    return _("{name} is {given}, not {expected}", name=name, given=given, expected=expected)
