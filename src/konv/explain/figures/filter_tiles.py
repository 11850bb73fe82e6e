"""Filters as pictures of their weights, with the words that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.grid import Tile
from konv.explain.figures.pixels import Scale
from konv.explain.figures.wording import number_text
from konv.language import translate as _
from konv.layers.convolution import Conv2D, ConvolutionLayer
from konv.model import Model
from konv.network.graph import Node

__all__ = ["Filters", "filters_of"]

_MOST = 64


@dataclass(frozen=True)
class Filters:
    """The filters of a convolution.

    Args:
        kernel: (height, width, channels, filters), as it meets the picture.
        layer: whose it is, if that is known.
        flipped: whether it is stored the other way round.
        of_colours: whether three channels are red, green and blue.
    """

    kernel: NDArray[Any]
    layer: str = ""
    flipped: bool = False
    of_colours: bool = True

    @property
    def in_colour(self) -> bool:
        """Whether a filter is shown in colours."""
        return self.of_colours and self.kernel.shape[2] == 3

    @property
    def whole(self) -> bool:
        """Whether a filter can be shown as one picture."""
        return self.in_colour or self.kernel.shape[2] == 1

    @property
    def count(self) -> int:
        """How many pictures that makes."""
        channels, filters = self.kernel.shape[2:]
        return int(filters if self.whole else filters * channels)

    def tiles(self, scale: Scale) -> list[Tile]:
        """The first 64 of them, each with its number."""
        channels = self.kernel.shape[2]
        tiles = []
        for index in range(min(self.count, _MOST)):
            if self.in_colour:
                part, label = self.kernel[..., index], str(index)
            else:
                number, channel = divmod(index, channels)
                part = self.kernel[..., channel, number]
                label = str(number) if channels == 1 else f"{number}, {channel}"
            tiles.append(Tile(scale.colours(part), (label,)))
        return tiles

    def title(self, layer: str) -> str:
        """What these are. The name of the layer comes as it can be drawn."""
        size = "×".join(str(side) for side in self.kernel.shape[:2])
        count = f"{self.count:,}"
        if self.count > _MOST:
            count = _("the first {shown} of {count}", shown=_MOST, count=count)
        words = {"layer": layer, "count": count, "size": size}
        if self.whole and layer:
            return _("Filters of {layer}: {count}, each {size}", **words)
        if self.whole:
            return _("Filters: {count}, each {size}", count=count, size=size)
        if layer:
            return _("Kernels of {layer}: {count}, each {size}", **words)
        return _("Kernels: {count}, each {size}", count=count, size=size)

    def legend(self, scale: Scale) -> str:
        """What shades and numbers stand for."""
        if self.in_colour:
            scale_text = _(
                "Weights on red, green and blue as these colours: {low} none, 0 half, {high} full.",
                low=number_text(scale.low),
                high=number_text(scale.high),
            )
        else:
            scale_text = _("Weights: {scale}.", scale=scale.text())
        if self.whole:
            return scale_text
        return scale_text + " " + _("Below each: filter, input channel.")

    def notes(self) -> list[str]:
        """What else a reader must know."""
        notes = []
        if not self.kernel.any():
            notes.append(_("All weights are 0."))
        broken = int((~np.isfinite(self.kernel)).sum())
        if broken:
            notes.append(_("Orange: weights that are not finite numbers, {count}.", count=broken))
        if self.flipped:
            notes.append(_("True convolution: shown flipped, as they meet the picture."))
        return notes


def filters_of(model: Model, node: Node) -> Filters:
    """The filters of a convolution of a model."""
    assert isinstance(node.layer, ConvolutionLayer)
    kernel = model.weights[next(iter(node.weight_names.values()))]
    flipped = node.layer.true_convolution
    if flipped:
        kernel = kernel[::-1, ::-1]
    if not isinstance(node.layer, Conv2D):
        # Each kernel of a depthwise convolution makes a map of its own.
        kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
    sees_the_picture = node.inputs[0] == model.network.nodes[0].name
    return Filters(kernel, node.name, flipped, sees_the_picture)
