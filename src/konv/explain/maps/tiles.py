"""Small pictures within a page: PNG files as text, with what they show in words."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["data_uri", "grid", "tile"]

# Pictures are drawn larger by the browser, pixel by pixel; only those with more pixels than a fine
# screen shows are made smaller.
_MOST_PX_PER_EM = 24
_THINNEST = 1 / 12  # no side is shown thinner than this share of the other


def data_uri(colours: NDArray[Any], most_px: int) -> str:
    """Colours (height, width, 3) of 0…1 as the address of a PNG that the page itself holds.

    Args:
        colours: what it shows.
        most_px: a longer side is made so short.
    """
    from PIL import Image

    pixels = (np.clip(colours, 0, 1) * 255).round().astype(np.uint8)
    if (pixels == pixels[..., :1]).all():
        pixels = pixels[..., 0]
    image = Image.fromarray(pixels)
    longest = max(image.size)
    if longest > most_px:
        width, height = (max(1, round(side * most_px / longest)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BOX)
    content = io.BytesIO()
    image.save(content, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()


def tile(
    colours: NDArray[Any],
    alternative: str,
    *,
    caption: str = "",
    side_em: float = 6.0,
    frame: tuple[float, float, float, float] | None = None,
) -> str:
    """A picture with a line below it.

    Args:
        colours: (height, width, 3) of 0…1.
        alternative: what it shows, for those who do not see it.
        caption: below it.
        side_em: its longer side.
        frame: (top, bottom, left, right) of 0…1: a part that is framed.
    """
    height, width = colours.shape[:2]
    longest = max(height, width)
    sides = (side_em * max(side / longest, _THINNEST) for side in (width, height))
    source = data_uri(colours, round(side_em * _MOST_PX_PER_EM))
    size = "width:{:.4g}em;height:{:.4g}em".format(*sides)
    mark = ""
    if frame is not None:
        top, bottom, left, right = (100 * edge for edge in frame)
        mark = (
            f'<i style="top:{top:.4g}%;left:{left:.4g}%;'
            f'height:{bottom - top:.4g}%;width:{right - left:.4g}%"></i>'
        )
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure><span class="tile" style="{size}">'
        f'<img alt="{escape(alternative)}" src="{source}">{mark}</span>{below}</figure>'
    )


def grid(tiles: Iterable[str]) -> str:
    """Pictures beside each other, in as many rows as the page needs."""
    return f'<div class="tiles">{"".join(tiles)}</div>'
