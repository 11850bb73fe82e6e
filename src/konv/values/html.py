"""An explanation as HTML: tables that need no script and no other file, light and dark.

Every text goes through ``escape``: a layer may be called ``<script>``.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from konv.html_page import page_of, paragraphs
from konv.language import translate as _
from konv.values.explanation import Explained, Explanation
from konv.values.html_steps import step_html
from konv.values.html_tables import map_table, participation_table
from konv.values.wording import closing_sentences, heading

__all__ = ["explanation_page", "explanation_part"]

# Colours are those of the page around it, so that they suit a light and a dark one; what is marked
# is also framed, for those who do not see colours.
_STYLE = """
.konv-value { font: 0.9rem/1.5 system-ui, sans-serif; color: inherit; }
.konv-value h2 { font-size: 1.15rem; margin: 0 0 0.6em; }
.konv-value section { margin: 1.2em 0; overflow-x: auto; }
.konv-value p { margin: 0.4em 0; max-width: 60em; }
.konv-value code { font: 0.95em/1.6 ui-monospace, monospace; overflow-wrap: anywhere; }
.konv-value .row { display: flex; flex-wrap: wrap; gap: 0.8em 1.6em; align-items: end;
  margin: 0.5em 0; }
.konv-value table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.konv-value caption { text-align: left; font-weight: 600; padding: 0.3em 0; white-space: nowrap; }
.konv-value td, .konv-value thead th { padding: 0.15em 0.5em; text-align: right;
  white-space: nowrap; }
.konv-value td { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.konv-value th { font-weight: 400; opacity: 0.7; padding: 0.15em 0.5em; text-align: right; }
.konv-value .shade { background: color-mix(in srgb, currentColor calc(var(--v) * 30%),
  transparent); }
.konv-value .seen { outline: 2px solid #2b7de9; outline-offset: -2px;
  background: color-mix(in srgb, #2b7de9 25%, transparent); }
.konv-value .won { outline: 3px solid #d9730d; outline-offset: -3px; font-weight: 700; }
.konv-value .padding { opacity: 0.55; font-style: italic; }
.konv-value .sign { font-size: 1.4em; align-self: center; }
.konv-value .result { font-weight: 700; }
"""


def explanation_page(explained: Explained, *, all_terms: bool) -> str:
    """The explanation as a page."""
    return page_of(heading(explained), explanation_part(explained, all_terms=all_terms))


def explanation_part(explained: Explained, *, all_terms: bool = False) -> str:
    """The explanation as a part of a page."""
    return "\n".join(_part(explained, all_terms))


def _part(explained: Explained, all_terms: bool) -> Iterator[str]:
    yield f'<div class="konv-value"><style>{_STYLE}</style>'
    yield f"<h2>{escape(heading(explained))}</h2>"
    scene = explained.scene if isinstance(explained, Explanation) else None
    source = next(iter(explained.sources), "") if isinstance(explained, Explanation) else ""
    if scene is not None:
        caption = _("{source}, channel {channel}", source=source, channel=scene.channel)
        yield f"<section>{map_table(scene, scene.channel, caption)}</section>"
    for step in explained.steps:
        yield f"<section>{''.join(step_html(step, all_terms=all_terms))}</section>"
    yield f"<section>{paragraphs(*closing_sentences(explained))}</section>"
    if scene is not None:
        caption = _(
            "In how many windows of {layer} each place of {source} takes part",
            layer=explained.layer,
            source=source,
        )
        table = participation_table(scene)
        yield f"<details><summary>{escape(caption)}</summary>{table}</details>"
    yield "</div>"
