"""Pictures with what a network said of them below: the body of two figures."""

from __future__ import annotations

from collections.abc import Sequence

from konv.explain.figures.answers import Answers
from konv.explain.figures.grid import Grid, Tile
from konv.explain.figures.page import Page
from konv.explain.figures.pixels import picture_colours
from konv.explain.figures.style import FRAME, ORANGE, SMALL_PT
from konv.language import translate as _

__all__ = ["MOST_PICTURES", "draw_answers"]

MOST_PICTURES = 25
_COLUMNS = 5


def draw_answers(
    page: Page, answers: Answers, which: Sequence[int], title: str, subtitle: str
) -> None:
    """A page of the pictures of these indices; wrong answers are framed in orange.

    Below each stands the class it was taken for, or true class → that class, and its probability.
    """
    shown = [
        picture_colours(answers.images[i], channels_first=answers.channels_first) for i in which
    ]
    grid = Grid(shown[0][0].shape[:2], len(which), _COLUMNS, lines=2)
    notes = []
    if any(stretched for _colours, stretched in shown):
        notes.append(_("Pictures outside 0…1 are stretched: black is the least, white the most."))
    inks = [ORANGE if wrong else FRAME for wrong in answers.is_wrong()[list(which)]]
    captions = _captions(page, answers, which, grid.column_in)
    page.lay_out(title, subtitle=subtitle, body_in=grid.height_in, notes=notes)
    tiles = [
        Tile(colours, caption, ink)
        for (colours, _s), caption, ink in zip(shown, captions, inks, strict=True)
    ]
    grid.draw(page, tiles)


def _captions(
    page: Page, answers: Answers, which: Sequence[int], width_in: float
) -> list[tuple[str, str]]:
    """Two lines for each picture."""
    pairs = [(int(answers.truth[i]), int(answers.predictions[i])) for i in which]
    shares = [answers.share_text(i) for i in which]
    short = page.short_names([i for pair in pairs for i in pair], width_in, SMALL_PT)
    lines = [
        short[answer] if true == answer else f"{short[true]} → {short[answer]}"
        for true, answer in pairs
    ]
    if all(page.width_in(line, SMALL_PT) <= width_in for line in lines):
        return list(zip(lines, shares, strict=True))
    ends = [f" · {share}" if share else "" for share in shares]
    room_in = width_in - max(page.width_in("→ " + end, SMALL_PT) for end in ends)
    shorter = page.short_names([answer for _true, answer in pairs], room_in, SMALL_PT)
    return [
        (short[true], share if true == answer else f"→ {shorter[answer]}{end}")
        for (true, answer), share, end in zip(pairs, shares, ends, strict=True)
    ]
