"""From a network to calls: node by node, then every array gets its place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np

from konv.formats.c.builder import Builder, Value
from konv.formats.c.checking import check_memory
from konv.formats.c.inference import Array, Inference, Place
from konv.formats.c.layers import WRITERS
from konv.formats.c.memory import placed
from konv.formats.c.preparing import preparation
from konv.formats.contents import ModelContents
from konv.formats.exchange.refusals import Refusals
from konv.language import translate as _
from konv.layers.input import Input
from konv.network.ending import split_ending
from konv.network.graph import Network, Node
from konv.network.weights import checked_weights

__all__ = ["lowered"]


def lowered(contents: ModelContents, target: str) -> Inference:
    """What a model does to one picture.

    Args:
        contents: the model.
        target: what the calls are for, as errors call it.

    Raises:
        LimitError: K605, more numbers between the layers than memory holds.
        FormatError: K411, there are no calls for a layer or an activation, or weights are not
            finite.
        EngineError: K702, the weights do not belong to the network.
    """
    network = contents.network
    weights = checked_weights(network, contents.weights)
    nodes = _used(network)
    _check(network, nodes, weights, target)
    builder = Builder(weights)
    _write(nodes, builder)
    inference = Inference(
        calls=tuple(builder.calls),
        preparation=preparation(contents),
        input_size=math.prod(network.input_shape),
        output_size=math.prod(network.output_shape),
        memory=placed(builder.calls),
        middle=_middle(network),
    )
    check_memory(inference.memory, network.name)
    _check_constants(network, inference, target)
    return inference


def _used(network: Network) -> list[Node]:
    """The nodes that the output depends on."""
    needed = {network.nodes[-1].name}
    for node in reversed(network.nodes):
        if node.name in needed:
            needed.update(node.inputs)
    return [node for node in network.nodes if node.name in needed]


def _check(network: Network, nodes: list[Node], weights: Mapping[str, Array], target: str) -> None:
    refused = Refusals()
    for node in nodes:
        kind = type(node.layer)
        if kind is not Input and kind not in WRITERS:
            refused.add(node.name, kind.__name__)
    for name, values in weights.items():
        if not np.isfinite(values).all():
            refused.add(name, _("numbers that are not finite"))
    refused.check_export(network.name, target)


def _check_constants(network: Network, inference: Inference, target: str) -> None:
    """What is worked out of finite weights need not be finite."""
    refused = Refusals()
    for constant in inference.constants:
        if not np.isfinite(constant.values).all():
            refused.add(constant.name, _("numbers that are not finite"))
    refused.check_export(network.name, target, _("train it anew; its variances are not usable"))


def _write(nodes: list[Node], builder: Builder) -> None:
    readers = Counter(name for node in nodes for name in node.inputs)
    readers[nodes[-1].name] += 1
    values: dict[str, Value] = {}
    for node in nodes:
        builder.layer = node.name
        inputs = tuple(values[name] for name in node.inputs)
        for value in inputs:
            value.place.reads -= 1
        values[node.name] = value = _value(node, inputs, builder)
        value.place.reads += readers[node.name]
    _end(builder.lying(values[nodes[-1].name], turned=False), builder)


def _value(node: Node, inputs: tuple[Value, ...], builder: Builder) -> Value:
    if isinstance(node.layer, Input):
        return Value(node.output_shape, Place(math.prod(node.output_shape), "in"))
    return WRITERS[type(node.layer)](builder, node, inputs)


def _end(value: Value, builder: Builder) -> None:
    """The last value lies where the caller wants it."""
    if value.place.name == "in":
        builder.call("copy", value.size, value.place, Place(value.size, "out"))
    else:
        value.place.name = "out"


def _middle(network: Network) -> float | None:
    """What a single output of the second class lies above, as ``Model.class_indices`` has it."""
    if math.prod(network.output_shape) > 1:
        return None
    return 0.5 if split_ending(network)[1].name == "sigmoid" else 0.0
