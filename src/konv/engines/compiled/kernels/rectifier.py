"""The rectifiers that kernels apply in registers: relu and its leaky form.

::

    y = z if z > 0, else slope · z

With a slope of 1 nothing changes: that is the linear activation.
"""

from __future__ import annotations

from konv.engines.compiled.emit.function import Function, Value
from konv.engines.compiled.record import record

__all__ = ["LINEAR", "RELU", "Rectifier"]


@record
class Rectifier:
    """max(z, slope·z), for a slope from 0 to 1.

    The sign of y is that of z if the slope is above 0; for a slope of 0, y is 0 where z is not
    above 0. Either way ``y > 0`` says the same as ``z > 0``.
    """

    slope: float = 1.0

    @property
    def linear(self) -> bool:
        """Whether it changes nothing."""
        return self.slope == 1.0

    def apply(self, f: Function, z: Value) -> Value:
        """y, lane by lane; what is not a number stays so."""
        if self.linear:
            return z
        zero = f.constant(0.0, z.type.count)
        below = f.builder.fcmp_ordered("<", z, zero)
        if self.slope == 0:
            return f.builder.select(below, zero, z)
        return f.builder.select(below, f.builder.fmul(z, f.constant(self.slope, z.type.count)), z)

    def gate(self, f: Function, y: Value, gradient: Value) -> Value:
        """The gradient of z, given y and the gradient of y."""
        if self.linear:
            return gradient
        count = y.type.count
        passes = f.builder.fcmp_ordered(">", y, f.constant(0.0, count))
        other = (
            f.constant(0.0, count)
            if self.slope == 0
            else f.builder.fmul(gradient, f.constant(self.slope, count))
        )
        return f.builder.select(passes, gradient, other)


LINEAR = Rectifier()
RELU = Rectifier(0.0)
