"""A whole network as an ONNX model: its layers one by one, then what stands around them.

Pictures go in and outputs come out in the network's own order of the axes, so that the same array
may be given to konv and to any program that runs the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.errors import FormatError
from konv.formats.contents import ModelContents
from konv.formats.onnx.export.graph import GraphMaker, Stored, value_info
from konv.formats.onnx.export.operators import Place, add_layer
from konv.formats.onnx.message_bytes import bytes_of
from konv.formats.onnx.messages import Graph, Model, OperatorSet
from konv.formats.onnx.metadata import metadata_of
from konv.language import translate as _
from konv.layers import LAYERS
from konv.layers.base import Shape
from konv.limits import MAX_ONNX_FILE_BYTES
from konv.network.graph import Network
from konv.version import __version__

__all__ = ["OPSET", "graph_of", "onnx_bytes", "plain_order"]

OPSET = 18
_IR_VERSION = 8  # the one that came with opset 18


def onnx_bytes(contents: ModelContents, where: str) -> tuple[bytes, GraphMaker]:
    """The content of a file, and the graph with its notes. Equal contents give equal bytes.

    Args:
        contents: what it is to hold.
        where: what errors call it.

    Raises:
        FormatError: K411, ONNX cannot say all that the network holds.
    """
    maker, graph = graph_of(contents.network, contents.weights)
    maker.refused.check_export(where, "ONNX")
    model = Model(
        ir_version=_IR_VERSION,
        producer_name="konv",
        producer_version=__version__,
        graph=graph,
        opset_import=[OperatorSet("", OPSET)],
        metadata_props=metadata_of(contents),
    )
    pieces = bytes_of(model)
    size = sum(map(len, pieces))
    if size > MAX_ONNX_FILE_BYTES:
        raise FormatError(
            _(
                "a file of {count} bytes, and ONNX ends at {most}",
                count=f"{size:,}",
                most=f"{MAX_ONNX_FILE_BYTES:,}",
            ),
            code="K411",
            where=where,
            fix=_("fewer parameters, or another format"),
        )
    return b"".join(pieces), maker


def graph_of(
    network: Network, weights: Mapping[str, np.ndarray[Any, Any]]
) -> tuple[GraphMaker, Graph]:
    """The graph of a network; what it cannot say is on the maker's list of what is refused."""
    maker = GraphMaker(dict(weights))
    first, *others = network.nodes
    held = {first.name: Stored(first.name, plain_order(first.output_shape))}
    for node in others:
        inputs = tuple(held[name] for name in node.inputs)
        place = Place(maker, node, inputs)
        # A layer that inherits one of konv's may compute anything.
        own = LAYERS.get(type(node.layer).__name__) is type(node.layer)
        held[node.name] = add_layer(node.layer, place) if own else place.refused()
    last = network.nodes[-1]
    output = _output(maker, held[last.name], first.name, last.name)
    return maker, maker.graph(
        network.name,
        value_info(first.name, first.output_shape),
        value_info(output, last.output_shape),
    )


def plain_order(shape: Shape) -> tuple[int, ...]:
    """The axes as the network has them, with the batch before them."""
    return tuple(range(1 + len(shape)))


def _output(maker: GraphMaker, stored: Stored, first: str, last: str) -> str:
    """The output in the network's order; it is another array than the input in any case."""
    if not stored.is_plain:
        return maker.in_order(stored, plain_order(stored.order[1:]))
    if stored.name == first:
        return maker.operation("Identity", f"{last}/output", [stored.name])
    return stored.name
