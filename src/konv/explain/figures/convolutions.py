"""Which convolution of a network is shown, and which of its maps."""

from __future__ import annotations

from konv.errors import NetworkError
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import FunctionLayer
from konv.layers.base import Layer
from konv.layers.convolution import ConvolutionLayer
from konv.layers.dropout import Dropout
from konv.layers.normalization import BatchNormalization
from konv.network.graph import Network, Node

__all__ = ["activated_node", "first_convolution", "is_activated"]


def first_convolution(network: Network) -> Node:
    """The convolution that sees the pictures.

    Raises:
        NetworkError: K310, there is none.
    """
    for node in network.nodes:
        if isinstance(node.layer, ConvolutionLayer):
            return node
    raise NetworkError(
        _("the network has no convolution"),
        code="K310",
        where=network.name,
        details=[(_("layers"), ", ".join(node.name for node in network.nodes[:20]))],
        fix=_("a network with Conv2D, DepthwiseConv2D or SeparableConv2D"),
    )


def is_activated(layer: Layer) -> bool:
    """Whether a layer ends in an activation."""
    if isinstance(layer, ActivatedLayer):
        return layer.activation != "linear"
    return isinstance(layer, FunctionLayer)


def activated_node(network: Network, node: Node) -> Node:
    """Where the activation maps of a layer are: at itself, or at the activation behind it.

    BatchNormalization and Dropout may stand between them. Without an activation it is the layer.
    """
    last = node
    while not is_activated(last.layer):
        followers = [other for other in network.nodes if last.name in other.inputs]
        passes = (FunctionLayer, BatchNormalization, Dropout)
        if len(followers) != 1 or not isinstance(followers[0].layer, passes):
            return node
        last = followers[0]
    return last
