"""A picture as SVG: one file that needs nothing else, the same bytes each time.

Names in it come from anywhere: every text and every attribute is escaped, and no text becomes an
address, a style or a script.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from konv.explain.drawing.colours import STYLE_SHEET
from konv.explain.drawing.lettering import clean_text
from konv.explain.drawing.shapes import Box, Group, Picture, Polygon, Route, Shape, Text
from konv.language import current_language

__all__ = ["svg_text"]


def svg_text(picture: Picture) -> str:
    """The picture as a file in SVG.

    It has a title and a description for screen readers, and follows the light or dark colours that
    a reader prefers.
    """
    body = "\n".join(_element(shape) for shape in picture.shapes)
    # Several drawings may stand on one page, so names in it must differ.
    mark = hashlib.sha256((picture.description + body).encode()).hexdigest()[:12]
    width, height = _number(picture.width), _number(picture.height)
    root = _attributes(
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        role="img",
        lang=current_language(),
        aria_labelledby=f"konv-{mark}-title konv-{mark}-desc",
        class_="konv-drawing",
    )
    return (
        f"<svg{root}>\n"
        f'<title id="konv-{mark}-title">{_content(picture.title)}</title>\n'
        f'<desc id="konv-{mark}-desc">{_content(picture.description)}</desc>\n'
        f"<style>\n{STYLE_SHEET}</style>\n"
        f'<rect class="paper" width="{width}" height="{height}"/>\n'
        f"{body}\n</svg>\n"
    )


def _element(shape: Shape) -> str:
    match shape:
        case Box():
            return f"<rect{_box_attributes(shape)}/>"
        case Text():
            attributes = _attributes(
                x=_number(shape.x),
                y=_number(shape.y),
                font_size=_number(shape.size),
                text_anchor=None if shape.anchor == "start" else shape.anchor,
                class_=shape.look,
            )
            return f"<text{attributes}>{_content(shape.text)}</text>"
        case Polygon():
            points = " ".join(f"{_number(x)},{_number(y)}" for x, y in shape.points)
            return f"<polygon{_attributes(points=points, class_=shape.look)}/>"
        case Route():
            return f"<path{_attributes(d=' '.join(_steps(shape)), class_=shape.look)}/>"
        case Group():
            inside = "\n".join(map(_element, shape.shapes))
            return f"<g>\n<title>{_content(shape.title)}</title>\n{inside}\n</g>"


def _box_attributes(box: Box) -> str:
    return _attributes(
        x=_number(box.x),
        y=_number(box.y),
        width=_number(box.width),
        height=_number(box.height),
        rx=_number(box.radius) if box.radius else None,
        class_=box.look,
    )


def _steps(route: Route) -> Iterator[str]:
    x, y = route.points[0]
    yield f"M{_number(x)} {_number(y)}"
    for (x, y), (to_x, to_y) in pairwise(route.points):
        end = f"{_number(to_x)} {_number(to_y)}"
        if route.bends and x != to_x:
            middle = _number((y + to_y) / 2)
            yield f"C{_number(x)} {middle} {_number(to_x)} {middle} {end}"
        else:
            yield f"L{end}"


def _attributes(**values: str | None) -> str:
    return "".join(
        f" {name.rstrip('_').replace('_', '-')}={quoteattr(value)}"
        for name, value in values.items()
        if value is not None
    )


def _content(text: str) -> str:
    return escape(clean_text(text))


def _number(value: float) -> str:
    """To a tenth of a pixel; −0 is 0.

    Example:
        >>> _number(3.0), _number(2.449), _number(-0.01)
        ('3', '2.4', '0')
    """
    text = f"{value + 0:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
