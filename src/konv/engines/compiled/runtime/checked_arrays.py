"""What a caller brings, made ready for machine code: nothing that does not fit gets further."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from konv.engines.compiled.plan.builder import weight_slot
from konv.engines.contract import Array
from konv.errors import EngineError
from konv.language import translate as _
from konv.network.graph import Network

__all__ = [
    "ready_images",
    "ready_targets",
    "ready_weights",
    "require_shape",
    "weight_arguments",
]


def ready_images(images: Array, network: Network) -> Array:
    """Pictures as the machine reads them: uint8 or float32, one after the other.

    Raises:
        EngineError: K705, they are not of the network's shape.
    """
    images = np.asarray(images)
    require_shape("images", images, (len(images), *network.input_shape))
    kind = np.uint8 if images.dtype == np.uint8 else np.float32
    return np.ascontiguousarray(images, kind)


def ready_weights(network: Network, weights: Mapping[str, Array]) -> dict[str, Array]:
    """The network's weights as float32, C-contiguous: the same arrays where they are so.

    Raises:
        EngineError: K705, one is missing or has another shape.
    """
    ready = {}
    for name, spec in network.weight_specs.items():
        weight = weights.get(name)
        if weight is None or weight.shape != spec.shape:
            require_shape(name, np.empty(0) if weight is None else weight, spec.shape)
        ready[name] = np.ascontiguousarray(weight, np.float32)
    return ready


def weight_arguments(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Weights by the names of their slots."""
    return {weight_slot(name): weight for name, weight in weights.items()}


def ready_targets(targets: Array, shape: tuple[int, ...], network: Network) -> Array:
    """Targets as the machine reads them.

    Args:
        targets: class numbers, or rows of numbers.
        shape: what they need to be, the pictures included.
        network: whose last axis is the classes, where targets are class numbers.

    Raises:
        EngineError: K705, another shape, or a class that is none.
    """
    targets, classes = np.ascontiguousarray(targets), network.output_shape[-1]
    require_shape("targets", targets, shape)
    if targets.dtype.kind in "iu":
        if targets.size and not 0 <= int(targets.min()) <= int(targets.max()) < classes:
            raise EngineError(
                _("a target is not one of {classes} classes", classes=classes), code="K705"
            )
        return np.ascontiguousarray(targets, np.int64)
    return np.ascontiguousarray(targets, np.float32)


def require_shape(name: str, array: Array, shape: tuple[int, ...]) -> None:
    """Refuse an array of another shape.

    Raises:
        EngineError: K705.
    """
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
