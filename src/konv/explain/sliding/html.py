"""A sliding window as a page: one file, no network, light and dark.

Every number in it is a text that stands here already; the script moves the window and shows them.
Without a script the page shows the first step and the whole output.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from konv.explain.drawing.colours import COLOURS, FAMILIES, FONTS
from konv.explain.sliding.equations import Equation, equation_of, frame_of
from konv.explain.sliding.html_grids import Grid, grid_html, grids_of, input_numbers
from konv.explain.sliding.step import SlidingStep
from konv.explain.sliding.window import SlidingWindow
from konv.explain.sliding.wording import heading, place_of, remarks
from konv.html_page import page_of
from konv.language import translate as _
from konv.values.numbers import factor

__all__ = ["sliding_frame", "sliding_page"]

_HERE = Path(__file__).parent


def sliding_page(sliding: SlidingWindow) -> str:
    """The whole page."""
    return page_of(heading(sliding), "\n".join(_body(sliding)))


def sliding_frame(sliding: SlidingWindow) -> str:
    """The page in a frame of its own, for a notebook: nothing of it reaches what is around it."""
    page = escape(sliding_page(sliding))
    return f'<iframe srcdoc="{page}" style="width: 100%; height: 34em; border: 0"></iframe>'


def _body(sliding: SlidingWindow) -> Iterator[str]:
    first = sliding.step(0)
    grids = grids_of(sliding)
    yield f'<div class="konv-slide"><style>{_style()}</style>'
    yield f"<h1>{escape(heading(sliding))}</h1>"
    yield f'<p class="faint"><code>{escape(_arithmetic(sliding))}</code></p>'
    yield '<div class="stage">'
    yield from map(grid_html, grids)
    yield "</div>"
    yield _controls(len(sliding))
    yield f'<div data-part="told"><p data-part="place">{escape(place_of(sliding, first))}</p>'
    yield f'<div class="sum" data-part="sum">{_equation_html(equation_of(first))}</div></div>'
    for remark in (*remarks(sliding), *(grid.legend for grid in grids if grid.legend)):
        yield f'<p class="faint">{escape(remark)}</p>'
    without = _("Without scripts the page shows the first step and the whole output.")
    yield f'<noscript><p class="faint">{escape(without)}</p></noscript>'
    facts = json.dumps(_facts(sliding, grids), ensure_ascii=False, separators=(",", ":"))
    yield f'<script type="application/json">{facts.replace("<", chr(92) + "u003c")}</script>'
    yield f"<script>{_file('page.js')}</script></div>"


def _arithmetic(sliding: SlidingWindow) -> str:
    rows, columns = sliding.axes
    if rows == columns:
        return rows.arithmetic()
    return "; ".join([f"{_('height')} {rows.arithmetic()}", f"{_('width')} {columns.arithmetic()}"])


def _equation_html(equation: Equation) -> str:
    lines = [equation.text(all_terms=True), *(later.text for later in equation.later)]
    return "".join(f"<p><code>{escape(line)}</code></p>" for line in lines)


def _controls(count: int) -> str:
    """Buttons and a slider; the script shows them, since nothing else moves the window."""
    buttons = "".join(
        f'<button type="button" data-part="{part}">{escape(word)}</button>'
        for part, word in (("play", _("play")), ("back", _("back")), ("forward", _("forward")))
    )
    slider = (
        f'<input type="range" data-part="slider" min="0" max="{count - 1}" value="0" '
        f'aria-label="{escape(_("step"))}">'
    )
    keys = _("keys: ← → ↑ ↓, Home, End, space")
    return (
        f'<div class="controls" data-part="controls" hidden>{buttons}{slider}'
        f'<span class="faint">{escape(keys)}</span></div>'
    )


def _facts(sliding: SlidingWindow, grids: tuple[Grid, ...]) -> dict[str, Any]:
    """What the script shows: texts, and how far windows lie apart."""
    rows, columns = sliding.axes
    kernel = sliding.met_kernel
    output = grids[-1]
    return {
        "window": sliding.grid,
        "stride": (rows.stride, columns.stride),
        "dilation": (rows.dilation, columns.dilation),
        "columns": sliding.padded.shape[1],
        "outputs": columns.output,
        "pixels": output.shades is not None,
        "numbers": input_numbers(sliding),
        "weights": None if kernel is None else [factor(x) for x in kernel.reshape(-1).tolist()],
        "outputTexts": [text for row in output.cells for text in row],
        "frame": frame_of(sliding),
        "steps": [_step_facts(sliding, step) for step in sliding.steps],
        "words": {"play": _("play"), "pause": _("pause")},
    }


def _step_facts(sliding: SlidingWindow, step: SlidingStep) -> list[Any]:
    equation = equation_of(step)
    return [
        place_of(sliding, step),
        equation.result,
        step.winner,
        [later.text for later in equation.later],
    ]


def _style() -> str:
    """The colours in light and dark, and the rules."""
    light, dark = (_variables(position) for position in (0, 1))
    return (
        f":root {{ --fonts: {FONTS}; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"{_file('page.css')}"
    )


def _variables(position: int) -> str:
    colours = {name: pair[position] for name, pair in COLOURS.items()}
    colours["fill"], colours["edge"] = FAMILIES["convolution"][position]
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def _file(name: str) -> str:
    return (_HERE / name).read_text("utf-8")
