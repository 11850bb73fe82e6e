"""What the numbers of X are, and how they become those that a network learns well from.

A network learns best from numbers around 0 of size 1, and X may hold anything: pixels from 0 to
255, ink from 0 to 16, logarithms. So their mean and deviation, one per channel, are learned with
the weights and kept with them::

    number = (value / unit − mean) / deviation

Where values can be the pixels of a picture, not negative and at most 255, ``unit`` is what the
brightest counts. The rest is then left to the model, whose file tells it to ``konv predict``, too.
Others are brought there in float64, before the model sees them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from konv.data.preprocessing import Preprocessing
from konv.engines.contract import Array
from konv.network.graph import Network

__all__ = ["AS_THEY_ARE", "Scaling", "channel_axis", "learn_scaling"]

_BRIGHTEST = 255.0
# What stays below it all over is no ink between 0 and 1.
_LEAST_BRIGHT = 0.01
# Pictures that are looked at together: copies of all in float64 might not fit the memory.
_CHUNK = 1024
# Smaller deviations are those of a single grey, or drown in float32's rounding of value / unit.
_LEAST_DEVIATION = 1e-4
# So many deviations away from the mean nothing was learned; what is further counts as this, so that
# no sum of a network becomes infinite.
_FURTHEST = 1e6


@dataclass(frozen=True)
class Scaling:
    """How values become the numbers of a network.

    Args:
        unit: what is divided by; None: pixels of uint8 count 1/255, others are left alone.
        mean, deviation: of value / unit, one per channel.
        pixels: whether the model does the second part.
    """

    unit: float | None = None
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    pixels: bool = False

    def preprocessing(self, network: Network) -> Preprocessing | None:
        """What tells the model how pixels become its input; None where values are no pixels."""
        if not self.pixels:
            return None
        height, width, channels = network.picture_size
        return Preprocessing(height, width, channels, mean=self.mean, std=self.deviation)

    def applied(self, pictures: Array, channel_axis: int | None) -> Array:
        """Pictures as the model takes them: uint8, or float32.

        Args:
            pictures: [N, *input shape] of any numbers.
            channel_axis: where the channels are; None: there is no such axis.
        """
        if self.unit is None or (self.pixels and _are_bytes(pictures) and self.unit == _BRIGHTEST):
            return pictures
        scaled = np.empty(pictures.shape, np.float32)
        mean, deviation = (0.0, 1.0) if self.pixels else self._per_channel(pictures, channel_axis)
        for part in _parts(len(pictures)):
            with np.errstate(over="ignore"):
                numbers = (_over(pictures[part], self.unit) - mean) / deviation
            scaled[part] = np.clip(numbers, -_FURTHEST, _FURTHEST)
        return scaled

    def _per_channel(self, pictures: Array, axis: int | None) -> tuple[Array, Array]:
        """Mean and deviation in a form that broadcasts over the pictures."""
        shape = [1] * pictures.ndim
        if axis is not None:
            shape[axis] = len(self.mean)
        return np.reshape(self.mean, shape), np.reshape(self.deviation, shape)


AS_THEY_ARE = Scaling()


def channel_axis(network: Network) -> int | None:
    """Where the channels of a batch are; None where a network takes rows of numbers."""
    if len(network.input_shape) != 3:
        return None
    return 1 if network.data_format == "channels_first" else 3


def learn_scaling(pictures: Array, weights: Array | None, channel_axis: int | None) -> Scaling:
    """The scaling after which these pictures have mean 0 and deviation 1 in every channel.

    Args:
        pictures: [N, *input shape].
        weights: [N], how much each counts; None: all the same.
        channel_axis: where the channels are; None: there is no such axis.

    Example:
        >>> learn_scaling(np.array([0.0, 16.0]).reshape(2, 1, 1, 1), None, 3)
        Scaling(unit=16.0, mean=(0.5,), deviation=(0.5,), pixels=True)
    """
    shares = np.ones(len(pictures)) if weights is None else weights
    least, largest = float(pictures.min()), float(pictures.max())
    unit = max(-least, largest) or 1.0
    ink = least >= 0 and _LEAST_BRIGHT <= largest <= _BRIGHTEST
    if _are_bytes(pictures):
        unit = _BRIGHTEST
    elif ink:
        unit = max(unit, 1.0)
    mean = _channel_means(pictures, shares, unit, channel_axis, np.zeros(1))
    spread = _channel_means(pictures, shares, unit, channel_axis, mean, square=True)
    deviation = np.where(spread > 0, np.sqrt(spread), 1.0)
    visible = channel_axis is not None and len(mean) in (1, 3)
    return Scaling(
        unit,
        tuple(mean.tolist()),
        tuple(deviation.tolist()),
        pixels=ink and visible and bool((deviation >= _LEAST_DEVIATION).all()),
    )


def _channel_means(
    pictures: Array,
    shares: Array,
    unit: float,
    channel_axis: int | None,
    centre: Array,
    *,
    square: bool = False,
) -> Array:
    """Weighted means over pictures and pixels of value / unit − centre, or of its square."""
    channels = 1 if channel_axis is None else pictures.shape[channel_axis]
    total = np.zeros(channels)
    for part in _parts(len(pictures)):
        values = _over(pictures[part], unit)
        by_channel = values if channel_axis is None else np.moveaxis(values, channel_axis, 1)
        numbers = by_channel.reshape(len(values), channels, -1) - centre[:, None]
        total += (shares[part, None] * (numbers**2 if square else numbers).mean(axis=2)).sum(axis=0)
    return total / shares.sum()


def _over(values: Array, unit: float) -> Array:
    """value / unit in float64, whatever type the values are of."""
    return values.astype(np.float64) / unit


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + _CHUNK) for start in range(0, count, _CHUNK))


def _are_bytes(pictures: Array) -> bool:
    return pictures.dtype == np.uint8
