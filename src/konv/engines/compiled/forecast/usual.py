"""How a network is most often used: for plans and estimates that are made before any data are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.updates import update_kernel
from konv.engines.contract import Array, Pixels
from konv.errors import TrainingError
from konv.losses import (
    BinaryCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from konv.network.ending import split_ending
from konv.network.graph import Network
from konv.optimizers import Optimizer

__all__ = [
    "USUAL_OPTIMIZER",
    "example_images",
    "example_targets",
    "usual_loss",
    "usual_pixels",
    "usual_update",
]

USUAL_OPTIMIZER = "adam"  # that of Model.compile and of konv train

# The last activation -> the loss that suits it, if the shape of the output does.
_LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        "softmax": SparseCategoricalCrossentropy(),
        "sigmoid": BinaryCrossentropy(),
        "linear": SparseCategoricalCrossentropy(from_logits=True),
    }
)


def usual_pixels(kind: str) -> Pixels:
    """How pixels of that kind become numbers: uint8 are brought to 0…1, float32 are taken as is."""
    return Pixels((1 / 255,)) if kind == "uint8" else Pixels()


def usual_loss(network: Network) -> Loss:
    """The loss that follows from the ending, if the outputs are classes wherever they can be.

    Example:
        >>> from konv.network import named_network
        >>> usual_loss(named_network("lenet5").network)
        SparseCategoricalCrossentropy()
    """
    ending = split_ending(network)[1]
    loss = _LOSSES.get(ending.name, MeanSquaredError())
    try:
        loss.check(ending, network.output_shape)
    except TrainingError:  # not one row of classes: any shape can be squared
        return MeanSquaredError()
    return loss


def usual_update(network: Network, optimizer: Optimizer) -> Kernel | None:
    """What ends a step of training; None where no weight is trained."""
    return update_kernel(optimizer) if network.trained_weights else None


def example_images(network: Network, count: int, kind: str) -> Array:
    """Pictures of noise, [count, *input shape] in uint8 or float32."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, *network.input_shape), np.uint8)
    return pixels if kind == "uint8" else pixels.astype(np.float32) / np.float32(255)


def example_targets(network: Network, loss: Loss, count: int) -> Array:
    """Random targets for them, as the loss prepares them."""
    generator, shape = np.random.default_rng(1), network.output_shape
    if isinstance(loss, SparseCategoricalCrossentropy):
        return loss.prepare_targets(generator.integers(0, shape[-1], count), shape)
    return loss.prepare_targets(generator.uniform(0, 1, (count, *shape)), shape)
