"""A layer where it stands in the graph, and the function that adds one, whatever kind it is.

ONNX's windows slide over (N, channels, height, width), so layers with windows take their input in
that order, whatever konv's is; all others take it as it lies. The operations of a layer are called
as the layer, or as the layer and "/…".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from konv.formats.onnx.export.graph import GraphMaker, Stored
from konv.layers.base import Layer
from konv.layers.size import WindowAxis
from konv.layers.windowed import SpatialLayer
from konv.network.assembly import Node

__all__ = ["Array", "Place", "add_layer", "window_settings"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Place:
    """A layer where it stands in the graph.

    Args:
        graph: the graph in the making.
        node: the layer, its shapes and its weights' names.
        inputs: what it works on.
    """

    graph: GraphMaker
    node: Node
    inputs: tuple[Stored, ...]

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def x(self) -> Stored:
        """Its input, or the first of several."""
        return self.inputs[0]

    def weight(
        self, name: str, change: Callable[[Array], Array] = lambda array: array, word: str = ""
    ) -> str:
        """The array of a weight, a view of it: one for all layers that share it.

        Args:
            name: what the layer calls it.
            change: how its axes are put in the order that ONNX wants.
            word: behind its name, where it is changed in another way.
        """
        full = self.node.weight_names[name]
        self.graph.weight_arrays.add(full + word)
        return self.graph.array(full + word, change(self.graph.weights[full]))

    def channels_first(self) -> str:
        """The input as (N, channels, height, width)."""
        return self.graph.in_order(self.x, self._first)

    def maps(self, name: str) -> Stored:
        """An array (N, channels, height, width) as what the layer makes."""
        return Stored(name, self._first)

    def plain(self, name: str) -> Stored:
        """An array whose axes are in the layer's order as what the layer makes."""
        return Stored(name, tuple(range(1 + len(self.node.output_shape))))

    def refused(self) -> Stored:
        """Put the layer on the list of what ONNX cannot say."""
        self.graph.refused.add(self.name, type(self.node.layer).__name__)
        return self.plain(self.name)

    @property
    def _first(self) -> tuple[int, ...]:
        layer = self.node.layer
        first = isinstance(layer, SpatialLayer) and layer.channels_first
        return (0, 1, 2, 3) if first else (0, 3, 1, 2)


@singledispatch
def add_layer(layer: Layer, place: Place) -> Stored:
    """Add a layer to the graph; what ONNX cannot say goes on the list of what is refused."""
    return place.refused()


def window_settings(axes: tuple[WindowAxis, WindowAxis]) -> dict[str, list[int]]:
    """How windows slide, as ONNX says it."""
    return {
        "kernel_shape": [axis.kernel for axis in axes],
        "strides": [axis.stride for axis in axes],
        "pads": [axis.before for axis in axes] + [axis.after for axis in axes],
    }
