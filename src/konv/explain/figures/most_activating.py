"""The pictures that channels of a layer answer to most, with what each sees framed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.grid import Grid, Tile
from konv.explain.figures.page import Page
from konv.explain.figures.page_file import new_page
from konv.explain.figures.pixels import picture_colours
from konv.explain.figures.style import INNER_WIDTH_IN, ORANGE, SMALL_PT
from konv.explain.figures.wording import number_text, pictures_text
from konv.language import translate as _
from konv.maps.most_activating import MostActivating

__all__ = [
    "MOST_CHANNELS",
    "channel_name",
    "is_framed",
    "most_activating_figure",
    "most_activating_notes",
    "most_activating_title",
]

MOST_CHANNELS = 12
_MOST_PICTURES = 9
_NAME_IN = 0.9
_LARGEST_IN = 1.1


def most_activating_figure(
    found: MostActivating,
    images: Any,
    path: str | os.PathLike[str],
    *,
    channels_first: bool = False,
) -> Path:
    """Draw a row of pictures for each of the first 12 channels, at most 9 in each.

    Args:
        found: of ``model.most_activating``.
        images: the set that it is of: [N, height, width(, channels)]; uint8, or numbers.
        path: a .png or .svg file; it is replaced.
        channels_first: whether images are [N, channels, height, width].

    Returns:
        The path.

    Raises:
        FormatError: K405, it cannot be written.
    """
    with new_page(path, labels=[found.layer]) as page:
        _draw(page, found, images, channels_first)
    return Path(path)


def _draw(page: Page, found: MostActivating, images: Any, channels_first: bool) -> None:
    channels = min(found.channels, MOST_CHANNELS)
    count = min(found.pictures.shape[1], _MOST_PICTURES)
    tiles, sizes = [], []
    for channel in range(channels):
        for rank in range(count):
            picture = np.atleast_2d(np.asarray(images[int(found.pictures[channel, rank])]))
            colours, _stretched = picture_colours(picture, channels_first=channels_first)
            sizes.append(_picture_size(picture, channels_first))
            tiles.append(Tile(colours, (number_text(float(found.values[channel, rank])),)))
    width_in = INNER_WIDTH_IN - _NAME_IN
    grid = Grid(sizes[0], len(tiles), count, lines=1, width_in=width_in, largest_in=_LARGEST_IN)
    page.lay_out(
        most_activating_title(found, page.labels[0]),
        subtitle=_(
            "The {count} of {pictures} with the largest numbers in each; below each, the number.",
            count=count,
            pictures=pictures_text(found.seen),
        ),
        body_in=grid.height_in,
        notes=most_activating_notes(found, sizes[0]),
    )
    grid.draw(page, tiles, left_in=_NAME_IN)
    for index in range(len(tiles)):
        channel, rank = divmod(index, count)
        if is_framed(found, channel, rank):
            _frame(page, grid, index, found.windows[channel, rank], sizes[index])
        if rank == 0:
            y_in = grid.place(index)[1] + grid.picture_in[1] / 2
            page.text(0, y_in, channel_name(found, channel), size_pt=SMALL_PT, va="center")


def _frame(page: Page, grid: Grid, index: int, window: NDArray[Any], size: tuple[int, int]) -> None:
    """A frame around what the number depends on."""
    top, bottom, left, right = (int(edge) for edge in window)
    x_in, y_in = grid.place(index)
    width_in, height_in = grid.picture_in
    per_row_in, per_column_in = height_in / size[0], width_in / size[1]
    page.box(
        _NAME_IN + x_in + left * per_column_in,
        y_in + top * per_row_in,
        (right - left) * per_column_in,
        (bottom - top) * per_row_in,
        edgecolor=ORANGE,
        facecolor="none",
        linewidth=1.6,
    )


def is_framed(found: MostActivating, channel: int, rank: int) -> bool:
    """Whether what a number depends on is framed.

    Not if it lies on the padding; nor for 0, which a rectifier makes of many places alike.
    """
    top, bottom, left, right = found.windows[channel, rank]
    return bool(found.values[channel, rank] != 0 and bottom > top and right > left)


def most_activating_title(found: MostActivating, layer: str) -> str:
    """What this is. The name of the layer comes as it can be drawn."""
    words = {"layer": layer, "shown": MOST_CHANNELS, "count": f"{found.channels:,}"}
    are_maps = len(found.shape) == 3
    if found.channels == 1:
        return _("What {layer} answers to most", layer=layer)
    if found.channels > MOST_CHANNELS:
        if are_maps:
            return _("What the first {shown} of {count} maps of {layer} answer to most", **words)
        return _("What the first {shown} of {count} units of {layer} answer to most", **words)
    if are_maps:
        return _("What the {count} maps of {layer} answer to most", **words)
    return _("What the {count} units of {layer} answer to most", **words)


def most_activating_notes(found: MostActivating, size: tuple[int, int]) -> list[str]:
    """What the frames mean.

    Args:
        found: what is shown.
        size: (height, width) of the pictures.
    """
    whole = (found.windows == (0, size[0], 0, size[1])).all()
    notes = [
        _("Each number depends on the whole picture.")
        if whole
        else _("Framed: the receptive field of the place that holds the number.")
    ]
    if not found.values[:MOST_CHANNELS].all():
        notes.append(_("0: it does not answer to this picture, so nothing is framed."))
    return notes


def channel_name(found: MostActivating, channel: int) -> str:
    """What a channel is called."""
    if len(found.shape) == 3:
        return _("map {number}", number=channel)
    return _("unit {number}", number=channel)


def _picture_size(picture: NDArray[Any], channels_first: bool) -> tuple[int, int]:
    if picture.ndim == 3 and channels_first:
        return int(picture.shape[1]), int(picture.shape[2])
    return int(picture.shape[0]), int(picture.shape[1])
