"""Winograd's matrices: what they promise, and the points that were chosen."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from konv.engines.compiled.kernels.winograd_filtering import filtering
from oracles.winograd import growth, matrices

WAYS = [(2, 3), (4, 3), (4, 4), (4, 5)]


@pytest.mark.parametrize(("size", "taps"), WAYS)
def test_the_matrices_make_every_sum_over_neighbours(size: int, taps: int) -> None:
    products, weights, inputs = matrices(size, taps)
    for place in range(size + taps - 1):
        for tap in range(taps):
            d = np.array([Fraction(i == place) for i in range(size + taps - 1)], object)
            g = np.array([Fraction(k == tap) for k in range(taps)], object)
            sums = products @ ((weights @ g) * (inputs @ d))
            assert list(sums) == [Fraction(place == i + tap) for i in range(size)]


@pytest.mark.parametrize(("size", "taps"), WAYS)
def test_as_many_products_as_there_are_points(size: int, taps: int) -> None:
    way = filtering(size, taps)
    assert (way.sums, way.taps, way.points) == (size, taps, size + taps - 1)
    assert way.points == 1 + 2 * len(way.pairs) + way.infinite
    assert way.infinite == (taps != 4)


def test_terms_grow_less_than_with_the_usual_points() -> None:
    assert growth(2) == 8
    assert 563 < growth(4) ** 2 < 564  # with ±1 and ±2: 2304
    assert 86 < growth(4, 5) < 87  # with ±1, ±2 and ±3: 732
    assert 47 < growth(4, 4) < 48  # with ±1, ±2 and ±3: 257
