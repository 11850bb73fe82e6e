"""What a network makes of one picture at each of its layers, as an engine computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from konv.engines import Engine, Pixels
from konv.layers.base import Array
from konv.network.graph import Network, Node

__all__ = ["Subject"]


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
        """The output of a node, in float32.

        The engine runs the network that ends there: within the whole network it may never make
        this map, since layers are fused.
        """
        part = self.network.up_to(name)
        weights = {weight: self.weights[weight] for weight in part.weight_specs}
        picture, pixels = self.picture, self.pixels
        if part.data_format != self.network.data_format:
            # No layer is left that would tell the engine where the channels of a pixel are.
            picture, pixels = self.numbers().astype(np.float32), Pixels()
        program = self.engine.compile(part, pixels=pixels)
        return program.forward(weights, picture[np.newaxis])[0]

    def numbers(self) -> Array:
        """The picture as the numbers that the first layer sees, in float64."""
        first = self.network.data_format == "channels_first" and self.picture.ndim == 3
        scale, offset = (
            np.asarray(values).reshape((-1, 1, 1) if first else (-1,))
            for values in (self.pixels.scale, self.pixels.offset)
        )
        return self.picture * scale + offset

    def inputs(self, node: Node) -> tuple[Array, ...]:
        """What a node takes its number from; an Input takes the picture itself."""
        made = {name: self.output(name) for name in node.inputs}
        return tuple(made[name] for name in node.inputs) or (self.picture,)

    def weights_of(self, node: Node) -> dict[str, Array]:
        """The weights of a node in float64, by the layer's own names."""
        return {
            own: self.weights[name].astype(np.float64) for own, name in node.weight_names.items()
        }
