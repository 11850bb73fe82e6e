"""The filters of a convolution, as pictures of their weights."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.errors import ParameterError
from konv.explain.figures.grid import Grid, Tile, columns_for
from konv.explain.figures.page import Page
from konv.explain.figures.page_file import new_page
from konv.explain.figures.pixels import Scale
from konv.explain.figures.wording import number_text
from konv.language import translate as _
from konv.layers.convolution import Conv2D, ConvolutionLayer
from konv.maps.choosing import convolution
from konv.model import Model
from konv.network.graph import Node

__all__ = ["filters_figure"]

_MOST = 64


def filters_figure(
    model_or_kernel: Model | Any, path: str | os.PathLike[str], *, layer: str | None = None
) -> Path:
    """Draw the filters of a convolution, at most 64.

    Weights are shades of grey around 0; with three input channels, shades of red, green and blue;
    with any other number, each kernel of a filter stands alone.

    Args:
        model_or_kernel: a model, or the kernels themselves (height, width, channels, filters).
        path: a .png or .svg file; it is replaced.
        layer: the name of a convolution of the model; None: the first.

    Returns:
        The path.

    Raises:
        FormatError: K405, it cannot be written.
        NetworkError: K305, there is no such layer; K310, the model has no convolution.
        ParameterError: K201, these are no kernels, or the layer has none.
    """
    if isinstance(model_or_kernel, Model):
        node = convolution(model_or_kernel.network, layer, where="filters_figure")
        filters = _filters_of(model_or_kernel, node)
    else:
        filters = _Filters(_checked_kernel(model_or_kernel))
    with new_page(path, labels=[filters.layer]) as page:
        _draw(page, filters)
    return Path(path)


@dataclass(frozen=True)
class _Filters:
    """What is drawn.

    Args:
        kernel: (height, width, channels, filters), as it meets the picture.
        layer: whose it is, if that is known.
        flipped: whether it is stored the other way round.
    """

    kernel: NDArray[Any]
    layer: str = ""
    flipped: bool = False

    @property
    def whole(self) -> bool:
        """Whether a filter can be shown as one picture."""
        return self.kernel.shape[2] in (1, 3)

    @property
    def count(self) -> int:
        """How many pictures that makes."""
        channels, filters = self.kernel.shape[2:]
        return int(filters if self.whole else filters * channels)

    def tiles(self, scale: Scale) -> list[Tile]:
        """The first of them, each with its number."""
        channels = self.kernel.shape[2]
        tiles = []
        for index in range(min(self.count, _MOST)):
            if channels == 3:
                part, label = self.kernel[..., index], str(index)
            else:
                number, channel = divmod(index, channels)
                part = self.kernel[..., channel, number]
                label = str(number) if channels == 1 else f"{number}, {channel}"
            tiles.append(Tile(scale.colours(part), (label,)))
        return tiles


def _filters_of(model: Model, node: Node) -> _Filters:
    kernel = model.weights[next(iter(node.weight_names.values()))]
    flipped = isinstance(node.layer, ConvolutionLayer) and node.layer.true_convolution
    if flipped:
        kernel = kernel[::-1, ::-1]
    if not isinstance(node.layer, Conv2D):
        # Each kernel of a depthwise convolution makes a map of its own.
        kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
    return _Filters(kernel, node.name, flipped)


def _checked_kernel(value: Any) -> NDArray[Any]:
    kernel = np.asarray(value)
    if kernel.ndim != 4 or not kernel.size or kernel.dtype.kind not in "iuf":
        raise ParameterError(
            _("kernels of shape {shape}, {kind}", shape=kernel.shape, kind=kernel.dtype),
            code="K201",
            where="filters_figure",
            fix=_("a model, or numbers of shape (height, width, channels, filters)"),
        )
    return kernel


def _draw(page: Page, filters: _Filters) -> None:
    scale = Scale.around_zero(filters.kernel)
    tiles = filters.tiles(scale)
    shape = filters.kernel.shape[:2]
    grid = Grid(shape, len(tiles), columns_for(len(tiles)), lines=1)
    page.lay_out(
        _title(filters, page.labels[0]),
        subtitle=_legend(filters, scale),
        body_in=grid.height_in,
        notes=_notes(filters),
    )
    grid.draw(page, tiles)


def _title(filters: _Filters, layer: str) -> str:
    size = "×".join(str(side) for side in filters.kernel.shape[:2])
    count = f"{filters.count:,}"
    if filters.count > _MOST:
        count = _("the first {shown} of {count}", shown=_MOST, count=count)
    if filters.whole and layer:
        return _("Filters of {layer}: {count}, each {size}", layer=layer, count=count, size=size)
    if filters.whole:
        return _("Filters: {count}, each {size}", count=count, size=size)
    if layer:
        return _("Kernels of {layer}: {count}, each {size}", layer=layer, count=count, size=size)
    return _("Kernels: {count}, each {size}", count=count, size=size)


def _legend(filters: _Filters, scale: Scale) -> str:
    if filters.kernel.shape[2] == 3:
        scale_text = _(
            "Weights on red, green and blue as these colours: {low} none, 0 half, {high} full.",
            low=number_text(scale.low),
            high=number_text(scale.high),
        )
    else:
        scale_text = _("Weights: {scale}.", scale=scale.text())
    if filters.whole:
        return scale_text
    return scale_text + " " + _("Below each: filter, input channel.")


def _notes(filters: _Filters) -> list[str]:
    notes = []
    if not filters.kernel.any():
        notes.append(_("All weights are 0."))
    broken = int((~np.isfinite(filters.kernel)).sum())
    if broken:
        notes.append(_("Orange: weights that are not finite numbers, {count}.", count=broken))
    if filters.flipped:
        notes.append(_("True convolution: shown flipped, as they meet the picture."))
    return notes
