"""What a network makes of pictures at each of its layers, as an engine computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from konv.engines import Engine, Pixels, Program
from konv.layers.base import Array
from konv.network.graph import Network, Node

__all__ = ["Beginning", "Subject"]


@dataclass(frozen=True)
class Subject:
    """A network with its weights, a picture, and the engine that brings them together.

    Args:
        network: which.
        weights: its weights, by name.
        engine: how it runs.
        picture: in the shape of the network's input.
        pixels: how pixels become numbers.
    """

    network: Network
    weights: Mapping[str, Array]
    engine: Engine
    picture: Array
    pixels: Pixels

    def output(self, name: str) -> Array:
        """The output of a node, in float32."""
        return self.beginning(name).outputs(self.picture[np.newaxis])[0]

    def beginning(self, name: str) -> Beginning:
        """The network up to a node, ready for many pictures."""
        part = self.network.up_to(name)
        # Where no layer is left that tells the engine which axis holds the channels of a pixel, it
        # gets numbers instead of pixels.
        as_numbers = part.data_format != self.network.data_format
        return Beginning(
            self.network,
            {weight: self.weights[weight] for weight in part.weight_specs},
            self.engine.compile(part, pixels=Pixels() if as_numbers else self.pixels),
            self.pixels if as_numbers else None,
        )

    def numbers(self) -> Array:
        """The picture as the numbers that the first layer sees, in float64."""
        return self.pixels.numbers(self.picture[np.newaxis], self.network)[0]

    def inputs(self, node: Node) -> tuple[Array, ...]:
        """What a node takes its number from; an Input takes the picture itself."""
        made = {name: self.output(name) for name in node.inputs}
        return tuple(made[name] for name in node.inputs) or (self.picture,)

    def weights_of(self, node: Node) -> dict[str, Array]:
        """The weights of a node in float64, by the layer's own names."""
        return {
            own: self.weights[name].astype(np.float64) for own, name in node.weight_names.items()
        }


@dataclass(frozen=True)
class Beginning:
    """A network up to one of its nodes, compiled.

    The engine runs the network that ends there: within the whole network it may never make this
    map, since layers are fused.

    Args:
        network: the whole one.
        weights: of this part, by name.
        program: it.
        pixels: how pixels become numbers, if the program does not see to that.
    """

    network: Network
    weights: Mapping[str, Array]
    program: Program
    pixels: Pixels | None

    def outputs(self, pictures: Array) -> Array:
        """The outputs of the node [N, …], in float32."""
        if self.pixels is not None:
            pictures = self.pixels.numbers(pictures, self.network).astype(np.float32)
        return self.program.forward(self.weights, pictures)
