"""Each layer of konv as steps of PyTorch. The files of the families register what they know."""

from __future__ import annotations

from functools import singledispatch

from konv.formats.pytorch.lowering.making import Laid, Making
from konv.layers.base import Layer
from konv.network.graph import Node

__all__ = ["activated", "steps_of"]


@singledispatch
def steps_of(layer: Layer, node: Node, making: Making, *inputs: Laid) -> Laid:
    """Add the steps of one layer to a program; what they make, with konv's shape of the input.

    Args:
        layer: what the function is chosen by.
        node: the layer at its place.
        making: the program in the making.
        inputs: what it works on.
    """
    raise NotImplementedError(type(layer).__name__)


# Activation -> its class, and what that is made with.
_CLASSES: dict[str, tuple[str, tuple[float | str, ...]]] = {
    "relu": ("ReLU", ()),
    "sigmoid": ("Sigmoid", ()),
    "tanh": ("Tanh", ()),
    "leaky_relu": ("LeakyReLU", (0.2,)),
    "elu": ("ELU", ()),
    "silu": ("SiLU", ()),
    "selu": ("SELU", ()),
    "gelu": ("GELU", ()),
    "gelu_tanh": ("GELU", ("tanh",)),
    "softplus": ("Softplus", ()),
    "mish": ("Mish", ()),
    "hard_sigmoid": ("Hardsigmoid", ()),
    "hard_swish": ("Hardswish", ()),
}


def activated(name: str, node: Node, making: Making, x: Laid, part: str = "") -> Laid:
    """The step of an activation function; none for the linear one."""
    if name == "linear":
        return x
    if name == "softmax":
        # Over konv's last axis, wherever that lies.
        return making.module(node, "Softmax", x, part=part, dim=x.place(x.rank - 1))
    kind, arguments = _CLASSES[name]
    return making.module(node, kind, x, *arguments, part=part)
