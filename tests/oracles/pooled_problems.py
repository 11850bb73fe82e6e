"""Gradients behind a rectifier and a max-pool: whole numbers, and what dense sums give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.pooled_gradient import PooledGradient
from konv.engines.compiled.kernels.rectifier import RELU, Rectifier
from oracles import naive
from oracles.machine import in_layout
from oracles.problems import WindowProblem

__all__ = ["PooledProblem"]

Gradient = TypeVar("Gradient", bound=PooledGradient)


@dataclass(frozen=True)
class PooledProblem:
    """A convolution, the pool behind it, and the rectifier between them."""

    problem: WindowProblem
    pool: tuple[int, int]
    rectifier: Rectifier = RELU

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows and columns of the pooled map."""
        rows, columns = naive.output_size(self.problem)
        return rows // self.pool[0], columns // self.pool[1]

    @property
    def input(self) -> MapLayout:
        """How x lies: its border holds what windows reach."""
        (top, bottom), (left, right) = self._zeros
        return MapLayout(*self.problem.size, self.problem.channels, top, bottom, left, right)

    @property
    def pooled(self) -> MapLayout:
        """How y lies: with a border that means nothing to gradients."""
        return MapLayout(*self.sizes, self.problem.filters, 1, 0, 2, 1)

    @property
    def gradient(self) -> MapLayout:
        """How dy lies: with another."""
        return MapLayout(*self.sizes, self.problem.filters, 0, 1, 0, 1)

    @property
    def window(self) -> Window:
        """How windows lie on x."""
        problem, ((top, _), (left, _)) = self.problem, self._zeros
        return Window(problem.kernel, problem.stride, problem.dilation, (top, left))

    def gradient_of(self, kind: type[Gradient]) -> Gradient:
        """The kernel of that kind that makes one of its gradients."""
        maps, problem = (self.input, self.pooled, self.gradient), self.problem
        return kind(*maps, self.window, self.pool, problem.flip, problem.bias, self.rectifier)

    def behind_pool(self, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
        """y, winner and dy as kernels read them; what they must not look at is no number."""
        return [
            in_layout(arrays["y"].astype(np.float32), self.pooled, np.nan),
            arrays["winner"].astype(np.uint8),
            in_layout(arrays["dy"].astype(np.float32), self.gradient, np.nan),
        ]

    @property
    def _zeros(self) -> list[tuple[int, int]]:
        return [naive.axis_zeros(self.problem, axis) for axis in (0, 1)]

    def arrays(self) -> dict[str, np.ndarray]:
        """Whole numbers; half of y is above 0."""
        problem = self.problem
        pooled = (problem.pictures, *self.sizes, problem.filters)
        shapes = {
            "x": (problem.pictures, *problem.size, problem.channels),
            "y": pooled,
            "dy": pooled,
            "kernel": (*problem.kernel, problem.channels, problem.filters),
            "kernel_gradient": (*problem.kernel, problem.channels, problem.filters),
            "bias_gradient": (problem.filters,),
        }
        arrays = {
            name: problem.integers(shape, stream)
            for stream, (name, shape) in enumerate(shapes.items())
        }
        last = self.pool[0] * self.pool[1] - 1
        return arrays | {"winner": problem.integers(pooled, 9, low=0, high=last)}

    def expected(self, arrays: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(dx, dw, db) by dense sums over a map that is almost all zeros."""
        passed = np.where(arrays["y"] > 0, 1, self.rectifier.slope) * arrays["dy"]
        map_shape = (len(passed), *naive.output_size(self.problem), passed.shape[-1])
        dz = np.zeros(map_shape, passed.dtype)
        for n, i, j, f in np.ndindex(*passed.shape):
            row, column = divmod(arrays["winner"][n, i, j, f], self.pool[1])
            dz[n, i * self.pool[0] + row, j * self.pool[1] + column, f] = passed[n, i, j, f]
        x, w = (arrays[name].astype(dz.dtype) for name in ("x", "kernel"))
        return *naive.convolution_gradients(self.problem, x, w, dz), dz.sum((0, 1, 2))
