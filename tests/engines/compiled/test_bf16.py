"""Predictions in bfloat16: what is computed, that others do not change it, and who refuses it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from konv.engines import Pixels, get_engine
from konv.engines.compiled.engine import CompiledEngine
from konv.engines.compiled.plan.operations import bf16, dense
from konv.engines.compiled.plan.planning import forward_plan
from konv.engines.compiled.runtime import bf16_unit
from konv.engines.compiled.runtime.bf16_unit import with_bf16
from konv.engines.compiled.runtime.guarded import guarded_bytes, guarded_copy
from konv.engines.compiled.target import AARCH64, target_of
from konv.engines.reference.program import ReferenceEngine
from konv.engines.threads import get_threads, set_threads
from konv.errors import EngineError
from konv.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    MaxPooling2D,
    ReLU,
    SeparableConv2D,
)
from konv.network.graph import functional, sequential
from konv.network.weights import new_weights
from oracles.bf16 import FOREIGN, HERE, rounded
from oracles.random_networks import random_network

needs_unit = pytest.mark.skipif(not HERE, reason="no products of bfloat16 here")
every_unit = pytest.mark.parametrize("target", HERE, ids=lambda target: target.bf16)

_EXACT_LIMIT = 2**24


@pytest.fixture
def wherever_possible(monkeypatch):
    """Whatever can be computed in bfloat16 is, also where it does not pay."""
    monkeypatch.setattr(bf16, "_pays", lambda operation, _target: operation.parts.groups == 1)
    monkeypatch.setattr(dense, "_LARGE_MATRIX_BYTES", 0)


@pytest.fixture
def threads():
    before = get_threads()
    yield set_threads
    set_threads(before)


class Rounding:
    """The reference with rounded numbers wherever bfloat16 can be; remembers the largest sum."""

    def __init__(self, monkeypatch):
        self.largest = 0.0
        for layer, products in (
            (Conv2D, self._convolution(Conv2D.linear_forward)),
            (SeparableConv2D, lambda *given: self._separable(*given)),
            (Dense, self._dense(Dense.linear_forward)),
        ):
            monkeypatch.setattr(layer, "linear_forward", products)

    def _noted(self, forward, layer, weights, inputs):
        sizes = {name: np.abs(weight) for name, weight in weights.items()}
        largest = forward(layer, sizes, tuple(map(np.abs, inputs)))[0].max(initial=0)
        self.largest = max(self.largest, float(largest))
        return forward(layer, weights, inputs)

    def _rounded(self, forward, layer, weights, inputs):
        weights = {n: w if n == "bias" else wide(rounded(w)) for n, w in weights.items()}
        return self._noted(forward, layer, weights, tuple(wide(rounded(x)) for x in inputs))

    def _convolution(self, forward):
        def linear_forward(layer, weights, inputs):
            products = self._rounded if layer.groups == 1 else self._noted
            return products(forward, layer, weights, inputs)

        return linear_forward

    def _dense(self, forward):
        def linear_forward(layer, weights, inputs):
            alone = np.prod(inputs[0].shape[1:-1]) == 1  # a row, or a map of one pixel
            products = self._rounded if alone else self._noted
            return products(forward, layer, weights, inputs)

        return linear_forward

    def _separable(self, layer, weights, inputs):
        maps, axes = layer.to_last(inputs[0]), layer.axes(inputs[0].shape[1:])
        middle = layer.depthwise_forward(weights["depthwise_kernel"], maps, axes)
        mixing = wide(rounded(weights["pointwise_kernel"][0, 0]))
        sums = np.abs(wide(rounded(middle))) @ np.abs(mixing)
        self.largest = max(self.largest, float(sums.max(initial=0)))
        output = wide(rounded(middle)) @ mixing
        return layer.from_last(output + weights["bias"] if layer.use_bias else output), None


def wide(numbers):
    return numbers.astype(np.float64)


def shares_a_dense_layer(network):
    """Then its matrix is not divided."""
    uses = Counter(node.weights_of for node in network.nodes if isinstance(node.layer, Dense))
    return max(uses.values(), default=0) > 1


@every_unit
@pytest.mark.parametrize("seed", range(40))
def test_random_networks_of_whole_numbers_are_exact(seed, target, wherever_possible, monkeypatch):
    network = random_network(seed, exact=True)
    if shares_a_dense_layer(network):
        return
    generator = np.random.default_rng(seed)
    weights = {
        name: guarded_copy(generator.integers(-2, 3, spec.shape).astype(np.float32))
        for name, spec in network.weight_specs.items()
    }
    pictures = int(generator.integers(1, 20))
    images = generator.integers(0, 9, (pictures, *network.input_shape)).astype(np.uint8)
    allocate = partial(guarded_bytes, from_start=bool(seed % 2))
    program = CompiledEngine(target, allocate=allocate).compile(network)
    given = program.forward(weights, guarded_copy(images), precision="bf16")
    reference = Rounding(monkeypatch)
    expected = ReferenceEngine(np.float64).compile(network).forward(weights, images)
    if reference.largest < _EXACT_LIMIT:
        np.testing.assert_array_equal(given, expected)
    else:
        np.testing.assert_allclose(given, expected, rtol=0.03, atol=0.03 * np.abs(expected).max())


@every_unit
@pytest.mark.parametrize("seed", range(100, 112))
def test_random_networks_are_near_the_reference(seed, target, wherever_possible):
    network = random_network(seed, exact=False)
    weights = {name: guarded_copy(w) for name, w in new_weights(network, seed).items()}
    images = np.random.default_rng(seed).normal(size=(9, *network.input_shape)).astype(np.float32)
    program = CompiledEngine(target, allocate=guarded_bytes).compile(network)
    given = program.forward(weights, guarded_copy(images), precision="bf16")
    expected = ReferenceEngine(np.float64).compile(network).forward(weights, images)
    assert np.abs(given - expected).max() <= 0.06 * max(1e-2, np.abs(expected).max())


@pytest.fixture(scope="module")
def network():
    """Every way between maps that are rounded and maps that are not; and a divided matrix."""
    x = Input((16, 20, 3))
    a = Conv2D(40, 3, padding="same", activation="relu")(x)
    b = ReLU()(BatchNormalization()(Conv2D(64, 3, padding="same", use_bias=False)(a)))
    c = Conv2D(64, 5, padding="same", activation="relu")(b)
    d = MaxPooling2D(2)(Conv2D(48, 3, activation="relu")(Add()(b, c)))
    e = Conv2D(32, 3, padding="same", true_convolution=True)(d)
    f = DepthwiseConv2D(3)(Concatenate()(e, Conv2D(40, 1, activation="tanh")(d)))
    g = Dense(300, activation="relu")(Flatten()(f))
    return functional(x, Dense(20, activation="softmax")(g))


def kernels_of(network, target=FOREIGN[0], **settings):
    plan = forward_plan(network, "uint8", Pixels(), target, precision="bf16", **settings)
    return plan, [call.kernel for call in plan.calls]


def test_a_map_between_two_convolutions_is_written_rounded(network, wherever_possible):
    plan, kernels = kernels_of(network)
    names = [type(kernel).__name__ for kernel in kernels]
    assert names.count("Bf16Convolution") == 6
    assert names.count("Bf16Dense") == 2
    # The picture, what is summed and convolved, the sum, and the rows of both dense layers.
    assert names.count("Bf16Map") == 5
    assert names.count("Bf16Weights") == 6
    assert "Convolution" not in names
    rounded_at_once = [k.rounded for k in kernels if type(k).__name__ == "Bf16Convolution"]
    assert rounded_at_once == [True, False, False, True, False, False]
    assert {"conv2d_1, rounded", "conv2d_4, rounded", "add_1, rounded"} <= {
        slot.name for slot in plan.slots
    }


def test_training_and_float32_have_nothing_in_bf16(network):
    plan = forward_plan(network, "uint8", Pixels(), FOREIGN[0])
    assert not any(type(kernel).__name__.startswith("Bf16") for kernel in plan.kernels.values())


def test_what_does_not_pay_stays_float32():
    small = sequential([Input((9, 9, 1)), Conv2D(3, 2), Flatten(), Dense(10)])
    _plan, kernels = kernels_of(small)
    assert [type(kernel).__name__ for kernel in kernels] == ["ReadPixels", "Convolution", "Dense"]


def test_groups_stay_float32():
    grouped = sequential([Input((20, 20, 128)), Conv2D(128, 3, groups=2)])
    _plan, kernels = kernels_of(grouped)
    assert "Bf16Convolution" not in {type(kernel).__name__ for kernel in kernels}


@every_unit
def test_it_is_near_float32_and_no_thread_changes_a_bit(network, target, threads):
    weights = new_weights(network, 3)
    images = np.random.default_rng(0).integers(0, 256, (40, 16, 20, 3)).astype(np.uint8)
    program = CompiledEngine(target).compile(network, pixels=Pixels((1 / 255,)))
    exact = program.forward(weights, images)
    first = program.forward(weights, images, precision="bf16")
    assert 0 < np.abs(first - exact).max() < 0.02
    for count in (1, 2, 3, 5):
        threads(count)
        again = program.forward(weights, images, precision="bf16")
        np.testing.assert_array_equal(again, first)
        for some in (slice(0, 1), slice(7, 8), slice(5, 22)):
            part = program.forward(weights, images[some], precision="bf16")
            np.testing.assert_array_equal(part, first[some])


@every_unit
def test_a_normalization_is_folded_before_rounding(target, wherever_possible, monkeypatch):
    layers = [Input((6, 7, 5)), Conv2D(9, 3), BatchNormalization(epsilon=1e-3), ReLU()]
    network = sequential(layers)
    generator = np.random.default_rng(0)
    weights = {
        n: generator.normal(size=w.shape).astype(np.float32)
        for n, w in new_weights(network, 0).items()
    }
    variance = next(name for name in weights if name.endswith("moving_variance"))
    weights[variance] = np.abs(weights[variance]) + np.float32(0.5)
    by = {name.rpartition("/")[2]: weight for name, weight in weights.items()}
    images = generator.normal(size=(4, 6, 7, 5)).astype(np.float32)
    given = CompiledEngine(target).compile(network).forward(weights, images, precision="bf16")
    scale = by["gamma"] / np.sqrt(by["moving_variance"] + 1e-3)
    folded = {
        "kernel": by["kernel"] * scale,
        "bias": (by["bias"] - by["moving_mean"]) * scale + by["beta"],
    }
    Rounding(monkeypatch)
    inputs = (images.astype(np.float64),)
    expected = np.maximum(Conv2D(9, 3).linear_forward(folded, inputs)[0], 0)
    # A factor that is rounded another way may bring a weight to the next number of eight bits.
    assert np.mean(np.abs(given - expected) > 1e-4 * np.abs(expected).max()) < 0.05
    assert np.abs(given - expected).max() < 2e-2 * np.abs(expected).max()


# Who refuses it


def refusal_of(action):
    with pytest.raises(EngineError) as refused:
        action()
    assert refused.value.code == "K706"
    return refused.value


@pytest.mark.parametrize("target", [target_of("baseline"), AARCH64], ids=lambda t: t.name)
def test_a_processor_without_it_says_so(target):
    error = refusal_of(lambda: with_bf16(target))
    assert target.name in str(error)
    assert "float32" in error.fix


def test_a_lesser_instruction_set_has_none(monkeypatch):
    monkeypatch.setenv("KONV_ISA", "baseline")
    network = sequential([Input((4, 4, 1)), Flatten(), Dense(2)])
    program = get_engine("compiled").compile(network)
    images = np.zeros((1, 4, 4, 1), np.uint8)
    refusal_of(lambda: program.forward(new_weights(network, 0), images, precision="bf16"))


def test_the_reference_has_none():
    network = sequential([Input((4, 4, 1)), Flatten(), Dense(2)])
    program = get_engine("reference").compile(network)
    images = np.zeros((1, 4, 4, 1), np.uint8)
    error = refusal_of(lambda: program.forward(new_weights(network, 0), images, precision="bf16"))
    assert "compiled" in error.fix


@pytest.mark.parametrize(("answer", "system"), [(-1, "linux"), (0, "win32")])
def test_a_system_that_refuses_the_tiles_is_quoted(answer, system, monkeypatch):
    class System:
        def __init__(self, *_arguments, **_options):
            pass

        def syscall(self, *_numbers):
            return answer

    monkeypatch.setattr(bf16_unit.ctypes, "CDLL", System)
    monkeypatch.setattr(bf16_unit.sys, "platform", system)
    bf16_unit._refusal.cache_clear()
    try:
        error = refusal_of(lambda: with_bf16(replace(FOREIGN[0], triple="")))
    finally:
        bf16_unit._refusal.cache_clear()
    assert "AMX" in str(error)
