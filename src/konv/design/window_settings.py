"""Size arithmetic the other way round: which windows make 14 rows of 28?

For one axis, with ``span = (kernel − 1)·dilation + 1``::

    output = ⌊(size + before + after − span) / stride⌋ + 1

is solved for kernel, stride, padding and dilation by trying all that are usual. What is listed is
exact; the simplest comes first:

1. every row is seen, by windows that leave no gaps between each other;
2. kernels of up to 11 rows, or of twice the stride; then larger ones;
3. without dilation, then with; kernels of up to 7, then the others;
4. the fewer words must be said, the better (no stride, no padding); of equal ones the smaller
   kernel, stride and padding.

If nothing is settled, there is always an answer: a valid kernel of size − output + 1 for a smaller
output, a kernel of output − size + 1 with full padding for a larger one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from konv.constraints import Integer
from konv.errors import ShapeError
from konv.language import translate as _
from konv.layers.size import AxisPadding, AxisPaddingConstraint, WindowAxis, window_axis
from konv.limits import MAX_SIDE
from konv.parameters import check_value

__all__ = ["WindowSetting", "window_settings"]

_USUAL_KERNELS, _USUAL_STRIDES, _USUAL_DILATIONS = range(1, 12), range(1, 5), range(1, 4)
_MOST_ZEROS = 8
_SMALL_KERNEL = 7  # larger ones are seldom used on maps
_MOST = Integer(1, 1000)
_POSITIVE = Integer(1, MAX_SIDE)


@dataclass(frozen=True)
class WindowSetting:
    """Windows along one axis.

    Args:
        axis: how they lie.
        padding: "valid", "same", "full", or zeros at each end.
    """

    axis: WindowAxis
    padding: AxisPadding

    @property
    def output(self) -> int:
        """How many windows there are."""
        return self.axis.output

    @property
    def fields(self) -> dict[str, AxisPadding]:
        """The arguments of :func:`~konv.output_size` that differ from its defaults, and the kernel.

        Example:
            >>> window_settings(28, 14)[0].fields
            {'kernel': 2, 'stride': 2}
        """
        axis = self.axis
        fields: dict[str, AxisPadding] = {"kernel": axis.kernel}
        if axis.stride > 1:
            fields["stride"] = axis.stride
        if self.padding != "valid":
            fields["padding"] = self.padding
        if axis.dilation > 1:
            fields["dilation"] = axis.dilation
        return fields

    def __str__(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.fields.items())

    def rank(self) -> tuple[int, ...]:
        """The simpler one has the smaller rank: see the head of this file."""
        axis = self.axis
        return (
            axis.unseen > 0,
            axis.kernel > max(_USUAL_KERNELS[-1], 2 * axis.stride),
            axis.dilation > 1,
            axis.kernel > _SMALL_KERNEL,
            len(self.fields),
            axis.kernel,
            axis.stride,
            axis.before + axis.after,
            axis.dilation,
        )


def window_settings(
    size: int,
    output: int,
    *,
    kernel: int | None = None,
    stride: int | None = None,
    padding: AxisPadding | None = None,
    dilation: int | None = None,
    most: int = 20,
) -> list[WindowSetting]:
    """The windows that make ``output`` rows (or columns) of ``size``, the simplest first.

    Args:
        size: rows or columns of the input.
        output: how many there are to be.
        kernel, stride, padding, dilation: what is settled; None: whatever fits.
        most: how many settings at most.

    Raises:
        ParameterError: K201, a value is not a whole number in range.
        ShapeError: K109, what is settled does not go with the two sizes; with what is nearest.

    Example:
        >>> for setting in window_settings(28, 14, most=3):
        ...     print(setting)
        kernel=2, stride=2
        kernel=3, stride=2, padding='same'
        kernel=3, stride=2, padding=1
        >>> [str(setting) for setting in window_settings(28, 24, stride=1, most=1)]
        ['kernel=5']
    """
    where = "window_settings"
    size = check_value("size", size, _POSITIVE, where=where)
    output = check_value("output", output, _POSITIVE, where=where)
    settled = _settled(where, kernel=kernel, stride=stride, dilation=dilation)
    if padding is not None:
        settled["padding"] = check_value("padding", padding, AxisPaddingConstraint(), where=where)
    check_value("most", most, _MOST, where=where)
    found: dict[WindowAxis, WindowSetting] = {}
    for setting in _candidates(size, output, **settled):
        found.setdefault(setting.axis, setting)
    exact = [setting for setting in found.values() if setting.output == output]
    if not exact:
        raise _none_fits(where, size, output, found.values())
    return sorted(exact, key=WindowSetting.rank)[:most]


def _settled(where: str, **fields: int | None) -> dict[str, Any]:
    return {
        name: check_value(name, value, _POSITIVE, where=where)
        for name, value in fields.items()
        if value is not None
    }


def _none_fits(where: str, size: int, output: int, tried: Iterable[WindowSetting]) -> ShapeError:
    fitting = [setting for setting in tried if setting.output >= 1]
    nearest = min(
        fitting, key=lambda setting: (abs(setting.output - output), setting.rank()), default=None
    )
    return ShapeError(
        _("no such window makes {output} of {size}", output=output, size=size),
        code="K109",
        where=where,
        details=[(_("nearest"), nearest.axis.arithmetic())] if nearest else (),
        fix=_("{output}, with {setting}", output=nearest.output, setting=nearest)
        if nearest
        else _("a smaller kernel or dilation, or more padding"),
    )


def _candidates(
    size: int,
    output: int,
    kernel: int | None = None,
    stride: int | None = None,
    padding: AxisPadding | None = None,
    dilation: int | None = None,
) -> Iterator[WindowSetting]:
    """Windows that may fit: what is settled, and for the rest what is usual."""
    strides = _strides(size, output) if stride is None else (stride,)
    dilations = _USUAL_DILATIONS if dilation is None else (dilation,)
    for step, apart in product(strides, dilations):
        kernels = _kernels(size, output, step) if kernel is None else (kernel,)
        for elements in kernels:
            if elements == 1 and apart > 1 and dilation is None:
                continue  # one element is not apart from anything
            span = (elements - 1) * apart + 1
            for zeros in _paddings(span) if padding is None else (padding,):
                yield WindowSetting(
                    window_axis(size, elements, stride=step, padding=zeros, dilation=apart), zeros
                )


def _strides(size: int, output: int) -> Iterable[int]:
    """Usual ones, and those that go through all rows in so many steps; one window makes none."""
    if output == 1:
        return (1,)
    return sorted({*_USUAL_STRIDES, max(1, size // output), -(-size // output)})


def _kernels(size: int, output: int, stride: int) -> Iterable[int]:
    """Usual ones, as large as the stride, and those that are exact without or with full padding."""
    exact = {size - (output - 1) * stride, (output - 1) * stride + 2 - size}
    return sorted({*_USUAL_KERNELS, stride, *(each for each in exact if 0 < each <= MAX_SIDE)})


def _paddings(span: int) -> Iterable[AxisPadding]:
    # More zeros than half of a window are worth a word only where they are "full".
    return ("valid", "same", "full", *range(1, min(span // 2, _MOST_ZEROS) + 1))
