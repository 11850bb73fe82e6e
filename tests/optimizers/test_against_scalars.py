"""The same training, number by number in plain Python, as the papers write it."""

import math

import numpy as np
import pytest

from konv.optimizers import SGD, Adam, AdamW

RANDOM = np.random.default_rng(11)
STEPS, SIZE = 20, 6
START = RANDOM.normal(size=SIZE)
GRADIENTS = RANDOM.normal(size=(STEPS, SIZE)) * 3
RATES = [0.1 / iteration for iteration in range(1, STEPS + 1)]


def momentum_of_polyak(weight, gradients, momentum, decay=0.0):
    velocity = 0.0
    for gradient, rate in zip(gradients, RATES, strict=True):
        weight = (1 - rate * decay) * weight
        velocity = momentum * velocity - rate * gradient
        weight = weight + velocity
    return weight


def momentum_of_nesterov(weight, gradients, momentum):
    """Sutskever et al. (2013), equations 3 and 4: gradients are taken at the place ahead."""
    behind, velocity = weight, 0.0
    for gradient, rate in zip(gradients, RATES, strict=True):
        velocity = momentum * velocity - rate * gradient
        behind = behind + velocity
    return behind + momentum * velocity


def adam_of_kingma(weight, gradients, decay=0.0, beta_1=0.9, beta_2=0.999, epsilon_hat=1e-7):
    """Kingma & Ba (2015), algorithm 1, with the ε of each step that its ε̂ stands for."""
    m = v = 0.0
    for t, (gradient, rate) in enumerate(zip(gradients, RATES, strict=True), start=1):
        weight = (1 - rate * decay) * weight
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        m_corrected, v_corrected = m / (1 - beta_1**t), v / (1 - beta_2**t)
        epsilon = epsilon_hat / math.sqrt(1 - beta_2**t)
        weight = weight - rate * m_corrected / (math.sqrt(v_corrected) + epsilon)
    return weight


@pytest.mark.parametrize(
    ("optimizer", "rule", "fields"),
    [
        (SGD(), momentum_of_polyak, {"momentum": 0}),
        (SGD(momentum=0.9), momentum_of_polyak, {"momentum": 0.9}),
        (
            SGD(momentum=0.9, weight_decay=0.2),
            momentum_of_polyak,
            {"momentum": 0.9, "decay": 0.2},
        ),
        (SGD(momentum=0.9, nesterov=True), momentum_of_nesterov, {"momentum": 0.9}),
        (Adam(), adam_of_kingma, {}),
        (Adam(epsilon=1.0), adam_of_kingma, {"epsilon_hat": 1.0}),
        (Adam(beta_1=0, beta_2=0.5), adam_of_kingma, {"beta_1": 0, "beta_2": 0.5}),
        (AdamW(weight_decay=0.3), adam_of_kingma, {"decay": 0.3}),
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_twenty_steps(optimizer, rule, fields):
    weights, slots = {"w": START.copy()}, optimizer.new_slots({"w": START})
    for iteration, (gradient, rate) in enumerate(zip(GRADIENTS, RATES, strict=True), start=1):
        optimizer.apply(weights, {"w": gradient}, slots, learning_rate=rate, iteration=iteration)
    expected = [rule(START[i], GRADIENTS[:, i], **fields) for i in range(SIZE)]
    np.testing.assert_allclose(weights["w"], expected, rtol=1e-12)
