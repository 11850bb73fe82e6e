"""Convolution in bfloat16 against sums of rounded numbers, on every unit that this machine has."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import KernelFunction, kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.bf16_convolution import Bf16Convolution
from konv.engines.compiled.kernels.bf16_map import filled_up
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.rectifier import LINEAR, RELU, Rectifier
from oracles.bf16 import FOREIGN, HERE, bits, from_bits, rounded, tiles
from oracles.machine import in_layout, run_guarded


@dataclass(frozen=True)
class Problem:
    """A convolution: (height, width, channels), filters, and how its windows lie."""

    input: tuple[int, int, int]
    filters: int
    kernel: tuple[int, int] = (3, 3)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)  # above, below, left, right
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    pool: tuple[int, int] = (1, 1)
    rectifier: Rectifier = LINEAR
    pictures: int = 2
    more_border: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def map(self) -> tuple[int, int]:
        """Rows and columns before the pool."""
        sizes = (sum(self.padding[2 * i : 2 * i + 2]) + self.input[i] for i in (0, 1))
        height, width = (
            (size - (self.kernel[i] - 1) * self.dilation[i] - 1) // self.stride[i] + 1
            for i, size in enumerate(sizes)
        )
        return height, width

    @property
    def output(self) -> tuple[int, int]:
        return self.map[0] // self.pool[0], self.map[1] // self.pool[1]

    @property
    def machine(self) -> Bf16Convolution:
        """Without a border around the output."""
        border = (a + b for a, b in zip(self.padding, self.more_border, strict=True))
        height, width, channels = self.input
        return Bf16Convolution(
            MapLayout(height, width, filled_up(channels), *border),
            MapLayout(*self.output, self.filters),
            self.filters,
            Window(self.kernel, self.stride, self.dilation, self.padding[::2]),
            rectifier=self.rectifier,
            pool=self.pool,
        )

    def arrays(self, make) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, kernel and bias."""
        return (
            make((self.pictures, *self.input)),
            make((*self.kernel, self.input[2], self.filters)),
            make((self.filters,)),
        )

    def sums(self, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        """What is summed, in float64: (pictures, rows, columns, filters)."""
        top, bottom, left, right = self.padding
        x = np.pad(x.astype(np.float64), ((0, 0), (top, bottom), (left, right), (0, 0)))
        total = np.zeros((len(x), *self.map, self.filters))
        for k in range(self.kernel[0]):
            for m in range(self.kernel[1]):
                rows = slice(k * self.dilation[0], None, self.stride[0])
                columns = slice(m * self.dilation[1], None, self.stride[1])
                part = x[:, rows, columns][:, : self.map[0], : self.map[1]]
                total += part @ kernel[k, m].astype(np.float64)
        return total

    def finished(self, sums: np.ndarray) -> np.ndarray:
        """The largest of each pool window, through the rectifier."""
        (rows, columns), (i, j) = self.output, self.pool
        windows = sums[:, : rows * i, : columns * j].reshape(-1, rows, i, columns, j, self.filters)
        z = windows.max(axis=(2, 4))
        return np.where(z > 0, z, z * self.rectifier.slope)


PROBLEMS = [
    Problem((1, 1, 1), 1, (1, 1)),
    Problem((5, 7, 3), 16),
    Problem((6, 20, 32), 17, padding=(1, 1, 1, 1)),
    Problem((9, 16, 33), 33, padding=(1, 1, 1, 1), rectifier=RELU),
    Problem((8, 9, 64), 48, (1, 1), pictures=3),
    Problem((14, 14, 20), 32, pool=(2, 2), rectifier=RELU, padding=(1, 1, 1, 1)),
    Problem((13, 12, 40), 20, (2, 4), pool=(2, 2), rectifier=Rectifier(0.25)),
    Problem((12, 7, 31), 5, (2, 2), pool=(3, 1)),
    Problem((11, 37, 8), 40, stride=(2, 2), padding=(0, 1, 0, 1)),
    Problem((9, 21, 36), 31, stride=(1, 2), pool=(2, 3), rectifier=RELU),
    Problem((10, 10, 16), 24, (3, 2), dilation=(2, 3), padding=(2, 2, 1, 2)),
    Problem((3, 5, 100), 18, (5, 5), padding=(2, 2, 2, 2), more_border=(1, 0, 2, 3)),
    Problem((4, 4, 64), 32, padding=(1, 1, 1, 1), pictures=5),
    Problem((4, 6, 512), 80, pictures=1),
    Problem((1, 40, 70), 16, (1, 3), rectifier=RELU),
    Problem((40, 1, 32), 33, (3, 1), pool=(2, 1)),
    Problem((33, 3, 1), 2, (2, 2), more_border=(0, 1, 0, 1)),
    Problem((4, 301, 5), 3, (2, 3), padding=(1, 0, 1, 1), pool=(2, 2), pictures=1),
    Problem((2, 600, 3), 20, (1, 2), rectifier=RELU),
    Problem((3, 1100, 2), 2, (1, 1), stride=(2, 2), pool=(1, 2), pictures=1),
]

every_unit = pytest.mark.parametrize("target", HERE, ids=lambda target: target.bf16)


def in_memory(problem, x, kernel):
    """x and the kernel as the machine reads them."""
    layout = problem.machine.input
    more = ((0, 0),) * 3 + ((0, layout.channels - x.shape[-1]),)
    return in_layout(bits(np.pad(x, more)), layout), tiles(kernel.reshape(-1, *kernel.shape[2:]))


def run(problem, arrays, target, **changed):
    """y, as the machine writes it between guard pages."""
    x, kernel, bias = arrays
    machine = replace(problem.machine, **changed)
    y = np.full((len(x), *problem.output, problem.filters), np.nan, np.float32)
    memory = *in_memory(problem, x, kernel), bias, y
    return run_guarded(machine, *memory, target=target, count=len(x))[-1]


def whole_numbers(seed=0, largest=5):
    """Numbers whose sums are exact."""
    generator = np.random.default_rng(seed)
    return lambda shape: generator.integers(-largest, largest + 1, shape).astype(np.float32)


def real_numbers(seed=0):
    generator = np.random.default_rng(seed)
    return lambda shape: generator.normal(size=shape).astype(np.float32)


@every_unit
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_sums_of_whole_numbers_are_exact(problem, target):
    x, kernel, bias = arrays = problem.arrays(whole_numbers())
    expected = problem.finished(problem.sums(x, kernel) + bias)
    np.testing.assert_array_equal(run(problem, arrays, target), expected.astype(np.float32))


@every_unit
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_products_of_rounded_numbers_are_summed_in_float32(problem, target):
    x, kernel, bias = arrays = problem.arrays(real_numbers())
    x, kernel = rounded(x), rounded(kernel)
    expected = problem.finished(problem.sums(x, kernel) + bias)
    sizes = problem.finished(problem.sums(np.abs(x), np.abs(kernel)) + np.abs(bias))
    terms = np.prod(problem.kernel) * problem.input[2] + 1
    allowed = 2 * terms * np.finfo(np.float32).eps * sizes
    assert (np.abs(run(problem, arrays, target) - expected) <= allowed).all()


@every_unit
def test_without_a_bias(target):
    problem = PROBLEMS[3]
    x, kernel, _ = problem.arrays(whole_numbers())
    given = run(problem, (x, kernel, np.zeros(0, np.float32)), target, bias=False)
    np.testing.assert_array_equal(given, problem.finished(problem.sums(x, kernel)))


@every_unit
@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (2, 3, 5, 6, 12)], ids=str)
def test_results_are_rounded_between_a_border_that_is_left_alone(problem, target):
    x, kernel, bias = problem.arrays(real_numbers())
    exact = run(problem, (x, kernel, bias), target)
    layout = MapLayout(*problem.output, filled_up(problem.filters), 1, 2, 0, 3)
    machine = replace(problem.machine, output=layout, rounded=True)
    shape = (len(x), *problem.output, layout.channels)
    before = in_layout(np.zeros(shape, np.uint16), layout, border=9)
    memory = *in_memory(problem, x, kernel), bias, before
    given = run_guarded(machine, *memory, target=target, count=len(x))[-1]
    expected = np.zeros(shape, np.uint16)
    expected[..., : problem.filters] = bits(exact)
    np.testing.assert_array_equal(given, in_layout(expected, layout, border=9))


