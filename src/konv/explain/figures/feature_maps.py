"""What a layer makes of a picture: the picture and its maps side by side, or its units."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.grid import Grid, Tile, columns_for
from konv.explain.figures.page import Page
from konv.explain.figures.page_file import new_page
from konv.explain.figures.pixels import Scale, picture_colours
from konv.explain.figures.style import INNER_WIDTH_IN
from konv.explain.figures.units import draw_units
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.convolution import ConvolutionLayer
from konv.maps.choosing import activated_node, first_convolution, is_activated
from konv.maps.feature_maps import FeatureMaps
from konv.model import Model
from konv.network.graph import Network, Node
from konv.training.pictures import as_pictures

__all__ = ["feature_maps_figure"]

_MOST = 64
_PICTURE_IN = 1.9
_GAP_IN = 0.4


def feature_maps_figure(
    model: Model,
    image: Any,
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    known: FeatureMaps | None = None,
) -> Path:
    """Draw a picture and what a layer makes of it: at most 64 maps, or the numbers of its units.

    Args:
        model: a network with its weights.
        image: one picture, as ``model.predict`` takes them, without the axis of the batch.
        path: a .png or .svg file; it is replaced.
        layer: the name of a layer; None: the first convolution, after its activation if one
            follows.
        known: what ``model.feature_maps`` says of this picture, if it was asked already.

    Returns:
        The path.

    Raises:
        DataError: K504, K507: the network does not take this picture.
        FormatError: K405, it cannot be written.
        NetworkError: K305, there is no such layer; K310, there is no convolution.
    """
    network = model.network
    source = first_convolution(network) if layer is None else network.node(layer)
    shown = activated_node(network, source) if layer is None else source
    pictures = as_pictures(np.asarray(image)[np.newaxis], network)
    maps = (known or model.feature_maps(pictures[0], shown.name))[shown.name]
    view = _View(pictures[0], maps.values, source, shown, network)
    is_output = shown is network.nodes[-1]
    classes = [str(label) for label in model.classes] if is_output else []
    with new_page(path, classes, labels=[source.name, shown.name]) as page:
        if maps.values.ndim == 1:
            draw_units(
                page, maps.values, _units_title(page, view), named=len(classes) == maps.count
            )
        else:
            _draw(page, view)
    return Path(path)


@dataclass(frozen=True)
class _View:
    """What is drawn.

    Args:
        picture: in the shape of the network's input.
        maps: (height, width, maps); (height, width) for a single one; (units,).
        source: the node whose maps they are.
        shown: the node at whose output they were taken: the source, or the activation behind it.
        network: that both belong to.
    """

    picture: NDArray[Any]
    maps: NDArray[Any]
    source: Node
    shown: Node
    network: Network

    @property
    def channels_first(self) -> bool:
        """Whether the picture is (channels, height, width)."""
        return self.picture.ndim == 3 and self.network.data_format == "channels_first"

    @property
    def picture_size(self) -> tuple[int, int]:
        """(height, width)."""
        if self.picture.ndim < 3:
            return self.picture.shape[0], self.picture.shape[-1]
        height, width = self.picture.shape[1:] if self.channels_first else self.picture.shape[:2]
        return height, width


def _draw(page: Page, view: _View) -> None:
    if view.maps.ndim == 2:
        view = replace(view, maps=view.maps[..., np.newaxis])
    count = min(view.maps.shape[2], _MOST)
    scale = Scale.of_maps(view.maps)
    colours, stretched = picture_colours(view.picture, channels_first=view.channels_first)
    size = view.picture_size
    left_in = _PICTURE_IN + _GAP_IN
    beside = Grid(size, 1, 1, lines=1, width_in=left_in, largest_in=_PICTURE_IN)
    width_in = INNER_WIDTH_IN - left_in
    grid = Grid(view.maps.shape[:2], count, columns_for(count), lines=1, width_in=width_in)
    page.lay_out(
        _title(page, view),
        subtitle=_("Each map: {scale}.", scale=scale.text()),
        body_in=max(beside.height_in, grid.height_in),
        notes=_notes(view, stretched),
    )
    caption = _("the picture, {height}×{width}", height=size[0], width=size[1])
    beside.draw(page, [Tile(colours, (caption,))])
    tiles = [Tile(scale.colours(view.maps[..., i]), (str(i),)) for i in range(count)]
    grid.draw(page, tiles, left_in=left_in)


def _units_title(page: Page, view: _View) -> str:
    layer, count = page.labels[1], f"{len(view.maps):,}"
    kind = view.shown.layer
    if isinstance(kind, ActivatedLayer) and is_activated(kind):
        return _(
            "Outputs of {layer}, after {activation}: {count}",
            layer=layer,
            activation=kind.activation,
            count=count,
        )
    return _("Outputs of {layer}: {count}", layer=layer, count=count)


def _title(page: Page, view: _View) -> str:
    source, shown = page.labels
    height, width, maps = view.maps.shape
    count = f"{maps:,}"
    if maps > _MOST:
        count = _("the first {shown} of {count}", shown=_MOST, count=count)
    words = {"layer": source, "count": count, "size": f"{height}×{width}"}
    layer = view.shown.layer
    if not is_activated(layer):
        if isinstance(layer, ConvolutionLayer):
            return _("Feature maps of {layer}, no activation: {count}, each {size}", **words)
        return _("Maps after {layer}: {count}, each {size}", **words)
    if isinstance(layer, ActivatedLayer):
        after = layer.activation
    elif view.shown is view.source:
        return _("Activation maps after {layer}: {count}, each {size}", **words)
    else:
        after = shown
    return _(
        "Activation maps of {layer}, after {activation}: {count}, each {size}",
        activation=after,
        **words,
    )


def _notes(view: _View, stretched: bool) -> list[str]:
    notes = []
    dead = int((~view.maps.any(axis=(0, 1))).sum())
    if dead:
        count = view.maps.shape[2]
        notes.append(_("0 everywhere: {dead} of {count} maps.", dead=dead, count=count))
    broken = int((~np.isfinite(view.maps)).sum())
    if broken:
        notes.append(_("Orange: values that are not finite numbers, {count}.", count=broken))
    if stretched:
        notes.append(_("The picture is stretched: black is its least number, white its largest."))
    return notes
