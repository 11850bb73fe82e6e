"""The weights of a network: how they begin, and whether given ones belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.errors import EngineError
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.layers.initializers import initial_weights
from konv.network.graph import Network

__all__ = ["Weights", "checked_weights", "new_weights"]

Weights = dict[str, np.ndarray[Any, np.dtype[np.float32]]]


def new_weights(network: Network, seed: int) -> Weights:
    """Weights as the initializers of the layers say; each has a random stream of its own."""
    return {
        name: initial_weights(spec.initializer, spec.shape, np.random.default_rng([seed, position]))
        for position, (name, spec) in enumerate(network.weight_specs.items())
    }


def checked_weights(network: Network, weights: Mapping[str, Any]) -> Weights:
    """Weights as float32 in the network's order.

    Raises:
        EngineError: K702, one is missing, too many, or has another shape.
    """
    specs = network.weight_specs
    missing = [name for name in specs if name not in weights]
    surplus = [name for name in weights if name not in specs]
    wrong = [
        _("{name} is {given}, not {expected}", name=name, given=given, expected=expected)
        for name, spec in specs.items()
        if name in weights
        and (given := shape_text(np.shape(weights[name]))) != (expected := shape_text(spec.shape))
    ]
    if missing or surplus or wrong:
        problems = {_("missing"): missing, _("surplus"): surplus, _("shape"): wrong}
        raise EngineError(
            _("these weights do not belong to {network}", network=network.name),
            code="K702",
            details=[(label, ", ".join(names[:5])) for label, names in problems.items() if names],
            fix=_("weights of the same network: model.weights shows their names and shapes"),
        )
    return {name: np.array(weights[name], dtype=np.float32, order="C") for name in specs}
