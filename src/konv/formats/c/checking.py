"""What C cannot say of a model, before anything is written."""

from __future__ import annotations

from konv.errors import LimitError
from konv.formats.c.names import quoted
from konv.formats.contents import ModelContents
from konv.formats.exchange.refusals import Refusals
from konv.language import translate as _
from konv.limits import MAX_MEMORY_IN_C, MAX_WEIGHTS_IN_C
from konv.parameters import short_text

__all__ = ["check_extent", "check_memory", "check_names"]

_MOST_TEXT_BYTES = 4095  # that every compiler takes: C99, 5.2.4.1


def check_extent(contents: ModelContents) -> None:
    """Refuse what compilers would choke on.

    Raises:
        LimitError: K602.
    """
    count = contents.network.parameters
    if count > MAX_WEIGHTS_IN_C:
        raise LimitError(
            _("{count} weights", count=f"{count:,}"),
            code="K602",
            where=contents.network.name,
            details=[(_("limit"), f"{MAX_WEIGHTS_IN_C:,}")],
            fix=_("a smaller network, or another format, such as ONNX"),
        )


def check_memory(numbers: int, where: str) -> None:
    """Refuse arrays between layers that no static memory holds.

    Raises:
        LimitError: K605.
    """
    if numbers > MAX_MEMORY_IN_C:
        raise LimitError(
            _("{count} numbers between the layers at a time", count=f"{numbers:,}"),
            code="K605",
            where=where,
            details=[(_("limit"), f"{MAX_MEMORY_IN_C:,}")],
            fix=_("smaller pictures, or a pool earlier in the network"),
        )


def check_names(contents: ModelContents, target: str) -> None:
    """Refuse names of classes that texts of C cannot hold.

    Raises:
        FormatError: K411.
    """
    refused = Refusals()
    for number, name in enumerate(map(str, contents.class_names)):
        where = _("class {number}, {name}", number=number, name=short_text(name))
        if "\0" in name:
            refused.add(where, _("a zero, at which a text in C ends"))
        elif len(quoted(name).encode("utf-8")) > _MOST_TEXT_BYTES:
            most = f"{_MOST_TEXT_BYTES:,}"
            refused.add(where, _("more bytes than the {most} of a text in C", most=most))
    refused.check_export(contents.network.name, target, _("give the classes other names"))
