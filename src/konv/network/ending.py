"""The last activation of a network, taken apart from the rest.

Losses are computed from the values before the last activation, where they are stable: the
cross-entropy of a softmax is log Σ e^z − z_t, and its gradient p − t.
"""

from __future__ import annotations

from dataclasses import replace

from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import FunctionLayer
from konv.layers.activations import ACTIVATIONS, ActivationFunction
from konv.network.graph import Network

__all__ = ["split_ending"]


def split_ending(network: Network) -> tuple[Network, ActivationFunction]:
    """(the network without its last activation, that activation).

    Example:
        >>> from konv.layers import Dense, Input
        >>> from konv.network.graph import sequential
        >>> body, activation = split_ending(sequential([Input((4,)), Dense(2, activation="tanh")]))
        >>> body.nodes[-1].layer.activation, activation.name
        ('linear', 'tanh')
    """
    last = network.nodes[-1]
    if isinstance(last.layer, ActivatedLayer):
        bare = replace(last, layer=replace(last.layer, activation="linear"))
        return replace(network, nodes=(*network.nodes[:-1], bare)), last.layer.function
    if isinstance(last.layer, FunctionLayer):
        return network.up_to(last.inputs[0]), last.layer.function
    return network, ACTIVATIONS["linear"]
