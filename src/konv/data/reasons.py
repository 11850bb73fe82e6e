"""What an error means for a whole data set: where it happened, what it says in a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from konv.errors import KonvError, LimitError
from konv.language import translate as _
from konv.limits import MAX_PICTURES

__all__ = ["attributed", "check_count", "short_reason"]


def short_reason(error: KonvError) -> str:
    """What an error says, in one line, without its place and its fix."""
    return ": ".join([error.what, *(text for _label, text in error.details)])


@contextmanager
def attributed(where: str) -> Iterator[None]:
    """Give errors a place if they have none, and turn a lack of memory into one of them.

    Raises:
        LimitError: K603, when memory is lacking.
    """
    try:
        yield
    except KonvError as error:
        raise error.located(error.where or where) from error.__cause__
    except MemoryError as error:
        raise LimitError(
            _("the pictures do not fit into memory"),
            code="K603",
            where=where,
            details=[(_("reason"), str(error))] if str(error) else [],
            fix=_("choose a smaller size, or take fewer pictures"),
        ) from error


def check_count(count: int, where: str) -> None:
    """Refuse more pictures than :data:`konv.limits.MAX_PICTURES`."""
    if count > MAX_PICTURES:
        raise LimitError(
            _("{count:,} pictures", count=count),
            code="K603",
            where=where,
            fix=_("at most {most:,} at a time", most=MAX_PICTURES),
        )
