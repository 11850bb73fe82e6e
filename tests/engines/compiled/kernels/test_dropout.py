"""Dropout: the bits of the reference, wherever the batch is cut and however numbers lie."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.dropout import Dropout
from konv.engines.compiled.target import AARCH64
from konv.layers.base import Context
from konv.layers.dropout import Dropout as DropoutLayer
from oracles.machine import TARGETS, run_guarded

KEYS = (0, 1, 2**63, 2**64 - 1, 0x123456789ABCDEF)


def _expected(x: np.ndarray, rate: float, key: int, first: int) -> np.ndarray:
    context = Context(training=True, key=key, first_picture=first)
    return DropoutLayer(rate).forward({}, (x,), context)[0]


def _run(kernel: Dropout, x: np.ndarray, key: int, first: int, target: str) -> np.ndarray:
    keys = np.array([key], np.uint64)
    poisoned = np.full_like(x, np.nan)
    return run_guarded(kernel, keys, x, poisoned, target=target, first=first, count=len(x))[2]


def _numbers(size: int) -> np.ndarray:
    return np.random.default_rng(size).normal(size=(3, size)).astype(np.float32)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9, 1 - 2**-53])
@pytest.mark.parametrize("size", [1, 7, 16, 100, 515])
def test_the_same_numbers_are_dropped_as_by_the_reference(
    size: int, rate: float, target: str
) -> None:
    x = _numbers(size)
    result = _run(Dropout(size, rate), x, KEYS[-1], 5, target)
    np.testing.assert_array_equal(result, _expected(x, rate, KEYS[-1], 5))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("first", [0, 2**40])
@pytest.mark.parametrize("key", KEYS)
def test_any_key_and_any_first_picture(key: int, first: int, target: str) -> None:
    x = _numbers(37)
    result = _run(Dropout(37, 0.5), x, key, first, target)
    np.testing.assert_array_equal(result, _expected(x, 0.5, key, first))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("shape", [(3, 5, 7), (20, 3, 3), (1, 4, 4), (8, 1, 1)])
def test_channels_first_maps_may_lie_with_the_channels_last(
    shape: tuple[int, int, int], target: str
) -> None:
    channels, height, width = shape
    x = np.random.default_rng(1).normal(size=(2, *shape)).astype(np.float32)
    kernel = Dropout(
        x[0].size, 0.4, sizes=(height, width, channels), steps=(width, 1, height * width)
    )
    stored = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    result = _run(kernel, stored, 99, 3, target)
    expected = _expected(x, 0.4, 99, 3).transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(result, expected)


def test_what_is_dropped_is_multiplied_by_zero_as_in_the_reference() -> None:
    x = np.full((1, 64), np.inf, np.float32)
    with np.errstate(invalid="ignore"):
        expected = _expected(x, 0.5, 7, 0)
    assert np.isnan(expected).any()
    np.testing.assert_array_equal(_run(Dropout(64, 0.5), x, 7, 0, TARGETS[-1]), expected)


def test_code_for_another_processor() -> None:
    kernel = Dropout(60, 0.25, (4, 5, 3), (5, 1, 20))
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
