"""Taking a model from another tool: what konv makes of it beside what that tool makes of it."""

from __future__ import annotations

from collections.abc import Callable

from konv.formats.exchange.agreement import Agreement, agreement
from konv.formats.exchange.exporting import Trial
from konv.formats.exchange.imported import Imported
from konv.formats.exchange.target import NoRunnerError

__all__ = ["compared"]


def compared(
    imported: Imported, trial: Callable[[], Trial], where: str, *, fix: str = ""
) -> tuple[Agreement | None, str]:
    """How far the tool that a model comes from agrees with konv.

    Args:
        imported: the model.
        trial: makes pictures, and what konv makes of them; called if there is a tool to ask.
        where: what errors call the model.
        fix: what to do where they do not agree; empty: to report it.

    Returns:
        (the agreement, ""); (None, the reason) where that tool cannot be asked; (None, "") where
        there is none.

    Raises:
        FormatError: K413, the tool computes something else.
    """
    if imported.original is None:
        return None, ""
    tried = trial()
    try:
        program, outputs = imported.original(tried.inputs)
    except NoRunnerError as reason:
        return None, str(reason)
    found = agreement(program, tried.outputs, outputs, tried.class_indices, where=where, fix=fix)
    found.check(where, fix)
    return found, ""
