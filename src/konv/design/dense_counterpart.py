"""The dense network beside a CNN: what as many layers cost without shared weights.

It takes the same pictures, gives the same outputs, and has as many layers of weights as the CNN.
The n hidden ones shrink evenly from a half to an eighth of the picture::

    units_i = inputs / 2^eᵢ        eᵢ = round(1 + 2·i / (n − 1)),  i = 0 … n − 1

rounded to two digits, and never fewer than the outputs. For a CNN of four convolutions on 39×31×1
with 100 classes that is 1209-600-300-300-150-100.
"""

from __future__ import annotations

import math

from konv.errors import NetworkError
from konv.language import translate as _
from konv.layers import Dense, Flatten, Input
from konv.layers.base import Layer, shape_text
from konv.network.ending import split_ending
from konv.network.graph import Network, sequential

__all__ = ["dense_counterpart"]


def dense_counterpart(network: Network) -> Network:
    """The dense network to compare a network with; it ends in the same activation.

    Args:
        network: one whose outputs are a row of numbers.

    Raises:
        NetworkError: K310, its outputs are a map.

    Example:
        >>> from konv.network.named import named_network
        >>> dense = dense_counterpart(named_network("tutorial-39x31").network)
        >>> [node.output_shape[0] for node in dense.nodes[1:]]
        [1209, 600, 300, 300, 150, 100]
    """
    if len(network.output_shape) != 1:
        raise NetworkError(
            _("outputs of {shape} are no row of numbers", shape=shape_text(network.output_shape)),
            code="K310",
            where=network.name,
            fix=_("Flatten and Dense, or GlobalAveragePooling2D, at the end"),
        )
    inputs, (outputs,) = math.prod(network.input_shape), network.output_shape
    layers: list[Layer] = [Input(shape=network.input_shape)]
    if len(network.input_shape) > 1:
        layers.append(Flatten())
    hidden = _hidden_units(inputs, outputs, _layers_of_weights(network) - 1)
    layers += [Dense(units=units, activation="relu") for units in hidden]
    layers.append(Dense(units=outputs, activation=split_ending(network)[1].name))
    return sequential(layers, name=f"{network.name}-dense")


def _layers_of_weights(network: Network) -> int:
    """How many layers multiply with weights; shared ones once."""
    multiplying = (node.macs > 0 and not node.shares for node in network.nodes)
    return max(1, sum(multiplying))


def _hidden_units(inputs: int, outputs: int, count: int) -> list[int]:
    halvings = [round(1 + 2 * i / max(count - 1, 1)) for i in range(count)]
    return [max(outputs, _two_digits(inputs / 2**halving)) for halving in halvings]


def _two_digits(number: float) -> int:
    """The nearest number of two digits and zeros, at least 1.

    Example:
        >>> _two_digits(604.5), _two_digits(151.1), _two_digits(7.6)
        (600, 150, 8)
    """
    whole = max(1, round(number))
    unit = 10 ** max(0, len(str(whole)) - 2)
    return int(round(whole / unit) * unit)
