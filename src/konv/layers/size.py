"""Size arithmetic: how many windows fit on an axis, and which rows they never reach.

For one axis (rows or columns)::

    span   = (kernel − 1)·dilation + 1
    output = ⌊(size + before + after − span) / stride⌋ + 1

``before`` and ``after`` are the zeros added at the two ends. Paddings by name, as in Keras:

* ``"valid"``: none.
* ``"same"``: output = ⌈size / stride⌉; when the zeros cannot be halved, the odd one goes after.
* ``"full"``: span − 1 at both ends: every element takes part in equally many windows.

Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.constraints import Constraint, Integer, RefusalError
from konv.errors import ShapeError
from konv.language import translate as _
from konv.limits import MAX_SIDE
from konv.parameters import check_value

__all__ = [
    "AxisPadding",
    "AxisPaddingConstraint",
    "WindowAxis",
    "checked_axis",
    "dropped_size",
    "output_size",
    "padding_size",
    "window_axis",
]

PADDING_NAMES = ("valid", "same", "full")
AxisPadding = str | int | tuple[int, int]
_POSITIVE = Integer(1, MAX_SIDE)


@dataclass(frozen=True)
class WindowAxis:
    """Windows sliding along one axis of a map."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def span(self) -> int:
        """How far one window reaches, gaps of the dilation included."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def room(self) -> int:
        """How far the first window can move; negative when it does not fit."""
        return self.size + self.before + self.after - self.span

    @property
    def output(self) -> int:
        """The number of windows; below 1 when none fits."""
        return self.room // self.stride + 1

    @property
    def dropped(self) -> int:
        """Rows (or columns) of the input behind the last window: they are never seen."""
        if self.output < 1:
            return self.size
        return min(self.size, max(0, self.room % self.stride - self.after))

    @property
    def unseen(self) -> int:
        """Rows that no window sees: behind the last one, between two, between their elements.

        Example:
            >>> window_axis(8, 2, stride=3).unseen  # rows 2 and 5
            2
        """
        if self.dilation == 1 and self.stride <= self.kernel:
            return self.dropped
        seen = np.zeros(self.size, bool)
        for element in range(self.kernel):
            first = element * self.dilation - self.before
            stop = first + (self.output - 1) * self.stride + 1
            begin = first if first >= 0 else first % self.stride
            seen[begin : max(stop, 0) : self.stride] = True
        return self.size - int(seen.sum())

    def arithmetic(self) -> str:
        """The formula with its values, such as ``(4 + 2·0 − 5) / 1 + 1 = 0``."""
        zeros = f"2·{self.before}" if self.before == self.after else f"{self.before} + {self.after}"
        span = (
            str(self.span) if self.dilation == 1 else f"(({self.kernel} − 1)·{self.dilation} + 1)"
        )
        quotient = f"({self.size} + {zeros} − {span}) / {self.stride}"
        if self.room % self.stride:
            quotient = f"⌊{quotient}⌋"
        return f"{quotient} + 1 = {self.output}".replace("= -", "= −")


def window_axis(
    size: int, kernel: int, *, stride: int = 1, padding: AxisPadding = "valid", dilation: int = 1
) -> WindowAxis:
    """The windows of one axis, the padding worked out. The values are taken as checked."""
    before, after = _zeros(size, kernel, stride, padding, dilation)
    return WindowAxis(size, kernel, stride, dilation, before, after)


def _zeros(
    size: int, kernel: int, stride: int, padding: AxisPadding, dilation: int
) -> tuple[int, int]:
    span = (kernel - 1) * dilation + 1
    if padding == "valid":
        return 0, 0
    if padding == "full":
        return span - 1, span - 1
    if padding == "same":
        windows = -(-size // stride)
        total = max(0, (windows - 1) * stride + span - size)
        return total // 2, total - total // 2
    if isinstance(padding, int):
        return padding, padding
    assert isinstance(padding, tuple)
    return padding


def output_size(
    size: int, kernel: int, *, stride: int = 1, padding: AxisPadding = 0, dilation: int = 1
) -> int:
    """How many windows fit on an axis: ⌊(size + zeros − span) / stride⌋ + 1.

    Args:
        size: rows or columns of the input.
        kernel: rows or columns of the kernel or pool.
        stride: how far one window lies from the next.
        padding: zeros at each end, (before, after), or "valid", "same", "full".
        dilation: how far one element of the kernel lies from the next.

    Returns:
        The size of the output.

    Raises:
        ParameterError: a value is not a whole number in range.
        ShapeError: K104, no window fits.

    Example:
        >>> output_size(28, kernel=5, padding=2)
        28
        >>> output_size(7, kernel=3, stride=2, padding="same")
        4
    """
    return checked_axis("output_size", size, kernel, stride, padding, dilation).output


def padding_size(
    size: int, kernel: int, *, stride: int = 1, padding: AxisPadding = "same", dilation: int = 1
) -> tuple[int, int]:
    """The zeros that a padding adds (before, after); arguments as of :func:`output_size`.

    Example:
        >>> padding_size(28, kernel=5)
        (2, 2)
        >>> padding_size(28, kernel=2)
        (0, 1)
    """
    axis = checked_axis("padding_size", size, kernel, stride, padding, dilation)
    return axis.before, axis.after


def dropped_size(
    size: int, kernel: int, *, stride: int = 1, padding: AxisPadding = 0, dilation: int = 1
) -> int:
    """How many rows at the end no window reaches; arguments as of :func:`output_size`.

    Example:
        >>> dropped_size(9, kernel=2, stride=2)
        1
    """
    return checked_axis("dropped_size", size, kernel, stride, padding, dilation).dropped


class AxisPaddingConstraint(Constraint):
    """Padding of one axis: a word, a number of zeros, or (before, after)."""

    _zeros = Integer(0, MAX_SIDE)

    def accept(self, value: Any) -> AxisPadding:
        if isinstance(value, str) and value in PADDING_NAMES:
            return value
        try:
            if isinstance(value, (tuple, list)) and len(value) == 2:
                return self._zeros.accept(value[0]), self._zeros.accept(value[1])
            return self._zeros.accept(value)
        except RefusalError:
            raise RefusalError(self.describe()) from None

    def describe(self) -> str:
        return _(
            '"valid", "same", "full", a whole number from 0 to {most}, or (before, after)',
            most=f"{MAX_SIDE:,}",
        )

    def bad_values(self) -> tuple[Any, ...]:
        return ("sam", -1, 2**62, None, 1.5, (1,), (1, 2, 3), (1, -1))


def checked_axis(
    where: str, size: int, kernel: int, stride: int, padding: AxisPadding, dilation: int
) -> WindowAxis:
    def checked(name: str, value: Any, constraint: Constraint = _POSITIVE) -> Any:
        return check_value(name, value, constraint, where=where)

    axis = window_axis(
        checked("size", size),
        checked("kernel", kernel),
        stride=checked("stride", stride),
        padding=checked("padding", padding, AxisPaddingConstraint()),
        dilation=checked("dilation", dilation),
    )
    if axis.output < 1:
        raise ShapeError(
            _("a kernel of {span} does not fit {size}", span=axis.span, size=axis.size),
            code="K104",
            where=where,
            details=[(_("size"), axis.arithmetic())],
            fix=_(
                "a kernel of at most {most}, or more padding",
                most=(axis.size + axis.before + axis.after - 1) // axis.dilation + 1,
            ),
        )
    return axis
