"""Winograd's matrices: what they promise, and the points that were chosen."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from konv.engines.compiled.kernels.winograd_filtering import filtering
from oracles.winograd import growth, matrices


@pytest.mark.parametrize("size", [2, 4])
def test_the_matrices_make_every_sum_over_three_neighbours(size: int) -> None:
    products, weights, inputs = matrices(size)
    for place in range(size + 2):
        for tap in range(3):
            d = np.array([Fraction(i == place) for i in range(size + 2)], object)
            g = np.array([Fraction(k == tap) for k in range(3)], object)
            sums = products @ ((weights @ g) * (inputs @ d))
            assert list(sums) == [Fraction(place == i + tap) for i in range(size)]


@pytest.mark.parametrize("size", [2, 4])
def test_as_many_products_as_there_are_points(size: int) -> None:
    way = filtering(size)
    assert (way.sums, way.points) == (size, size + 2)


def test_terms_grow_less_than_with_the_usual_points() -> None:
    assert growth(2) == 64
    assert 563 < growth(4) < 564  # with ±1 and ±2: 2304
