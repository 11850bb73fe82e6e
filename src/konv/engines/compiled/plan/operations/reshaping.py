"""Operations that only move numbers: another order of axes, another shape, zeros around."""

from __future__ import annotations

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.copying import Copy, copied
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import Operation
from konv.engines.compiled.plan.values import Form, Value

__all__ = ["Padding", "Reordering", "Reshaping", "strides_by_axis"]


def strides_by_axis(layout: MapLayout, form: Form) -> dict[int, int]:
    """For each logical axis, how far one element lies from the next."""
    steps = (layout.row, layout.channels, 1)
    return dict(zip(form, steps[-len(form) :], strict=True))


class Reordering(Operation):
    """The same value with its axes in another order."""

    def forward(self, b: Builder) -> None:
        kernel = _transposition(
            self.input.layout, self.input.form, self.output.layout, self.output, accumulate=False
        )
        b.pictures(self.name, kernel, b.value(self.input), b.value(self.output))

    def backward(self, b: Builder) -> None:
        if not self.input.differentiable:
            return
        kernel = _transposition(
            self.output.gradient_layout,
            self.output.form,
            self.input.gradient_layout,
            self.input,
            accumulate=b.adds_to_gradient(self.input),
        )
        source, target = b.gradient(self.output), b.gradient(self.input)
        b.pictures(f"gradient of {self.input.name}", kernel, source, target)


def _transposition(
    source: MapLayout, source_form: Form, target: MapLayout, value: Value, *, accumulate: bool
) -> Copy:
    """A copy from one order of axes into that of ``value``, which lies in ``target``."""
    source_steps = strides_by_axis(source, source_form)
    target_steps = strides_by_axis(target, value.form)
    axes = value.form
    return Copy(
        tuple(value.shape[axis] for axis in axes),
        tuple(source_steps[axis] for axis in axes),
        tuple(target_steps[axis] for axis in axes),
        source.origin,
        target.origin,
        source.size,
        target.size,
        accumulate,
    )


class Reshaping(Operation):
    """The same numbers in the same order under another shape: nothing is copied if none must."""

    def settle(self) -> None:
        if not self.input.layout.bordered and not self.output.argument:
            self.output.same_as = self.input
        if self.input.readers == 1 and not self.input.gradient_layout.bordered:
            self.output.gradient_same_as = self.input
            self.output.gate = self.input.gate

    def forward(self, b: Builder) -> None:
        if self.output.same_as is None:
            kernel = copied(self.input.layout, self.input.dense_layout)
            b.pictures(self.name, kernel, b.value(self.input), b.value(self.output))

    def backward(self, b: Builder) -> None:
        if not self.input.differentiable or self.output.gradient_same_as is not None:
            return
        kernel = copied(
            self.input.dense_layout,
            self.input.gradient_layout,
            accumulate=b.adds_to_gradient(self.input),
        )
        source, target = b.gradient(self.output), b.gradient(self.input)
        b.pictures(f"gradient of {self.input.name}", kernel, source, target)


class Padding(Operation):
    """Zeros around a map, in a map of their own."""

    def __init__(self, input: Value, output: Value, top: int, left: int) -> None:
        super().__init__([input], output)
        self._inner = (top, left)
        output.cleared = True

    def forward(self, b: Builder) -> None:
        target = self._inside(self.output.layout)
        b.pictures(
            self.name, copied(self.input.layout, target), b.value(self.input), b.value(self.output)
        )

    def backward(self, b: Builder) -> None:
        if not self.input.differentiable:
            return
        source = self._inside(self.output.gradient_layout)
        adds = b.adds_to_gradient(self.input)
        kernel = copied(source, self.input.gradient_layout, accumulate=adds)
        slots = b.gradient(self.output), b.gradient(self.input)
        b.pictures(f"gradient of {self.input.name}", kernel, *slots)

    def _inside(self, outer: MapLayout) -> MapLayout:
        """The input's map as a part of the output's: what surrounds it is border."""
        rows, columns, channels = self.input.sizes
        top, left = self._inner
        return MapLayout(
            rows,
            columns,
            channels,
            outer.top + top,
            outer.height - rows - top + outer.bottom,
            outer.left + left,
            outer.width - columns - left + outer.right,
        )
