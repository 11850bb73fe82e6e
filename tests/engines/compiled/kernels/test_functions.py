"""Which function a layer applies, and what its gradient needs to know."""

from __future__ import annotations

import math

import llvmlite.ir as ir
import numpy as np
import pytest

from konv.engines.compiled.emit.function import Function
from konv.engines.compiled.kernels.functions import ElementFunction, element_function
from konv.engines.compiled.target import AARCH64
from konv.layers import ELU, Activation, LeakyReLU, ReLU
from konv.layers.activation_layers import FunctionLayer

NEEDED = {
    "linear": (),
    "relu": ("y", "z"),
    "leaky_relu": ("y", "z"),
    "sigmoid": ("y",),
    "tanh": ("y",),
    "elu": ("y",),
    "selu": ("y",),
    "silu": ("z",),
    "gelu": ("z",),
    "gelu_tanh": ("z",),
    "softplus": ("z",),
    "mish": ("z",),
    "hard_sigmoid": ("z",),
    "hard_swish": ("z",),
}


@pytest.mark.parametrize("name", NEEDED)
def test_what_says_the_derivative(name: str) -> None:
    assert element_function(Activation(name)).derivative_from == NEEDED[name]


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (ReLU(), ElementFunction("relu")),
        (LeakyReLU(0.5), ElementFunction("relu", 0.5)),
        (ReLU(6, 0.25, 1), ElementFunction("bounded_relu", 0.25, 1.0, 6.0)),
        (ReLU(threshold=1), ElementFunction("bounded_relu", 0.0, 1.0, math.inf)),
        (LeakyReLU(1e-60), ElementFunction("relu", 0.0)),
        (Activation("elu"), ElementFunction("elu", 1.0)),
        (ELU(0.1), ElementFunction("elu", float(np.float32(0.1)))),
        (ELU(0), ElementFunction("relu")),
    ],
    ids=repr,
)
def test_functions_keep_their_numbers_as_float32(
    layer: FunctionLayer, function: ElementFunction
) -> None:
    assert element_function(layer) == function


@pytest.mark.parametrize(("bound", "needed"), [(6, ("y", "z")), (0, ("z",)), (1e-60, ("z",))])
def test_a_bound_of_zero_hides_in_y_where_z_was(bound: float, needed: tuple[str, ...]) -> None:
    assert element_function(ReLU(max_value=bound)).derivative_from == needed


def test_a_name_that_is_no_function_is_refused() -> None:
    f = Function(ir.Module("test"), "test", (), AARCH64)
    z = f.constant(0, 4)
    unknown = ElementFunction("cosine")
    with pytest.raises(ValueError, match="cosine"):
        unknown.apply(f, z)
    with pytest.raises(ValueError, match="cosine"):
        unknown.gradient(f, z, z, of="z")
