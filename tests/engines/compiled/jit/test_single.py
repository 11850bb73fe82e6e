import numpy as np
import pytest

from konv.engines.compiled.jit.single import KernelFunction
from konv.engines.compiled.target import target_names, target_of
from oracles.toy_kernels import CopyScratch, Mark, Where


@pytest.mark.parametrize("name", target_names())
def test_a_kernel_is_a_function_of_arrays(name):
    copy = KernelFunction(CopyScratch(), target_of(name))
    source, copied = np.arange(5, dtype=np.float32), np.zeros(5, np.float32)
    copy(source, copied, count=3)
    assert copied.tolist() == [0, 1, 2, 0, 0]


def test_first_and_count_are_passed_on():
    log = np.zeros(2, np.int64)
    KernelFunction(Where())(log, first=2**40, count=7)
    assert log.tolist() == [2**40, 7]


def test_one_picture_is_what_is_meant_unless_said_otherwise():
    numbers = np.zeros(3, np.float32)
    KernelFunction(Mark())(numbers)
    assert numbers.tolist() == [1, 0, 0]
