"""The drawings on the page docs/drawings.md: pictures beside it, and text in it.

::

    python -m tools.gallery      write all of them anew

A test holds them against what is drawn today.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from konv.explain.drawing import draw
from konv.language import using_language
from konv.layers import Conv2D, Input
from konv.network.graph import Network, sequential
from konv.network.named import named_network

__all__ = ["PAGE", "PICTURES", "pictures", "with_texts"]

PAGE = Path(__file__).parents[1] / "docs" / "drawings.md"
FOLDER = PAGE.with_suffix("")

# The name of a file -> the network, the style, the language.
PICTURES = {
    "simple-blocks.svg": ("simple", "blocks", "en"),
    "simple-blocks.ko.svg": ("simple", "blocks", "ko"),
    "tutorial-39x31-blocks.svg": ("tutorial-39x31", "blocks", "en"),
    "channels-first-blocks.svg": ("channels-first", "blocks", "en"),
    "tutorial-120x60-volumes.svg": ("tutorial-120x60", "volumes", "en"),
    "vgg-mini-volumes.svg": ("vgg-mini", "volumes", "en"),
    "tutorial-dense-volumes.svg": ("tutorial-dense", "volumes", "en"),
    "resnet8-graph.svg": ("resnet8", "graph", "en"),
}
_TEXT = re.compile(
    r"(?P<before>\$ konv draw (?P<network>\S+) --style text\n)(?P<text>.*?)(?P<after>```)",
    re.DOTALL,
)
_MERMAID = re.compile(
    r"(?P<before><!-- mermaid of (?P<network>\S+) -->\n```mermaid\n)(?P<text>.*?)(?P<after>```)",
    re.DOTALL,
)


def network_of(name: str) -> Network:
    """A network of the page."""
    if name == "channels-first":
        layer = Conv2D(2, 2, padding="same", data_format="channels_first")
        return sequential([Input((3, 3, 3)), layer], name="two filters, channels first")
    return named_network(name).network


def pictures() -> Iterator[tuple[Path, str]]:
    """Every file with what it holds."""
    for name, (network, style, language) in PICTURES.items():
        with using_language(language):
            yield FOLDER / name, draw(network_of(network), style).text


def with_texts(page: str) -> str:
    """The page with what its commands print today."""
    for pattern, style in ((_TEXT, "text"), (_MERMAID, "mermaid")):
        page = pattern.sub(lambda found, style=style: _anew(found, style), page)
    return page


def _anew(found: re.Match[str], style: str) -> str:
    return found["before"] + draw(network_of(found["network"]), style).text + found["after"]


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in pictures():
        path.write_text(text, "utf-8")
    PAGE.write_text(with_texts(PAGE.read_text("utf-8")), "utf-8")
