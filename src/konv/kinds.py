"""Plain data that names its class, out of a fixed table: a file's words import nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from konv.constraints import Choice
from konv.errors import ParameterError
from konv.language import translate as _
from konv.parameters import Checked, check_value

__all__ = ["config_with_kind", "from_config_with_kind"]

Kind = TypeVar("Kind", bound=Checked)


def config_with_kind(thing: Kind, table: Mapping[str, type[Kind]]) -> dict[str, Any]:
    """The ``"kind"`` of ``thing`` and those of its fields that differ from their defaults.

    Raises:
        ParameterError: K201, when it could not be read back: its class, or that of a schedule in
            it, is not konv's own.
    """
    kind = type(thing).__name__
    config = {"kind": kind, **thing.to_config()}
    try:
        storable = from_config_with_kind(config, table, where=kind) == thing
    except ParameterError:
        storable = False
    if not storable:
        raise ParameterError(
            _("{thing} is not made of konv's own classes, so it cannot be stored", thing=thing),
            code="K201",
            where=kind,
            fix=_("what can be stored: {kinds}", kinds=", ".join(table)),
        )
    return config


def from_config_with_kind(
    config: Mapping[str, Any], table: Mapping[str, type[Kind]], *, where: str
) -> Kind:
    """What :func:`config_with_kind` wrote, checked again field by field.

    Raises:
        ParameterError: for an unknown kind or field, or a value that a field cannot hold.
    """
    fields = dict(config)
    kind = check_value("kind", fields.pop("kind", None), Choice(tuple(table)), where=where)
    return table[kind].from_config(fields)
