"""Small pictures in a terminal, out of letters."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy.typing as npt

from konv.language.tables import padded, places

__all__ = ["drawn", "side_by_side"]

_SHADES, _PLAIN_SHADES = " ░▒▓█", " .:*#"
_GAP = "   "


def drawn(image: npt.NDArray[Any], *, plain: bool | None = None) -> list[str]:
    """A grey picture in lines; a pixel is two letters wide, since letters are narrow.

    Args:
        image: uint8 [height, width] or [height, width, 1]; 255 is white.
        plain: only letters that every screen has; None: as this screen needs it.

    Example:
        >>> import numpy as np
        >>> drawn(np.array([[0, 255], [128, 60]], np.uint8), plain=True)
        ['  ##', '::..']
    """
    if plain is None:
        plain = "utf" not in (sys.stdout.encoding or "").lower()
    shades = _PLAIN_SHADES if plain else _SHADES
    rows = image.reshape(image.shape[:2]).tolist()
    return ["".join(shades[round(pixel * 4 / 255)] * 2 for pixel in row) for row in rows]


def side_by_side(blocks: Sequence[Sequence[str]]) -> str:
    """Blocks of lines beside each other.

    Example:
        >>> print(side_by_side([["ab", "c"], ["d"]]))
        ab   d
        c
    """
    widths = [max(map(places, block), default=0) for block in blocks]
    return "\n".join(
        _GAP.join(padded(line, width) for line, width in zip(lines, widths, strict=True)).rstrip()
        for lines in zip_longest(*blocks, fillvalue="")
    )
