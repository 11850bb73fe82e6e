"""The style "mermaid": the network as text that Markdown viewers such as GitHub's draw.

Syntax: https://mermaid.js.org/syntax/flowchart.html. Every character of a text that could mean
something to Mermaid, Markdown or HTML is written as its number, ``#35;``.
"""

from __future__ import annotations

from collections.abc import Iterator

from konv.explain.drawing.captions import Caption, captions_of
from konv.explain.drawing.colours import FAMILIES
from konv.explain.drawing.lettering import clean_text
from konv.network.graph import Network
from konv.network.report import report
from konv.network.report_text import title_of

__all__ = ["mermaid"]

_PLAIN = frozenset(" _,.=×→+−")
_TITLE = frozenset(" ,.×→+−-_()")


def mermaid(network: Network) -> str:
    """The network as a flowchart: a node for each layer, an arrow for each of its inputs.

    Example:
        >>> from konv.layers import Dense, Input
        >>> from konv.network.graph import sequential
        >>> print(mermaid(sequential([Input((4,)), Dense(2)])).splitlines()[2])
          n0 --> n1
    """
    return "\n".join(_lines(network)) + "\n"


def _lines(network: Network) -> Iterator[str]:
    captions = captions_of(network)
    numbers = {caption.row.name: caption.row.index for caption in captions}
    yield "flowchart TD"
    # A title is not read as a label is: what is not plain in it is left out.
    title = clean_text(title_of(report(network)))
    plain = "".join(letter if letter.isalnum() or letter in _TITLE else " " for letter in title)
    yield f"  accTitle: {' '.join(plain.split())}"
    for caption in captions:
        if caption.row.inputs:
            yield from (
                f"  n{numbers[name]} --> n{caption.row.index}" for name in caption.row.inputs
            )
    for caption in captions:
        yield f'  n{caption.row.index}["{_label(caption)}"]:::{caption.family}'
    for family in dict.fromkeys(caption.family for caption in captions):
        (fill, edge), _dark = FAMILIES[family]
        # The ink is given too: a dark theme would write white on these pale colours.
        yield f"  classDef {family} fill:{fill},stroke:{edge},color:#1f2328"


def _label(caption: Caption) -> str:
    heading = f"{caption.kind} {caption.name}"
    lines = [heading, ", ".join(caption.facts), ", ".join(caption.counts), caption.shape]
    return "<br/>".join(_escaped(line) for line in lines if line)


def _escaped(text: str) -> str:
    """Letters and digits of any script as they are, the rest by number."""
    return "".join(
        letter if letter.isalnum() or letter in _PLAIN else f"#{ord(letter)};" for letter in text
    )
