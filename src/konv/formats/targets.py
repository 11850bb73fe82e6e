"""The formats that konv writes, by the names that stand behind ``--to``."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from konv.constraints import Choice
from konv.errors import ParameterError
from konv.formats.exchange.target import Target
from konv.formats.own_targets import JsonTarget, KonvTarget, YamlTarget
from konv.language import translate as _
from konv.parameters import check_value

__all__ = ["TARGETS", "target_for", "target_named"]

TARGETS: MappingProxyType[str, Callable[[], Target]] = MappingProxyType(
    {target.name: target for target in (KonvTarget, YamlTarget, JsonTarget)}
)


def target_named(name: str) -> Target:
    """The format of that name.

    Raises:
        ParameterError: K201, there is none.
    """
    return TARGETS[check_value("to", name, Choice(tuple(TARGETS)), where="export")]()


def target_for(path: str) -> Target:
    """The format that a path asks for by its ending; the longest ending counts.

    Raises:
        ParameterError: K201, none has that ending.

    Example:
        >>> target_for("digits.konv").name
        'konv'
    """
    targets = [make() for make in TARGETS.values()]
    fitting = [target for target in targets if path.lower().endswith(target.ending)]
    if not fitting:
        raise ParameterError(
            _("no format has the ending of {path}", path=path),
            code="K201",
            where="export",
            fix=_("one of {endings}", endings=", ".join(target.ending for target in targets)),
        )
    return max(fitting, key=lambda target: len(target.ending))
