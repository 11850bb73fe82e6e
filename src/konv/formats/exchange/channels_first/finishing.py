"""From parts to a network: what other tools say in two operations and konv in one is merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from konv.formats.exchange.channels_first.parts import PartInMaking, PartsInMaking
from konv.formats.exchange.channels_first.values import Value
from konv.formats.exchange.imported import Original
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import Activation, ReLU
from konv.layers.convolution import ConvolutionLayer
from konv.layers.dense import Dense
from konv.layers.flatten import Flatten
from konv.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from konv.layers.normalization import BatchNormalization
from konv.network.assembly import Assembly
from konv.network.graph import Network

__all__ = ["Woven", "finished", "is_shift"]

Array = np.ndarray[Any, np.dtype[Any]]
_GLOBAL_POOLS = (GlobalAveragePooling2D, GlobalMaxPooling2D)


@dataclass(frozen=True, eq=False)
class Woven:
    """A finished network, and how foreign arrays become konv's.

    Args:
        network: konv's.
        weights: float32, as the network names them.
        input, output: the foreign values at its two ends.
    """

    network: Network
    weights: Mapping[str, Array]
    input: Value
    output: Value

    def inputs(self, foreign: Array) -> Array:
        """Foreign pictures [N, …] as konv's network takes them."""
        order = np.argsort(self.input.axes)
        return foreign.transpose(0, *(order + 1))

    def outputs(self, konv: Array) -> Array:
        """What konv's network makes [N, …] as the other tool's model gives it."""
        if self.output.row:
            return konv[:, self.output.order]
        return konv.transpose(0, *(axis + 1 for axis in self.output.axes))

    def foreign_inputs(self, konv: Array) -> Array:
        """The inverse of ``inputs``."""
        return konv.transpose(0, *(axis + 1 for axis in self.input.axes))

    def konv_outputs(self, foreign: Array) -> Array:
        """The inverse of ``outputs``; what has another shape than it should stays as it is."""
        if foreign.shape[1:] != self.output.shape:
            return foreign
        if self.output.row:
            return foreign[:, np.argsort(self.output.order)]
        return foreign.transpose(0, *(np.argsort(self.output.axes) + 1))

    def turned(self, original: Original) -> Original:
        """What the other tool makes of its own arrays, as what it makes of konv's."""

        def run(inputs: Array) -> tuple[str, Array]:
            program, outputs = original(self.foreign_inputs(inputs))
            return program, self.konv_outputs(outputs)

        return run


def finished(parts: PartsInMaking, name: str, start: Value, end: Value) -> Woven:
    """The network of all parts that ``end`` needs.

    Raises:
        KonvError: it cannot be built.
    """
    _drop_unused(parts, start.key, end.key)
    end = _merged(parts, end)
    assembly, names = Assembly(), parts.names()
    for key, part in parts.parts.items():
        owner = names[part.owner] if part.owner else None
        assembly.add(part.layer, names[key], [names[item] for item in part.inputs], owner)
    network = Network(assembly.nodes, name)
    weights = {
        f"{names[key]}/{weight}": np.ascontiguousarray(array, np.float32)
        for key, part in parts.parts.items()
        for weight, array in part.weights.items()
    }
    return Woven(network, {name: weights[name] for name in network.weight_specs}, start, end)


def is_shift(part: PartInMaking) -> bool:
    """Whether it does nothing but add a number to every channel, the last axis."""
    layer = part.layer
    return (
        isinstance(layer, BatchNormalization)
        and layer.axis == -1
        and part.weights.keys()
        == {
            "beta",
            "moving_mean",
            "moving_variance",
        }
        and not part.weights["moving_mean"].any()
        and bool((part.weights["moving_variance"] == np.float32(1 - layer.epsilon)).all())
    )


def _drop_unused(parts: PartsInMaking, start: str, end: str) -> None:
    needed = {start, end}
    for key, part in reversed(parts.parts.items()):
        if key in needed:
            needed.update(part.inputs, [part.owner] if part.owner else ())
    for key in [key for key in parts.parts if key not in needed]:
        del parts.parts[key]


def _merged(parts: PartsInMaking, end: Value) -> Value:
    """Put what only one layer feeds into that layer, where konv has one layer for both."""
    uses, shared = parts.uses(end.key), parts.shared()
    moved: dict[str, str] = {}
    for key in list(parts.parts):
        part = parts.parts[key]
        inputs = tuple(moved.get(item, item) for item in part.inputs)
        part = parts.parts[key] = replace(part, inputs=inputs)
        if len(inputs) != 1 or uses[inputs[0]] > 1 or shared & {key, *inputs}:
            continue
        [before] = inputs
        both = _both(parts.parts[before], part)
        if both is not None:
            parts.parts[before] = both
            del parts.parts[key]
            moved[key], uses[before] = before, uses[key]
    return replace(end, key=moved.get(end.key, end.key))


def _both(first: PartInMaking, second: PartInMaking) -> PartInMaking | None:
    """One part that does what both do; None: there is none."""
    layer, behind = first.layer, second.layer
    if isinstance(layer, _GLOBAL_POOLS) and layer.keepdims and isinstance(behind, Flatten):
        return replace(first, layer=replace(layer, keepdims=False), shape=second.shape)
    if not isinstance(layer, ActivatedLayer) or layer.activation != "linear":
        return None
    if isinstance(behind, Activation):
        return replace(first, layer=replace(layer, activation=behind.activation))
    if isinstance(behind, ReLU) and replace(behind, name=None) == ReLU():
        return replace(first, layer=replace(layer, activation="relu"))
    if isinstance(layer, ConvolutionLayer | Dense) and not layer.use_bias and is_shift(second):
        weights = {**first.weights, "bias": second.weights["beta"]}
        return replace(first, layer=replace(layer, use_bias=True), weights=weights)
    return None
