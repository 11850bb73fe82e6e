"""What stands around a drawing: the name of the network above, the conventions below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from konv.explain.drawing.captions import Caption
from konv.explain.drawing.lettering import clean_text, fitted, lines_of
from konv.explain.drawing.shapes import Picture, Shape, Text
from konv.language import translate as _
from konv.network.graph import Network
from konv.network.report import Report, report
from konv.network.report_text import summing_up, title_of

__all__ = ["MARGIN", "TOP", "on_page", "order_of_axes", "remarks"]

MARGIN = 24
TOP = 64  # where the drawing begins
_LEAST_WIDTH = 480
_TITLE_PX, _SMALL_PX, _LINE_PX = 16, 11, 16
_MOST_REMARKS = 4


def on_page(
    network: Network,
    captions: Sequence[Caption],
    shapes: Sequence[Shape],
    *,
    size: tuple[float, float],
    notes: Sequence[str] = (),
) -> Picture:
    """A drawing with its head and foot.

    Args:
        network: what is drawn.
        captions: of all its layers.
        shapes: the drawing; its upper left corner is (MARGIN, TOP).
        size: how wide and high it is.
        notes: how to read it; one line each, or more if it is narrow.
    """
    width = max(size[0], _LEAST_WIDTH)
    described = report(network)
    title = clean_text(title_of(described))
    totals = _(
        "{parameters} parameters, {macs} multiply-adds (MACs)",
        parameters=f"{network.parameters:,}",
        macs=f"{network.macs:,}",
    )
    foot: list[str] = []
    for note in (*remarks(described), order_of_axes(network), *notes):
        foot += lines_of(note.split(), width, _SMALL_PX)
    below = TOP + size[1] + 10
    return Picture(
        width=width + 2 * MARGIN,
        height=below + _LINE_PX * len(foot) + MARGIN - 8,
        title=title,
        description=_description(title, summing_up(described), captions),
        shapes=(
            Text(MARGIN, 32, fitted(title, width, _TITLE_PX), _TITLE_PX, "ink strong", "start"),
            Text(MARGIN, 50, fitted(totals, width, _SMALL_PX), _SMALL_PX, "faint", "start"),
            *shapes,
            *(
                Text(MARGIN, below + _LINE_PX * (i + 1), line, _SMALL_PX, "faint", "start")
                for i, line in enumerate(foot)
            ),
        ),
    )


def remarks(described: Report) -> Iterator[str]:
    """What a reader should know of the network besides: rows that are dropped, uneven padding."""
    yield from (clean_text(f"! {note}") for note in described.notes[:_MOST_REMARKS])
    if len(described.notes) > _MOST_REMARKS:
        yield _("! and {count} more notes", count=len(described.notes) - _MOST_REMARKS)


def order_of_axes(network: Network) -> str:
    """How shapes are to be read."""
    if len(network.input_shape) == 1:
        return _("Shapes: how many numbers. Layers are numbered as in konv summary.")
    if network.data_format == "channels_first":
        return _("Shapes: channels × height × width. Layers are numbered as in konv summary.")
    return _("Shapes: height × width × channels. Layers are numbered as in konv summary.")


def _description(title: str, totals: str, captions: Sequence[Caption]) -> str:
    sentences = "; ".join(clean_text(caption.sentence) for caption in captions)
    return f"{title}. {totals}. {sentences}."
