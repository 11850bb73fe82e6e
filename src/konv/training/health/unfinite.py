"""Where numbers stop being finite: the first layer that makes one of numbers that all are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from konv.engines.contract import Array
from konv.engines.reference.program import Trace
from konv.network.graph import Network

__all__ = ["Unfinite", "first_unfinite", "largest"]


@dataclass(frozen=True)
class Unfinite:
    """The first number that is not finite.

    Args:
        kind: ``"weights"``: a layer's weights were not finite before anything was computed;
            ``"input"``: the numbers that the first layer gets are not; ``"forward"``: a layer
            makes it of finite numbers; ``"loss"``: the loss does; ``"gradient"``: the way back.
        layer: where; "" for the loss.
        count, of: how many of its numbers are not finite, of how many.
        largest_input, largest_weight: the largest absolute numbers that the layer worked with.
        largest_pixel: the same of the pictures.
    """

    kind: str
    layer: str
    count: int
    of: int
    largest_input: float = 0.0
    largest_weight: float = 0.0
    largest_pixel: float = 0.0


def first_unfinite(
    network: Network, weights: Mapping[str, Array], images: Array, trace: Trace
) -> Unfinite | None:
    """The first number that is not finite, in the order of computation; None if all are.

    Args:
        network, weights: what the trace is of.
        images: what went in.
        trace: what happened.
    """
    found = (
        _in_weights(network, weights)
        or _forward(network, weights, trace.outputs)
        or _in_loss(trace)
        or _in_gradients(network, trace.step.gradients)
    )
    return None if found is None else replace(found, largest_pixel=largest(images))


def _in_weights(network: Network, weights: Mapping[str, Array]) -> Unfinite | None:
    """Of weights that an update spoiled: the way back comes to the last layer first."""
    for node in reversed(network.nodes):
        for name in node.weight_names.values():
            if count := _not_finite(weights[name]):
                return Unfinite("weights", node.name, count, weights[name].size)
    return None


def _forward(
    network: Network, weights: Mapping[str, Array], outputs: Mapping[str, Array]
) -> Unfinite | None:
    for node in network.nodes:
        if node.name not in outputs or not (count := _not_finite(outputs[node.name])):
            continue
        inputs = [outputs[name] for name in node.inputs]
        return Unfinite(
            "forward" if inputs else "input",
            node.name,
            count,
            outputs[node.name].size,
            max(map(largest, inputs), default=0.0),
            max((largest(weights[name]) for name in node.weight_names.values()), default=0.0),
        )
    return None


def _in_loss(trace: Trace) -> Unfinite | None:
    losses = trace.step.losses
    if not (count := _not_finite(losses)):
        return None
    last = list(trace.outputs.values())[-1]
    return Unfinite("loss", "", count, losses.size, largest(last))


def _in_gradients(network: Network, gradients: Mapping[str, Array]) -> Unfinite | None:
    for node in reversed(network.nodes):
        for name in node.weight_names.values():
            if name in gradients and (count := _not_finite(gradients[name])):
                return Unfinite("gradient", node.name, count, gradients[name].size)
    return None


def _not_finite(values: Array) -> int:
    return int(values.size - np.isfinite(values).sum())


def largest(values: Array) -> float:
    """The largest absolute number; 0 of none."""
    if not values.size:
        return 0.0
    return max(abs(float(values.max())), abs(float(values.min())))
