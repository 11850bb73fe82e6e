"""The constraints that layers share, and the padding of a map."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from konv.constraints import Choice, Constraint, Integer, Pair, RefusalError, Text
from konv.language import marked
from konv.language import translate as _
from konv.layers.size import PADDING_NAMES, AxisPadding
from konv.limits import MAX_CHANNELS, MAX_NAME_CHARACTERS, MAX_RANK, MAX_SIDE

__all__ = [
    "AXIS",
    "DATA_FORMAT",
    "FILTERS",
    "FORMER_LAYERS",
    "FORMER_NAMES",
    "KERNEL_SIZE",
    "LayerName",
    "Padding",
    "PaddingConstraint",
    "axis_paddings",
]


class _Axis(Integer):
    """An axis of a batch: counted from 1 on, or from the last one, −1, back."""

    def accept(self, value: Any) -> int:
        axis = super().accept(value)
        if axis == 0:
            raise RefusalError(self.describe())
        return axis

    def describe(self) -> str:
        return super().describe() + _(" other than 0, which is the batch")

    def bad_values(self) -> tuple[Any, ...]:
        return (*super().bad_values(), 0)


AXIS = _Axis(-MAX_RANK, MAX_RANK)
FILTERS = Integer(1, MAX_CHANNELS)
KERNEL_SIZE = Pair(Integer(1, MAX_SIDE))
DATA_FORMAT = Choice(("channels_last", "channels_first"), none_means="channels_last")

# Keras 1's and PyTorch's words -> the field that took their place, or what to do instead.
FORMER_NAMES = MappingProxyType(
    {
        "nb_filter": "filters",
        "out_channels": "filters",
        "border_mode": "padding",
        "subsample": "strides",
        "stride": "strides",
        "dilation": "dilation_rate",
        "init": "kernel_initializer",
        "bias": "use_bias",
        "output_dim": "units",
        "out_features": "units",
        "p": "rate",
        "nb_row": marked("write kernel_size=(rows, columns)"),
        "nb_col": marked("write kernel_size=(rows, columns)"),
        "dim_ordering": marked(
            'write data_format="channels_first" for "th", "channels_last" for "tf"'
        ),
        "in_channels": marked("leave it out: the channels of the input are known"),
        "in_features": marked("leave it out: the size of the input is known"),
        "input_shape": marked("begin the network with konv.Input((height, width, channels))"),
        "input_dim": marked("begin the network with konv.Input((size,))"),
    }
)

# Keras 1's layers of convolution -> what they are called since. Behind the filters stood the rows
# and the columns of the kernel; since Keras 2 the third number is the stride.
FORMER_LAYERS = MappingProxyType(
    {"Convolution2D": "Conv2D", "SeparableConvolution2D": "SeparableConv2D"}
)

Padding = str | int | tuple[tuple[int, int], tuple[int, int]]


class PaddingConstraint(Constraint):
    """A word, zeros on every side, (rows, columns), or ((top, bottom), (left, right))."""

    def __init__(self, words: tuple[str, ...] = PADDING_NAMES) -> None:
        self.words = words
        self._zeros = Integer(0, MAX_SIDE)

    def accept(self, value: Any) -> Padding:
        try:
            return self._accept(value)
        except RefusalError:
            raise RefusalError(self.describe()) from None

    def _accept(self, value: Any) -> Padding:
        if isinstance(value, str):
            return Choice(self.words).accept(value)
        if not isinstance(value, (tuple, list)):
            return self._zeros.accept(value)
        if len(value) != 2:
            raise RefusalError
        top_bottom, left_right = (self._axis(item) for item in value)
        return top_bottom, left_right

    def _axis(self, value: Any) -> tuple[int, int]:
        if not isinstance(value, (tuple, list)):
            value = (value, value)
        if len(value) != 2:
            raise RefusalError
        return self._zeros.accept(value[0]), self._zeros.accept(value[1])

    def describe(self) -> str:
        words = "".join(f'"{word}", ' for word in self.words)
        return words + _(
            "a whole number from 0 to {most}, or ((top, bottom), (left, right))",
            most=f"{MAX_SIDE:,}",
        )

    def bad_values(self) -> tuple[Any, ...]:
        pairs = ((1,), (1, 2, 3), ((1, 2),), ((1, 2), (3, -1)), ((1, 2, 3), (1, 2)), (1, 2**62))
        return ("sam", "", -1, 2**31, 2**62, 1.5, True, None, b"same", {}, *pairs)

    def plain(self, value: Padding) -> Any:
        return [list(item) for item in value] if isinstance(value, tuple) else value


class LayerName(Text):
    """A name of a layer: weights are called ``name/kernel``, so a name has no slash."""

    def __init__(self) -> None:
        super().__init__(MAX_NAME_CHARACTERS)

    def accept(self, value: Any) -> str:
        text = super().accept(value)
        if "/" in text or ":" in text:
            raise RefusalError(self.describe())
        return text

    def describe(self) -> str:
        return super().describe() + _(' without "/" and ":"')

    def bad_values(self) -> tuple[Any, ...]:
        return (*super().bad_values(), "a/b", "a:b")


def axis_paddings(padding: Padding) -> tuple[AxisPadding, AxisPadding]:
    """The padding of the rows and of the columns."""
    return padding if isinstance(padding, tuple) else (padding, padding)
