"""Where a picture speaks for a class: the picture, the heat map, and the one over the other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.grid import Grid, Tile
from konv.explain.figures.heat_colours import heat_colours, over_picture
from konv.explain.figures.heat_words import heat_notes, heat_title, said_of
from konv.explain.figures.page import Page
from konv.explain.figures.page_file import new_page
from konv.explain.figures.pixels import picture_colours
from konv.explain.figures.style import FRAME, INNER_WIDTH_IN, SMALL_PT
from konv.explain.figures.wording import number_text
from konv.language import translate as _
from konv.maps.heat import HeatMap

__all__ = ["heat_map_figure"]

_LARGEST_IN = 3.0
_BAR_IN = 0.16
_BAR_WIDTH_IN = 2.9
_GAP_IN = 0.25


def heat_map_figure(
    heat: HeatMap, image: Any, path: str | os.PathLike[str], *, channels_first: bool = False
) -> Path:
    """Draw a picture, its heat map, and the heat map over the picture.

    Args:
        heat: of ``model.grad_cam`` or ``model.occlusion``.
        image: the picture that it is of: (height, width) or with channels; uint8, or numbers.
        path: a .png or .svg file; it is replaced.
        channels_first: whether the picture is (channels, height, width).

    Returns:
        The path.

    Raises:
        FormatError: K405, it cannot be written.
    """
    layer = getattr(heat, "layer", "")
    with new_page(path, labels=[heat.label, layer]) as page:
        picture, stretched = picture_colours(np.asarray(image), channels_first=channels_first)
        _draw(page, heat, picture, stretched)
    return Path(path)


def _draw(page: Page, heat: HeatMap, picture: NDArray[Any], stretched: bool) -> None:
    grid = Grid(picture.shape[:2], 3, 3, lines=1, largest_in=_LARGEST_IN)
    label, layer = page.labels
    notes = heat_notes(heat, layer)
    if stretched:
        notes.append(_("The picture is stretched: black is its least number, white its largest."))
    page.lay_out(
        heat_title(heat, label, layer),
        subtitle=said_of(heat),
        body_in=grid.height_in + _GAP_IN + _BAR_IN + 0.2,
        notes=notes,
    )
    most = float(np.abs(heat.on_picture).max(initial=0.0))
    alone = heat_colours(heat.on_picture, most)
    captions = (_("the picture"), _("what speaks for it"), _("over the picture"))
    colours = (picture, alone, over_picture(picture, heat.on_picture, most))
    grid.draw(page, [Tile(c, (text,)) for c, text in zip(colours, captions, strict=True)])
    _draw_bar(page, heat, most, grid.height_in + _GAP_IN)


def _draw_bar(page: Page, heat: HeatMap, most: float, y_in: float) -> None:
    """Which number has which colour."""
    low = -most if (heat.on_picture < 0).any() else 0.0
    strip = np.linspace(low, most, 201)[np.newaxis]
    left_in = (INNER_WIDTH_IN - _BAR_WIDTH_IN) / 2
    page.picture(heat_colours(strip, most), left_in, y_in, _BAR_WIDTH_IN, _BAR_IN)
    page.box(left_in, y_in, _BAR_WIDTH_IN, _BAR_IN, edgecolor=FRAME, facecolor="none")
    for number, x_in, side in (
        (low, left_in - 0.08, "right"),
        (most, left_in + _BAR_WIDTH_IN + 0.08, "left"),
    ):
        text = number_text(number)
        page.text(x_in, y_in + _BAR_IN / 2, text, size_pt=SMALL_PT, ha=side, va="center")
