"""How a network is most often used: for plans and estimates that are made before any data are."""

from __future__ import annotations

import numpy as np

from konv.engines.contract import Array, Pixels
from konv.errors import TrainingError
from konv.losses import Loss, MeanSquaredError, choose_loss
from konv.network.ending import split_ending
from konv.network.graph import Network

__all__ = ["example_images", "example_targets", "usual_loss", "usual_pixels"]


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
    try:
        return choose_loss(
            split_ending(network)[1], network.output_shape, _numbers(network, 2, seed=0)
        )
    except TrainingError:  # an activation from which no loss follows: anything can be squared
        return MeanSquaredError()


def example_images(network: Network, count: int, kind: str) -> Array:
    """Pictures of noise, [count, *input shape] in uint8 or float32."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, *network.input_shape), np.uint8)
    return pixels if kind == "uint8" else pixels.astype(np.float32) / np.float32(255)


def example_targets(network: Network, loss: Loss, count: int) -> Array:
    """Random targets for them, as the loss prepares them."""
    return loss.prepare_targets(_numbers(network, count, seed=1), network.output_shape)


def _numbers(network: Network, count: int, *, seed: int) -> Array:
    """Class numbers where one output is one class; else shares in the shape of the output."""
    generator, shape = np.random.default_rng(seed), network.output_shape
    if len(shape) == 1 and shape[0] > 1 and split_ending(network)[1].name != "sigmoid":
        return generator.integers(0, shape[0], count)
    numbers = generator.uniform(0.1, 1, (count, *shape))
    if split_ending(network)[1].name == "softmax":
        numbers /= numbers.sum(axis=-1, keepdims=True)
    return numbers
