"""Arrays begin at a line of the cache, and hold the same numbers."""

import numpy as np
import pytest

import konv
from konv.alignment import LINE_BYTES, aligned
from konv.optimizers import Adam


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4)[:, ::2],
        np.asfortranarray(np.arange(12, dtype=np.int16).reshape(3, 4)),
        np.zeros((0, 5), np.float32),
        np.array(3.5, np.float32),
    ],
    ids=["every second row", "columns first", "empty", "one number"],
)
def test_a_copy_has_the_same_numbers_and_begins_at_a_line(array):
    copy = aligned(array)
    np.testing.assert_array_equal(copy, array)
    assert (copy.dtype, copy.shape) == (array.dtype, array.shape)
    assert copy.flags.c_contiguous
    assert copy.flags.writeable
    assert not copy.size or copy.ctypes.data % LINE_BYTES == 0
    assert not np.shares_memory(copy, array)


def begins(arrays):
    return {array.ctypes.data % LINE_BYTES for array in arrays}


def test_weights_and_slots_begin_at_lines(tmp_path):
    model = konv.Sequential(
        [konv.Input((9, 9, 3)), konv.Conv2D(5, 3), konv.Flatten(), konv.Dense(7)], seed=0
    )
    assert begins(model.weights.values()) == {0}
    model.save(tmp_path / "model.konv")
    assert begins(konv.load(tmp_path / "model.konv").weights.values()) == {0}
    assert begins(Adam().new_slots(model.weights).values()) == {0}
    x = np.random.default_rng(0).random((20, 9, 9, 3), np.float32)
    model.compile(loss="mse")
    model.fit(x, np.zeros((20, 7), np.float32), epochs=2, verbose=0)
    assert begins(model.weights.values()) == {0}
