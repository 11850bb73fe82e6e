"""Parts of a kernel and the cost of a correlation, worked out by hand."""

from __future__ import annotations

import pytest

from konv.engines.compiled.kernels.axis import convolution_axis
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.map_correlation import MapCorrelation


def _correlation(
    inputs: int, filters: int, kernel: int, *, pool: int = 1, groups: int = 1
) -> MapCorrelation:
    axis = convolution_axis((12, (13 - kernel) // pool), kernel, 1, 1, 0, pool=pool)
    return MapCorrelation(MapLayout(12, 12, inputs), axis, axis, (kernel, kernel), filters, groups)


@pytest.mark.parametrize(
    ("inputs", "filters", "kernel", "parts"),
    [
        (128, 128, 3, 1),  # 576 KiB
        (256, 113, 3, 1),  # 1017 KiB
        (256, 128, 3, 2),  # 1152 KiB
        (256, 256, 3, 4),  # 2304 KiB: three parts would do, but do not divide 256
        (509, 512, 3, 1),  # a prime number of channels
        (512, 512, 5, 32),  # 25 MiB: parts of 16 channels are the smallest
    ],
)
def test_a_kernel_is_cut_into_parts_that_fit_the_cache(
    inputs: int, filters: int, kernel: int, parts: int
) -> None:
    correlation = _correlation(inputs, filters, kernel)
    assert correlation.parts == parts
    assert correlation.inputs * parts == inputs


def test_sums_of_a_pool_are_not_cut() -> None:
    correlation = _correlation(512, 512, 3, pool=2)
    assert correlation.parts == 1
    assert not correlation.cached


def test_operations_are_the_multiply_adds_of_a_picture() -> None:
    assert _correlation(6, 10, 3).operations == 10 * 10 * 3 * 3 * 6 * 10
    assert _correlation(6, 10, 3, pool=3).operations == 9 * 9 * 3 * 3 * 6 * 10
    assert _correlation(6, 10, 3, groups=2).operations == 10 * 10 * 3 * 3 * 3 * 10
