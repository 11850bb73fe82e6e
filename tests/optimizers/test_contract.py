"""What every optimizer and every schedule keeps, whichever it is."""

import json
from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pytest

from konv.errors import ParameterError
from konv.optimizers import (
    SGD,
    Adam,
    AdamW,
    Constant,
    CosineDecay,
    OneCycle,
    StepDecay,
    Warmup,
    optimizer_config,
    optimizer_from_config,
    schedule_config,
    schedule_from_config,
)

OPTIMIZERS = (SGD, Adam, AdamW)
SCHEDULES = (Constant, CosineDecay, OneCycle, StepDecay, Warmup)
FIELDS = [
    (kind, name, constraint)
    for kind in (*OPTIMIZERS, *SCHEDULES)
    for name, constraint in kind.constraints().items()
]
RULES = [
    SGD(),
    SGD(momentum=0.9),
    SGD(momentum=0.9, nesterov=True, weight_decay=0.1),
    Adam(),
    Adam(weight_decay=0.1),
    AdamW(),
]
every_rule = pytest.mark.parametrize("optimizer", RULES, ids=repr)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def first_field(kind):
    return next(iter(kind.constraints()))


@pytest.mark.parametrize(("kind", "name", "constraint"), FIELDS)
def test_every_field_refuses_what_it_cannot_hold(kind, name, constraint):
    for bad in constraint.bad_values():
        with pytest.raises(ParameterError, match="K201") as caught:
            kind(**{first_field(kind): 0.1, name: bad})
        assert caught.value.fix


@pytest.mark.parametrize("kind", [*OPTIMIZERS, *SCHEDULES])
def test_a_field_that_does_not_exist_is_refused(kind):
    with pytest.raises(ParameterError, match="K202"):
        kind(0.1, no_such_field=1)


@pytest.mark.parametrize("kind", [*OPTIMIZERS, *SCHEDULES])
def test_only_the_rate_is_given_without_a_name(kind):
    assert getattr(kind(0.5), first_field(kind)) == 0.5
    with pytest.raises(ParameterError, match="K204"):
        kind(0.5, 0.5)


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("former", ["lr", "decay", "betas", "eps", "amsgrad"])
def test_words_of_other_libraries_lead_to_the_right_ones(kind, former):
    with pytest.raises(ParameterError, match="K202") as caught:
        kind(**{former: 0.1})
    assert "write" in caught.value.fix or "leave it out" in caught.value.fix


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize(
    "ways",
    [
        {"clipnorm": 1.0, "clipvalue": 1.0},
        {"clipnorm": 1.0, "global_clipnorm": 1.0},
        {"clipvalue": 1.0, "global_clipnorm": 1.0},
        {"clipnorm": 1.0, "clipvalue": 1.0, "global_clipnorm": 1.0},
    ],
)
def test_gradients_are_clipped_in_one_way_only(kind, ways):
    with pytest.raises(ParameterError, match="K205") as caught:
        kind(**ways)
    assert caught.value.where == kind.__name__
    assert all(way in caught.value.what for way in ways)


@pytest.mark.parametrize(
    "optimizer",
    [
        *RULES,
        SGD(1),
        Adam(CosineDecay(0.01, final_fraction=0.1), clipnorm=1.5),
        AdamW(Warmup(OneCycle(0.01, peak_at=0.25)), weight_decay=0, epsilon=1e-6),
        SGD(Warmup(0.5, fraction=0), clipvalue=2),
        Adam(StepDecay(0.1, at=0.9), beta_1=0, beta_2=0.5, global_clipnorm=3),
        Adam(StepDecay(0.1, at=(0.2, 0.4, 0.8), factor=0.3)),
        Adam(Constant(0.1)),
    ],
    ids=repr,
)
def test_plain_data_gives_the_same_optimizer_again(optimizer):
    config = optimizer_config(optimizer)
    assert optimizer_from_config(json.loads(json.dumps(config))) == optimizer
    assert type(optimizer).from_config(optimizer.to_config()) == optimizer


@pytest.mark.parametrize("kind", SCHEDULES)
def test_plain_data_gives_the_same_schedule_again(kind):
    schedule = kind(0.125)
    assert schedule_from_config(json.loads(json.dumps(schedule_config(schedule)))) == schedule


@pytest.mark.parametrize("thing", [*RULES, *(kind(0.1) for kind in SCHEDULES)], ids=repr)
def test_a_description_does_not_change(thing):
    with pytest.raises(FrozenInstanceError):
        setattr(thing, first_field(type(thing)), 0.5)
    assert hash(thing) == hash(type(thing).from_config(thing.to_config()))


@every_rule
@both_dtypes
def test_slots_are_zeros_of_the_shape_and_dtype_of_the_weight(optimizer, dtype):
    weights = {"a/kernel": np.ones((3, 3, 1, 2), dtype, order="F"), "a/bias": np.ones(2, dtype)}
    slots = optimizer.new_slots(weights)
    assert list(slots) == [f"{name}:{slot}" for name in weights for slot in optimizer.slot_names]
    for key, slot in slots.items():
        weight = weights[key.partition(":")[0]]
        assert (slot.shape, slot.dtype, slot.any()) == (weight.shape, dtype, False)
        assert slot.flags.c_contiguous


def trained(optimizer, dtype=np.float64, steps=5, rate=0.01):
    """A weight and its slots after some steps of fixed random gradients."""
    random = np.random.default_rng(0)
    weights = {"w": random.normal(size=(4, 3)).astype(dtype)}
    slots = optimizer.new_slots(weights)
    for iteration in range(1, steps + 1):
        gradients = {"w": random.normal(size=(4, 3)).astype(dtype)}
        optimizer.apply(weights, gradients, slots, learning_rate=rate, iteration=iteration)
    return weights["w"], slots