@every_unit
def test_filters_that_fill_up_stay_zero_where_numbers_are_infinite(target):
    problem = Problem((3, 3, 2), 5)
    x, kernel, bias = problem.arrays(whole_numbers())
    x[0] = np.inf
    layout = MapLayout(*problem.output, 32)
    y = np.zeros((2, *problem.output, 32), np.uint16)
    machine = replace(problem.machine, output=layout, rounded=True)
    memory = *in_memory(problem, x, kernel), bias, y
    given = run_guarded(machine, *memory, target=target, count=2)[-1]
    assert not given[..., 5:].any()
    assert not np.isfinite(from_bits(given[0, ..., :5])).any()


@every_unit
def test_what_is_no_number_stays_with_its_windows(target):
    problem = Problem((6, 20, 3), 4, padding=(1, 1, 1, 1), pictures=1)
    x, kernel, bias = problem.arrays(whole_numbers())
    x[0, 2, 7, 1] = np.nan
    reached = np.isnan(problem.sums(x, kernel))
    assert 0 < reached.sum() < reached.size
    np.testing.assert_array_equal(np.isnan(run(problem, (x, kernel, bias), target)), reached)


@every_unit
def test_a_pool_passes_what_is_no_number_on_only_from_its_first_place(target):
    problem = Problem((2, 4, 1), 1, (1, 1), pool=(2, 2), pictures=1)
    x = np.float32([[np.nan, 1, 5, 6], [2, 3, np.nan, 7]]).reshape(1, 2, 4, 1)
    one = np.ones((1, 1, 1, 1), np.float32)
    given = run(problem, (x, one, np.zeros(1, np.float32)), target)
    np.testing.assert_array_equal(given.reshape(-1), np.float32([np.nan, 7]))


