"""What flows from layer to layer while a Keras model is read: konv's tensor, and Keras's shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konv.layers.base import Layer, Shape
from konv.layers.symbolic import SymbolicTensor

__all__ = ["Flow", "connected", "treats_alike", "word_of"]

# What treats every number alike: it may work on (28, 28), which konv holds as (28, 28, 1).
_ALIKE = ("Activation", "ReLU", "LeakyReLU", "ELU", "Dropout", "Flatten", "Reshape", "Add")


@dataclass(frozen=True)
class Flow:
    """What a layer makes.

    Args:
        tensor: konv's.
        shape: what Keras says that it is, for one picture.
        raw: whether it is the input, before any Rescaling.
    """

    tensor: SymbolicTensor
    shape: Shape
    raw: bool = False

    @property
    def widened(self) -> bool:
        """Whether konv's has a channel more."""
        return self.shape != self.tensor.shape


def word_of(layer: Layer) -> str:
    """The activation of a layer; empty if it has none."""
    return str(getattr(layer, "activation", ""))


def treats_alike(kind: str, layers: Sequence[Layer], flows: Sequence[Flow]) -> bool:
    """Whether layers do with (28, 28, 1) what they do with (28, 28), if that is what they get."""
    widened = [flow for flow in flows if flow.widened]
    if not widened:
        return True
    softmax = any(word_of(layer) == "softmax" for layer in layers)
    return kind in _ALIKE and not softmax and len(widened) == len(flows)


def connected(layers: Sequence[Layer], flows: Sequence[Flow]) -> Flow:
    """What layers behind each other make, the first of all flows.

    Raises:
        KonvError: one does not fit.
    """
    tensors = [flow.tensor for flow in flows]
    for layer in layers:
        tensors = [layer(*tensors)]
    (tensor,) = tensors
    kept = flows[0].widened and tensor.shape == flows[0].tensor.shape
    return Flow(tensor, flows[0].shape if kept else tensor.shape)
