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

__all__ = ["DEPTHWISE_PROBLEMS", "POOL_PROBLEMS", "Setting"]

DEPTHWISE_PROBLEMS = [
    "n=2 h=5 w=7 c=4 k=3x3 p=same bias=1 seed=1",
    "n=1 h=1 w=1 c=1 k=1x1 seed=2",
    "n=3 h=1 w=1 c=3 k=3x3 p=same bias=1 seed=3",
    "n=2 h=9 w=17 c=20 k=3x3 p=same seed=4",
    "n=2 h=8 w=16 c=16 k=3x3 p=same s=2x2 bias=1 seed=5",
    "n=2 h=7 w=9 c=37 k=3x2 s=2x3 p=1,0,2,1 flip=1 bias=1 seed=6",
    "n=1 h=12 w=11 c=5 k=5x5 p=full d=2x1 bias=1 seed=7",
    "n=1 h=9 w=23 c=33 k=2x11 s=1x2 p=1,0,6,7 bias=1 seed=8",
    "n=1 h=3 w=4 c=17 k=7x9 p=same bias=1 flip=1 seed=9",
    "n=1 h=4 w=3 c=512 k=3x3 p=same seed=10",
    "n=2 h=5 w=6 c=7 m=2 k=3x3 p=same bias=1 seed=11",
    "n=1 h=5 w=6 c=6 m=3 k=3x3 s=2x1 p=same flip=1 bias=1 seed=12",
    "n=1 h=4 w=5 c=3 m=5 k=2x2 bias=1 seed=13",
    "n=1 h=4 w=5 c=2 m=16 k=3x3 p=same seed=14",
    "n=1 h=4 w=5 c=2 m=37 k=2x3 d=1x2 p=full bias=1 seed=15",
    "n=1 h=20 w=20 c=3 k=2x2 s=9x7 d=3x3 seed=16",
    "n=1 h=13 w=14 c=3 k=3x3 s=4x2 d=2x4 p=same bias=1 seed=17",
    "n=1 h=37 w=41 c=2 k=3x3 p=same bias=1 seed=18",
    "n=1 h=1 w=1 c=2 k=1x2 d=1x2 p=same bias=1 seed=19",
    "n=5 h=6 w=7 c=40 k=3x3 p=same bias=1 seed=20",
    "n=2 h=23 w=24 c=35 k=5x3 p=same bias=1 seed=21",
]
POOL_PROBLEMS = [
    "n=2 h=4 w=6 c=16 k=2x2 s=2x2 seed=1",
    "n=1 h=1 w=1 c=1 k=1x1 seed=2",
    "n=2 h=9 w=23 c=20 k=2x2 s=2x2 seed=3",
    "n=3 h=7 w=11 c=5 k=3x3 s=1x1 p=same seed=4",
    "n=1 h=8 w=9 c=37 k=3x2 s=2x1 p=full seed=5",
    "n=1 h=5 w=6 c=4 k=4x4 s=1x1 p=3,3,3,3 seed=6",
    "n=1 h=9 w=13 c=3 k=2x3 s=4x5 p=1,0,2,1 seed=7",
    "n=2 h=8 w=8 c=33 k=8x8 seed=8",
    "n=1 h=11 w=37 c=7 k=11x37 seed=9",
    "n=1 h=5 w=40 c=17 k=3x13 s=2x4 p=1,1,12,5 seed=10",
    "n=1 h=3 w=3 c=512 k=2x2 s=1x1 p=same seed=11",
    "n=1 h=6 w=5 c=2 k=3x3 s=3x3 p=same seed=12",
    "n=1 h=42 w=66 c=2 k=3x3 s=1x2 p=1 seed=13",
    "n=1 h=11 w=7 c=3 k=2x2 s=5x2 seed=14",
    "n=1 h=3 w=5 c=40 k=2x13 p=0,0,8,0 seed=15",
    "n=1 h=9 w=9 c=130 k=9x9 seed=16",
]


@dataclass(frozen=True)
class Setting:
    """A problem, what follows from it, and its numbers (small whole ones, as float32)."""

    problem: WindowProblem

    @classmethod
    def parse(cls, line: str) -> Setting:
        return cls(WindowProblem.parse(line))

    @cached_property
    def output_size(self) -> tuple[int, int]:
        return naive.output_size(self.problem)

    @cached_property
    def window(self) -> Window:
        problem = self.problem
        top, left = (-naive.axis_windows(problem, axis)[0][0] for axis in (0, 1))
        return Window(problem.kernel, problem.stride, problem.dilation, (top, left))

    @property
    def maps(self) -> int:
        return self.problem.channels * self.problem.multiplier

    @cached_property
    def input(self) -> MapLayout:
        """x with as many zeros around it as its windows reach, and no more."""
        rows, columns = (
            convolution_axis(
                (self.problem.size[i], self.output_size[i]),
                self.window.kernel[i],
                self.window.stride[i],
                self.window.dilation[i],
                self.window.padding[i],
            ).reach()
            for i in (0, 1)
        )
        return self.map_of_input(*rows, *columns)

    @cached_property
    def gradient(self) -> MapLayout:
        """dz with as many zeros around it as its input gradient reaches, and no more."""
        border = gradient_border(self.window, self.problem.size, self.output_size)
        return self.map_of_output(*border)

    def map_of_input(self, *border: int) -> MapLayout:
        return MapLayout(*self.problem.size, self.problem.channels, *border)

    def map_of_output(self, *border: int) -> MapLayout:
        return MapLayout(*self.output_size, self.maps, *border)

    def x(self, times: int = 1) -> np.ndarray:
        shape = (self.problem.pictures, *self.problem.size, self.problem.channels)
        return self._numbers(shape, 0, times)

    def kernel(self) -> np.ndarray:
        problem = self.problem
        return self._numbers((*problem.kernel, problem.channels, problem.multiplier), 1)

    def bias(self) -> np.ndarray:
        return self._numbers((self.maps,), 2)

    def dy(self, times: int = 1) -> np.ndarray:
        return self._numbers((self.problem.pictures, *self.output_size, self.maps), 3, times)

    def pooled(self, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """x, y, dy and dx of a pool."""
        if kind == "average":
            times = naive.window_counts(self.problem)
            x, dy = self.x(times), self.dy(times)
            y, dx = naive.average_pool(self.problem, x, dy)
        else:
            x, dy = self.x(), self.dy()
            y, dx = naive.extreme_pool(self.problem, x, dy, largest=kind == "max")
        return x, y, dy, dx

    def _numbers(self, shape: tuple[int, ...], stream: int, times: int = 1) -> np.ndarray:
        return self.problem.integers(shape, stream, times=times).astype(np.float32)
