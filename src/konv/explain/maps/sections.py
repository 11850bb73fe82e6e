"""The sections of the page on maps: one for a layer, for filters, for a heat map, for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from konv.explain.figures.filter_tiles import filters_of
from konv.explain.figures.heat_colours import heat_colours, over_picture
from konv.explain.figures.heat_words import heat_notes, heat_title, said_of
from konv.explain.figures.most_activating import (
    MOST_CHANNELS,
    channel_name,
    is_framed,
    most_activating_notes,
    most_activating_title,
)
from konv.explain.figures.pixels import Scale, picture_colours
from konv.explain.figures.wording import number_text, pictures_text
from konv.explain.maps.findings import Findings
from konv.explain.maps.tiles import grid, tile
from konv.html_page import paragraphs
from konv.language import translate as _
from konv.layers.base import Array
from konv.maps.feature_maps import LayerMaps
from konv.maps.heat import GradCam, HeatMap
from konv.maps.most_activating import MostActivating
from konv.network.graph import Node

__all__ = ["filters_section", "heat_section", "layer_section", "most_section"]

_MOST_TILES = 64
_MOST_BARS = 20
_PER_ROW = 64
_MOST_ROWS = 64


def _section(title: str, *parts: str, anchor: str = "") -> str:
    place = f' id="{anchor}"' if anchor else ""
    return f"<section{place}><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def heat_section(findings: Findings, heat: HeatMap, picture: Array) -> str:
    """The heat map alone and over the picture.

    Args:
        findings: that it is one of.
        heat: it.
        picture: in colours (height, width, 3).
    """
    layer = heat.layer if isinstance(heat, GradCam) else ""
    title = heat_title(heat, str(heat.label), layer)
    most = float(np.abs(heat.on_picture).max(initial=0.0))
    low = -most if (heat.on_picture < 0).any() else 0.0
    row, column = heat.strongest
    where = _("{title}; most at row {row}, column {column}", title=title, row=row, column=column)
    scale = _("white 0 · orange {high}", high=number_text(most))
    if low < 0:
        scale = _(
            "blue {low} · white 0 · orange {high}", low=number_text(low), high=number_text(most)
        )
    tiles = grid(
        [
            tile(heat_colours(heat.on_picture, most), where, caption=scale, side_em=15),
            tile(
                over_picture(picture, heat.on_picture, most),
                _("the same over {picture}", picture=findings.name),
                caption=_("over the picture"),
                side_em=15,
            ),
        ]
    )
    return _section(title, paragraphs(said_of(heat)), tiles, paragraphs(*heat_notes(heat, layer)))


def layer_section(findings: Findings, maps: LayerMaps, anchor: str) -> str:
    """The maps of a layer, or its units."""
    size = "×".join(map(str, maps.values.shape))
    title = f"{maps.layer} ({maps.kind}): {size}"
    notes = []
    if maps.zero_everywhere:
        words = {"dead": f"{maps.zero_everywhere:,}", "count": f"{maps.count:,}"}
        notes.append(_("0 everywhere: {dead} of {count}.", **words))
    if not np.isfinite(maps.values).all():
        notes.append(_("Orange: what is not a finite number."))
    if maps.values.ndim == 1 and maps.count <= _MOST_BARS:
        body = _bars(findings, maps)
    elif maps.values.ndim == 1:
        body = _strip(maps)
    else:
        body = _tiles(maps)
    return _section(title, body, paragraphs(*notes), anchor=anchor)


def _tiles(maps: LayerMaps) -> str:
    values = maps.values if maps.values.ndim == 3 else maps.values[..., np.newaxis]
    scale, count = Scale.of_maps(values), values.shape[2]
    tiles = (
        tile(scale.colours(one), _map_words(maps.layer, number, one), caption=str(number))
        for number, one in enumerate(np.moveaxis(values, -1, 0)[:_MOST_TILES])
    )
    sentence = _("Each map: {scale}.", scale=scale.text())
    return paragraphs(sentence, _left_out(count, _MOST_TILES)) + grid(tiles)


def _map_words(layer: str, number: int, values: Array) -> str:
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (np.nan, np.nan)
    return _(
        "map {number} of {layer}, from {low} to {high}",
        number=number,
        layer=layer,
        low=number_text(float(low)),
        high=number_text(float(high)),
    )


def _left_out(count: int, shown: int) -> str:
    if count <= shown:
        return ""
    return _("The first {shown} of {count}.", shown=shown, count=f"{count:,}")


def _bars(findings: Findings, maps: LayerMaps) -> str:
    is_output = maps.layer == findings.model.network.nodes[-1].name
    classes = findings.model.classes if is_output else ()
    names = classes if len(classes) == maps.count else range(maps.count)
    finite = np.where(np.isfinite(maps.values), maps.values, 0)
    most = float(np.abs(finite).max(initial=0)) or 1.0
    rows = []
    for name, value, length in zip(names, maps.values, finite, strict=True):
        below = " below" if length < 0 else ""
        width = 14 * abs(float(length)) / most
        bar = f'<span class="bar{below}" style="width:{width:.2f}em"></span>'
        text = number_text(float(value))
        rows.append(f'<tr><th scope="row">{escape(str(name))}</th><td>{bar}{text}</td></tr>')
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _strip(maps: LayerMaps) -> str:
    """Many numbers as the cells of a picture, in rows."""
    shown = maps.values[: _PER_ROW * _MOST_ROWS]
    rows = -(-len(shown) // _PER_ROW)
    scale = Scale.of_maps(maps.values)
    cells = np.full(rows * _PER_ROW, scale.low, np.float64)
    cells[: len(shown)] = shown
    sentence = _("In rows of {count}: {scale}.", count=_PER_ROW, scale=scale.text())
    picture = tile(
        scale.colours(cells.reshape(rows, _PER_ROW)),
        _("the {count} numbers of {layer}", count=f"{maps.count:,}", layer=maps.layer),
        side_em=48,
    )
    return paragraphs(sentence, _left_out(maps.count, len(shown))) + grid([picture])


def filters_section(findings: Findings, node: Node) -> str:
    """The filters of a convolution."""
    filters = filters_of(findings.model, node)
    scale = Scale.around_zero(filters.kernel)
    tiles = (
        tile(
            one.colours,
            _("kernel {number} of {layer}", number=one.lines[0], layer=node.name),
            caption=one.lines[0],
            side_em=4,
        )
        for one in filters.tiles(scale)
    )
    return _section(
        filters.title(node.name),
        paragraphs(filters.legend(scale)),
        grid(tiles),
        paragraphs(*filters.notes()),
    )


def most_section(findings: Findings, found: MostActivating) -> str:
    """A row of pictures for each channel."""
    height, width = _size(findings)
    sentence = _(
        "The {count} of {pictures} with the largest numbers in each; below each, the number.",
        count=found.pictures.shape[1],
        pictures=pictures_text(found.seen),
    )
    return _section(
        most_activating_title(found, found.layer),
        paragraphs(sentence),
        *_rows(findings, found, (height, width)),
        paragraphs(*most_activating_notes(found, (height, width))),
    )


def _size(findings: Findings) -> tuple[int, int]:
    shape = findings.model.network.input_shape
    if len(shape) == 3:
        return findings.model.network.picture_size[:2]
    return (shape[0], shape[1]) if len(shape) == 2 else (1, shape[0])


def _rows(findings: Findings, found: MostActivating, size: tuple[int, int]) -> Iterator[str]:
    for channel in range(min(found.channels, MOST_CHANNELS)):
        name = channel_name(found, channel)
        tiles = []
        for rank, index in enumerate(found.pictures[channel].tolist()):
            image = np.atleast_2d(findings.images[index])
            colours, _stretched = picture_colours(image, channels_first=findings.channels_first)
            top, bottom, left, right = found.windows[channel, rank].tolist()
            value = number_text(float(found.values[channel, rank]))
            words = _(
                "picture {index}, {value} in {channel}",
                index=findings.image_name(index),
                value=value,
                channel=name,
            )
            frame = (top / size[0], bottom / size[0], left / size[1], right / size[1])
            tiles.append(
                tile(
                    colours,
                    words,
                    caption=value,
                    frame=frame if is_framed(found, channel, rank) else None,
                )
            )
        yield f'<div class="row"><span class="name">{escape(name)}</span>{"".join(tiles)}</div>'
