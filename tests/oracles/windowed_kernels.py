"""Window problems as compiled kernels see them: the window, the layouts, the numbers in memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from konv.engines.compiled.kernels.axis import convolution_axis
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.convolution_input_gradient import gradient_border
from oracles import naive
from oracles.problems import WindowProblem

__all__ = ["Setting"]


@dataclass(frozen=True)
class Setting:
    """A problem and what follows from it."""

    problem: WindowProblem

    @cached_property
    def output_size(self) -> tuple[int, int]:
        return naive.output_size(self.problem)

    @cached_property
    def window(self) -> Window:
        problem = self.problem
        starts = [naive.axis_windows(problem, axis)[0][0] for axis in (0, 1)]
        return Window(problem.kernel, problem.stride, problem.dilation, (-starts[0], -starts[1]))

    @cached_property
    def input(self) -> MapLayout:
        """x with as many zeros around it as its windows reach, and no more."""
        reach = [
            convolution_axis(
                (self.problem.size[i], self.output_size[i]),
                self.window.kernel[i],
                self.window.stride[i],
                self.window.dilation[i],
                self.window.padding[i],
            ).reach()
            for i in (0, 1)
        ]
        return MapLayout(*self.problem.size, self.problem.channels, *reach[0], *reach[1])

    @property
    def maps(self) -> int:
        return self.problem.channels * self.problem.multiplier

    @cached_property
    def gradient(self) -> MapLayout:
        """dz with as many zeros around it as its input gradient reaches, and no more."""
        border = gradient_border(self.window, self.problem.size, self.output_size)
        return MapLayout(*self.output_size, self.maps, *border)

    def output(self, *border: int) -> MapLayout:
        return MapLayout(*self.output_size, self.maps, *border)

    def x(self, **limits: int) -> np.ndarray:
        shape = (self.problem.pictures, *self.problem.size, self.problem.channels)
        return self._numbers(shape, 0, **limits)

    def kernel(self) -> np.ndarray:
        problem = self.problem
        return self._numbers((*problem.kernel, problem.channels, problem.multiplier), 1)

    def bias(self) -> np.ndarray:
        return self._numbers((self.maps,), 2)

    def dy(self, **limits: int) -> np.ndarray:
        return self._numbers((self.problem.pictures, *self.output_size, self.maps), 3, **limits)

    def _numbers(self, shape: tuple[int, ...], stream: int, **limits: int) -> np.ndarray:
        return self.problem.integers(shape, stream, **limits).astype(np.float32)
