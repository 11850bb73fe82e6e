import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from konv.optimizers import SGD, Adam

# norms 5 and 12, together 13
GRADIENTS = {"a": np.array([3.0, -4.0]), "b": np.array([[12.0]])}


def clipped(gradients=GRADIENTS, **ways):
    return SGD(**ways).clip(gradients)


def test_without_a_limit_gradients_are_the_very_same():
    result = clipped()
    assert list(result) == ["a", "b"]
    assert all(result[name] is gradient for name, gradient in GRADIENTS.items())


def test_clipping_by_value():
    result = clipped(clipvalue=3.5)
    np.testing.assert_array_equal(result["a"], [3, -3.5])
    np.testing.assert_array_equal(result["b"], [[3.5]])


def test_clipping_each_to_a_norm():
    result = clipped(clipnorm=6)
    assert result["a"] is GRADIENTS["a"]
    np.testing.assert_array_equal(result["b"], [[6]])
    np.testing.assert_allclose(clipped(clipnorm=1)["a"], [0.6, -0.8], rtol=1e-15)


def test_clipping_all_to_a_norm():
    result = clipped(global_clipnorm=6.5)
    np.testing.assert_array_equal(result["a"], [1.5, -2])
    np.testing.assert_array_equal(result["b"], [[6]])
    unchanged = clipped(global_clipnorm=13)
    assert all(unchanged[name] is gradient for name, gradient in GRADIENTS.items())


@pytest.mark.parametrize("way", ["clipvalue", "clipnorm", "global_clipnorm"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clipping_keeps_the_dtype_and_the_arguments(way, dtype):
    gradients = {name: gradient.astype(dtype) for name, gradient in GRADIENTS.items()}
    before = {name: gradient.copy() for name, gradient in gradients.items()}
    result = clipped(gradients, **{way: 0.1})
    for name, gradient in gradients.items():
        assert result[name].dtype == dtype
        np.testing.assert_array_equal(gradient, before[name])


@pytest.mark.parametrize("way", ["clipnorm", "global_clipnorm"])
def test_a_norm_of_large_float32_numbers_does_not_overflow(way):
    gradients = {"a": np.array([3e30, -4e30], np.float32)}
    np.testing.assert_allclose(clipped(gradients, **{way: 1})["a"], [0.6, -0.8], rtol=1e-6)


@pytest.mark.parametrize("way", ["clipnorm", "global_clipnorm"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_visible(way, bad):
    result = clipped({"a": np.array([1.0, bad])}, **{way: 1})
    assert np.isnan(result["a"][1])
    if np.isnan(bad):
        assert np.isnan(result["a"][0])


def test_zeros_need_no_clipping():
    zeros = {"a": np.zeros(3)}
    assert clipped(zeros, clipnorm=1)["a"] is zeros["a"]
    assert clipped(zeros, global_clipnorm=1)["a"] is zeros["a"]
    assert clipped({}, global_clipnorm=1) == {}


@pytest.mark.parametrize("way", ["clipnorm", "global_clipnorm"])
def test_the_layout_in_memory_does_not_change_a_bit(way):
    random = np.random.default_rng(5)
    for _case in range(20):
        gradient = random.normal(size=(37, 41))
        rows = clipped({"a": np.ascontiguousarray(gradient)}, **{way: 0.7})["a"]
        columns = clipped({"a": np.asfortranarray(gradient)}, **{way: 0.7})["a"]
        np.testing.assert_array_equal(rows, columns)


numbers = arrays(np.float64, st.integers(1, 20), elements=st.floats(-1e6, 1e6))


@settings(deadline=None)
@given(first=numbers, second=numbers, limit=st.floats(1e-3, 1e3))
def test_no_norm_is_above_its_limit_and_no_direction_changes(first, second, limit):
    gradients = {"a": first, "b": second}
    each = clipped(gradients, clipnorm=limit)
    together = clipped(gradients, global_clipnorm=limit)
    values = clipped(gradients, clipvalue=limit)
    for name, gradient in gradients.items():
        assert np.linalg.norm(each[name]) <= limit * (1 + 1e-9)
        assert abs(values[name]).max() <= limit
        norm = np.linalg.norm(gradient)
        if norm > limit:
            np.testing.assert_allclose(each[name] * norm, gradient * limit, rtol=1e-9, atol=1e-300)
    all_of = np.concatenate([together["a"], together["b"]])
    assert np.linalg.norm(all_of) <= limit * (1 + 1e-9)


def test_a_step_clips_before_it_updates():
    optimizer = SGD(global_clipnorm=6.5)
    weights = {"a": np.zeros(2), "b": np.zeros((1, 1)), "frozen": np.ones(1)}
    optimizer.apply(weights, GRADIENTS, {}, learning_rate=2, iteration=1)
    np.testing.assert_array_equal(weights["a"], [-3, 4])
    np.testing.assert_array_equal(weights["b"], [[-12]])
    np.testing.assert_array_equal(weights["frozen"], [1])


def test_a_step_gives_every_weight_its_own_slots():
    optimizer = Adam()
    weights = {"a": np.zeros(2), "b": np.zeros((1, 1))}
    slots = optimizer.new_slots(weights)
    optimizer.apply(weights, GRADIENTS, slots, learning_rate=1, iteration=1)
    np.testing.assert_allclose(slots["a:m"], [0.3, -0.4], rtol=1e-12)
    np.testing.assert_allclose(slots["b:m"], [[1.2]], rtol=1e-12)
    np.testing.assert_allclose(slots["b:v"], [[0.144]], rtol=1e-12)
