"""A sliding window as a file: what the ending of its name says."""

from __future__ import annotations

import os
from pathlib import Path

from konv.errors import FormatError
from konv.explain.sliding.window import SlidingWindow
from konv.files import write_atomically
from konv.language import translate as _

__all__ = ["ENDINGS", "check_ending", "saved"]

ENDINGS = (".html", ".gif", ".txt")


def check_ending(path: str | os.PathLike[str]) -> Path:
    """The path, if its ending is one that says what to write.

    Raises:
        FormatError: K404.
    """
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise FormatError(
            _("an animation is saved in a file that ends in {endings}", endings=", ".join(ENDINGS)),
            code="K404",
            where=str(path),
            fix=", ".join(f"{path.stem or 'slide'}{ending}" for ending in ENDINGS),
        )
    return path


def saved(sliding: SlidingWindow, path: str | os.PathLike[str]) -> Path:
    """Write it, and return where."""
    path = check_ending(path)
    if path.suffix.lower() == ".gif":
        content = sliding.to_gif()
    elif path.suffix.lower() == ".html":
        content = sliding.to_html().encode()
    else:
        content = (sliding.to_text(steps=None) + "\n").encode()
    write_atomically(path, content)
    return path
