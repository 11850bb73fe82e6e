"""Which layers of a network have maps, and which of them are shown unless others are asked for."""

from __future__ import annotations

from konv.errors import NetworkError, ParameterError
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import FunctionLayer
from konv.layers.base import Layer, shape_text
from konv.layers.convolution import ConvolutionLayer
from konv.layers.dropout import Dropout
from konv.layers.merging import Add, Concatenate
from konv.layers.normalization import BatchNormalization
from konv.network.graph import Network, Node
from konv.network.receptive_field import places

__all__ = [
    "activated_node",
    "convolution",
    "convolutions",
    "first_convolution",
    "has_convolution",
    "is_activated",
    "last_maps",
    "node_with_maps",
]

_SHOWN_NAMES = 20
# What stands behind a convolution and leaves its maps where they are.
_PASSING = (FunctionLayer, BatchNormalization, Dropout)


def convolutions(network: Network) -> tuple[Node, ...]:
    """All convolutions, in the order of the network.

    Raises:
        NetworkError: K310, there is none.
    """
    found = tuple(node for node in network.nodes if isinstance(node.layer, ConvolutionLayer))
    if found:
        return found
    raise NetworkError(
        _("the network has no convolution"),
        code="K310",
        where=network.name,
        details=[(_("layers"), ", ".join(node.name for node in network.nodes[:_SHOWN_NAMES]))],
        fix=_("a network with Conv2D, DepthwiseConv2D or SeparableConv2D"),
    )


def has_convolution(network: Network) -> bool:
    """Whether there is a convolution."""
    return any(isinstance(node.layer, ConvolutionLayer) for node in network.nodes)


def first_convolution(network: Network) -> Node:
    """The convolution that sees the pictures.

    Raises:
        NetworkError: K310, there is none.
    """
    return convolutions(network)[0]


def convolution(network: Network, layer: str | None, *, where: str) -> Node:
    """The convolution of that name, or the first.

    Raises:
        NetworkError: K305, there is no such layer; K310, there is no convolution.
        ParameterError: K201, it is another kind of layer.
    """
    if layer is None:
        return first_convolution(network)
    node = network.node(layer)
    if not isinstance(node.layer, ConvolutionLayer):
        names = [other.name for other in convolutions(network)]
        raise ParameterError(
            _("{layer} has no filters: it is {kind}", layer=layer, kind=type(node.layer).__name__),
            code="K201",
            where=where,
            fix=_("one of {names}", names=", ".join(names[:_SHOWN_NAMES])),
        )
    return node


def last_maps(network: Network) -> Node:
    """Where the maps of the last convolution leave its block.

    That is behind the activation, the normalization and the addition that follow it: what the end
    of the network is given. A pool behind them would make the maps coarser. Convolutions whose maps
    are a single number, which says nothing of where, are passed over if there are others.

    Raises:
        NetworkError: K310, there is no convolution.
    """
    found = convolutions(network)
    last = next((node for node in reversed(found) if _has_places(network, node)), found[-1])
    while follower := _only_follower(network, last):
        if not isinstance(follower.layer, (*_PASSING, Add, Concatenate)):
            break
        last = follower
    return last


def node_with_maps(network: Network, layer: str, *, where: str) -> Node:
    """The node of that name.

    Raises:
        NetworkError: K305, there is none.
        ParameterError: K201, it makes no maps.
    """
    node = network.node(layer)
    if len(node.output_shape) != 3:
        names = [other.name for other in network.nodes if len(other.output_shape) == 3]
        raise ParameterError(
            _("{layer} makes no maps: {shape}", layer=layer, shape=shape_text(node.output_shape)),
            code="K201",
            where=where,
            fix=_("one of {names}", names=", ".join(names[:_SHOWN_NAMES])) if names else "",
        )
    return node


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
        follower = _only_follower(network, last)
        if follower is None or not isinstance(follower.layer, _PASSING):
            return node
        last = follower
    return last


def _has_places(network: Network, node: Node) -> bool:
    """Whether its maps have more than one number."""
    data_format = getattr(node.layer, "data_format", network.data_format)
    return any(node.output_shape[axis] > 1 for axis in places(data_format))


def _only_follower(network: Network, node: Node) -> Node | None:
    followers = [other for other in network.nodes if node.name in other.inputs]
    return followers[0] if len(followers) == 1 else None
