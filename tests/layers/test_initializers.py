"""New weights keep to their law: bounds, mean, deviation, and the cut of the normal ones."""

import math

import numpy as np
import pytest

from konv.layers.initializers import INITIALIZER, initial_weights

SHAPE = (5, 5, 24, 40)
FAN_IN, FAN_OUT = 5 * 5 * 24, 5 * 5 * 40
VARIANCES = {
    "glorot": 2 / (FAN_IN + FAN_OUT),
    "he": 2 / FAN_IN,
    "lecun": 1 / FAN_IN,
}
LAWS = [(family, law) for family in VARIANCES for law in ("uniform", "normal")]
# The kurtosis of each law: how far a sample variance strays. N(0, 1) cut at ±2 has about 2.36.
KURTOSIS = {"uniform": 1.8, "normal": 2.4}


def drawn(name, shape=SHAPE, seed=0):
    return initial_weights(name, shape, np.random.default_rng(seed))


def test_every_name_of_a_law_is_tested():
    assert {f"{family}_{law}" for family, law in LAWS} | {"zeros", "ones"} == set(INITIALIZER.words)


@pytest.mark.parametrize(("family", "law"), LAWS)
def test_mean_and_variance_are_those_of_the_formula(family, law):
    values = drawn(f"{family}_{law}").astype(float).ravel()
    variance = VARIANCES[family]
    assert abs(values.mean()) < 5 * math.sqrt(variance / values.size)
    stray = math.sqrt((KURTOSIS[law] - 1) / values.size)
    assert abs(values.var() / variance - 1) < 5 * stray


@pytest.mark.parametrize("family", VARIANCES)
def test_uniform_values_fill_their_interval_and_stay_in_it(family):
    limit = math.sqrt(3 * VARIANCES[family])
    values = drawn(f"{family}_uniform")
    assert np.abs(values).max() <= limit * (1 + 1e-7)
    assert np.abs(values).max() > 0.999 * limit
    quarters, _edges = np.histogram(values, bins=4, range=(-limit, limit))
    assert np.abs(quarters / values.size - 0.25).max() < 0.02


@pytest.mark.parametrize("family", VARIANCES)
def test_normal_values_are_cut_at_two_deviations(family):
    # The deviation before the cut, as Keras draws it: that of the formula / 0.8796.
    wide = math.sqrt(VARIANCES[family]) / 0.87962566103423978
    values = np.abs(drawn(f"{family}_normal"))
    assert values.max() <= 2 * wide * (1 + 1e-7)
    assert values.max() > 1.95 * wide
    within_one = np.mean(values < wide)
    assert abs(within_one - 0.6827 / 0.9545) < 0.02  # P(|z| < 1) / P(|z| < 2)


def test_the_constant_of_the_cut_is_the_deviation_of_a_cut_normal():
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    inside = math.erf(2 / math.sqrt(2))
    assert math.sqrt(1 - 2 * 2 * density / inside) == pytest.approx(0.87962566103423978, rel=1e-12)


@pytest.mark.parametrize(
    ("shape", "fan_in", "fan_out"),
    [
        ((600, 30), 600, 30),
        ((3, 2, 40, 50), 240, 300),
        ((3, 3, 64, 2), 576, 18),  # depthwise, as Keras counts it
        ((900,), 900, 900),
    ],
)
def test_fans_are_counted_as_in_keras(shape, fan_in, fan_out):
    for name, limit in (
        ("glorot_uniform", math.sqrt(6 / (fan_in + fan_out))),
        ("he_uniform", math.sqrt(6 / fan_in)),
        ("lecun_uniform", math.sqrt(3 / fan_in)),
    ):
        largest = float(np.abs(drawn(name, shape)).max())
        assert 0.98 * limit < largest <= limit * (1 + 1e-7)


@pytest.mark.parametrize("name", INITIALIZER.words)
def test_weights_are_contiguous_float32_and_depend_on_the_generator_alone(name):
    values = drawn(name)
    assert values.dtype == np.float32
    assert values.flags.c_contiguous
    assert values.shape == SHAPE
    assert np.array_equal(values, drawn(name))
    if name in ("zeros", "ones"):
        assert np.unique(values).tolist() == [float(name == "ones")]
    else:
        assert not np.array_equal(values, drawn(name, seed=1))
