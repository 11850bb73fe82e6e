import numpy as np
import pytest

from konv.errors import ParameterError
from konv.optimizers import Adam, AdamW


def step(optimizer, weight, gradient, m=0.0, v=0.0, *, rate, iteration):
    slots = {"m": np.array([float(m)]), "v": np.array([float(v)])}
    weight = np.array([float(weight)])
    optimizer.update(
        weight, np.array([float(gradient)]), slots, learning_rate=rate, iteration=iteration
    )
    return weight[0], slots["m"][0], slots["v"][0]


def test_first_step_by_hand():
    # m = 0.5 · 4 = 2, v = 0.25 · 16 = 4, α = √0.25 / 0.5 = 1: w = 10 − 2 / (2 + 1)
    optimizer = Adam(beta_1=0.5, beta_2=0.75, epsilon=1)
    weight, m, v = step(optimizer, 10, 4, rate=1, iteration=1)
    assert (m, v) == (2, 4)
    assert weight == pytest.approx(10 - 2 / 3, rel=1e-15)


def test_second_step_by_hand():
    # m = 2 + (0 − 2) / 2 = 1, v = 4 + (0 − 4) / 4 = 3, α = 3 √(7/16) / (3/4) = √7
    optimizer = Adam(beta_1=0.5, beta_2=0.75, epsilon=1)
    weight, m, v = step(optimizer, 10, 0, m=2, v=4, rate=3, iteration=2)
    assert (m, v) == (1, 3)
    assert weight == pytest.approx(10 - 7**0.5 / (3**0.5 + 1), rel=1e-15)


def test_the_first_step_has_the_size_of_the_rate_whatever_the_gradient():
    for gradient in (1e-3, 1.0, 1e6):
        assert step(Adam(), 0, gradient, rate=0.1, iteration=1)[0] == pytest.approx(-0.1, rel=0.01)
        assert step(Adam(), 0, -gradient, rate=0.1, iteration=1)[0] == pytest.approx(0.1, rel=0.01)


def test_decay_comes_before_the_update_and_does_not_enter_the_means():
    # w = 8 − 8 · 0.5 · 0.25 = 7, then the step of a gradient of 0
    weight, m, v = step(AdamW(weight_decay=0.5), 8, 0, rate=0.25, iteration=1)
    assert (weight, m, v) == (7, 0, 0)


def test_adamw_is_adam_with_decay():
    gradient = 0.3
    assert step(AdamW(weight_decay=0.1), 2, gradient, rate=0.1, iteration=1) == step(
        Adam(weight_decay=0.1), 2, gradient, rate=0.1, iteration=1
    )
    assert AdamW().weight_decay == 0.004
    assert Adam().weight_decay is None


def test_adamw_needs_its_decay():
    with pytest.raises(ParameterError, match="K201"):
        AdamW(weight_decay=None)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_weight_that_never_has_a_gradient_stays_finite(dtype):
    optimizer = Adam(epsilon=np.finfo(np.float32).smallest_normal)
    weight, slots = np.ones(1, dtype), {"m": np.zeros(1, dtype), "v": np.zeros(1, dtype)}
    for iteration in (1, 2, 10**6):
        optimizer.update(weight, np.zeros(1, dtype), slots, learning_rate=0.1, iteration=iteration)
    assert weight == 1


def test_slots_are_the_two_means():
    assert Adam().slot_names == AdamW().slot_names == ("m", "v")


def test_an_epsilon_that_float32_would_round_to_zero_is_refused():
    with pytest.raises(ParameterError, match="K201"):
        Adam(epsilon=1e-60)
