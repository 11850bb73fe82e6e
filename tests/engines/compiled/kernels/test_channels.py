"""Walking over channels: every number of every map once, for any map, border and target."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.normalization import ChannelSums, Formula, Normalize
from oracles.machine import TARGETS, in_layout, out_of_layout, run_guarded

BORDERS = st.tuples(*[st.integers(0, 2)] * 4)
SIZES = st.tuples(st.integers(1, 24), st.integers(1, 24), st.integers(1, 80)).filter(
    lambda sizes: np.prod(sizes) <= 6000
)
LAYOUTS = st.builds(lambda sizes, border: MapLayout(*sizes, *border), SIZES, BORDERS)


def _whole_numbers(layout: MapLayout, pictures: int) -> np.ndarray:
    size = (pictures, layout.height, layout.width, layout.channels)
    return np.random.default_rng(sum(size)).integers(-99, 100, size).astype(np.float32)


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=25, deadline=None)
@given(layout=LAYOUTS, pictures=st.integers(1, 3))
def test_every_number_is_summed_once(target: str, layout: MapLayout, pictures: int) -> None:
    maps = _whole_numbers(layout, pictures)
    memory = in_layout(maps, layout, border=np.nan)
    before = np.arange(2.0 * layout.channels)
    sums = run_guarded(ChannelSums(layout), memory, before, target=target, count=pictures)[1]
    wide = maps.astype(np.float64)
    expected = [wide.sum(axis=(0, 1, 2)), np.square(wide).sum(axis=(0, 1, 2))]
    np.testing.assert_array_equal(sums, before + np.ravel(expected))


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=25, deadline=None)
@given(layout=LAYOUTS, border=BORDERS, pictures=st.integers(1, 3))
def test_every_number_is_written_once_and_nothing_else(
    target: str, layout: MapLayout, border: tuple[int, int, int, int], pictures: int
) -> None:
    maps = _whole_numbers(layout, pictures)
    output = MapLayout(layout.height, layout.width, layout.channels, *border)
    mean = np.arange(layout.channels, dtype=np.float32)
    half, nothing = np.full_like(mean, 0.5), np.full_like(mean, np.nan)
    y = run_guarded(
        Normalize(layout, output, Formula(0.5, scale=False, center=False)),
        *(in_layout(maps, layout, border=np.nan), mean, half, nothing, nothing),
        np.full((pictures, output.size), 7, np.float32),
        target=target,
        count=pictures,
    )[-1]
    # The variance is 1/2, and so is epsilon: nothing but the mean is taken off.
    expected = in_layout(maps - mean, output, border=7)
    np.testing.assert_array_equal(y, expected.reshape(y.shape))
    np.testing.assert_array_equal(out_of_layout(y, output), maps - mean)


@pytest.mark.parametrize("target", TARGETS)
def test_no_pictures_are_no_work(target: str) -> None:
    for layout in (MapLayout(3, 5, 3), MapLayout(2, 2, 100)):
        memory, sums = np.full((1, layout.size), np.nan, np.float32), np.ones(2 * layout.channels)
        after = run_guarded(ChannelSums(layout), memory, sums, target=target, count=0)[1]
        np.testing.assert_array_equal(after, 1)
