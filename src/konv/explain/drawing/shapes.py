"""What a drawing is made of: shapes with the look that a style sheet gives them. No SVG yet.

All sizes are in pixels; x grows to the right, y downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from konv.explain.drawing.lettering import text_width

__all__ = ["Box", "Group", "Picture", "Polygon", "Route", "Shape", "Text", "arrow"]

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """An upright rectangle.

    Args:
        x, y: its upper left corner.
        look: words of the style sheet.
        radius: of its corners.
    """

    x: float
    y: float
    width: float
    height: float
    look: str
    radius: float = 0


@dataclass(frozen=True)
class Text:
    """A line of text.

    Args:
        x: of its beginning, its middle or its end, as ``anchor`` says.
        y: of its base line.
        size: of its letters.
        anchor: "start", "middle" or "end".
    """

    x: float
    y: float
    text: str
    size: float
    look: str = "ink"
    anchor: str = "middle"

    @property
    def width(self) -> float:
        """How wide it is at most."""
        return text_width(self.text, self.size)


@dataclass(frozen=True)
class Polygon:
    """A closed line through points."""

    points: tuple[Point, ...]
    look: str


@dataclass(frozen=True)
class Route:
    """An open line through points.

    Args:
        bends: whether it swings from one point to the next, upright in both, rather than going
            straight. It never leaves the rectangle between the two.
    """

    points: tuple[Point, ...]
    look: str = "line"
    bends: bool = False


@dataclass(frozen=True)
class Group:
    """Shapes that belong together; a browser shows the title under the mouse."""

    title: str
    shapes: tuple[Shape, ...]


Shape = Box | Text | Polygon | Route | Group


@dataclass(frozen=True)
class Picture:
    """A whole drawing.

    Args:
        title: what it shows, in a line.
        description: the same for those who do not see it.
    """

    width: float
    height: float
    title: str
    description: str
    shapes: tuple[Shape, ...]


def arrow(tip: Point, *, down: bool = False, size: float = 7) -> Polygon:
    """The head of an arrow that points to the right, or down."""
    x, y = tip
    half = size * 0.6
    back: Sequence[Point] = (
        [(x - half, y - size), (x + half, y - size)]
        if down
        else [(x - size, y - half), (x - size, y + half)]
    )
    return Polygon((tip, *back), "head")
