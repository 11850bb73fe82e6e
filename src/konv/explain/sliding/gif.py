"""A sliding window as a GIF: a frame for each step; of very many steps some, evenly.

The same window gives the same bytes: letters and colours come with konv's own packages, not from
the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from konv.explain.sliding.gif_grids import (
    EDGE,
    FAINT,
    FILL,
    FONT_PX,
    INK,
    LINE,
    PAPER,
    WINDOW,
    font,
)
from konv.explain.sliding.gif_stage import LINE_PX, MARGIN_PX, Stage, stage_of, sum_lines
from konv.explain.sliding.step import SlidingStep
from konv.explain.sliding.window import SlidingWindow

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

__all__ = ["MOST_FRAMES", "shown_steps", "sliding_gif"]

MOST_FRAMES = 100
_SLOW_MS, _FAST_MS, _LAST_MS = 1_200, 200, 4_000
_SLOW_FRAMES = 20  # as many are shown slowly
_BLENDS = 16  # colours from one to another
# None near white, for which Pillow, which looks up colours in steps of 4, would take them.
_GREYS = (*range(0, 241, 5), 255)


def shown_steps(count: int) -> list[int]:
    """The steps that have a frame: all, or some from the first to the last.

    Example:
        >>> shown_steps(4), len(shown_steps(5_000)), shown_steps(5_000)[-1]
        ([0, 1, 2, 3], 100, 4999)
    """
    if count <= MOST_FRAMES:
        return list(range(count))
    return [round(i * (count - 1) / (MOST_FRAMES - 1)) for i in range(MOST_FRAMES)]


def sliding_gif(sliding: SlidingWindow) -> bytes:
    """The bytes of the file."""
    steps = [sliding.step(number) for number in shown_steps(len(sliding))]
    first, *others = _frames(sliding, steps)
    duration = _SLOW_MS if len(steps) <= _SLOW_FRAMES else _FAST_MS
    written = BytesIO()
    first.save(
        written,
        "GIF",
        save_all=True,
        append_images=others,
        duration=[*[duration] * len(others), _LAST_MS],
        loop=0,
    )
    return written.getvalue()


def _frames(sliding: SlidingWindow, steps: list[SlidingStep]) -> Iterator[Image]:
    from PIL import Image
    from PIL.ImageDraw import Draw

    stage = stage_of(sliding)
    texts = [sum_lines(step, stage.width - 2 * MARGIN_PX) for step in steps]
    height = stage.text_top + LINE_PX * (1 + max(map(len, texts))) + MARGIN_PX // 2
    base = Image.new("RGB", (stage.width, height), PAPER)
    canvas = Draw(base)
    _draw_still(stage, canvas)
    palette, done = _palette(), 0
    for step, lines in zip(steps, texts, strict=True):
        for number in range(done, step.number + 1):
            stage.output.draw(canvas, *divmod(number, len(stage.output.cells[0])))
        done = step.number + 1
        frame = base.copy()
        _draw_step(sliding, stage, step, Draw(frame))
        _draw_texts(stage, [f"{done} / {len(sliding)}", *lines], Draw(frame))
        yield frame.quantize(palette=palette, dither=Image.Dither.NONE)


def _draw_still(stage: Stage, canvas: ImageDraw) -> None:
    """What does not change: input, kernel, signs, the empty output."""
    for grid in stage.grids[:-1]:
        fill = FILL if grid is not stage.input else None
        for row in range(len(grid.cells)):
            for column in range(len(grid.cells[0])):
                grid.draw(canvas, row, column, fill=fill)
    stage.output.draw_empty(canvas)
    for left, middle, sign in stage.signs:
        canvas.text((left, middle), sign, FAINT, font(2 * FONT_PX), anchor="mm")


def _draw_step(sliding: SlidingWindow, stage: Stage, step: SlidingStep, canvas: ImageDraw) -> None:
    """Where the window lies, and where its number goes."""
    places = sliding.met(step)
    colour, winner = (EDGE, WINDOW) if stage.input.shades is None else (WINDOW, EDGE)
    for place in places:
        if stage.input.shades is None:
            stage.input.draw(canvas, *place, fill=FILL)
        stage.input.frame(canvas, *place, colour)
    if step.winner is not None:
        stage.input.frame(canvas, *places[step.winner], winner)
    if stage.output.shades is None:
        stage.output.draw(canvas, *step.at, fill=FILL)
    stage.output.frame(canvas, *step.at, colour)


def _draw_texts(stage: Stage, lines: list[str], canvas: ImageDraw) -> None:
    """Which step it is, and its sum."""
    for number, line in enumerate(lines):
        place = (MARGIN_PX, stage.text_top + number * LINE_PX)
        canvas.text(place, line, INK if number else FAINT, font(FONT_PX))


def _palette() -> Image:
    """256 colours: greys for pixels and letters, and blends for the soft edges of letters."""
    from PIL import Image
    from PIL.ImageColor import getrgb

    greys = [[level] * 3 for level in _GREYS]
    blends = [
        np.linspace(getrgb(first), getrgb(second), _BLENDS).round().astype(int).tolist()
        for first, second in (
            (INK, PAPER),
            (INK, FILL),
            (FAINT, PAPER),
            (EDGE, FILL),
            (WINDOW, FILL),
            (LINE, PAPER),
        )
    ]
    colours = [*greys, *(colour for blend in blends for colour in blend)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for colour in colours for level in colour])
    return palette
