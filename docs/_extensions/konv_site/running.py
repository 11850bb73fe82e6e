"""The session of the page that is being read, and what is said when something in it fails."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from konv_site.languages import language_of
from konv_site.session import Session

__all__ = ["computed", "setup"]

Result = TypeVar("Result")
_SESSION, _FAILED = "konv_site_session", "konv_site_failed"
_LOG = logging.getLogger(__name__)


def computed(
    env: BuildEnvironment, line: int, call: Callable[[Session], Result], otherwise: Result
) -> Result:
    """What a call makes of the session of this page.

    A failure is an error of the build that names the page and the line. What follows on that page
    would fail because of it, so it is not run.
    """
    if _FAILED in env.temp_data:
        return otherwise
    if _SESSION not in env.temp_data:
        env.temp_data[_SESSION] = Session(language_of(env.docname), env.docname)
    session: Session = env.temp_data[_SESSION]
    try:
        return call(session)
    except Exception as error:
        env.temp_data[_FAILED] = True
        _LOG.error("%s", _told(error, session.page), location=(env.docname, line))
        return otherwise


def _told(error: Exception, page: str) -> str:
    """What was raised, and by which lines of the page."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == page
    ]
    told = [*traceback.format_list(frames), *traceback.format_exception_only(error)]
    return "this does not run:\n" + "".join(told).rstrip()


def _close_session(app: Sphinx, _doctree: nodes.document) -> None:
    if _SESSION in app.env.temp_data:
        app.env.temp_data.pop(_SESSION).close()


def setup(app: Sphinx) -> None:
    """A session ends with its page."""
    app.connect("doctree-read", _close_session)
