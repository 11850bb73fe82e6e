"""Activations, dense layers, global pools and batch normalization equal PyTorch.

Bounds are in units of ε, the distance of 1 from its neighbour: what correctly rounded formulas may
differ by after the few operations that each of them takes.
"""

import numpy as np
import pytest

from konv.layers import (
    ELU,
    Activation,
    BatchNormalization,
    Context,
    Dense,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LeakyReLU,
    ReLU,
)
from konv.layers.activations import ACTIVATIONS
from oracles.pytorch import both_passes

pytestmark = pytest.mark.oracle
BOTH_DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
CORNERS = np.array([-6.0, -3, -1, -0.0, 0, 1, 3, 6])


def functions(torch):
    """Name -> PyTorch's function."""
    f = torch.nn.functional

    def hard_sigmoid(z):
        # The gradient of PyTorch's own is the 1/6 of float32 also for float64.
        return f.hardsigmoid(z) if z.dtype == torch.float32 else f.relu6(z + 3) / 6

    return {
        "linear": lambda z: z * 1,
        "relu": f.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softmax": lambda z: torch.softmax(z, dim=-1),
        "leaky_relu": lambda z: f.leaky_relu(z, 0.2),
        "elu": f.elu,
        "selu": f.selu,
        "silu": f.silu,
        "gelu": f.gelu,
        "gelu_tanh": lambda z: f.gelu(z, approximate="tanh"),
        # PyTorch's softplus leaves ln(1 + e^−z) out from 20 on.
        "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
        "mish": f.mish,
        "hard_sigmoid": hard_sigmoid,
        "hard_swish": f.hardswish,
    }


def compare(torch, layer, function, z, g, epsilons):
    """Both passes, within ``epsilons`` ε of the size of the numbers."""
    y, saved = layer.forward({}, (z,), Context(training=True))
    (dz,), _weights = layer.backward({}, saved, g)
    expected, (by_torch,) = both_passes(torch, function, [z], g)
    tolerance = epsilons * np.finfo(z.dtype).eps
    np.testing.assert_allclose(y, expected, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(dz, by_torch, rtol=tolerance, atol=tolerance)


@BOTH_DTYPES
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("scale", [1, 5, 50])
def test_activations_and_their_gradients(torch, name, scale, dtype):
    generator = np.random.default_rng(scale)
    z = (generator.normal(size=(40, 25)) * scale).astype(dtype)
    g = generator.normal(size=z.shape).astype(dtype)
    compare(torch, Activation(name), functions(torch)[name], z, g, epsilons=16)


@BOTH_DTYPES
@pytest.mark.parametrize(
    "name", ["relu", "leaky_relu", "elu", "selu", "hard_sigmoid", "hard_swish"]
)
def test_gradients_at_corners(torch, name, dtype):
    z = CORNERS.astype(dtype)
    compare(torch, Activation(name), functions(torch)[name], z, np.ones_like(z), epsilons=4)


@BOTH_DTYPES
def test_relu_6_and_leaky_relu_are_exact(torch, dtype):
    f = torch.nn.functional
    generator = np.random.default_rng(0)
    z = np.concatenate([CORNERS, generator.normal(size=200) * 5]).astype(dtype)
    g = generator.normal(size=z.shape).astype(dtype)
    compare(torch, ReLU(6), f.relu6, z, g, epsilons=0)
    compare(torch, LeakyReLU(0.25), lambda x: f.leaky_relu(x, 0.25), z, g, epsilons=0)
    compare(torch, ReLU(negative_slope=0.25), lambda x: f.leaky_relu(x, 0.25), z, g, epsilons=0)


@BOTH_DTYPES
@pytest.mark.parametrize("alpha", [0, 0.25, 1, 3])
def test_elu_with_any_alpha(torch, alpha, dtype):
    generator = np.random.default_rng(0)
    z = np.concatenate([CORNERS, generator.normal(size=200) * 5]).astype(dtype)
    g = generator.normal(size=z.shape).astype(dtype)
    compare(torch, ELU(alpha), lambda x: torch.nn.functional.elu(x, alpha), z, g, epsilons=16)


@BOTH_DTYPES
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(7, 5), (2, 3, 4, 5)])
def test_dense_layers_are_exact_on_whole_numbers(torch, shape, bias, dtype):
    generator = np.random.default_rng(3)
    x, kernel, offset, g = (
        generator.integers(-9, 10, size).astype(dtype)
        for size in (shape, (5, 6), (6,), (*shape[:-1], 6))
    )
    weights = {"kernel": kernel, "bias": offset} if bias else {"kernel": kernel}
    layer = Dense(6, use_bias=bias)
    y, saved = layer.forward(weights, (x,), Context())
    (dx,), by_name = layer.backward(weights, saved, g)

    def function(x, kernel, offset=None):
        return torch.nn.functional.linear(x, kernel.T, offset)

    expected, by_torch = both_passes(torch, function, [x, *weights.values()], g)
    for one, other in zip((y, dx, *by_name.values()), (expected, *by_torch), strict=True):
        assert np.array_equal(one, other)


