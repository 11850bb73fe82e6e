"""From any way of storing colour to grey (L) or red, green and blue (RGB) of 8 bits each.

=====================  ==========================================================================
1 bit                  0 → 0, 1 → 255
2 or 4 bits            stretched to 0…255
16 bits                v8 = round(v16 · 255 / white): scaled, never clipped; white is 65,535, or
                       less where a TIFF file says so (12 bits: 4,095)
palette                its colours
alpha, transparency    laid on white: out = alpha · colour + (1 − alpha) · 255
CMYK                   r = 255 · (1 − c) · (1 − k), the same for g and b; no colour profile
YCbCr                  JPEG's full-range conversion
Lab, float, signed,    refused: the file does not say what its black and its white are
32 bits
=====================  ==========================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from konv.errors import DataError
from konv.language import translate as _

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["GREY_MODES", "is_grey", "plain"]

_GREY = ("1", "L", "LA", "La")
GREY_MODES = (*_GREY, "I;16", "I;16B", "I;16L", "I;16N")  # as Pillow calls them
_TIFF_BITS, _TIFF_PHOTOMETRIC = 258, 262
_WHITE = 65_535


def is_grey(image: Image.Image) -> bool:
    """Whether the form in which a picture is stored has no colour; pixels are not looked at."""
    return image.mode in _GREY or _has_16_bits(image)


def plain(image: Image.Image) -> Image.Image:
    """``image`` in mode L or RGB, by the rules of this module.

    Raises:
        DataError: K502, for a mode without a rule.

    Example:
        >>> from PIL import Image
        >>> plain(Image.new("RGBA", (1, 1), (255, 0, 0, 0))).getpixel((0, 0))
        (255, 255, 255)
    """
    if _has_16_bits(image):
        return _from_16_bits(image)
    if image.mode in ("I", "F", "LAB", "HSV"):
        raise _no_rule(image.mode)
    if image.has_transparency_data:
        return _on_white(image)
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode in _GREY else "RGB")


def _no_rule(mode: str) -> DataError:
    stored = {"I": _("signed or 32-bit whole numbers"), "F": _("floating-point numbers")}
    return DataError(
        _("the pixels are stored as {mode}", mode=stored.get(mode, mode)),
        code="K502",
        fix=_("save it with 8 or 16 bits per channel, in grey, RGB or CMYK"),
    )


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    grey = image.mode in _GREY
    coloured = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(coloured, mask=coloured.getchannel("A"))
    return paper.convert("L") if grey else paper


def _has_16_bits(image: Image.Image) -> bool:
    return image.mode.startswith("I;16")


def _from_16_bits(image: Image.Image) -> Image.Image:
    from PIL import Image

    values = np.asarray(image).astype(np.uint32)
    white, inverted = _tiff_scale(image)
    grey = (values * 255 + white // 2) // white
    grey = np.minimum(grey, 255).astype(np.uint8)
    if inverted:
        grey = 255 - grey
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return Image.fromarray(grey)


def _tiff_scale(image: Image.Image) -> tuple[int, bool]:
    """The value of white, and whether the file counts from white to black."""
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_TIFF_BITS, (16,))
    depth = bits[0] if isinstance(bits, tuple) and bits else 16
    return (2**depth - 1 if depth == 12 else _WHITE), tags.get(_TIFF_PHOTOMETRIC) == 0
