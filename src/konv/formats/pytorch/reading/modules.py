"""The modules of ``torch.nn`` that konv can read: each as an operation with its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from konv.formats.pytorch.reading.reader import OPERATIONS, Reader
from konv.language import translate as _

__all__ = ["MODULES", "read_module_call", "tensor_of"]

Module = Any
Call = tuple[str, dict[str, Any]]


def tensor_of(module: Module, name: str) -> Any:
    """A tensor of a module that is being traced: its attributes are those of the tracer then."""
    parameters = vars(module).get("_parameters", {})
    return parameters[name] if name in parameters else getattr(module, name)


def _weights(module: Module) -> dict[str, Any]:
    return {name: tensor_of(module, name) for name in ("weight", "bias")}


def _convolution(module: Module) -> Call:
    names = ("stride", "padding", "dilation", "groups")
    return "conv2d", {**_weights(module), **{name: getattr(module, name) for name in names}}


def _normalization(module: Module) -> Call:
    return "batch_norm", {
        **_weights(module),
        "running_mean": module.running_mean,
        "running_var": module.running_var,
        "momentum": module.momentum,
        "eps": module.eps,
    }


def _constant_padding(module: Module) -> Call:
    return "pad", {"pad": module.padding, "value": module.value}


def _dropout(name: str) -> Callable[[Module], Call]:
    return lambda module: (name, {"p": module.p, "training": False})


def _by(name: str, *fields: str) -> Callable[[Module], Call]:
    """The operation of that name; the module has its arguments under the same names."""
    return lambda module: (name, {field: getattr(module, field) for field in fields})


# The name of a class of torch.nn -> the operation that one of it stands for.
MODULES: dict[str, Callable[[Module], Call]] = {
    "Conv2d": _convolution,
    "Linear": lambda module: ("linear", _weights(module)),
    "BatchNorm1d": _normalization,
    "BatchNorm2d": _normalization,
    "MaxPool2d": _by(
        "max_pool2d",
        *("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"),
    ),
    "AvgPool2d": _by(
        "avg_pool2d",
        *("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
        "divisor_override",
    ),
    "AdaptiveAvgPool2d": _by("adaptive_avg_pool2d", "output_size"),
    "AdaptiveMaxPool2d": _by("adaptive_max_pool2d", "output_size", "return_indices"),
    "ZeroPad2d": _constant_padding,
    "ConstantPad2d": _constant_padding,
    "Flatten": _by("flatten", "start_dim", "end_dim"),
    "Identity": _by("identity"),
    "Dropout": _dropout("dropout"),
    "Dropout2d": _dropout("dropout2d"),
    "ReLU": _by("relu"),
    "ReLU6": _by("relu6"),
    "LeakyReLU": _by("leaky_relu", "negative_slope"),
    "ELU": _by("elu", "alpha"),
    "GELU": _by("gelu", "approximate"),
    "SELU": _by("selu"),
    "SiLU": _by("silu"),
    "Mish": _by("mish"),
    "Softplus": _by("softplus", "beta", "threshold"),
    "Hardsigmoid": _by("hardsigmoid"),
    "Hardswish": _by("hardswish"),
    "Sigmoid": _by("sigmoid"),
    "Tanh": _by("tanh"),
    "Hardtanh": _by("hardtanh", "min_val", "max_val"),
    "Threshold": _by("threshold", "threshold", "value"),
    "Softmax": _by("softmax", "dim"),
    "Softmax2d": lambda module: ("softmax", {"dim": -3}),
    "LogSoftmax": _by("log_softmax", "dim"),
}


def read_module_call(reader: Reader, module: Module, kind: str, inputs: tuple[Any, ...]) -> Any:
    """What a module of PyTorch makes of its inputs.

    Args:
        reader: where it goes.
        module: which one.
        kind: the name of its class in ``torch.nn``; empty: it is no class of it.
        inputs: what it is called with.
    """
    if kind not in MODULES:
        return reader.refuse(type(module).__name__)
    mode = getattr(module, "padding_mode", "zeros")
    if mode != "zeros":
        return reader.refuse(_("padding of mode {mode}", mode=mode))
    name, arguments = MODULES[kind](module)
    return OPERATIONS[name](reader, *inputs, **arguments)
