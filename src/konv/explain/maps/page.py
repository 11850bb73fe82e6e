"""What was found as one page: no script, no other file, light and dark.

Every text goes through ``escape``: a layer may be called ``<script>``.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from konv.explain.figures.pixels import picture_colours
from konv.explain.figures.wording import percent
from konv.explain.maps.findings import Findings
from konv.explain.maps.sections import (
    filters_section,
    heat_section,
    layer_section,
    most_section,
)
from konv.explain.maps.tiles import tile
from konv.html_page import page_of, paragraphs
from konv.language import translate as _
from konv.layers.base import Array
from konv.maps.scores import class_scores, unit_of

__all__ = ["maps_page"]

_SHOWN_CLASSES = 5
# Colours are those of the page around, so that they suit a light and a dark one.
_STYLE = """
.konv-maps { font: 0.95rem/1.5 system-ui, sans-serif; }
.konv-maps h1 { font-size: 1.4rem; margin: 0 0 0.6em; }
.konv-maps h2 { font-size: 1.1rem; margin: 0 0 0.2em; }
.konv-maps h1, .konv-maps h2 { overflow-wrap: anywhere; }
.konv-maps section { margin: 1.6em 0; padding-top: 0.9em;
  border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
.konv-maps p { margin: 0.3em 0; max-width: 60em; opacity: 0.85; }
.konv-maps nav a { margin-right: 0.9em; color: inherit; }
.konv-maps .tiles { display: flex; flex-wrap: wrap; gap: 0.7em; margin: 0.7em 0; align-items: end; }
.konv-maps .row { display: flex; gap: 0.7em; align-items: center; margin: 0.5em 0;
  overflow-x: auto; }
.konv-maps .row > .name { flex: 0 0 5.5em; }
.konv-maps figure { margin: 0; text-align: center; }
.konv-maps figcaption { font-size: 0.8em; font-variant-numeric: tabular-nums; }
.konv-maps .tile { display: inline-block; position: relative;
  outline: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
.konv-maps .tile img { width: 100%; height: 100%; display: block; image-rendering: pixelated; }
.konv-maps .tile i { position: absolute; box-sizing: border-box; border: 2px solid #d55e00;
  outline: 1px solid #fff; }
.konv-maps table { border-collapse: collapse; margin: 0.7em 0; }
.konv-maps th { font-weight: 400; text-align: right; padding: 0.1em 0.8em 0.1em 0; }
.konv-maps td { padding: 0.1em 0.4em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.konv-maps .bar { display: inline-block; height: 0.7em; margin-right: 0.5em; background: #d55e00; }
.konv-maps .bar.below { background: #0072b2; }
"""


def maps_page(findings: Findings) -> str:
    """The page as HTML."""
    title = _("What {network} makes of {picture}", **_words(findings))
    return page_of(title, "\n".join(_parts(findings, title)))


def _words(findings: Findings) -> dict[str, str]:
    return {"network": findings.model.network.name, "picture": findings.name}


def _parts(findings: Findings, title: str) -> Iterator[str]:
    yield f'<div class="konv-maps"><style>{_STYLE}</style>'
    yield f"<h1>{escape(title)}</h1>"
    picture = np.atleast_2d(findings.picture)  # numbers that are no picture are a row
    colours, stretched = picture_colours(picture, channels_first=findings.channels_first)
    alternative = _("the picture {picture}", picture=findings.name)
    answer = "".join(_answer(findings))
    yield f'<div class="tiles">{tile(colours, alternative, side_em=11)}{answer}</div>'
    if stretched:
        yield paragraphs(
            _("The picture is stretched: black is its least number, white its largest.")
        )
    if findings.maps is not None and len(findings.maps) > 1:
        links = (
            f'<a href="#layer-{number}">{escape(maps.layer)}</a>'
            for number, maps in enumerate(findings.maps)
        )
        yield f'<nav aria-label="{escape(_("layers"))}">{" ".join(links)}</nav>'
    for heat in findings.heats:
        yield heat_section(findings, heat, colours)
    for number, maps in enumerate(findings.maps or ()):
        yield layer_section(findings, maps, f"layer-{number}")
    for node in findings.filters:
        yield filters_section(findings, node)
    if findings.most is not None:
        yield most_section(findings, findings.most)
    yield "</div>"


def _answer(findings: Findings) -> Iterator[str]:
    """The likeliest classes, if the outputs are those of classes."""
    model = findings.model
    if len(model.network.output_shape) != 1 or unit_of(model.network) != "probability":
        return
    outputs = model.predict(findings.picture[np.newaxis])
    shares = _all_shares(findings, outputs)
    names = model.classes or tuple(range(len(shares)))
    yield f"<table><caption>{escape(_('what it is taken for'))}</caption><tbody>"
    for index in np.argsort(-shares, kind="stable")[:_SHOWN_CLASSES]:
        share = float(shares[index])
        bar = f'<span class="bar" style="width:{8 * share:.2f}em"></span>' if share > 0 else ""
        yield (
            f'<tr><th scope="row">{escape(str(names[index]))}</th><td>{bar}{percent(share)}</td>'
            "</tr>"
        )
    yield "</tbody></table>"


def _all_shares(findings: Findings, outputs: Array) -> Array:
    network = findings.model.network
    count = max(network.output_shape[0], 2)
    return np.array([class_scores(network, outputs, index)[0] for index in range(count)])
