"""A report as HTML: one table that needs no other file, for light and dark backgrounds.

Every text goes through ``escape``: a layer may be called ``<script>``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from konv.html_page import page_of
from konv.network.report import Report, conventions
from konv.network.report_columns import Column, columns_of
from konv.network.report_text import summing_up, title_of

__all__ = ["html_page", "html_part"]

# Colours are those of the page around it, so that they suit a light and a dark one.
_STYLE = """
.konv-report { font: 0.9rem/1.5 system-ui, sans-serif; color: inherit; overflow-x: auto; }
.konv-report table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.konv-report caption { text-align: left; font-weight: 600; padding: 0.4em 0; }
.konv-report th, .konv-report td { padding: 0.15em 0.7em; text-align: left; white-space: nowrap; }
.konv-report .number { text-align: right; }
.konv-report thead th { border-bottom: 2px solid currentColor; }
.konv-report tbody th { font-weight: 400; }
.konv-report tfoot td, .konv-report tfoot th { border-top: 2px solid currentColor; }
.konv-report tfoot { font-weight: 600; }
.konv-report p, .konv-report ul { margin: 0.4em 0; }
"""


def html_part(report: Report) -> str:
    """The report as a part of a page."""
    return "\n".join(_part(report))


def html_page(report: Report) -> str:
    """The report as a page."""
    return page_of(title_of(report), html_part(report))


def _part(report: Report) -> Iterator[str]:
    columns = columns_of(report)
    title = escape(title_of(report))
    # A part that scrolls must be reachable by keyboard and have a name.
    yield f'<div class="konv-report" role="region" tabindex="0" aria-label="{title}">'
    yield f"<style>{_STYLE}</style>"
    yield "<table>"
    yield f"<caption>{title}</caption>"
    yield f"<thead>{_row(columns, [column.heading for column in columns], 'col')}</thead>"
    yield "<tbody>"
    for cells in zip(*(column.cells for column in columns), strict=True):
        yield _row(columns, cells)
    yield "</tbody>"
    yield f"<tfoot>{_row(columns, [column.total for column in columns])}</tfoot>"
    yield "</table>"
    yield f"<p>{escape(summing_up(report))}</p>"
    if report.notes:
        yield f"<ul>{''.join(f'<li>{escape(note)}</li>' for note in report.notes)}</ul>"
    yield f"<p><small>{escape(conventions())}</small></p>"
    yield "</div>"


def _row(columns: Sequence[Column], cells: Sequence[str], scope: str = "") -> str:
    """A row of cells; ``scope`` makes all of them headings, else the name heads its row."""
    parts = []
    for column, cell in zip(columns, cells, strict=True):
        heads = scope or ("row" if column.is_name else "")
        tag = "th" if heads else "td"
        attributes = f' scope="{heads}"' if heads else ""
        attributes += ' class="number"' if column.right else ""
        parts.append(f"<{tag}{attributes}>{escape(cell)}</{tag}>")
    return f"<tr>{''.join(parts)}</tr>"