@every_unit
@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (2, 8, 12)], ids=str)
def test_a_picture_has_the_same_bits_in_any_company(problem, target):
    arrays = problem.arrays(real_numbers())
    x, kernel, bias = arrays
    together = run(problem, arrays, target)
    for picture in range(len(x)):
        alone = run(problem, (x[picture : picture + 1], kernel, bias), target)
        np.testing.assert_array_equal(alone[0], together[picture])


@every_unit
def test_large_weights_are_taken_filter_by_filter(target):
    problem = Problem((3, 4, 480), 160, padding=(1, 1, 1, 1))
    assert problem.machine.block_bytes * 10 > 1 << 20
    x, kernel, bias = arrays = problem.arrays(whole_numbers(largest=2))
    expected = problem.sums(x, kernel) + bias
    np.testing.assert_array_equal(run(problem, arrays, target), expected)


@every_unit
def test_no_pictures_are_no_work(target):
    problem = PROBLEMS[1]
    x, kernel, bias = problem.arrays(whole_numbers())
    y = np.full(problem.output, 7, np.float32)
    KernelFunction(problem.machine, target)(*in_memory(problem, x, kernel), bias, y, count=0)
    assert (y == 7).all()


@pytest.mark.parametrize("target", FOREIGN, ids=lambda target: target.cpu)
@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (5, 8)], ids=str)
def test_code_is_written_for_other_processors(problem, target):
    words = {"tiles": "tdpbf16ps", "dot": "dpbf16ps.512"}
    text = kernel_text(problem.machine, target)
    assert words[target.bf16] in text
    assert object_code(text, target)


@every_unit
@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (1, 5, 8, 13)], ids=str)
def test_multiply_adds_are_counted_with_the_channels_that_fill_up(problem, target):
    rows, columns = problem.output
    pixels = rows * columns * problem.pool[0] * problem.pool[1]
    channels = -(-problem.input[2] // 32) * 32
    window = problem.kernel[0] * problem.kernel[1]
    assert problem.machine.operations == pixels * window * channels * problem.filters
    assert problem.machine.cycles(target) >= problem.machine.operations / 512
