"""Pages as files: Matplotlib's settings while a page is drawn, and its bytes afterwards.

Matplotlib keeps its settings in one place for a whole process. They are set while a page is drawn
and put back; a lock keeps two pages from each other's settings.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konv.errors import FormatError
from konv.explain.figures.fonts import Lettering, lettering_for
from konv.explain.figures.names import clean, shown_label, shown_names
from konv.explain.figures.page import Page
from konv.explain.figures.style import DOTS_PER_INCH, STYLE, WIDTH_IN
from konv.files import write_atomically
from konv.language import current_language, using_language
from konv.language import translate as _

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["new_page"]

# Without them the same figure would have other bytes tomorrow, or with another Matplotlib.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Creator": None, "Date": None},
}
# Letters that the words of a figure need beyond Latin ones.
_LETTERS = {"ko": "가값글봤한힘"}
_SETTINGS = threading.RLock()


@contextmanager
def new_page(
    path: str | os.PathLike[str], names: Sequence[object] = (), *, labels: Sequence[object] = ()
) -> Iterator[Page]:
    """A page that is written to ``path`` when the block ends without an error.

    The words are in the current language if its letters can be drawn here, or in English.

    Args:
        path: a .png or .svg file; it is replaced.
        names: of all classes, in their order.
        labels: all other texts that the figure shows and people wrote, such as names of layers.

    Raises:
        FormatError: K405, for another ending, or when it cannot be written.
    """
    kind = _kind(Path(path))
    wanted = current_language()
    letters = _LETTERS.get(wanted, "")
    clean_names, clean_labels = [clean(name) for name in names], [clean(label) for label in labels]
    lettering = lettering_for([*clean_names, *clean_labels, letters])
    language = wanted if lettering.draws(letters) else "en"
    with _SETTINGS, _settings(lettering), using_language(language):
        shown = shown_names(clean_names, lettering)
        notes = shown.notes if language == wanted else (*shown.notes, _in_english())
        page = Page(
            _empty_figure(),
            shown.texts,
            [shown_label(label, lettering) for label in clean_labels],
            notes,
        )
        yield page
        content = _encoded(page.figure, kind)
    write_atomically(path, content)


def _kind(path: Path) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _METADATA:
        raise FormatError(
            _("a figure cannot be written as {ending}", ending=repr(path.suffix)[:20]),
            code="K405",
            where=str(path),
            fix=_("a name that ends in .png or .svg"),
        )
    return kind


@contextmanager
def _settings(lettering: Lettering) -> Iterator[None]:
    import matplotlib.style

    settings = {**STYLE, "font.family": list(lettering.families)}
    with matplotlib.style.context(["default", settings]):
        yield


def _empty_figure() -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, WIDTH_IN), dpi=DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    return figure


def _in_english() -> str:
    return _("The words are in English: for Korean, a font such as NanumGothic is needed.")


def _encoded(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=_METADATA[kind])
    return buffer.getvalue()
