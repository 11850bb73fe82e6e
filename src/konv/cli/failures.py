"""What a command says when it cannot go on, and with which code it exits. Never a traceback.

::

    2    the person can do something about it: the message says what
    70   a fault of konv itself
    130  interrupted by Ctrl-C; the message says how to go on
    141  whoever read the output has stopped reading
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from typing import Any

import click

from konv.cli.common import Common
from konv.cli.terminal import Terminal
from konv.cli.usage import usage_error
from konv.errors import KonvError, LimitError
from konv.language import translate as _

__all__ = ["fail"]

USER_ERROR, FAULT, INTERRUPTED, CLOSED_PIPE = 2, 70, 130, 141


def fail(error: BaseException, common: Common) -> int:
    """Say what went wrong, and return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        _give_up_output()
        return CLOSED_PIPE
    try:
        return _told(error, common)
    except BrokenPipeError:  # there is nobody left to tell
        _give_up_output()
        return CLOSED_PIPE


def _told(error: BaseException, common: Common) -> int:
    if common.traceback:
        traceback.print_exception(error)
    terminal = Terminal(json=common.json)
    known = _known(error)
    if known is not None:
        terminal.complain(type(known).__name__, str(known))
        terminal.answer({"error": _facts(known)})
        return USER_ERROR
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        code, text = INTERRUPTED, str(error) or _("interrupted")
    else:
        code, text = FAULT, _fault(error)
    terminal.note(text)
    terminal.answer({"error": {"class": type(error).__name__, "what": text}})
    return code


def _fault(error: BaseException) -> str:
    return _(
        "this is a fault of konv: {error}. The option --traceback shows where; please report it.",
        error=f"{type(error).__name__} {error}".strip(),
    )


def _known(error: BaseException) -> KonvError | None:
    """The error as one that teaches, if it is of a kind that a person can do something about."""
    if isinstance(error, KonvError):
        return error
    if isinstance(error, click.UsageError):
        return usage_error(error)
    if isinstance(error, MemoryError):
        return LimitError(
            _("there is not enough memory"),
            code="K605",
            fix=_("a smaller --batch-size, --size or --limit; or close other programs"),
        )
    if isinstance(error, OSError):
        return KonvError(
            _("the system refuses: {reason}", reason=error.strerror or error),
            code="K902",
            where=str(error.filename or ""),
            fix=_("look whether the place exists, is yours to use, and has space left"),
        )
    return None


def _facts(error: KonvError) -> dict[str, Any]:
    return {
        "class": type(error).__name__,
        "code": error.code,
        "where": error.where,
        "what": error.what,
        "details": [list(line) for line in (*error.details, *error.trail)],
        "fix": error.fix,
    }


def _give_up_output() -> None:
    """Nobody reads: let Python's last flush go nowhere instead of failing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # not a real file
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
