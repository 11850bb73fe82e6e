"""Activation functions and dropout of PyTorch, as calls of the builder."""

from __future__ import annotations

from typing import Any

from konv.formats.exchange.channels_first import UNKNOWN, Value
from konv.formats.pytorch.reading.reader import Reader, operation
from konv.language import translate as _
from konv.layers import ELU, Activation, Dropout, LeakyReLU, ReLU
from konv.layers.base import Layer

__all__: list[str] = []


def _elementwise(reader: Reader, x: Any, layer: Layer) -> Value:
    return reader.builder.elementwise(reader.value(x), layer, name=reader.name)


@operation("relu", "relu_")
def _relu(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, Activation("relu"))


@operation("sigmoid", "sigmoid_")
def _sigmoid(reader: Reader, input: Any) -> Value:
    return _elementwise(reader, input, Activation("sigmoid"))


@operation("tanh", "tanh_")
def _tanh(reader: Reader, input: Any) -> Value:
    return _elementwise(reader, input, Activation("tanh"))


@operation("silu")
def _silu(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, Activation("silu"))


@operation("hardswish")
def _hardswish(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, Activation("hard_swish"))


@operation("selu", "selu_")
def _selu(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, Activation("selu"))


@operation("mish")
def _mish(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, Activation("mish"))


@operation("hardsigmoid")
def _hardsigmoid(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, Activation("hard_sigmoid"))


@operation("softplus")
def _softplus(reader: Reader, input: Any, beta: float = 1.0, threshold: float = 20.0) -> Value:
    # Beyond 20 the logarithm that PyTorch leaves out is below a rounding of float32.
    if beta != 1 or threshold < 20:
        what = _("Softplus with beta {beta}, threshold {threshold}", beta=beta, threshold=threshold)
        return reader.refuse(what)
    return _elementwise(reader, input, Activation("softplus"))


@operation("gelu")
def _gelu(reader: Reader, input: Any, approximate: str = "none") -> Value:
    kind = "gelu" if approximate == "none" else "gelu_tanh"
    return _elementwise(reader, input, Activation(kind))


@operation("elu", "elu_")
def _elu(reader: Reader, input: Any, alpha: float = 1.0, inplace: bool = False) -> Value:
    if alpha < 0:
        return reader.refuse(_("ELU with alpha={alpha}", alpha=alpha))
    return _elementwise(reader, input, Activation("elu") if alpha == 1 else ELU(alpha=alpha))


@operation("leaky_relu", "leaky_relu_")
def _leaky_relu(
    reader: Reader, input: Any, negative_slope: float = 0.01, inplace: bool = False
) -> Value:
    named = negative_slope == 0.2
    layer = Activation("leaky_relu") if named else LeakyReLU(negative_slope=negative_slope)
    return _elementwise(reader, input, layer)


@operation("relu6")
def _relu6(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, ReLU(max_value=6))


@operation("hardtanh", "clamp", "clip", "clamp_")
def _hardtanh(
    reader: Reader,
    input: Any,
    min_val: float | None = None,
    max_val: float | None = None,
    inplace: bool = False,
    **bounds: float,
) -> Value:
    low, high = bounds.get("min", min_val), bounds.get("max", max_val)
    if low != 0 or (high is not None and high < 0):
        return reader.refuse(_("bounds {low} and {high}; konv has 0 and more", low=low, high=high))
    return _elementwise(reader, input, Activation("relu") if high is None else ReLU(max_value=high))


@operation("threshold", "threshold_")
def _threshold(
    reader: Reader, input: Any, threshold: float, value: float, inplace: bool = False
) -> Value:
    if value != 0 or threshold < 0:
        what = _("a threshold {threshold} with {value} below", threshold=threshold, value=value)
        return reader.refuse(what)
    return _elementwise(reader, input, ReLU(threshold=threshold))


@operation("_rectifier")
def _rectifier(
    reader: Reader,
    inputs: Any,
    max_value: float | None,
    negative_slope: float,
    threshold: float,
) -> Value:
    """What konv itself writes for a rectifier that PyTorch does not have."""
    layer = ReLU(max_value=max_value, negative_slope=negative_slope, threshold=threshold)
    return _elementwise(reader, inputs[0], layer)


@operation("softmax")
def _softmax(reader: Reader, input: Any, dim: int | None = None, **ignored: Any) -> Value:
    x = reader.value(input)
    if not x.known:
        return UNKNOWN
    # PyTorch's own choice where no axis is given: 0 for 1 or 3 axes with the batch, else 1.
    axes = len(x.shape) + 1
    axis = (0 if axes in (1, 3) else 1) if dim is None else dim + axes if dim < 0 else dim
    if axis == 0:
        return reader.refuse(_("softmax over the pictures of a batch"))
    return reader.builder.softmax(x, axis - 1, name=reader.name)


@operation("log_softmax")
def _log_softmax(reader: Reader, input: Any, dim: int | None = None, **ignored: Any) -> Value:
    return reader.refuse(_("log-softmax: take it off the end, or put a softmax in its place"))


@operation("dropout")
def _dropout(
    reader: Reader, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Value:
    if training:
        return reader.refuse(
            _("dropout that also drops in eval mode: write training=self.training")
        )
    return _elementwise(reader, input, Dropout(rate=p))


@operation("dropout2d", "feature_dropout")
def _dropout2d(
    reader: Reader, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Value:
    reader.note(_("in training it drops single numbers here, and whole maps in PyTorch"))
    return _dropout(reader, input, p, training)
