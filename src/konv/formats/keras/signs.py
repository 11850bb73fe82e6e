"""Which layers of a network never make a negative number: behind them zeros lose every maximum."""

from __future__ import annotations

from konv.layers import (
    Add,
    AveragePooling2D,
    Concatenate,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    ZeroPadding2D,
)
from konv.network.assembly import Node
from konv.network.graph import Network

__all__ = ["never_negative"]

_ACTIVATIONS = ("relu", "sigmoid", "softmax", "hard_sigmoid", "softplus")
# What makes no negative number unless it is given one.
_KEEPING = (
    *(Add, Concatenate, Dropout, Flatten, ZeroPadding2D),
    *(MaxPooling2D, MinPooling2D, AveragePooling2D, GlobalMaxPooling2D, GlobalAveragePooling2D),
)


def never_negative(network: Network) -> dict[str, bool]:
    """The name of each node -> whether nothing that it makes is ever below 0.

    Example:
        >>> from konv.layers import Conv2D, Input
        >>> from konv.network.graph import sequential
        >>> never_negative(sequential([Input((4, 4, 1)), Conv2D(1, 3, activation="relu")]))
        {'input_1': False, 'conv2d_1': True}
    """
    known: dict[str, bool] = {}
    for node in network.nodes:
        known[node.name] = _is_never_negative(node, known)
    return known


def _is_never_negative(node: Node, known: dict[str, bool]) -> bool:
    if isinstance(node.layer, _KEEPING):
        return all(known[name] for name in node.inputs)
    if isinstance(node.layer, ReLU):
        return not node.layer.negative_slope
    return getattr(node.layer, "activation", "") in _ACTIVATIONS
