"""Which optimizer: by name, or from plain data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from konv.constraints import Choice
from konv.kinds import config_with_kind, from_config_with_kind
from konv.optimizers.adam import Adam, AdamW
from konv.optimizers.base import Optimizer
from konv.optimizers.sgd import SGD
from konv.parameters import check_value

__all__ = ["get_optimizer", "optimizer_config", "optimizer_from_config"]

_BY_KIND: Mapping[str, type[Optimizer]] = MappingProxyType(
    {kind.__name__: kind for kind in (SGD, Adam, AdamW)}
)
_BY_NAME: Mapping[str, type[Optimizer]] = MappingProxyType(
    {name.lower(): kind for name, kind in _BY_KIND.items()}
)


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """An optimizer by its name in Keras, with default fields; an optimizer is returned as it is.

    Args:
        optimizer: ``"sgd"``, ``"adam"`` or ``"adamw"``; or an optimizer.

    Raises:
        ParameterError: K201, for any other name.

    Example:
        >>> get_optimizer("adam").learning_rate
        0.001
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    name = check_value("optimizer", optimizer, Choice(tuple(_BY_NAME)), where="get_optimizer")
    return _BY_NAME[name]()


def optimizer_config(optimizer: Optimizer) -> dict[str, Any]:
    """An optimizer, and the schedule in it, as plain data for JSON and YAML.

    Raises:
        ParameterError: K201, for an optimizer or schedule that is not one of konv's own.

    Example:
        >>> from konv.optimizers import CosineDecay
        >>> optimizer_config(SGD(CosineDecay(0.1), momentum=0.9))
        {'kind': 'SGD', 'learning_rate': {'kind': 'CosineDecay', 'learning_rate': 0.1},
         'momentum': 0.9}
    """
    return config_with_kind(optimizer, _BY_KIND)


def optimizer_from_config(config: Mapping[str, Any]) -> Optimizer:
    """What :func:`optimizer_config` wrote, checked again field by field.

    Raises:
        ParameterError: for an unknown kind or field, or a value that a field cannot hold.

    Example:
        >>> optimizer_from_config({"kind": "SGD", "momentum": 0.9}).slot_names
        ('momentum',)
    """
    return from_config_with_kind(config, _BY_KIND, where="optimizer")
