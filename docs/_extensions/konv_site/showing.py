"""How a value stands on a page: as a picture, a table, a line of code's output, a word."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import Any

__all__ = ["as_html", "as_text"]

_MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def as_html(value: Any, alt: str = "") -> str:
    """A drawing, or the file of a figure; "" for what is only text.

    A drawing stands in the page itself, so that the mouse finds its layers. A figure is an image:
    the identifiers in matplotlib's files are the same in all of them.
    """
    if isinstance(value, Path) and value.suffix in _MEDIA_TYPES:
        if not alt:
            raise ValueError(f"{value.name} needs a text for those who cannot see it: :alt:")
        data = base64.b64encode(value.read_bytes()).decode()
        source = f"data:{_MEDIA_TYPES[value.suffix]};base64,{data}"
        return f'<img class="konv-figure" src="{source}" alt="{escape(alt)}">'
    svg = getattr(value, "_repr_svg_", lambda: None)()
    return f'<div class="konv-drawing">{svg}</div>' if svg else ""


def as_text(value: Any) -> str:
    """Whole numbers as a textbook sets them: 1,056,850 and −7."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace("-", "−")
    return str(value)
