"""Which layers and activations are rectifiers that a kernel applies in registers."""

from __future__ import annotations

from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.layers import ELU, Activation, LeakyReLU, ReLU
from konv.layers.base import Layer

__all__ = ["named_rectifier", "rectifier_of"]

_NAMED = {"linear": LINEAR, "relu": RELU, "leaky_relu": Rectifier(0.2)}


def named_rectifier(activation: str) -> Rectifier | None:
    """The rectifier of that name; None if the activation is none."""
    return _NAMED.get(activation)


def rectifier_of(layer: Layer) -> Rectifier | None:
    """The rectifier that a layer is; None if it is none.

    Example:
        >>> rectifier_of(LeakyReLU(0.1))
        Rectifier(slope=0.1)
        >>> rectifier_of(ReLU(max_value=6)) is None
        True
    """
    if isinstance(layer, Activation):
        return named_rectifier(layer.activation)
    if isinstance(layer, ReLU):
        simple = layer.max_value is None and layer.threshold == 0
        return _sloped(layer.negative_slope) if simple else None
    if isinstance(layer, ELU):
        return None if layer.alpha else RELU
    return _sloped(layer.negative_slope) if isinstance(layer, LeakyReLU) else None


def _sloped(slope: float) -> Rectifier | None:
    return Rectifier(slope) if slope < 1 else None
