"""What is measured: the networks A to F, their weights, and the pictures they see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.suite.job import Array, Job, PictureSet
from benchmarks.suite.lowering import lowered
from konv import Network, named_network
from konv.network.ending import split_ending
from konv.network.weights import Weights, new_weights

__all__ = ["NETWORKS", "Subject", "make_job", "subject"]

SEED = 20
_MOST_BATCHES = 4
_MOST_NUMBERS = 4_000_000  # of all pictures of a job: 16 MB in float32


@dataclass(frozen=True)
class Subject:
    """A network under a short name."""

    letter: str
    network: Network

    @property
    def label(self) -> str:
        return f"{self.letter} {self.network.name}"


_INPUTS = {
    "A": ("tutorial-39x31", None),
    "B": ("tutorial-120x60", None),
    "C": ("simple", (28, 28, 1)),
    "D": ("vgg-mini", (32, 32, 3)),
    "E": ("resnet8", (32, 32, 3)),
    "F": ("mobile-mini", (32, 32, 3)),
}
NETWORKS = tuple(_INPUTS)


def subject(letter: str) -> Subject:
    """The network of that letter; A and B keep the classes of the tutorial, others have 10."""
    name, shape = _INPUTS[letter]
    network = named_network(name)
    return Subject(letter, network.network if shape is None else network.adapted(shape, 10))


def make_job(network: Network, batch: int) -> Job:
    """A job with weights and pictures that depend on nothing but the network and the batch."""
    weights = _weights(network)
    graph, plain = lowered(network, weights)
    return Job(network.to_json(), weights, graph, plain, _pictures(network, batch))


def _weights(network: Network) -> Weights:
    """First weights, but nothing at 0 or 1: what would be left out shows in the outputs."""
    generator = np.random.default_rng(SEED)
    weights = new_weights(network, SEED)
    for name, weight in weights.items():
        if name.endswith(("/bias", "/beta", "/moving_mean")):
            weight += generator.normal(0, 0.05, weight.shape).astype(np.float32)
        elif name.endswith(("/gamma", "/moving_variance")):
            weight *= generator.uniform(0.8, 1.25, weight.shape).astype(np.float32)
    return weights


def _pictures(network: Network, batch: int) -> PictureSet:
    generator = np.random.default_rng([SEED, batch])
    numbers = batch * int(np.prod(network.input_shape))
    count = max(1, min(_MOST_BATCHES, _MOST_NUMBERS // numbers))
    shape = (count, batch, *network.input_shape)
    pixels = generator.integers(0, 256, shape, dtype=np.uint8)
    return PictureSet(pixels, _targets(network, (count, batch), generator))


def _targets(network: Network, shape: tuple[int, int], generator: np.random.Generator) -> Array:
    _body, ending = split_ending(network)
    if ending.name == "softmax":
        return generator.integers(0, network.output_shape[-1], shape)
    return generator.normal(0, 1, (*shape, *network.output_shape)).astype(np.float32)
