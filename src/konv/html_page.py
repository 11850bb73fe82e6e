"""What all pages that konv writes have in common: one file, no network, light and dark."""

from __future__ import annotations

from html import escape

from konv.language import current_language

__all__ = ["page_of", "paragraphs"]

_STYLE = ":root { color-scheme: light dark; } body { margin: 1.5rem; }"


def page_of(title: str, body: str) -> str:
    """A page around a part.

    Args:
        title: any text.
        body: HTML; a style sheet of its own may stand in it.
    """
    return (
        f'<!DOCTYPE html>\n<html lang="{current_language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def paragraphs(*sentences: str) -> str:
    """Each sentence as a paragraph; empty ones are left out.

    Example:
        >>> paragraphs("1 < 2", "")
        '<p>1 &lt; 2</p>'
    """
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)
