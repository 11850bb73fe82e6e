"""The style "text": the network as lines of at most 80 columns, its branches as rails beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from konv.explain.drawing.captions import Caption, captions_of
from konv.explain.drawing.page import order_of_axes, remarks
from konv.explain.drawing.rails import rails_of
from konv.language.tables import (
    WIDTH,
    padded,
    places,
    printable,
    shortened,
    shortened_inside,
    wrapped,
)
from konv.network.graph import Network
from konv.network.report import report
from konv.network.report_text import summing_up, title_of

__all__ = ["plain"]

_MOST_RAILS = 9  # beside each other; where there are more, "from 3, 7" says it
_NAME, _SHAPE = 22, 16


def plain(network: Network) -> str:
    """The network as plain text."""
    return "\n".join(line.rstrip() for line in _lines(network)) + "\n"


def _lines(network: Network) -> Iterator[str]:
    captions = captions_of(network)
    described = report(network)
    yield from wrapped(printable(title_of(described)), WIDTH)
    yield ""
    rails = rails_of([caption.sources for caption in captions], _MOST_RAILS)
    yield from _rows(captions, rails or [""] * len(captions), with_sources=rails is None)
    yield ""
    yield from wrapped(summing_up(described), WIDTH)
    for remark in remarks(described):
        yield from wrapped(remark, WIDTH, "  ")
    yield from wrapped(order_of_axes(network), WIDTH)


def _rows(
    captions: Sequence[Caption], rails: Sequence[str], *, with_sources: bool
) -> Iterator[str]:
    """A line for each layer: rails, number, name, shape, and what it is; wrapped if need be."""
    numbers = len(str(len(captions) - 1))
    beside = max(map(places, rails))
    name = min(_NAME, max(places(caption.name) for caption in captions))
    shape = min(_SHAPE, max(places(caption.shape) for caption in captions))
    start = (beside + 2 if beside else 0) + numbers + 2 + name + 2 + shape + 2
    going_on = _going_on(rails)
    for caption, rail, below in zip(captions, rails, going_on, strict=True):
        head = padded(rail, beside) + "  " if beside else ""
        head += padded(str(caption.row.index), numbers, right=True) + "  "
        head += padded(shortened_inside(caption.name, name), name) + "  "
        head += padded(shortened(caption.shape, shape), shape) + "  "
        for index, line in enumerate(_what(caption, with_sources, WIDTH - start)):
            yield (head if index == 0 else padded(padded(below, beside), start)) + line


def _what(caption: Caption, with_sources: bool, width: int) -> Iterator[str]:
    """What a layer is, in lines; what belongs together is not parted if it fits into one."""
    source = caption.source if with_sources else ""
    parts = [part for part in (caption.kind, *caption.facts, *caption.counts, source) if part]
    line = ""
    for number, part in enumerate(parts, start=1):
        text = f"{part}," if number < len(parts) else part
        longer = f"{line} {text}" if line else text
        if line and places(longer) > width:
            yield line
            longer = text
        *whole, line = wrapped(longer, width)
        yield from whole
    yield line


def _going_on(rails: Sequence[str]) -> Iterator[str]:
    """What stands beside the further lines of a row: the rails that go on below it."""
    for rail, following in zip(rails, [*rails[1:], ""], strict=True):
        above = rail + " " * len(following)
        yield "".join(
            "│" if letter in "●│├┤┼┘┴└" and above[place] in "●│├┤┼" else " "
            for place, letter in enumerate(following)
        )
