"""Pictures and labels from NumPy arrays of many kinds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from konv.data.reasons import check_count
from konv.errors import DataError
from konv.language import translate as _
from konv.limits import MAX_PICTURE_SIDE_PX

__all__ = ["labels_from", "pictures_from"]

_AT_ONCE = 256  # pictures whose floats are in memory at the same time


def pictures_from(array: npt.NDArray[Any], where: str) -> npt.NDArray[np.uint8]:
    """Pictures, uint8 (N, H, W, 1 or 3).

    Args:
        array: (N, H, W), (N, H, W, C) or (N, C, H, W) of numbers, C in 1, 3, 4 (with alpha, laid
            on white). uint8; bool; whole numbers from 0 to 255; uint16 with larger ones, scaled;
            floats from 0 to 1, scaled, or up to 255.
        where: the place, for errors.

    Raises:
        DataError: K507, for another shape or other values.

    Example:
        >>> pictures_from(np.array([[[0.0, 0.5, 1.0]]]), "here").reshape(-1).tolist()
        [0, 128, 255]
    """
    if array.dtype.kind not in "buif":
        raise _wrong_values(_("pixels of type {type}", type=array.dtype), where)
    images = _channels_last(array, where)
    check_count(len(images), where)
    if images.dtype != np.uint8:
        images = _as_bytes(images, where)
    if images.shape[3] == 4:
        images = _on_white(images)
    return images


def _channels_last(array: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    shape = array.shape
    if array.ndim == 3:
        images = array[..., np.newaxis]
    elif array.ndim == 4 and shape[3] in (1, 3, 4):
        images = array
    elif array.ndim == 4 and shape[1] in (1, 3, 4):
        images = array.transpose(0, 2, 3, 1)
    else:
        raise _wrong_shape(shape, where)
    if max(images.shape[1:3]) > MAX_PICTURE_SIDE_PX:
        raise _wrong_shape(shape, where)
    return images


def _wrong_shape(shape: tuple[int, ...], where: str) -> DataError:
    fix = _("pictures as (N, H, W) or (N, H, W, C) with 1, 3 or 4 channels")
    if len(shape) == 2 and (side := math.isqrt(shape[1])) ** 2 == shape[1]:
        fix += _("; perhaps .reshape(-1, {side}, {side})?", side=side)
    what = _("pictures of the shape {shape}", shape=shape)
    return DataError(what, code="K507", where=where, fix=fix)


def _as_bytes(images: npt.NDArray[Any], where: str) -> npt.NDArray[np.uint8]:
    scale = _scale(images, where)
    result = np.empty(images.shape, dtype=np.uint8)
    for start in range(0, len(images), _AT_ONCE):
        some = images[start : start + _AT_ONCE].astype(np.float64)
        # Half a level is rounded up, as in 16-bit files.
        result[start : start + _AT_ONCE] = np.floor(some * scale + 0.5)
    return result


def _scale(images: npt.NDArray[Any], where: str) -> float:
    """What to multiply values with to have them between 0 and 255."""
    if images.dtype.kind == "b":
        return 255.0
    low, high = images.min(), images.max()
    # A comparison with a value that is not a number is false.
    if images.dtype.kind == "f" and low >= 0 and high <= 1:
        return 255.0
    if low >= 0 and high <= 255:
        return 1.0
    if images.dtype == np.uint16:
        return 255 / 65_535
    what = _("pixels of type {type} from {low} to {high}", type=images.dtype, low=low, high=high)
    raise _wrong_values(what, where)


def _wrong_values(what: str, where: str) -> DataError:
    fix = _("whole numbers from 0 to 255, or floats from 0 to 1")
    return DataError(what, code="K507", where=where, fix=fix)


def _on_white(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """out = (alpha · colour + (255 − alpha) · 255) / 255, rounded."""
    result = np.empty((*images.shape[:3], 3), dtype=np.uint8)
    for start in range(0, len(images), _AT_ONCE):
        some = images[start : start + _AT_ONCE].astype(np.uint32)
        alpha = some[..., 3:]
        laid = alpha * some[..., :3] + (255 - alpha) * 255
        result[start : start + _AT_ONCE] = (laid + 127) // 255
    return result


def labels_from(array: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """Labels, (N,) of whole numbers or texts.

    Args:
        array: (N,) or (N, 1) of whole numbers (also as floats) or texts, or one-hot (N, classes).
        where: the place, for errors.

    Raises:
        DataError: K507, for another shape or other values.

    Example:
        >>> labels_from(np.array([[0, 1, 0], [1, 0, 0]]), "here").tolist()
        [1, 0]
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    kind = array.dtype.kind
    if kind in "US":
        texts = np.char.decode(array, "utf-8", "replace") if kind == "S" else array
        if array.ndim == 1:
            return texts
    elif array.ndim == 2 and _is_one_hot(array):
        return array.argmax(axis=1)
    elif array.ndim == 1 and _is_whole(array):
        return array.astype(np.int64)
    raise DataError(
        _("labels of type {type} and shape {shape}", type=array.dtype, shape=array.shape),
        code="K507",
        where=where,
        fix=_("one whole number or text for each picture, or one-hot rows"),
    )


def _is_one_hot(array: npt.NDArray[Any]) -> bool:
    return bool(((array == 0) | (array == 1)).all() and (array.astype(np.int64).sum(1) == 1).all())


def _is_whole(array: npt.NDArray[Any]) -> bool:
    if array.dtype.kind != "f":
        return bool(array.max() <= np.iinfo(np.int64).max)
    # 2⁵³: above it, floats have no units.
    return bool((np.isfinite(array) & (np.abs(array) < 2**53) & (array == np.floor(array))).all())
