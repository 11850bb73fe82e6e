"""Pools that stand alone: of any window, the largest, the smallest or the mean."""

from __future__ import annotations

from collections.abc import Sequence

from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.pooling import Pooling
from konv.engines.compiled.kernels.pooling_gradients import PoolingGradient
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import Operation
from konv.engines.compiled.plan.values import Value

__all__ = ["PoolingOperation"]


class PoolingOperation(Operation):
    """A pool over windows of a map.

    Args:
        input, output: the maps.
        window: how windows lie.
        kind: "max", "min" or "average".
    """

    def __init__(self, input: Value, output: Value, window: Window, kind: str) -> None:
        super().__init__([input], output)
        self._window, self._kind = window, kind

    def forward(self, b: Builder) -> None:
        kernel = Pooling(self.input.layout, self.output.layout, self._window, self._kind)
        b.pictures(self.name, kernel, b.value(self.input), b.value(self.output))

    def backward(self, b: Builder) -> None:
        if not self.input.differentiable:
            return
        kernel = PoolingGradient(
            self.input.layout,
            self.output.layout,
            self._window,
            self._kind,
            self.output.gradient_layout,
            self.input.gradient_layout,
            b.adds_to_gradient(self.input),
        )
        dy, dx = b.gradient(self.output), b.gradient(self.input)
        for_comparison: Sequence[str] = (dy, dy)
        if self._kind != "average":
            for_comparison = (b.value(self.input), b.value(self.output))
        b.pictures(f"gradient of {self.input.name}", kernel, *for_comparison, dy, dx)
