"""``konv.draw``: a network as a drawing, in one of five styles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from konv.constraints import Choice
from konv.errors import ParameterError
from konv.explain.drawing.blocks import blocks
from konv.explain.drawing.bounds import check_layers
from konv.explain.drawing.drawing import Drawing
from konv.explain.drawing.graph import graph
from konv.explain.drawing.mermaid import mermaid
from konv.explain.drawing.plain import plain
from konv.explain.drawing.svg import svg_text
from konv.explain.drawing.volumes import volumes
from konv.language import translate as _
from konv.network.graph import Network
from konv.parameters import check_value, short_text

if TYPE_CHECKING:
    from konv.model import Model

__all__ = ["STYLE", "STYLES", "draw"]

_PICTURES = {"blocks": blocks, "volumes": volumes, "graph": graph}
_TEXTS = {"mermaid": mermaid, "text": plain}
STYLES = (*_PICTURES, *_TEXTS)
STYLE = Choice(STYLES)


def draw(network: Network | Model, style: str = "blocks") -> Drawing:
    """Draw a network: as SVG that needs nothing else, or as text.

    The same network gives the same bytes; words are in the current language. A drawing follows the
    light or dark colours that a reader prefers, and describes itself to screen readers.

    Args:
        network: a network, or a model.
        style: "blocks", a row of bricks with sizes, kernels, filters and weights on them;
            "volumes", three-dimensional boxes to scale, with the windows that slide over them;
            "graph", boxes and lines from top to bottom, branches side by side;
            "mermaid", a flowchart for Markdown; "text", plain text in 80 columns.

    Returns:
        The drawing: a notebook shows it, ``save`` writes it, ``svg`` and ``text`` are its text.

    Raises:
        LimitError: K606, the network is too large for a picture.
        ParameterError: K201, it is no network, or the style is none of these.

    Example:
        >>> import konv
        >>> drawing = konv.draw(konv.named_network("lenet5").network, style="volumes")
        >>> drawing.svg.startswith("<svg")
        True
    """
    style = check_value("style", style, STYLE, where="draw")
    wanted = getattr(network, "network", network)
    if not isinstance(wanted, Network):
        raise ParameterError(
            f"network={short_text(network)}",
            code="K201",
            where="draw",
            fix=_("a network or a model, such as konv.named_network(…).network"),
        )
    if style in _TEXTS:
        return Drawing(style, _TEXTS[style](wanted))
    check_layers(wanted)
    return Drawing(style, svg_text(_PICTURES[style](wanted)))
