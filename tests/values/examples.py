"""What tests of explanations share: tutorial 004's numbers, and random networks with weights."""

from __future__ import annotations

import math
import random

import numpy as np

import konv
from konv.network.graph import Network
from oracles.random_networks import random_network


def convolution(kernel, *, size=(4, 4), bias=None, engine="compiled", **fields):
    """A model of one convolution with one filter."""
    layer = konv.Conv2D(1, kernel.shape, use_bias=bias is not None, **fields)
    model = konv.Sequential([konv.Input((*size, 1)), layer], engine=engine)
    arrays = [kernel[:, :, None, None], *([] if bias is None else [[bias]])]
    model.set_weights(arrays)
    return model


def places_of(shape):
    """Every place of an array."""
    return [tuple(place) for place in np.ndindex(*shape)]


def random_model(seed: int, *, exact: bool, engine: str = "compiled") -> konv.Model:
    """A random network with weights that suit it: whole numbers if it is to be exact."""
    network: Network = random_network(seed, exact=exact)
    model = konv.Model.from_network(network, seed=seed, engine=engine)
    numbers = np.random.default_rng(seed)
    for name, weight in model.weights.items():
        if exact:
            weight[...] = numbers.integers(-2, 3, weight.shape)
        elif name.endswith("variance"):
            weight[...] = numbers.uniform(0.5, 2, weight.shape)
        else:
            weight[...] = numbers.normal(0, 0.3, weight.shape)
    return model


def random_picture(model: konv.Model, seed: int, *, exact: bool) -> np.ndarray:
    """Small whole numbers, or uint8 pixels."""
    numbers = np.random.default_rng(seed)
    shape = model.network.input_shape
    if exact:
        return numbers.integers(-2, 4, shape).astype(np.float32)
    return numbers.integers(0, 256, shape, dtype=np.uint8)


def random_places(model: konv.Model, seed: int, *, count: int) -> list[tuple[str, tuple[int, ...]]]:
    """Some layers of a network, each with a place of its output: (name, at)."""
    chance = random.Random(seed)
    nodes = chance.sample(model.network.nodes, min(count, len(model.network.nodes)))
    return [(node.name, tuple(chance.randrange(n) for n in node.output_shape)) for node in nodes]


def magnitude(explanation: konv.Explanation) -> float:
    """How large the numbers are that are added up: what rounding errors are measured by."""
    largest = [1e-3, abs(explanation.value)]
    for step in explanation.steps:
        for part in getattr(step, "parts", ()):
            finite = np.abs(part.products[np.isfinite(part.products)])
            largest.append(float(finite.sum()))
        if getattr(step, "bias", None) is not None:
            largest.append(abs(step.bias))
        largest.append(abs(step.value) if math.isfinite(step.value) else 0.0)
    return max(largest)
