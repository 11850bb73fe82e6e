"""What is where in an SVG drawing, read from the file alone, with texts measured in a real font."""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import matplotlib
from PIL import ImageFont

NAMESPACE = "{http://www.w3.org/2000/svg}"
_FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")


@dataclass(frozen=True)
class Area:
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Area, margin: float = 0.15) -> bool:
        """Whether both share more than an edge; numbers in a file are rounded to a tenth."""
        return (
            self.left < other.right - margin
            and other.left < self.right - margin
            and self.top < other.bottom - margin
            and other.top < self.bottom - margin
        )

    def holds(self, other: Area, margin: float = 0.15) -> bool:
        """Whether the other lies inside."""
        return (
            self.left <= other.left + margin
            and self.top <= other.top + margin
            and other.right <= self.right + margin
            and other.bottom <= self.bottom + margin
        )


@dataclass
class Part:
    """What one layer, or the page around them, consists of."""

    title: str = ""
    rects: list[Area] = field(default_factory=list)
    polygons: list[Area] = field(default_factory=list)
    texts: list[tuple[str, Area]] = field(default_factory=list)
    lines: list[tuple[str, list[tuple[float, float]]]] = field(default_factory=list)

    @property
    def area(self) -> Area:
        """All of it."""
        areas = [*self.rects, *self.polygons, *(area for _text, area in self.texts)]
        return Area(
            min(area.left for area in areas),
            min(area.top for area in areas),
            max(area.right for area in areas),
            max(area.bottom for area in areas),
        )


@dataclass
class Read:
    """A drawing as it was read: the canvas, what stands in groups, and what stands outside."""

    root: ET.Element
    canvas: Area
    parts: list[Part]
    page: Part

    @property
    def text(self) -> str:
        """All that is written on it, without title and description."""
        texts = [text for part in [self.page, *self.parts] for text, _area in part.texts]
        return "\n".join(texts)


def read_drawing(svg: str) -> Read:
    """Read an SVG of rects, polygons, texts and paths in groups."""
    root = ET.fromstring(svg)
    width, height = float(root.get("width")), float(root.get("height"))
    page, parts = Part(), []
    for element in root:
        if element.tag == f"{NAMESPACE}g":
            part = Part(element.find(f"{NAMESPACE}title").text)
            for child in element:
                _add(child, part)
            parts.append(part)
        elif element.get("class") != "paper":
            _add(element, page)
    return Read(root, Area(0, 0, width, height), parts, page)


def _add(element, part):
    kind = element.tag.removeprefix(NAMESPACE)
    if kind == "rect":
        part.rects.append(_rect(element))
    elif kind == "polygon":
        points = [tuple(map(float, point.split(","))) for point in element.get("points").split()]
        part.polygons.append(_around(points))
    elif kind == "text":
        part.texts.append((element.text, _text_area(element)))
    elif kind == "path":
        part.lines.append((element.get("class"), _points(element.get("d"))))
    else:
        assert kind in ("title", "desc", "style"), kind


def _rect(element):
    x, y, width, height = (float(element.get(name)) for name in ("x", "y", "width", "height"))
    assert width > 0
    assert height > 0
    return Area(x, y, x + width, y + height)


def _around(points):
    xs, ys = zip(*points, strict=True)
    return Area(min(xs), min(ys), max(xs), max(ys))


def _text_area(element):
    size, x, y = (float(element.get(name)) for name in ("font-size", "x", "y"))
    width = measured(element.text, size, bold="strong" in element.get("class").split())
    left = x - width * {"start": 0, "middle": 0.5, "end": 1}[element.get("text-anchor", "start")]
    # What letters without accents take above and below their base line.
    return Area(left, y - 0.76 * size, left + width, y + 0.24 * size)


def measured(text: str, size: float, *, bold: bool) -> float:
    """How wide DejaVu Sans sets a text; what it has no letters for is as wide as it is high."""
    font = _font("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
    wide = [letter for letter in text if unicodedata.east_asian_width(letter) in "WF"]
    others = "".join(letter for letter in text if unicodedata.east_asian_width(letter) not in "WF")
    return size * (font.getlength(others) / 1000 + len(wide))


@cache
def _font(name):
    return ImageFont.truetype(str(_FONTS / name), 1000, layout_engine=ImageFont.Layout.BASIC)


def _points(path):
    """Points along a path of M, L and C, close enough together to meet what is in their way."""
    words = path.replace("M", "M ").replace("L", "L ").replace("C", "C ").split()
    points, position = [], 0
    while position < len(words):
        command = words[position]
        count = 6 if command == "C" else 2
        numbers = list(map(float, words[position + 1 : position + 1 + count]))
        ends = list(zip(numbers[::2], numbers[1::2], strict=True))
        if command == "M":
            points.append(ends[0])
        elif command == "L":
            points += _between(lambda t, a=points[-1], b=ends[0]: _mixed([(a, 1 - t), (b, t)]))
        else:
            p, q, r, s = points[-1], *ends
            points += _between(lambda t, p=p, q=q, r=r, s=s: _cubic(t, p, q, r, s))
        position += 1 + count
    assert all(isinstance(x, float) for point in points for x in point)
    return points


def _between(point):
    return [point(step / 24) for step in range(1, 25)]


def _cubic(t, p, q, r, s):
    u = 1 - t
    return _mixed([(p, u**3), (q, 3 * u * u * t), (r, 3 * u * t * t), (s, t**3)])


def _mixed(weighted):
    return tuple(sum(point[axis] * weight for point, weight in weighted) for axis in (0, 1))
