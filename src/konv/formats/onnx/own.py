"""Files that konv wrote: the network that they name, if writing it gives their very graph.

A graph cannot say everything: a SeparableConv2D is two convolutions in it, Dropout is nothing, how
weights begin is unknown. So a file names its konv network beside the graph. That is only a claim,
and another program may have changed the graph since. So the network is written again, with empty
arrays in place of its weights, and compared with the graph, message by message. If they are equal,
the arrays are filled from the file: what is written are views of the weights, turned and flipped,
and so each number finds its way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.errors import FormatError, KonvError
from konv.formats.contents import ModelContents
from konv.formats.exchange.refusals import Refusals
from konv.formats.konv_file import check_finite
from konv.formats.onnx.arrays import array_of
from konv.formats.onnx.export.graph import GraphMaker
from konv.formats.onnx.export.model import OPSET, graph_of
from konv.formats.onnx.message_bytes import bytes_of
from konv.formats.onnx.messages import Graph, Message, Model
from konv.formats.parts import Parts
from konv.limits import MAX_ONNX_FILE_BYTES
from konv.network.graph import Network

__all__ = ["own_contents"]

Array = np.ndarray[Any, np.dtype[Any]]


def own_contents(model: Model, parts: Parts, where: str) -> ModelContents | None:
    """The model that konv wrote; None if konv did not write this graph.

    Raises:
        FormatError: K401, what stands beside the graph cannot be; K407, a weight is not finite.
    """
    if "konv_network" not in parts.texts or model.graph is None:
        return None
    try:
        network = parts.network
    except KonvError:
        return None  # then the graph counts
    versions = [(item.domain or "", item.version) for item in model.opset_import]
    if versions != [("", OPSET)] or not _fits(network, model.graph):
        return None
    weights = {
        name: np.empty(spec.shape, np.float32) for name, spec in network.weight_specs.items()
    }
    maker, graph = graph_of(network, weights)
    held = _arrays(model.graph, where)
    if maker.refused or held is None or not _same_operations(graph, model.graph):
        return None
    for name, array in held.items():
        check_finite(name, array, where)
    return parts.contents(network, weights) if _filled(maker, held) else None


def _fits(network: Network, graph: Graph) -> bool:
    """Whether the weights can be in the file: no array is made before that is known."""
    claimed = sum(len(tensor.raw_data or b"") for tensor in graph.initializer)
    return 4 * network.parameters <= min(claimed, MAX_ONNX_FILE_BYTES)


def _same_operations(one: Graph, other: Graph) -> bool:
    """Whether two graphs are the same but for the numbers in their arrays."""
    if one.name != other.name or other.sparse_initializer:
        return False
    pairs = ((one.node, other.node), (one.input, other.input), (one.output, other.output))
    return all(_packed(ours) == _packed(theirs) for ours, theirs in pairs)


def _packed(messages: list[Any]) -> list[bytes]:
    return [b"".join(bytes_of(message)) for message in messages if isinstance(message, Message)]


def _arrays(graph: Graph, where: str) -> dict[str, Array] | None:
    """The arrays of the file by their names; None if konv has not written them."""
    held: dict[str, Array] = {}
    for tensor in graph.initializer:
        try:
            array = array_of(tensor, where, Refusals())
        except FormatError:
            return None
        if array is None or (tensor.name or "") in held:
            return None
        held[tensor.name or ""] = array
    return held


def _filled(maker: GraphMaker, held: Mapping[str, Array]) -> bool:
    """Put the numbers of the file where the written ones came from; False if that cannot be."""
    if list(held) != list(maker.arrays):
        return False
    for name, target in maker.arrays.items():
        if held[name].dtype != target.dtype or held[name].shape != target.shape:
            return False
        if name in maker.weight_arrays:
            target[...] = held[name]
    # A weight may be written twice, flipped and not: then both must say the same.
    return all(_same_bits(array, held[name]) for name, array in maker.arrays.items())


def _same_bits(one: Array, other: Array) -> bool:
    whole = f"i{one.itemsize}"
    return np.array_equal(one.view(whole), other.view(whole))
