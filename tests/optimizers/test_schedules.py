import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konv.errors import ParameterError
from konv.optimizers import (
    SGD,
    Constant,
    CosineDecay,
    OneCycle,
    StepDecay,
    Warmup,
)

fractions = st.floats(0, 1)
inner_fractions = st.floats(0.01, 0.99)
rates = st.floats(1e-6, 10)
unwarmed = st.one_of(
    st.builds(Constant, rates),
    st.builds(
        StepDecay,
        rates,
        factor=inner_fractions,
        at=st.lists(inner_fractions, min_size=1, max_size=4, unique=True).map(sorted),
    ),
    st.builds(CosineDecay, rates, final_fraction=fractions),
    st.builds(
        OneCycle,
        rates,
        start_fraction=inner_fractions,
        final_fraction=fractions,
        peak_at=inner_fractions,
    ),
)
schedules = st.one_of(unwarmed, st.builds(Warmup, unwarmed, fraction=fractions))
totals = st.integers(1, 10**12)


def highest(schedule):
    return schedule.learning_rate if hasattr(schedule, "learning_rate") else highest(schedule.then)


def all_rates(schedule, total):
    return [schedule.rate(iteration, total) for iteration in range(1, total + 1)]


@settings(deadline=None)
@given(schedule=schedules, total=totals, place=fractions)
def test_every_rate_is_finite_and_between_zero_and_the_highest(schedule, total, place):
    iteration = min(1 + int(place * total), total)
    rate = schedule.rate(iteration, total)
    assert type(rate) is float
    assert 0 <= rate <= highest(schedule) * (1 + 1e-12)
    assert rate == schedule.rate(iteration, total)


@settings(deadline=None)
@given(schedule=schedules, total=totals, after=st.integers(1, 10**12))
def test_after_the_end_the_rate_stays(schedule, total, after):
    assert schedule.rate(total + after, total) == schedule.rate(total + 1, total)


@settings(deadline=None)
@given(schedule=schedules, total=st.integers(1, 500))
def test_no_iteration_of_a_training_is_wasted_on_a_rate_of_zero(schedule, total):
    assert all(rate > 0 for rate in all_rates(schedule, total))


@settings(deadline=None)
@given(
    schedule=st.one_of(
        st.builds(CosineDecay, st.just(1.0), final_fraction=fractions),
        st.builds(OneCycle, st.just(1.0), final_fraction=fractions, peak_at=st.floats(0.1, 0.9)),
        st.builds(Warmup, st.just(1.0), fraction=st.floats(0.1, 1)),
        st.builds(Warmup, st.just(CosineDecay(1.0)), fraction=st.floats(0.1, 0.9)),
    )
)
def test_a_smooth_schedule_has_no_jump(schedule):
    # The steepest slope is that of a cosine over a tenth of the training: π / 2 · 10 per unit.
    total = 2000
    steepest = math.pi / 2 * 10 / total * 1.02
    assert all(abs(b - a) <= steepest for a, b in pairwise(all_rates(schedule, total)))


@pytest.mark.parametrize("total", [1, 2, 7, 1000])
def test_a_constant_is_constant(total):
    assert all_rates(Constant(0.3), total) == [0.3] * total


@pytest.mark.parametrize("total", [1, 2, 7, 1000])
def test_cosine_falls_from_its_rate_to_its_final_fraction(total):
    schedule = CosineDecay(0.4, final_fraction=0.25)
    assert schedule.rate(1, total) == 0.4
    assert schedule.rate(total + 1, total) == 0.4 * 0.25
    rates = [*all_rates(schedule, total), 0.4 * 0.25]
    assert all(a > b for a, b in pairwise(rates))


def test_cosine_by_hand():
    # (1 + cos(π / 3)) / 2 = 3/4, (1 + cos(2π / 3)) / 2 = 1/4; with a quarter left: 1/4 + 3/4 · …
    assert all_rates(CosineDecay(8), 3) == pytest.approx([8, 6, 2])
    assert all_rates(CosineDecay(8, final_fraction=0.25), 3) == pytest.approx([8, 6.5, 3.5])


def test_steps_come_at_their_fraction_of_the_training():
    rates = all_rates(StepDecay(1, factor=0.5, at=(0.3, 0.75)), 100)
    assert rates == [1] * 30 + [0.5] * 45 + [0.25] * 25


def test_one_step_needs_no_tuple():
    assert StepDecay(1, at=0.5) == StepDecay(1, at=(0.5,))
    assert StepDecay(1, at=[0.25, 0.5]).at == (0.25, 0.5)


@pytest.mark.parametrize("total", [10, 40, 1000])
def test_one_cycle_rises_to_its_peak_and_falls_to_its_end(total):
    schedule = OneCycle(0.5, start_fraction=0.1, final_fraction=0.01, peak_at=0.3)
    rates = all_rates(schedule, total)
    peak = total * 3 // 10
    assert rates[0] == 0.5 * 0.1
    assert rates[peak] == 0.5
    assert schedule.rate(total + 1, total) == 0.5 * 0.01
    assert all(a < b for a, b in pairwise(rates[: peak + 1]))
    assert all(a > b for a, b in pairwise(rates[peak:]))


def test_one_cycle_by_hand():
    # up in two iterations: 0.2, half way 0.6, 1; down in three: 3/4 and 1/4 of the way
    schedule = OneCycle(1, start_fraction=0.2, final_fraction=0, peak_at=0.4)
    assert all_rates(schedule, 5) == pytest.approx([0.2, 0.6, 1, 0.75, 0.25])


def test_warm_up_is_a_line_to_the_first_rate_of_what_follows():
    assert all_rates(Warmup(8, fraction=0.75), 4) == [2, 4, 6, 8]
    followed = Warmup(CosineDecay(8), fraction=0.4)
    assert all_rates(followed, 5) == pytest.approx([8 / 3, 16 / 3, 8, 6, 2])


@settings(deadline=None)
@given(schedule=unwarmed, total=st.integers(1, 300))
def test_a_warm_up_of_nothing_changes_nothing(schedule, total):
    assert all_rates(Warmup(schedule, fraction=0), total) == all_rates(schedule, total)


@settings(deadline=None)
@given(fraction=fractions, total=st.integers(1, 300))
def test_a_warm_up_rises_and_leaves_an_iteration_for_the_rest(fraction, total):
    rates = all_rates(Warmup(1.0, fraction=fraction), total)
    warm = sum(rate < 1 for rate in rates)
    assert rates[-1] == 1
    assert abs(warm - fraction * total) <= 1
    assert all(a < b for a, b in pairwise(rates[: warm + 1]))


@pytest.mark.parametrize("schedule", [Constant(1), CosineDecay(1), OneCycle(1), Warmup(1)])
@pytest.mark.parametrize("bad", [0, -1, 1.5, "1", None, math.nan, True])
def test_iterations_are_whole_numbers_from_one(schedule, bad):
    with pytest.raises(ParameterError, match="K201"):
        schedule.rate(bad, 10)
    with pytest.raises(ParameterError, match="K201"):
        schedule.rate(1, bad)


@pytest.mark.parametrize("schedule", [Constant(1), CosineDecay(1), OneCycle(1), Warmup(1)])
def test_whole_numbers_of_numpy_will_do(schedule):
    rate = schedule.rate(np.int32(3), np.int64(10))
    assert (type(rate), rate) == (float, schedule.rate(3, 10))


def test_the_rate_of_an_optimizer_is_that_of_its_schedule():
    assert SGD(0.3).rate(5, 10) == 0.3
    assert SGD(CosineDecay(0.3)).rate(5, 10) == CosineDecay(0.3).rate(5, 10)
