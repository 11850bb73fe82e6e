"""Activation functions, and what does nothing when a network is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.formats.exchange.channels_first import Value
from konv.formats.onnx.importing.operation import Given, Operation, UnsupportedError
from konv.formats.onnx.types import DOUBLE, FLOAT32, type_name
from konv.language import translate as _
from konv.layers import ELU, Activation, Dropout, LeakyReLU, ReLU
from konv.layers.activations import SELU_ALPHA, SELU_SCALE
from konv.layers.base import Layer

__all__ = ["OPERATIONS"]

_SOFTMAX_OVER_ONE_AXIS = 13  # before, all axes from the given one on were taken together


def _named(kind: str) -> Callable[[Operation], Value]:
    return lambda op: _applied(op, Activation(kind))


def _applied(op: Operation, layer: Layer) -> Value:
    return op.builder.elementwise(op.x, layer, name=op.name)


def _leaky_relu(op: Operation) -> Value:
    return _applied(op, LeakyReLU(negative_slope=op.real("alpha", 0.01)))


def _thresholded_relu(op: Operation) -> Value:
    return _applied(op, ReLU(threshold=op.real("alpha", 1.0)))


def _elu(op: Operation) -> Value:
    alpha = op.real("alpha", 1.0)
    if alpha == 1:
        return _applied(op, Activation("elu"))
    if alpha < 0:
        raise UnsupportedError(_("Elu with alpha {alpha}", alpha=alpha))
    return _applied(op, ELU(alpha=alpha))


def _gelu(op: Operation) -> Value:
    kind = {"none": "gelu", "tanh": "gelu_tanh"}.get(op.text("approximate", "none"), "")
    if not kind:
        raise UnsupportedError(_("Gelu with approximate"))
    return _applied(op, Activation(kind))


def _swish(op: Operation) -> Value:
    if op.real("alpha", 1.0) != 1:
        raise UnsupportedError(_("Swish with alpha"))
    return _applied(op, Activation("silu"))


def _selu(op: Operation) -> Value:
    given = (op.real("alpha", SELU_ALPHA), op.real("gamma", SELU_SCALE))
    if not np.allclose(given, (SELU_ALPHA, SELU_SCALE), rtol=1e-6, atol=0):
        raise UnsupportedError(
            _("Selu with alpha {alpha}, gamma {gamma}", alpha=given[0], gamma=given[1])
        )
    return _applied(op, Activation("selu"))


def _hard_sigmoid(op: Operation) -> Value:
    """max(0, min(1, alpha · x + beta))."""
    alpha, beta = op.real("alpha", 0.2), op.real("beta", 0.5)
    if np.float32(alpha) == np.float32(1 / 6) and beta == 0.5:
        return _applied(op, Activation("hard_sigmoid"))
    op.note(
        _(
            "written as a BatchNormalization x·{alpha} + {beta} and a ReLU with max_value=1",
            alpha=alpha,
            beta=beta,
        )
    )
    scale, shift = np.full(1, alpha, np.float32), np.full(1, beta, np.float32)
    x = op.builder.affine(op.x, scale=scale, shift=shift)
    return op.builder.elementwise(x, ReLU(max_value=1), name=op.name)


def _softmax(op: Operation) -> Value:
    x, rank = op.x, len(op.x.shape) + 1
    alone = op.opset >= _SOFTMAX_OVER_ONE_AXIS
    axis = _axis(op.integer("axis", -1 if alone else 1), rank)
    if axis == 0:
        raise UnsupportedError(_("Softmax over the axis of the pictures"))
    if not alone:
        long = [later for later in range(axis, rank) if x.shape[later - 1] > 1]
        if len(long) > 1:
            raise UnsupportedError(_("Softmax over several axes of {shape}", shape=x.shape))
        axis = long[0] if long else axis
    return op.builder.softmax(x, axis - 1, name=op.name)


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise UnsupportedError(_("axis {axis} of {rank} axes", axis=axis, rank=rank))
    return axis % rank


def _clip(op: Operation) -> Value:
    """A rectifier, if it begins at 0."""
    if op.opset < 11:
        low: float | None = op.real("min", -np.inf)
        high: float | None = op.real("max", np.inf)
    else:
        low, high = op.number(1, _("a bound")), op.number(2, _("a bound"))
    low = -np.inf if low is None else low
    high = np.inf if high is None else high
    if low <= -3e38 and high >= 3e38:  # float32's own bounds stand for none
        return op.x
    if low != 0 or high < 0:
        raise UnsupportedError(_("Clip between {low} and {high}: not from 0", low=low, high=high))
    return _applied(op, Activation("relu") if high >= 3e38 else ReLU(max_value=high))


def _minimum(op: Operation) -> Value:
    """A bound behind a rectifier."""
    place = next((i for i, given in enumerate(op.inputs) if isinstance(given, Value)), 0)
    bound = op.number(1 - place, _("a bound")) if len(op.inputs) == 2 else None
    if bound is None:
        raise UnsupportedError(_("Min of maps"))
    maker = op.around.makers.get(op.node.inputs[place])
    if maker is None or maker.kind not in ("Relu", "LeakyRelu", "ThresholdedRelu"):
        raise UnsupportedError(_("Min that is not behind a rectifier"))
    before = Operation(maker, (op.around.known[maker.inputs[0]],), op.around)
    slope = before.real("alpha", 0.01) if maker.kind == "LeakyRelu" else 0.0
    threshold = before.real("alpha", 1.0) if maker.kind == "ThresholdedRelu" else 0.0
    layer = ReLU(max_value=bound, negative_slope=slope, threshold=threshold)
    return op.builder.elementwise(before.x, layer, name=op.name)


def _maximum(op: Operation) -> Value:
    place = next((i for i, given in enumerate(op.inputs) if isinstance(given, Value)), 0)
    bound = op.number(1 - place, _("a bound")) if len(op.inputs) == 2 else None
    if bound != 0:
        raise UnsupportedError(_("Max of maps, or with another number than 0"))
    return op.builder.elementwise(op.value(place), Activation("relu"), name=op.name)


def _dropout(op: Operation) -> Value:
    if op.opset < 12:
        rate: float | None = op.real("ratio", 0.5)
        op.ignore("is_test")
    else:
        op.ignore("seed")
        rate = op.number(1, _("a ratio"))
        training = op.constant(2, _("a mode"))
        if training is not None and training.any():
            raise UnsupportedError(_("Dropout that drops when the network is used"))
    try:
        layer = Dropout(rate=0.5 if rate is None else rate)
    except ValueError:
        op.note(_("Dropout of everything does nothing when the network is used: left out"))
        return op.x
    return _applied(op, layer)


def _identity(op: Operation) -> Given | None:
    return op.given(0)


def _cast(op: Operation) -> Value:
    number = op.integer("to", 0)
    if number not in (FLOAT32, DOUBLE):  # what konv computes is float32 in any case
        raise UnsupportedError(_("Cast to {kind}", kind=type_name(number)))
    op.ignore("saturate", "round_mode")
    return op.x


OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {
        "Relu": _named("relu"),
        "Sigmoid": _named("sigmoid"),
        "Tanh": _named("tanh"),
        "HardSwish": _named("hard_swish"),
        "Softplus": _named("softplus"),
        "Mish": _named("mish"),
        "Selu": _selu,
        "LeakyRelu": _leaky_relu,
        "ThresholdedRelu": _thresholded_relu,
        "Elu": _elu,
        "Gelu": _gelu,
        "Swish": _swish,
        "HardSigmoid": _hard_sigmoid,
        "Softmax": _softmax,
        "Clip": _clip,
        "Min": _minimum,
        "Max": _maximum,
        "Dropout": _dropout,
        "Identity": _identity,
        "Cast": _cast,
    }
)
