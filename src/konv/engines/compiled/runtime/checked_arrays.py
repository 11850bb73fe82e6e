"""What a caller brings, made ready for machine code: nothing that does not fit gets further."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from konv.engines.changes import Changes
from konv.engines.compiled.kernels.picture_changes import change_table
from konv.engines.compiled.plan.slots import weight_slot
from konv.engines.contract import Array
from konv.errors import EngineError
from konv.language import translate as _
from konv.network.graph import Network

__all__ = [
    "can_be_changed",
    "can_be_read",
    "is_read_as_it_is",
    "pixels_kind",
    "ready_changes",
    "ready_images",
    "ready_shares",
    "ready_targets",
    "ready_weights",
    "weight_arguments",
]

_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
_UINT8, _INT64 = np.dtype(np.uint8), np.dtype(np.int64)
_MOST_SIZES = 16  # of batches whose pictures count alike, of which it is remembered how much


def pixels_kind(images: Array) -> str:
    """The type of pixels that these pictures are read as: "uint8" or "float32"."""
    return "uint8" if np.asarray(images).dtype == _UINT8 else "float32"


def is_read_as_it_is(images: Array) -> bool:
    """Whether machine code reads pixels of that type: others are made float32 before."""
    return np.asarray(images).dtype in (_UINT8, _FLOAT32)


def ready_changes(changes: Changes, images: Array, network: Network) -> Array:
    """What becomes of these pictures, as the machine reads it.

    Raises:
        EngineError: K705, it is what becomes of others.
    """
    changes.check(images.shape, channels_first=network.data_format == "channels_first")
    return change_table(changes)


def ready_images(images: Array, network: Network) -> Array:
    """Pictures as the machine reads them: uint8 or float32, one after the other.

    Raises:
        EngineError: K705, they are not of the network's shape, or no numbers.
    """
    images = np.asarray(images)
    if images.shape[1:] != network.input_shape:
        _require_shape("images", images, (*images.shape[:1], *network.input_shape))
    return _as_type("images", images, _UINT8 if images.dtype == _UINT8 else _FLOAT32)


def ready_weights(network: Network, weights: Mapping[str, Array]) -> dict[str, Array]:
    """The network's weights as float32, C-contiguous: the same arrays where they are so.

    Raises:
        EngineError: K705, one is missing, has another shape, or holds no numbers.
    """
    ready = {}
    for name, spec in network.weight_specs.items():
        weight = np.asarray(weights.get(name, ()))
        _require_shape(name, weight, spec.shape)
        ready[name] = _as_type(name, weight, _FLOAT32)
    return ready


def weight_arguments(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Weights by the names of their slots."""
    return {weight_slot(name): weight for name, weight in weights.items()}


def ready_targets(targets: Array, shape: tuple[int, ...], kind: str, classes: int) -> Array:
    """Targets as the machine reads them.

    Args:
        targets: class numbers, or rows of numbers.
        shape: what they need to be, the pictures included.
        kind: the type that is read: int64 for class numbers, else a floating one.
        classes: how many there are, where targets are class numbers.

    Raises:
        EngineError: K705, another shape, no numbers, or a class that is none.
    """
    targets = np.asarray(targets)
    _require_shape("targets", targets, shape)
    if kind == "int64":
        _require_classes(targets, classes)
    return _as_type("targets", targets, np.dtype(kind))


def ready_shares(sample_weight: Array | None, pictures: int) -> Array:
    """What each picture's loss counts: wᵢ / N.

    Raises:
        EngineError: K705, there are no pictures, or weights of others.
    """
    if not pictures:
        raise EngineError(_("a step of training needs pictures"), code="K705")
    if sample_weight is None:
        return _equal_shares(pictures)
    sample_weight = np.asarray(sample_weight)
    _require_shape("sample_weight", sample_weight, (pictures,))
    shares = _as_type("sample_weight", sample_weight, _FLOAT64) / pictures
    return _as_type("sample_weight", shares, _FLOAT32)


@lru_cache(maxsize=_MOST_SIZES)
def _equal_shares(pictures: int) -> Array:
    shares = np.full(pictures, 1 / pictures, np.float32)
    shares.flags.writeable = False
    return shares


def can_be_read(array: Array, shape: tuple[int, ...]) -> bool:
    """Whether machine code can read an array as float32 numbers of that shape, where it lies."""
    return (
        isinstance(array, np.ndarray)
        and array.shape == shape
        and array.dtype == _FLOAT32
        and array.flags.c_contiguous
        and array.flags.aligned
    )


def can_be_changed(array: Array, shape: tuple[int, ...]) -> bool:
    """Whether it can change one."""
    return can_be_read(array, shape) and array.flags.writeable


def _require_classes(targets: Array, classes: int) -> None:
    if targets.dtype.kind not in "iu":
        raise EngineError(
            _("targets are class numbers, not numbers of {kind}", kind=targets.dtype), code="K705"
        )
    if targets.dtype == _INT64 and targets.flags.c_contiguous:
        targets = targets.view(np.uint64)  # in which what is negative is too large: one look less
    lowest = int(targets.min(initial=0)) if targets.dtype.kind == "i" else 0
    if lowest < 0 or int(targets.max(initial=0)) >= classes:
        raise EngineError(
            _("a target is not one of {classes} classes", classes=classes), code="K705"
        )


def _as_type(name: str, array: Array, kind: np.dtype[Any]) -> Array:
    """The array itself if machine code can read it as it is; else a copy of that type.

    Numbers too large for it become infinite: whoever trains looks at the loss.
    """
    if array.dtype == kind and array.flags.c_contiguous and array.flags.aligned:
        return array
    if array.dtype.kind not in "buif":
        raise EngineError(
            _("{name} holds values of type {kind}, not numbers", name=name, kind=array.dtype),
            code="K705",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array(array, kind, order="C")


def _require_shape(name: str, array: Array, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise EngineError(
            _(
                "{name} has the shape {given}, not {needed}",
                name=name,
                given=array.shape,
                needed=shape,
            ),
            code="K705",
        )