@every_rule
def test_arithmetic_is_that_of_the_dtype_of_the_weight(optimizer):
    narrow, narrow_slots = trained(optimizer, np.float32)
    wide, wide_slots = trained(optimizer, np.float64)
    assert narrow.dtype == np.float32
    assert all(slot.dtype == np.float32 for slot in narrow_slots.values())
    np.testing.assert_allclose(narrow, wide, rtol=1e-5, atol=1e-6)
    for key, slot in wide_slots.items():
        np.testing.assert_allclose(narrow_slots[key], slot, rtol=1e-5, atol=1e-6)


@every_rule
def test_scalars_of_numpy_do_not_widen_the_arithmetic(optimizer):
    def step(rate, iteration):
        weight, gradient = np.ones(3, np.float32), np.float32([0.1, -2, 3])
        slots = {name: np.full(3, 0.3, np.float32) for name in optimizer.slot_names}
        optimizer.update(weight, gradient, slots, learning_rate=rate, iteration=iteration)
        return weight

    np.testing.assert_array_equal(step(0.3, 7), step(np.float64(0.3), np.int64(7)))


@every_rule
def test_weights_and_slots_change_in_place_and_gradients_do_not(optimizer):
    weight, gradient = np.ones((2, 2)), np.full((2, 2), 0.5)
    slots = optimizer.new_slots({"w": weight})
    kept = dict(slots)
    optimizer.update(
        weight, gradient, optimizer.slots_of("w", slots), learning_rate=0.1, iteration=1
    )
    assert (weight < 1).all()
    np.testing.assert_array_equal(gradient, np.full((2, 2), 0.5))
    for key, slot in slots.items():
        assert slot is kept[key]
        assert slot.all()


@every_rule
def test_the_same_steps_give_the_same_bits(optimizer):
    first, second = trained(optimizer, np.float32), trained(optimizer, np.float32)
    assert first[0].tobytes() == second[0].tobytes()
    for key, slot in first[1].items():
        assert slot.tobytes() == second[1][key].tobytes()


@every_rule
def test_a_gradient_of_zero_leaves_a_fresh_weight_alone_but_for_decay(optimizer):
    weight = np.array([2.0, -4.0])
    slots = {name: np.zeros(2) for name in optimizer.slot_names}
    optimizer.update(weight, np.zeros(2), slots, learning_rate=0.5, iteration=1)
    np.testing.assert_allclose(
        weight, np.array([2, -4]) * (1 - 0.5 * (optimizer.weight_decay or 0))
    )


@every_rule
def test_many_steps_find_the_bottom_of_a_bowl(optimizer):
    bottom = np.array([3.0, -1.0])
    weight = np.zeros(2)
    slots = {name: np.zeros(2) for name in optimizer.slot_names}
    schedule = CosineDecay(0.1)
    for iteration in range(1, 2001):
        rate = schedule.rate(iteration, 2000)
        optimizer.update(weight, weight - bottom, slots, learning_rate=rate, iteration=iteration)
    # Decay holds the weight back: of SGD with (w − b) + λ w = 0 at the bottom.
    np.testing.assert_allclose(weight, bottom, rtol=0.11 if optimizer.weight_decay else 1e-3)


@every_rule
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, np.float32(3e38)])
def test_what_is_not_finite_makes_no_warning(optimizer, bad):
    weight, gradient = np.ones(2, np.float32), np.float32([bad, 0])
    slots = {name: np.zeros(2, np.float32) for name in optimizer.slot_names}
    for iteration in (1, 2):
        optimizer.update(weight, gradient, slots, learning_rate=2.0, iteration=iteration)
    assert np.isfinite(weight[1])
    if np.isnan(bad):
        assert np.isnan(weight[0])


def test_a_schedule_of_ones_own_trains_but_is_not_stored():
    @dataclass(frozen=True, repr=False)
    class Halving(Constant):
        def rate(self, iteration, total_iterations):
            return self.learning_rate / 2**iteration

    optimizer = SGD(Halving(1))
    assert optimizer.rate(2, 10) == 0.25
    assert "Halving" in repr(optimizer)
    for write, thing in ((optimizer_config, optimizer), (schedule_config, Warmup(Halving(1)))):
        with pytest.raises(ParameterError, match="Halving"):
            write(thing)


@every_rule
@both_dtypes
def test_what_is_remembered_of_gradients_that_stay_zero_becomes_zero(optimizer, dtype):
    # Halfway between 0 and the smallest number that is not denormal, rounding would stop it.
    smallest = np.finfo(dtype).smallest_normal
    weight = np.ones(5, dtype)
    slots = {name: np.full(5, 3 * smallest) for name in optimizer.slot_names}
    for iteration in range(1, 4000):
        optimizer.update(weight, np.zeros(5, dtype), slots, learning_rate=0.1, iteration=iteration)
        for slot in slots.values():
            assert ((slot == 0) | (abs(slot) >= smallest)).all()
    assert not any(slot.any() for slot in slots.values())


@every_rule
def test_what_is_not_a_number_is_remembered(optimizer):
    slots = {name: np.zeros(3, np.float32) for name in optimizer.slot_names}
    gradient = np.array([np.nan, np.inf, -np.inf], np.float32)
    optimizer.update(np.ones(3, np.float32), gradient, slots, learning_rate=0.1, iteration=1)
    assert all((~np.isfinite(slot)).all() for slot in slots.values())
