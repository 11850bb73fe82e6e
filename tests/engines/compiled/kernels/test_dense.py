"""Dense layers: exact on whole numbers, on every instruction set, between guard pages."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.dense import Dense
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from konv.engines.compiled.target import AARCH64, target_of
from oracles.machine import TARGETS, run_guarded
from oracles.matrices import assert_near, integers, poisoned, reals

# inputs, units, rows of a picture, pictures
PROBLEMS = [
    (1, 1, 1, 1),
    (1, 1, 1, 37),
    (5, 3, 1, 4),
    (3, 17, 5, 3),
    (7, 4, 9, 2),
    (128, 10, 1, 31),
    (160, 100, 1, 15),
    (67, 49, 1, 8),
    (97, 33, 13, 1),
    (513, 48, 1, 7),
    (301, 130, 1, 3),
    (2048, 10, 1, 2),
    (70, 1, 1, 5),
    (31, 512, 1, 9),
    (1501, 40, 1, 1),
    (1501, 40, 1, 19),
]


def expected(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, slope: float) -> np.ndarray:
    z = x @ kernel + bias
    return np.where(z > 0, z, slope * z)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units", "rows", "pictures"), PROBLEMS)
def test_whole_numbers_come_out_exactly(
    inputs: int, units: int, rows: int, pictures: int, target: str
) -> None:
    x, kernel, bias = (
        integers(*shape, seed=1) for shape in ((pictures * rows, inputs), (inputs, units), (units,))
    )
    *_, y = run_guarded(
        Dense(inputs, units, rows, rectifier=Rectifier(0.5)),
        *(x, kernel, bias, poisoned(pictures * rows, units)),
        target=target,
        count=pictures,
    )
    np.testing.assert_array_equal(y, expected(x, kernel, bias, 0.5))


@pytest.mark.parametrize("rectifier", [LINEAR, RELU])
def test_without_a_bias_its_pointer_is_not_looked_at(rectifier: Rectifier) -> None:
    x, kernel = integers(6, 40, seed=2), integers(40, 20, seed=2)
    *_, y = run_guarded(
        Dense(40, 20, bias=False, rectifier=rectifier),
        *(x, kernel, poisoned(0), poisoned(6, 20)),
        target=TARGETS[-1],
        count=6,
    )
    np.testing.assert_array_equal(y, expected(x, kernel, np.zeros(20), rectifier.slope))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("inputs", "units"), [(300, 10), (161, 40), (515, 130), (1501, 40)])
def test_a_picture_gives_the_same_in_any_company(inputs: int, units: int, target: str) -> None:
    x, kernel, bias = (reals(*s, seed=3) for s in ((29, inputs), (inputs, units), (units,)))
    function = KernelFunction(Dense(inputs, units), target_of(target))
    together, alone = poisoned(29, units), poisoned(29, units)
    function(x, kernel, bias, together, count=29)
    for picture in range(29):
        function(x[picture:], kernel, bias, alone[picture:], count=1)
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("target", TARGETS)
def test_real_numbers_are_as_near_as_their_sums_allow(target: str) -> None:
    x, kernel, y = reals(13, 1001, seed=4), reals(1001, 35, seed=4), poisoned(13, 35)
    KernelFunction(Dense(1001, 35, bias=False), target_of(target))(x, kernel, y, y, count=13)
    assert_near(y, x, kernel)


def test_what_is_not_a_number_stays_so() -> None:
    x, kernel, bias = integers(3, 5, seed=5), integers(5, 4, seed=5), integers(4, seed=5)
    x[1, 2] = np.nan
    y = poisoned(3, 4)
    KernelFunction(Dense(5, 4, rectifier=RELU))(x, kernel, bias, y, count=3)
    assert np.isnan(y[1]).all()
    assert not np.isnan(y[[0, 2]]).any()


def test_no_pictures_change_nothing() -> None:
    y = poisoned(1, 4)
    arrays = (integers(1, 5, seed=6), integers(5, 4, seed=6), integers(4, seed=6))
    KernelFunction(Dense(5, 4))(*arrays, y, count=0)
    assert np.isnan(y).all()


def test_machine_code_for_other_processors_is_written() -> None:
    assert object_code(kernel_text(Dense(513, 70), AARCH64), AARCH64)


def test_every_product_is_an_operation() -> None:
    assert Dense(7, 5, 3).operations == 105
