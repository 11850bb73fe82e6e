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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from konv.cli.common import Common
from konv.cli.terminal import Terminal, shows_colour
from konv.cli.usage import usage_error
from konv.errors import KonvError, LimitError
from konv.language import translate as _

__all__ = ["fail"]

USER_ERROR, FAULT, INTERRUPTED, CLOSED_PIPE = 2, 70, 130, 141


@dataclass(frozen=True)
class Failure:
    """How a command ended: its exit code, the text, and the same as data."""

    code: int
    text: str
    facts: Mapping[str, Any]


def fail(error: BaseException, common: Common) -> int:
    """Say what went wrong, and return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        _give_up_output()
        return CLOSED_PIPE
    if common.traceback:
        traceback.print_exception(error)
    failure = _failure(error)
    terminal = Terminal(json=common.json)
    terminal.note(failure.text)
    terminal.answer({"error": failure.facts})
    return failure.code


def _failure(error: BaseException) -> Failure:
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        text = str(error) or _("interrupted")
        return Failure(INTERRUPTED, text, {"class": "KeyboardInterrupt", "what": text})
    known = _known(error)
    if known is not None:
        return Failure(USER_ERROR, _coloured(known), _facts(known))
    name = type(error).__name__
    text = _(
        "this is a fault of konv: {error}. The option --traceback shows where; please report it.",
        error=f"{name} {error}".strip(),
    )
    return Failure(FAULT, text, {"class": name, "what": text})


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


def _coloured(error: KonvError) -> str:
    name = type(error).__name__
    return f"{click.style(name, fg='red') if shows_colour(sys.stderr) else name} {error}"


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
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # not a real file
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