@BOTH_DTYPES
@pytest.mark.parametrize("keepdims", [False, True])
def test_global_pools_are_exact_on_whole_numbers_ties_included(torch, keepdims, dtype):
    generator = np.random.default_rng(5)
    x = (generator.integers(-2, 3, (3, 4, 3, 5)) * 12).astype(dtype)
    shape = (3, 1, 1, 5) if keepdims else (3, 5)
    g = (generator.integers(-9, 10, shape) * 12).astype(dtype)
    f = torch.nn.functional
    for layer, pool in (
        (GlobalAveragePooling2D(keepdims=keepdims), f.adaptive_avg_pool2d),
        (GlobalMaxPooling2D(keepdims=keepdims), f.adaptive_max_pool2d),
    ):

        def function(maps, pool=pool):
            return pool(maps.permute(0, 3, 1, 2), 1).permute(0, 2, 3, 1).reshape(shape)

        y, saved = layer.forward({}, (x,), Context())
        (dx,), _weights = layer.backward({}, saved, g)
        expected, (by_torch,) = both_passes(torch, function, [x], g)
        assert np.array_equal(y, expected)
        assert np.array_equal(dx, by_torch)


@BOTH_DTYPES
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("shape", [(8, 3), (4, 5, 6, 3)])
def test_batch_normalization_but_for_the_variance_that_is_kept(torch, shape, training, dtype):
    generator = np.random.default_rng(7)
    x, g = (generator.normal(2, 3, shape).astype(dtype) for _ in range(2))
    weights = {
        name: generator.uniform(0.5, 2, 3).astype(dtype)
        for name in ("gamma", "beta", "moving_mean", "moving_variance")
    }
    layer = BatchNormalization(momentum=0.9, epsilon=1e-3)
    y, saved = layer.forward(weights, (x,), Context(training=training))
    (dx,), by_name = layer.backward(weights, saved, g)
    running = [torch.tensor(weights[name]) for name in ("moving_mean", "moving_variance")]

    def function(x, gamma, beta):
        rows = x.reshape(-1, 3)
        result = torch.nn.functional.batch_norm(
            rows, *running, gamma, beta, training=training, momentum=0.1, eps=1e-3
        )
        return result.reshape(shape)

    arrays = [x, weights["gamma"], weights["beta"]]
    expected, by_torch = both_passes(torch, function, arrays, g)
    tolerance = 500 * np.finfo(dtype).eps
    pairs = zip((y, dx, by_name["gamma"], by_name["beta"]), (expected, *by_torch), strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
    if training:
        updates = layer.state_updates(weights, saved)
        np.testing.assert_allclose(updates["moving_mean"], running[0].numpy(), rtol=tolerance)
        # PyTorch keeps the unbiased variance, n / (n − 1) times the one that Keras and konv keep.
        count = x.size / 3
        kept = 0.9 * weights["moving_variance"]
        unbiased = kept + (updates["moving_variance"] - kept) * count / (count - 1)
        np.testing.assert_allclose(unbiased, running[1].numpy(), rtol=tolerance)
