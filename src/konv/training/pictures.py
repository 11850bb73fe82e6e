"""Pictures as a program takes them: a batch of the network's shape, uint8 or float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from konv.engines.contract import Array
from konv.errors import DataError
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.network.graph import Network

__all__ = ["as_pictures"]


def as_pictures(x: Any, network: Network) -> Array:
    """Pictures of any accepted form as [N, *input shape].

    Args:
        x: uint8 or numbers: [N, *input shape], or without the axis of a single channel.
        network: whose input they are.

    Returns:
        uint8 (pixels 0…255), or float32.

    Raises:
        DataError: K504, another shape; K507, not numbers, or not finite.

    Example:
        >>> from konv.layers import Flatten, Input
        >>> from konv.network.graph import sequential
        >>> network = sequential([Input((8, 8, 1)), Flatten()])
        >>> as_pictures(np.zeros((3, 8, 8), np.uint8), network).shape
        (3, 8, 8, 1)
    """
    images = _as_array(x)
    shape = network.input_shape
    if images.shape[1:] != shape and images.shape[1:] == _without_channel(network):
        images = images.reshape(len(images), *shape)
    if images.shape[1:] != shape or images.ndim == 0:
        raise _wrong_shape(images.shape, network)
    if images.dtype != np.uint8:
        images = np.ascontiguousarray(images, np.float32)
        if not np.isfinite(images).all():
            first = int(np.argwhere(~np.isfinite(images))[0][0])
            raise DataError(
                _("picture {index} holds a number that is not finite", index=first),
                code="K507",
                fix=_("look for NaN and infinity: numpy.isfinite(x)"),
            )
    return images


def _as_array(x: Any) -> Array:
    try:
        images = np.asarray(x)
    except ValueError:
        images = np.empty((), object)
    if images.dtype.kind not in "uif" and images.dtype != bool:
        raise DataError(
            _("pictures are {kind}, not numbers of one shape", kind=images.dtype),
            code="K507",
            fix=_("one array (pictures, height, width, channels) of uint8 or float"),
        )
    return images


def _without_channel(network: Network) -> tuple[int, ...]:
    shape = network.input_shape
    if len(shape) != 3:
        return shape
    first = network.data_format == "channels_first"
    channels, sizes = (shape[0], shape[1:]) if first else (shape[2], shape[:2])
    return sizes if channels == 1 else shape


def _wrong_shape(given: tuple[int, ...], network: Network) -> DataError:
    shape = network.input_shape
    fix = _("pictures of shape {shape}", shape=shape_text(shape))
    if given == shape:
        fix = _("a batch: x[None] adds the axis of the pictures")
    elif len(given) == 4 and len(shape) == 3 and (*given[2:], given[1]) == shape:
        fix = _("these are channels first: numpy.moveaxis(x, 1, -1)")
    elif len(given) == 4 and len(shape) == 3 and (given[3], *given[1:3]) == shape:
        fix = _("these are channels last: numpy.moveaxis(x, -1, 1)")
    return DataError(
        _("pictures of shape {given}", given=shape_text(given[1:])),
        code="K504",
        details=[(_("network"), shape_text(shape)), (_("given"), shape_text(given))],
        fix=fix,
    )
