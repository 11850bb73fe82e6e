"""Memory comes back when nobody looks at it any more, and not before."""

import sys
import threading
import tracemalloc

import numpy as np
import pytest

from konv.engines.compiled.runtime.reused_arrays import ReusedArrays


def address(array):
    return array.ctypes.data


def test_an_array_that_nobody_holds_is_handed_out_again():
    arrays = ReusedArrays()
    places = set()
    for _turn in range(20):
        array = arrays.take("a", 1000)
        assert array.shape == (1000,)
        assert array.dtype == np.float32
        assert array.flags.writeable
        places.add(address(array))
    assert len(places) <= 2


@pytest.mark.parametrize(
    "view",
    [
        lambda array: array,
        lambda array: array[3:5],
        lambda array: array[10:16].reshape(2, 3).T,
        lambda array: array.view(np.uint8)[::7],
        lambda array: memoryview(array)[2:],
        lambda array: np.asarray(memoryview(array[4:])),
        lambda array: {"deep": [array[:1]]},
    ],
)
def test_a_view_keeps_it_from_coming_back(view):
    arrays = ReusedArrays()
    array = arrays.take("a", 100)
    array[...] = 7
    place, held = address(array), view(array)
    del array
    for _turn in range(5):
        other = arrays.take("a", 100)
        assert address(other) != place
        other[...] = 0
    del held, other
    assert place in {address(array) for array in [arrays.take("a", 100), arrays.take("a", 100)]}


def test_each_name_has_arrays_of_its_own():
    arrays = ReusedArrays()
    assert [arrays.take(name, size).size for name, size in (("a", 3), ("b", 5), ("a", 3))] == [
        3,
        5,
        3,
    ]


def test_what_many_held_is_not_kept_for_ever():
    arrays = ReusedArrays()
    tracemalloc.start()
    try:
        held = [arrays.take("a", 100_000) for _turn in range(50)]
        assert tracemalloc.get_traced_memory()[0] > 15_000_000
        del held
        assert tracemalloc.get_traced_memory()[0] < 2_000_000
    finally:
        tracemalloc.stop()


def test_two_threads_never_get_the_same_array():
    """Each marks what it holds, lets others come, and looks whether its mark is there."""
    arrays, mixed = ReusedArrays(), []

    def work(number):
        for _turn in range(2000):
            array = arrays.take("a", 8)
            array[...] = number
            other = arrays.take("a", 8)
            other[...] = -number
            if not ((array == number).all() and (other == -number).all()):
                mixed.append(number)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert not mixed
