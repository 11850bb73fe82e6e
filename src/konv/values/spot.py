"""Spot: a place in a layer's output, with all that its number is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatch

from konv.engines.contract import Pixels
from konv.language import translate as _
from konv.layers.base import Array, Layer, Shape
from konv.network.graph import Node
from konv.values.steps import Step

__all__ = ["Spot", "axis_words", "place_text", "steps_of"]


@dataclass(frozen=True)
class Spot:
    """A place in the output of a node.

    Args:
        node: whose output it is in.
        at: where, in the shape of the output.
        inputs: what the engine gave the node for one picture, in float64.
        weights: of the node, by the layer's own names, in float64.
        data_format: of the network.
        how: in which way a convolution is computed: "loops", "im2col" or "true".
        pixels: how pixels become numbers.
    """

    node: Node
    at: tuple[int, ...]
    inputs: tuple[Array, ...]
    weights: Mapping[str, Array]
    data_format: str = "channels_last"
    how: str = "loops"
    pixels: Pixels = field(default_factory=Pixels)

    @property
    def source(self) -> str:
        """The name of the (first) node that the numbers come from."""
        return self.node.inputs[0]

    def text(self, place: Shape) -> str:
        """A place in the input or the output, in words."""
        format_ = getattr(self.node.layer, "data_format", self.data_format)
        return place_text(place, format_)


def axis_words(rank: int, data_format: str) -> tuple[str, ...]:
    """What the coordinates of a place are called, in their order."""
    if rank != 3:
        return (_("index"),) if rank == 1 else tuple(f"axis {i}" for i in range(rank))
    if data_format == "channels_first":
        return _("channel"), _("row"), _("column")
    return _("row"), _("column"), _("channel")


def place_text(place: Shape, data_format: str) -> str:
    """A place in words, such as ``row 3, column 4, channel 0``."""
    words = axis_words(len(place), data_format)
    return ", ".join(
        _("{axis} {index}", axis=word, index=int(i)) for word, i in zip(words, place, strict=True)
    )


@singledispatch
def steps_of(layer: Layer, spot: Spot) -> tuple[Step, ...]:
    """The steps in which a layer makes the number at a spot; each kind of layer registers its own.

    Raises:
        TypeError: nothing is registered for this kind of layer.
    """
    raise TypeError(f"no steps are known of {type(layer).__name__}")
