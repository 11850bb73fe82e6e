"""Where ``konv maps`` writes, and how: everything is drawn before the first file is touched."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from konv.cli.kept import refuse_to_replace
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.errors import FormatError
from konv.explain.maps import Findings, maps_page
from konv.files import write_atomically
from konv.language import translate as _

__all__ = ["Destination", "destination", "written_files"]

_PAGES = (".html", ".htm")
_FIGURES = (".png", ".svg")
# Names that end so are meant as files, not as folders.
_OTHER_KINDS = (".pdf", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".json", ".csv")
_PAGE = "maps.html"  # in a folder


@dataclass(frozen=True)
class Destination:
    """Where files go.

    Args:
        path: a file or a folder.
        chosen: whether a person chose it: then files of the same names are replaced.
        is_page, is_figure: whether it is that kind of file; else a folder.
    """

    path: Path
    chosen: bool
    is_page: bool
    is_figure: bool


def destination(
    context: click.Context, picture: str, out: str | None, *, page: bool
) -> Destination:
    """Where to write, by what was asked for.

    Raises:
        FormatError: K405, another kind of file, or a file where a folder is needed.
        ParameterError: K901, --html and a figure, or no name at all.
    """
    if out is None:
        stem = Path(picture).stem + "-maps"
        return Destination(Path(stem + _PAGES[0] if page else stem), False, page, False)
    if not out.strip():
        raise misused(context, _("--out names nothing"), _("--out FOLDER|FILE, or without it"))
    ending = Path(out).suffix.lower()
    if ending in _PAGES:
        return Destination(Path(out), True, True, False)
    if ending in _FIGURES:
        if page:
            raise misused(
                context,
                _("--html and --out {path} contradict each other", path=out),
                _("--out FILE.html"),
            )
        return Destination(Path(out), True, False, True)
    if ending in _OTHER_KINDS:
        raise FormatError(
            _("a figure cannot be written as {ending}", ending=repr(ending)),
            code="K405",
            where=out,
            fix=_("a name that ends in .png, .svg or .html; or a folder"),
        )
    if Path(out).is_file():
        raise FormatError(
            _("it is a file, and a folder is needed"),
            code="K405",
            where=out,
            fix=_("a name that ends in .png, .svg or .html; or a folder"),
        )
    return Destination(Path(out) / _PAGE if page else Path(out), True, page, False)


def written_files(
    findings: Findings,
    figures: Mapping[str, Callable[[Path], Path]],
    place: Destination,
    terminal: Terminal,
) -> list[Path]:
    """Draw everything, then write it.

    Args:
        findings: for the page.
        figures: the name of each figure -> what draws it; for all but the page.
        place: where.
        terminal: shows how far that is.

    Raises:
        FormatError: K405, something else is there, or it cannot be written.
    """
    if place.is_page:
        contents = {place.path: maps_page(findings).encode("utf-8", "replace")}
    else:
        contents = _drawn(figures, place, terminal)
    if not place.chosen:
        out = place.path
        for path, content in contents.items():
            refuse_to_replace(path, content, out=out)
    for path, content in contents.items():
        write_atomically(path, content)
    return list(contents)


def _drawn(
    figures: Mapping[str, Callable[[Path], Path]], place: Destination, terminal: Terminal
) -> dict[Path, bytes]:
    """The path of each figure -> its bytes."""
    contents = {}
    ending = place.path.suffix.lower() if place.is_figure else _FIGURES[0]
    with (
        tempfile.TemporaryDirectory(prefix="konv-") as folder,
        terminal.bar(_("drawing")) as progress,
    ):
        for number, (name, draw) in enumerate(figures.items()):
            progress(number, len(figures))
            path = place.path if place.is_figure else place.path / (name + ending)
            contents[path] = draw(Path(folder) / f"figure{ending}").read_bytes()
    return contents
