"""Matrices for fully connected layers: whole numbers, real numbers, and how far sums may be off."""

from __future__ import annotations

import numpy as np

__all__ = ["assert_near", "integers", "poisoned", "reals"]


def integers(*shape: int, seed: int) -> np.ndarray:
    """Whole numbers whose sums of products float32 holds exactly."""
    generator = np.random.default_rng((seed, *shape))
    return generator.integers(-4, 5, shape).astype(np.float32)


def reals(*shape: int, seed: int) -> np.ndarray:
    """Normally distributed numbers."""
    return np.random.default_rng((seed, *shape)).normal(size=shape).astype(np.float32)


def poisoned(*shape: int) -> np.ndarray:
    """An array that nobody has written to."""
    return np.full(shape, np.nan, np.float32)


def assert_near(result: np.ndarray, first: np.ndarray, second: np.ndarray) -> None:
    """``result`` is ``first @ second`` as exactly as a sum in float32 can be."""
    exact = first.astype(np.float64) @ second.astype(np.float64)
    magnitude = abs(first).astype(np.float64) @ abs(second).astype(np.float64)
    terms = first.shape[1]
    assert np.all(abs(result - exact) <= 2 * terms * np.finfo(np.float32).eps * magnitude)
