"""Functions of single numbers over maps."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.activation import Activation, ActivationGradient, Gate, Sum
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.functions import ElementFunction, element_function
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.target import AARCH64
from konv.layers import activation_layers as layers
from oracles.machine import TARGETS, in_layout, run_guarded

LAYOUTS = {
    "no border": [MapLayout(3, 5, 7)] * 3,
    "borders": [MapLayout(3, 5, 7), MapLayout(3, 5, 7, 1, 0, 2, 1), MapLayout(3, 5, 7, 0, 1, 0, 0)],
    "a vector": [MapLayout(1, 1, 10)] * 3,
    "one column of one channel": [MapLayout(5, 1, 1, 1, 1, 1, 1)] * 3,
    "many channels": [MapLayout(2, 3, 67, 1, 1, 1, 1)] * 3,
}
FUNCTIONS = {
    LINEAR: lambda z: z,
    RELU: lambda z: np.maximum(z, 0),
    Rectifier(0.5): lambda z: np.where(z > 0, z, z / 2),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rectifier", FUNCTIONS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_sums_are_those_of_numpy(name: str, rectifier: Rectifier, target: str) -> None:
    layouts = LAYOUTS[name]
    random = np.random.default_rng(1)
    shape = (3, layouts[0].height, layouts[0].width, layouts[0].channels)
    a, b = (random.normal(size=shape).astype(np.float32) for _ in range(2))
    stored = [in_layout(maps, layout) for maps, layout in zip((a, b), layouts, strict=False)]
    expected = in_layout(FUNCTIONS[rectifier](a + b), layouts[2], border=np.nan)
    y = np.full_like(expected, np.nan)
    results = run_guarded(Sum(*layouts, rectifier), *stored, y, target=target, count=3)
    np.testing.assert_array_equal(results[2], expected)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("rectifier", FUNCTIONS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_gate_lets_the_gradient_of_positive_results_pass(
    name: str, rectifier: Rectifier, accumulate: bool, target: str
) -> None:
    layouts = LAYOUTS[name]
    random = np.random.default_rng(2)
    shape = (3, layouts[0].height, layouts[0].width, layouts[0].channels)
    y = random.integers(-2, 3, shape).astype(np.float32)
    dy, before = (random.normal(size=shape).astype(np.float32) for _ in range(2))
    expected = np.where(y > 0, dy, dy * np.float32(rectifier.slope)) + before * accumulate
    stored = [
        in_layout(maps, layout, border=np.nan)
        for maps, layout in zip((y, dy, before), layouts, strict=True)
    ]
    kernel = Gate(rectifier, *layouts, accumulate)
    results = run_guarded(kernel, *stored, target=target, count=3)
    expected = in_layout(expected, layouts[2], border=np.nan)
    np.testing.assert_array_equal(results[2], expected)


LAYERS = [
    *(layers.Activation(name) for name in ("linear", "relu", "leaky_relu", "sigmoid", "tanh")),
    *(layers.Activation(name) for name in ("elu", "silu", "gelu", "gelu_tanh")),
    *(
        layers.Activation(name)
        for name in ("selu", "softplus", "mish", "hard_sigmoid", "hard_swish")
    ),
    layers.ELU(0.1),
    layers.ELU(0),
    layers.ELU(1e-60),
    layers.ELU(1000),
    layers.LeakyReLU(),
    layers.LeakyReLU(0),
    layers.LeakyReLU(3),
    layers.ReLU(),
    layers.ReLU(max_value=6),
    layers.ReLU(max_value=0, negative_slope=0.5),
    layers.ReLU(negative_slope=0.5),
    layers.ReLU(max_value=2, negative_slope=0.25, threshold=1),
    layers.ReLU(max_value=1, negative_slope=0.25, threshold=2),
    layers.ReLU(threshold=1e-50, negative_slope=1e-50),
]
EXACT = (
    "linear",
    "relu",
    "leaky_relu",
    "hard_sigmoid",
    "hard_swish",
)  # names of the reference's functions
PER_LAYER = pytest.mark.parametrize("layer", LAYERS, ids=repr)
CORNERS = (0, -0.0, 1, 2, 3, -3, 6, 1e-40, -1e-40, 1e20, -1e20, np.inf, -np.inf, np.nan)


def _numbers(count: int) -> np.ndarray:
    """Small whole ones, ordinary ones, and corners."""
    random = np.random.default_rng(3)
    whole = random.integers(-8, 9, count // 2)
    return np.concatenate([whole, random.normal(0, 3, count - len(whole)), CORNERS])


def _reference(
    layer: layers.FunctionLayer, z: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, ...]:
    with np.errstate(all="ignore"):
        y = layer.function.forward(z)
        return y, layer.function.backward(z, y, dy)


def _assert_alike(
    result: np.ndarray, layer: layers.FunctionLayer, float32: np.ndarray, exact: np.ndarray
) -> None:
    """Bit for bit, or as close to the exact result as float32 comes."""
    if layer.function.name in EXACT:
        np.testing.assert_array_equal(result, float32)
    else:
        np.testing.assert_array_equal(np.isfinite(result), np.isfinite(float32))
        finite = np.isfinite(result)
        largest = max(1, getattr(layer, "alpha", 1))  # what elu's derivative takes from y
        np.testing.assert_allclose(result[finite], exact[finite], rtol=1e-6, atol=1e-6 * largest)


@pytest.mark.parametrize("target", TARGETS)
@PER_LAYER
def test_functions_are_those_of_the_reference(layer: layers.FunctionLayer, target: str) -> None:
    z = np.stack([_numbers(149), _numbers(149)[::-1]]).astype(np.float32)
    flat = MapLayout(1, 1, z.shape[1])
    kernel = Activation(element_function(layer), flat, flat)
    y = run_guarded(kernel, z, np.full_like(z, np.nan), target=target, count=2)[1]
    float32, exact = (_reference(layer, z.astype(t), z.astype(t))[0] for t in ("f4", "f8"))
    _assert_alike(y, layer, float32, exact)


SOURCES = [
    (layer, source)
    for layer in LAYERS
    for source in element_function(layer).derivative_from or ("neither",)
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("layer", "source"), SOURCES, ids=repr)
def test_gradients_need_one_of_the_two_maps(
    layer: layers.FunctionLayer, source: str, target: str
) -> None:
    z = _numbers(149).astype(np.float32)
    dy = np.random.default_rng(4).normal(size=z.shape).astype(np.float32)
    dy[::17] = np.inf
    y, float32 = _reference(layer, z, dy)
    _y, exact = _reference(layer, z.astype(np.float64), dy.astype(np.float64))
    flat = MapLayout(1, 1, len(z))
    there = {name: flat if name == source else None for name in ("z", "y")}
    kernel = ActivationGradient(element_function(layer), **there, dy=flat, dz=flat)
    nowhere = np.empty(0, np.float32)
    given = [maps if name == source else nowhere for name, maps in (("z", z), ("y", y))]
    dz = run_guarded(kernel, *given, dy, np.full_like(z, np.nan), target=target)[3]
    _assert_alike(dz, layer, float32, exact)


def _of_every_size() -> np.ndarray:
    """Finite numbers of both signs with every exponent, and many of the sizes that are usual."""
    random = np.random.default_rng(6)
    spread = random.integers(0, 0x7F800000, 10_000, dtype=np.uint32).view(np.float32)
    usual = random.uniform(0, 30, 20_000).astype(np.float32)
    sizes = np.concatenate([spread, usual])
    return np.concatenate([sizes, -sizes])


@cache
def _known_over_all(layer: layers.FunctionLayer) -> tuple[np.ndarray, tuple, tuple]:
    """Those numbers, and (values, slopes) of the reference in float32 and in float64."""
    z = _of_every_size()
    one = np.ones_like(z)
    float32, exact = (_reference(layer, z.astype(t), one) for t in ("f4", "f8"))
    return z, float32, exact


@pytest.mark.parametrize("target", TARGETS)
@PER_LAYER
def test_values_and_slopes_are_right_over_all_of_float32(
    layer: layers.FunctionLayer, target: str
) -> None:
    z, float32, exact = _known_over_all(layer)
    flat, function = MapLayout(1, 1, len(z)), element_function(layer)
    nowhere, one = np.empty(0, np.float32), np.ones_like(z)
    y = run_guarded(Activation(function, flat, flat), z, one * np.nan, target=target)[1]
    _assert_alike(y, layer, float32[0], exact[0])
    of = function.derivative_from[:1]
    there = {name: flat if name in of else None for name in ("z", "y")}
    kernel = ActivationGradient(function, **there, dy=flat, dz=flat)
    given = [maps if name in of else nowhere for name, maps in (("z", z), ("y", y))]
    slopes = run_guarded(kernel, *given, one, one * np.nan, target=target)[3]
    _assert_alike(slopes, layer, float32[1], exact[1])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_maps_with_borders_of_their_own(name: str, target: str) -> None:
    layouts = LAYOUTS[name]
    relu6 = layers.ReLU(max_value=2)
    random = np.random.default_rng(5)
    shape = (3, layouts[0].height, layouts[0].width, layouts[0].channels)
    z, dy = (random.integers(-4, 5, shape).astype(np.float32) for _ in range(2))
    y, expected = _reference(relu6, z, dy)
    stored = in_layout(z, layouts[0], border=np.nan)
    poisoned = np.full((3, layouts[1].size), np.nan, np.float32)
    kernel = Activation(element_function(relu6), *layouts[:2])
    result = run_guarded(kernel, stored, poisoned, target=target, count=3)[1]
    np.testing.assert_array_equal(result.ravel(), in_layout(y, layouts[1], np.nan).ravel())
    backward = ActivationGradient(
        element_function(relu6), None, layouts[0], layouts[1], layouts[2], accumulate=True
    )
    maps = [
        in_layout(part, layout, border=np.nan)
        for part, layout in zip((y, dy, np.ones(shape)), layouts, strict=True)
    ]
    arrays = [part.astype(np.float32) for part in (maps[0], *maps)]
    dz = run_guarded(backward, *arrays, target=target, count=3)[3]
    np.testing.assert_array_equal(dz, in_layout(expected + 1, layouts[2], border=np.nan))


def test_a_gradient_without_the_map_it_needs_is_refused() -> None:
    flat = MapLayout(1, 1, 1)
    kernel = ActivationGradient(ElementFunction("silu"), None, flat, flat, flat)
    with pytest.raises(ValueError, match="silu"):
        kernel_text(kernel, AARCH64)


def test_code_for_another_processor() -> None:
    borders = LAYOUTS["borders"]
    kernels = [Sum(*borders, RELU), Gate(RELU, *borders)]
    for layer in LAYERS:
        function = element_function(layer)
        kernels += [Activation(function, *borders[:2])]
        kernels += [ActivationGradient(function, borders[0], *borders)]
    for kernel in kernels:
        assert object_code(kernel_text(kernel, AARCH64), AARCH64)
