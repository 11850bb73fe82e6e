"""What konv's site needs beside Sphinx and MyST.

Pages that compute: ``{python-run}`` runs Python, ``{konv}`` runs a command, ``{computed}`` puts
the value of an expression into a sentence, each in the language of the page. The reference lists
every public name and every command by itself. A failure of any of these fails the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["setup"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx. Only here is Sphinx needed: the tests run pages without it."""
    from konv_site import directives, languages, lists, reference, running

    for part in (directives, languages, lists, reference, running):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
