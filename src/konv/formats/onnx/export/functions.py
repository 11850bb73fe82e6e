"""Activation functions as operations of opset 18, which lacks some of them.

::

    silu       x · Sigmoid(x)
    gelu       x · (1 + Erf(x / √2)) · 0.5
    gelu_tanh  x · (1 + Tanh(√(2/π) · (x + 0.044715 · x · x · x))) · 0.5

Gelu itself exists since opset 20, Swish since 24; many programs cannot read these yet.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType

from konv.formats.onnx.export.graph import GraphMaker, Stored
from konv.language import translate as _
from konv.layers.activation_layers import ReLU
from konv.layers.activations import SELU_ALPHA, SELU_SCALE

__all__ = ["add_activation", "add_relu"]


def add_activation(graph: GraphMaker, kind: str, place: str, x: Stored, output: str) -> Stored:
    """The activation of that name behind ``x``.

    Args:
        graph: where it is added.
        kind: a name of :data:`konv.layers.activations.ACTIVATIONS`.
        place: what its operations are called: this, or this and "/…".
        x: what it works on.
        output: what the result is called.
    """
    if kind == "softmax":
        graph.operation("Softmax", place, [x.name], output, axis=x.axis(-1))
    elif kind in _ONE:
        operator, settings = _ONE[kind]
        graph.operation(operator, place, [x.name], output, **settings)
    elif kind in _SEVERAL:
        _SEVERAL[kind](graph, place, x.name, output)
    else:
        graph.refused.add(place, _("the activation {name}", name=kind))
    return Stored(output, x.order)


_ONE: MappingProxyType[str, tuple[str, dict[str, float]]] = MappingProxyType(
    {
        "linear": ("Identity", {}),
        "relu": ("Relu", {}),
        "sigmoid": ("Sigmoid", {}),
        "tanh": ("Tanh", {}),
        "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
        "elu": ("Elu", {"alpha": 1.0}),
        "selu": ("Selu", {"alpha": SELU_ALPHA, "gamma": SELU_SCALE}),
        "softplus": ("Softplus", {}),
        "mish": ("Mish", {}),
        "hard_swish": ("HardSwish", {}),
        "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    }
)


def _silu(graph: GraphMaker, place: str, x: str, output: str) -> None:
    gate = graph.operation("Sigmoid", f"{place}/sigmoid", [x])
    graph.operation("Mul", place, [x, gate], output)


def _gelu(graph: GraphMaker, place: str, x: str, output: str) -> None:
    root = graph.number(f"{place}/root_of_two", math.sqrt(2))
    scaled = graph.operation("Div", f"{place}/scaled", [x, root])
    _half(graph, place, x, graph.operation("Erf", f"{place}/erf", [scaled]), output)


def _gelu_tanh(graph: GraphMaker, place: str, x: str, output: str) -> None:
    small = graph.number(f"{place}/coefficient", 0.044715)
    root = graph.number(f"{place}/root", math.sqrt(2 / math.pi))
    square = graph.operation("Mul", f"{place}/square", [x, x])
    cube = graph.operation("Mul", f"{place}/cube", [square, x])
    part = graph.operation("Mul", f"{place}/part", [cube, small])
    inner = graph.operation("Add", f"{place}/inner", [x, part])
    scaled = graph.operation("Mul", f"{place}/scaled", [inner, root])
    _half(graph, place, x, graph.operation("Tanh", f"{place}/tanh", [scaled]), output)


def _half(graph: GraphMaker, place: str, x: str, bounded: str, output: str) -> None:
    """x · (1 + bounded) · 0.5"""
    one = graph.number(f"{place}/one", 1)
    half = graph.number(f"{place}/half", 0.5)
    shifted = graph.operation("Add", f"{place}/shifted", [bounded, one])
    product = graph.operation("Mul", f"{place}/product", [x, shifted])
    graph.operation("Mul", place, [product, half], output)


_SEVERAL: MappingProxyType[str, Callable[[GraphMaker, str, str, str], None]] = MappingProxyType(
    {"silu": _silu, "gelu": _gelu, "gelu_tanh": _gelu_tanh}
)


def add_relu(graph: GraphMaker, layer: ReLU, place: str, x: Stored, output: str) -> Stored:
    """A rectifier with bound, slope and threshold: the fewest operations that say the same.

    ::

        Relu                         no bound, no slope, no threshold
        Clip(0, max)                 a bound
        LeakyRelu, then Min          a slope, and perhaps a bound
        ThresholdedRelu, then Min    a threshold, and perhaps a bound
        Where(x > threshold, Min(x, max), (x − threshold) · slope)
    """
    bound, slope, threshold = layer.max_value, layer.negative_slope, layer.threshold
    if slope and threshold:
        _where(graph, layer, place, x.name, output)
    elif bound is None or slope or threshold:
        made = place if bound is None else f"{place}/unbounded"
        operator, settings = "Relu", {}
        if slope or threshold:
            operator = "LeakyRelu" if slope else "ThresholdedRelu"
            settings = {"alpha": float(slope or threshold)}
        if bound is None:
            graph.operation(operator, place, [x.name], output, **settings)
        else:
            graph.operation(operator, made, [x.name], **settings)
            graph.operation("Min", place, [made, graph.number(f"{place}/bound", bound)], output)
    else:
        zero = graph.number(f"{place}/zero", 0)
        most = graph.number(f"{place}/bound", bound)
        graph.operation("Clip", place, [x.name, zero, most], output)
    return Stored(output, x.order)


def _where(graph: GraphMaker, layer: ReLU, place: str, x: str, output: str) -> None:
    threshold = graph.number(f"{place}/threshold", layer.threshold)
    slope = graph.number(f"{place}/slope", layer.negative_slope)
    above = x
    if layer.max_value is not None:
        most = graph.number(f"{place}/bound", layer.max_value)
        above = graph.operation("Min", f"{place}/bounded", [x, most])
    passes = graph.operation("Greater", f"{place}/passes", [x, threshold])
    over = graph.operation("Sub", f"{place}/over", [x, threshold])
    below = graph.operation("Mul", f"{place}/below", [over, slope])
    graph.operation("Where", place, [passes, above, below], output)
