"""Activation functions as formulas with numbers, and softmax with every exponential."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import ELU, FunctionLayer, LeakyReLU, ReLU
from konv.layers.activations import SELU_ALPHA, SELU_SCALE, ActivationFunction
from konv.layers.base import Array
from konv.values.numbers import factor
from konv.values.spot import Spot, steps_of
from konv.values.steps import Formula, Passed, Softmax, Step

__all__ = ["activation_steps"]

# With {z} for the number before it; Python computes them with the names of its ``math``.
_FORMULAS = MappingProxyType(
    {
        "relu": "max(0, {z})",
        "sigmoid": "1 / (1 + exp(-{z}))",
        "tanh": "tanh({z})",
        "leaky_relu": "{z} if {z} > 0 else 0.2 * {z}",
        "elu": "{z} if {z} > 0 else exp({z}) - 1",
        "selu": f"{SELU_SCALE} * ({{z}} if {{z}} > 0 else {SELU_ALPHA} * (exp({{z}}) - 1))",
        "silu": "{z} / (1 + exp(-{z}))",
        "gelu": "{z} * (1 + erf({z} / sqrt(2))) / 2",
        "gelu_tanh": "{z} * (1 + tanh(sqrt(2 / pi) * ({z} + 0.044715 * {z}**3))) / 2",
        "softplus": "log(1 + exp({z}))",
        "mish": "{z} * tanh(log(1 + exp({z})))",
        "hard_sigmoid": "min(max({z} + 3, 0), 6) / 6",
        "hard_swish": "{z} * min(max({z} + 3, 0), 6) / 6",
    }
)


def activation_steps(layer: ActivatedLayer, spot: Spot, z: float) -> tuple[Step, ...]:
    """What the activation of a layer makes of z; nothing for ``linear``."""
    function = layer.function
    if function.name == "linear":
        return ()
    if function.name == "softmax":
        inputs = tuple(numbers[np.newaxis] for numbers in spot.inputs)
        every, _saved = layer.linear_forward(spot.weights, inputs)
        return (Softmax(every[0][spot.at[:-1]], spot.at[-1]),)
    return (_filled(function.name, _FORMULAS[function.name], z, function),)


def _filled(name: str, formula: str, z: float, function: ActivationFunction) -> Formula:
    with np.errstate(all="ignore"):
        value = float(function.forward(np.array([z]))[0])
    return Formula(name, formula.format(z="z"), formula.format(z=factor(z)), value)


@steps_of.register
def _function_layer(layer: FunctionLayer, spot: Spot) -> tuple[Step, ...]:
    numbers: Array = spot.inputs[0]
    function = layer.function
    z = float(numbers[spot.at])
    before = Passed(_("{place} of {source}", place=spot.text(spot.at), source=spot.source), z)
    if function.name == "linear":
        return (before,)
    if function.name == "softmax":
        return (before, Softmax(numbers[spot.at[:-1]], spot.at[-1]))
    return (before, _filled(function.name, _formula_of(layer), z, function))


def _formula_of(layer: FunctionLayer) -> str:
    if isinstance(layer, LeakyReLU):
        return f"{{z}} if {{z}} > 0 else {layer.negative_slope:g} * {{z}}"
    if isinstance(layer, ELU) and layer.alpha != 1:
        below = f"{layer.alpha:g} * (exp({{z}}) - 1)" if layer.alpha else "0"
        return f"{{z}} if {{z}} > 0 else {below}"
    if isinstance(layer, ReLU) and layer.to_config().keys() - {"name"}:
        above = "{z}" if layer.max_value is None else f"min({{z}}, {layer.max_value:g})"
        below = "0"
        if layer.negative_slope:
            below = f"{layer.negative_slope:g} * ({{z}} - {layer.threshold:g})"
        return f"{above} if {{z}} > {layer.threshold:g} else {below}"
    return _FORMULAS[layer.function.name]
