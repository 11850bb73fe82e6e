"""What every library does for the benchmark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from benchmarks.suite.job import Job

__all__ = ["Library", "Runnable", "channels_first", "channels_last", "rows_in_map_order"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Runnable:
    """A network made ready.

    Args:
        run: do it once, with the batch of that number (counted on without end); the result is
            complete when it returns, and in training it is the loss of the batch.
        reset: go back to the first weights.
        result: what ``run`` returned, as an array.
    """

    run: Callable[[int], Any]
    reset: Callable[[], None] = lambda: None
    result: Callable[[Any], Array] = np.asarray


class Library(Protocol):
    """A library that runs networks.

    Args:
        threads: how many threads it may use.
        cache: a folder for what it compiles.
    """

    @property
    def versions(self) -> dict[str, str]:
        """What is installed: name -> version."""

    def configurations(self, task: str) -> Sequence[str]:
        """Ways of running a network that a user could choose; the fastest counts.

        An empty list: the library cannot do it.
        """

    def further_configurations(self, task: str, best: str) -> Sequence[str]:
        """Ways that take long to prepare, given the best of the others."""

    def prepare(self, job: Job, task: str, configuration: str) -> Runnable:
        """Make a network ready: "train" (with SGD and momentum) or "infer"."""


def rows_in_map_order(kernel: Array, shape: tuple[int, int, int]) -> Array:
    """The rows of a dense kernel for maps flattened as (channels, height, width)."""
    turned = kernel.reshape(*shape, kernel.shape[1]).transpose(2, 0, 1, 3)
    return np.ascontiguousarray(turned.reshape(kernel.shape))


def channels_first(images: Array) -> Array:
    """Pictures (N, H, W, C) as (N, C, H, W), contiguous; rows of numbers as they are."""
    return np.ascontiguousarray(np.moveaxis(images, -1, 1)) if images.ndim == 4 else images


def channels_last(outputs: Array) -> Array:
    """Maps (N, C, H, W) as konv has them; rows of numbers as they are."""
    return np.moveaxis(outputs, 1, -1) if outputs.ndim == 4 else outputs
