"""Arrays that are needed at different times lie at the same place; others never do."""

import random

import pytest

from konv.formats.c.inference import Call, Part, Place
from konv.formats.c.memory import placed

IN = Place(4, "in")


def row(*sizes):
    """Places, each made of the one before: the calls, and the places."""
    places = [Place(size) for size in sizes]
    sources = [IN, *places]
    calls = [Call("f", pair, "") for pair in zip(sources, places, strict=False)]
    return calls, places


@pytest.mark.parametrize(
    ("sizes", "memory", "offsets"),
    [
        ((), 0, []),
        ((7,), 7, [0]),
        ((10, 5), 15, [0, 10]),
        ((10, 5, 8), 15, [0, 10, 0]),
        ((5, 10, 5), 15, [10, 0, 10]),
        ((1, 2, 3, 4), 7, [2, 0, 4, 0]),
    ],
)
def test_a_row_of_layers_takes_turns(sizes, memory, offsets):
    calls, places = row(*sizes)
    assert placed(calls) == memory
    assert [place.offset for place in places][: len(offsets)] == offsets


def test_the_way_round_a_branch_keeps_its_place():
    start, branch, end = Place(6), Place(6), Place(6)
    calls = [Call("f", pair, "") for pair in ((IN, start), (start, branch), (branch, start, end))]
    assert placed(calls) == 18


def test_a_part_of_a_place_needs_the_whole_place():
    first, second = Place(3), Place(8)
    calls = [Call("f", (IN, first), ""), Call("f", (first, Part(second, 4)), "")]
    assert placed(calls) == 11
    assert sorted((first.offset, second.offset)) == [0, 8]


@pytest.mark.parametrize("seed", range(20))
def test_no_two_that_are_needed_at_a_time_overlap(seed):
    chance = random.Random(seed)
    places = [Place(chance.randint(1, 50)) for _each in range(30)]
    calls = [Call("f", tuple(chance.sample(places, 3)), "") for _each in range(40)]
    memory = placed(calls)
    times = {
        place: [time for time, call in enumerate(calls) if place in call.places]
        for place in places
        if any(place in call.places for call in calls)
    }
    for one, needed in times.items():
        assert 0 <= one.offset <= memory - one.size
        for other, also in times.items():
            if one is not other and needed[0] <= also[-1] and also[0] <= needed[-1]:
                assert one.offset + one.size <= other.offset or (
                    other.offset + other.size <= one.offset
                )
