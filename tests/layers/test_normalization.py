"""BatchNormalization equals its formula, summed exactly, and keeps Keras's moving values."""

import numpy as np
import pytest

from konv.errors import ShapeError
from konv.layers import BatchNormalization, Context
from oracles.naive import batch_normalized

TRAINING = Context(training=True)
CASES = [
    (BatchNormalization(), (5, 4, 3, 2)),
    (BatchNormalization(epsilon=0.5), (7, 3)),
    (BatchNormalization(center=False), (2, 3, 3, 4)),
    (BatchNormalization(scale=False), (2, 3, 3, 4)),
    (BatchNormalization(axis=1), (3, 2, 4, 5)),
    (BatchNormalization(axis=-2), (3, 2, 4, 5)),
]
EACH_CASE = pytest.mark.parametrize(("layer", "shape"), CASES, ids=str)


def arrays(layer, shape):
    generator = np.random.default_rng(3)
    x = generator.normal(3, 2, shape)
    channels = shape[layer.axis]
    weights = {
        spec.name: generator.uniform(0.5, 2, channels) for spec in layer.weight_specs(shape[1:])
    }
    return x, weights


def as_rows(layer, values):
    """(numbers of a channel, channels)."""
    return np.moveaxis(values, layer.axis, -1).reshape(-1, values.shape[layer.axis])


@EACH_CASE
def test_in_training_it_equals_the_formula(layer, shape):
    x, weights = arrays(layer, shape)
    output, saved = layer.forward(weights, (x,), TRAINING)
    channels = shape[layer.axis]
    gamma = list(weights.get("gamma", np.ones(channels)))
    beta = list(weights.get("beta", np.zeros(channels)))
    y, mean, variance = batch_normalized(as_rows(layer, x), gamma, beta, layer.epsilon)
    np.testing.assert_allclose(as_rows(layer, output), y, rtol=1e-12, atol=1e-12)
    updates = layer.state_updates(weights, saved)
    for name, value in (("moving_mean", mean), ("moving_variance", variance)):
        expected = 0.99 * weights[name] + 0.01 * np.array(value)
        np.testing.assert_allclose(updates[name], expected, rtol=1e-12)


@EACH_CASE
def test_otherwise_it_uses_the_moving_values(layer, shape):
    x, weights = arrays(layer, shape)
    output, saved = layer.forward(weights, (x,), Context())
    rows = as_rows(layer, x)
    y = (rows - weights["moving_mean"]) / np.sqrt(weights["moving_variance"] + layer.epsilon)
    y = y * weights.get("gamma", 1) + weights.get("beta", 0)
    np.testing.assert_allclose(as_rows(layer, output), y, rtol=1e-12, atol=1e-12)
    assert layer.state_updates(weights, saved) == {}


def test_the_output_has_mean_0_and_variance_1():
    layer = BatchNormalization(epsilon=1e-12)
    x, weights = arrays(layer, (16, 5, 5, 3))
    weights |= {"gamma": np.ones(3), "beta": np.zeros(3)}
    output, _saved = layer.forward(weights, (x,), TRAINING)
    np.testing.assert_allclose(output.mean(axis=(0, 1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(output.var(axis=(0, 1, 2)), 1, rtol=1e-9)


def test_by_hand():
    # Mean 3, variance ((1−3)² + (5−3)²) / 2 = 4, ε = 0 as far as 1e-300 goes: x̂ = ∓1.
    layer = BatchNormalization(momentum=0.75, epsilon=1e-300)
    weights = {
        "gamma": np.array([10.0]),
        "beta": np.array([2.0]),
        "moving_mean": np.array([1.0]),
        "moving_variance": np.array([8.0]),
    }
    output, saved = layer.forward(weights, (np.array([[1.0], [5.0]]),), TRAINING)
    assert output.ravel().tolist() == [-8, 12]
    updates = layer.state_updates(weights, saved)
    assert updates["moving_mean"].tolist() == [1.5]  # 0.75·1 + 0.25·3
    assert updates["moving_variance"].tolist() == [7.0]  # 0.75·8 + 0.25·4, the biased variance
    (flowing,), gradients = layer.backward(weights, saved, np.array([[1.0], [3.0]]))
    assert gradients["beta"].tolist() == [4]
    assert gradients["gamma"].tolist() == [2]  # 1·(−1) + 3·1
    assert flowing.ravel().tolist() == [0, 0]  # two numbers: both derivatives cancel


@pytest.mark.parametrize("value", [0.0, 5.0, -1e6])
def test_a_channel_of_one_value_gives_beta(value):
    layer = BatchNormalization()
    x, weights = arrays(layer, (4, 2, 2, 3))
    output, saved = layer.forward(weights, (np.full_like(x, value),), TRAINING)
    assert np.array_equal(output, np.broadcast_to(weights["beta"], x.shape))
    (flowing,), _gradients = layer.backward(weights, saved, np.ones_like(x))
    assert np.isfinite(flowing).all()


def test_large_means_do_not_drown_the_variance():
    layer = BatchNormalization(epsilon=1e-9)
    x, weights = arrays(layer, (64, 3))
    far, _saved = layer.forward(weights, (x + 1e6,), TRAINING)
    near, _saved = layer.forward(weights, (x,), TRAINING)
    np.testing.assert_allclose(far, near, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        (BatchNormalization(), ["gamma", "beta"]),
        (BatchNormalization(center=False), ["gamma"]),
        (BatchNormalization(scale=False), ["beta"]),
        (BatchNormalization(scale=False, center=False), []),
    ],
)
def test_its_weights_are_in_keras_order(layer, names):
    specs = layer.weight_specs((4, 4, 7))
    assert [spec.name for spec in specs] == [*names, "moving_mean", "moving_variance"]
    assert [spec.trainable for spec in specs] == [*[True] * len(names), False, False]
    assert {spec.shape for spec in specs} == {(7,)}
    assert [spec.name for spec in specs if spec.bias] == [name for name in names if name == "beta"]


@pytest.mark.parametrize(("axis", "shape"), [(2, (5,)), (-2, (5,)), (3, (5,)), (-3, (5,))])
def test_an_axis_that_does_not_exist_is_refused(axis, shape):
    layer = BatchNormalization(axis)
    for function in (layer.output_shape, layer.weight_specs):
        with pytest.raises(ShapeError) as caught:
            function(shape)
        assert caught.value.code == "K107"


def test_the_variance_of_a_large_batch_in_float32_keeps_its_digits():
    # 0 and 1 in turn: a mean of 1/2 and a variance of 1/4, whatever the number of pictures.
    x = np.tile(np.float32([0, 1]), 2**19).reshape(-1, 1)
    _output, saved = BatchNormalization(center=False, scale=False).forward(
        {"moving_mean": np.zeros(1), "moving_variance": np.ones(1)},
        (x + np.float32(1 / 3),),
        TRAINING,
    )
    assert saved.batch_variance.dtype == np.float32
    assert saved.batch_variance[0] == pytest.approx(0.25, rel=1e-6)
