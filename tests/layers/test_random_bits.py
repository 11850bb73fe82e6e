"""random_bits is SplitMix64, whatever part of the sequence is asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.layers.random_bits import mixed_key, random_bits
from oracles.properties import examples

MASK = 2**64 - 1
KEYS = st.integers(0, MASK)


def split_mix_64(seed, count):
    """The published generator with its state, in Python's unbounded integers."""
    state, numbers = seed & MASK, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        numbers.append(z ^ (z >> 31))
    return numbers


def test_the_known_numbers_of_seed_1234567():
    assert random_bits(1234567, 0, 5).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@given(KEYS, st.integers(0, 200))
@examples(100)
def test_it_equals_the_generator_with_a_state(key, count):
    assert random_bits(key, 0, count).tolist() == split_mix_64(key, count)


@given(KEYS, st.integers(0, 50), st.integers(0, 50))
@examples(100)
def test_a_later_part_is_cut_out_of_the_whole(key, first, count):
    whole = random_bits(key, 0, first + count)
    assert np.array_equal(random_bits(key, first, count), whole[first:])


@pytest.mark.parametrize("first", [2**32 - 2, 2**40, 2**62])
def test_far_positions_do_not_overflow(first):
    numbers = random_bits(5, first, 3)
    expected = [
        split_mix_64((5 + position * 0x9E3779B97F4A7C15) & MASK, 1)[0]
        for position in range(first, first + 3)
    ]
    assert numbers.tolist() == expected


@pytest.mark.parametrize(("key", "same"), [(-1, MASK), (2**64 + 5, 5), (2**200 + 7, 7)])
def test_a_key_of_any_size_is_taken_modulo_2_to_the_64(key, same):
    assert np.array_equal(random_bits(key, 0, 4), random_bits(same, 0, 4))


def test_the_bits_are_even():
    numbers = random_bits(99, 0, 20_000)
    for bit in range(64):
        ones = int(((numbers >> np.uint64(bit)) & np.uint64(1)).sum())
        assert abs(ones - 10_000) < 5 * np.sqrt(20_000 / 4), f"bit {bit}"


def test_a_mixed_key_depends_on_every_part_and_on_their_order():
    keys = {
        mixed_key(*parts) for parts in [(1, 2), (2, 1), (1, 3), (0, 2), (1, 2, 0), (1,), (-1, 2)]
    }
    assert len(keys) == 7
    assert all(0 <= key <= MASK for key in keys)
    assert mixed_key(1, 2) == mixed_key(1, 2)


@given(st.lists(st.integers(-(2**70), 2**70), max_size=4))
@examples(100)
def test_a_mixed_key_is_the_first_number_of_part_after_part(parts):
    key = 0
    for part in parts:
        (key,) = split_mix_64(key ^ (part & MASK), 1)
    assert mixed_key(*parts) == key


def test_keys_of_neighbouring_steps_and_layers_never_meet():
    keys = [mixed_key(7, step, layer) for step in range(100) for layer in range(30)]
    assert len(set(keys)) == len(keys)
