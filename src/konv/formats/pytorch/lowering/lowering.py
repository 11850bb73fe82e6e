"""A network as a program of PyTorch: layer by layer."""

from __future__ import annotations

from dataclasses import replace

from konv.formats.pytorch.lowering import rows_of_numbers, windowed
from konv.formats.pytorch.lowering.layers import steps_of
from konv.formats.pytorch.lowering.making import Laid, Making
from konv.formats.pytorch.program import Program
from konv.network.graph import Network

__all__ = ["program_of"]

# Importing these files registers the steps of their layers.
FAMILIES = (rows_of_numbers, windowed)


def program_of(network: Network) -> Program:
    """The modules and steps that compute what the network computes.

    Example:
        >>> from konv.network.named import named_network
        >>> program = program_of(named_network("simple").network)
        >>> [(spec.kind, *spec.arguments) for spec in program.modules.values()][:3]
        [('Conv2d', 1, 32, 5), ('ReLU',), ('MaxPool2d', 2)]
        >>> program.is_row
        True
    """
    making = Making(network)
    laid: dict[str, Laid] = {network.nodes[0].name: making.input}
    for node in network.nodes[1:]:
        inputs = (laid[name] for name in node.inputs)
        made = steps_of(node.layer, node, making, *inputs)
        laid[node.name] = replace(made, shape=node.output_shape)
    return making.finished(laid[network.nodes[-1].name])
