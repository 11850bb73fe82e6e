import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from konv.engines.compiled.runtime.guarded import guarded_bytes, guarded_copy

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pages of POSIX")


@pytest.mark.parametrize("size", [0, 1, 4096, 4097, 100_000])
@pytest.mark.parametrize("from_start", [False, True])
def test_memory_is_zeroed_and_can_be_written(size, from_start):
    memory = guarded_bytes(size, from_start=from_start)
    assert memory.size == size
    assert not memory.any()
    memory[...] = 255


def test_copies_are_equal():
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    for from_start in (False, True):
        np.testing.assert_array_equal(guarded_copy(array, from_start=from_start), array)


@pytest.mark.parametrize(
    ("from_start", "offset", "ends"),
    [(False, 99, False), (False, 100, True), (True, 0, False), (True, -1, True)],
)
def test_a_step_outside_ends_the_process(from_start, offset, ends):
    program = f"""
import ctypes
from konv.engines.compiled.runtime.guarded import guarded_bytes
memory = guarded_bytes(100, from_start={from_start})
ctypes.c_uint8.from_address(memory.ctypes.data + {offset}).value
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == (-signal.SIGSEGV if ends else 0)
