"""What is said where no network keeps to the limits: the limits at which there is one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from konv.design.search.limits import Limits
from konv.design.search.nearest import nearest_limits
from konv.design.search.searching import Search
from konv.errors import NetworkError
from konv.language import translate as _
from konv.limits import MAX_ELEMENTS_PER_MAP
from konv.network.rows import times

__all__ = ["PYTHON_WORDS", "impossible"]

# A limit -> how it is written; ``{}`` stands for its value.
PYTHON_WORDS = MappingProxyType(
    {
        "parameters": "max_parameters={}",
        "macs": "max_macs={}",
        "receptive_field": "min_receptive_field={}",
        "whole": "whole=False",
    }
)


def impossible(
    search: Search, limits: Limits, *, words: Mapping[str, str], where: str
) -> NetworkError:
    """The error K312 with limits that would do.

    Args:
        words: how limits are written where they were asked for; see PYTHON_WORDS.
        where: who was asked.
    """
    picture = search.input_shape[:2]
    if not search.outlines:
        return NetworkError(
            _("a picture of {size} has nothing that windows could slide over", size=times(picture)),
            code="K312",
            where=where,
            fix=_("pictures of at least two rows or columns"),
        )
    changes = [_changes(limits, other, words) for other in nearest_limits(search, limits)]
    if not changes:
        return NetworkError(
            _("the maps of pictures of {size} would be too large", size=times(picture)),
            code="K312",
            where=where,
            fix=_("pictures of at most {count:,} pixels", count=MAX_ELEMENTS_PER_MAP // 2),
        )
    return NetworkError(
        _(
            "of the networks that are searched for {shape} and {classes} classes, none keeps all "
            "limits",
            shape=times(search.input_shape),
            classes=search.classes,
        ),
        code="K312",
        where=where,
        details=[(_("limits"), ", ".join(limits.words()))],
        fix=_("; or ").join(changes),
    )


def _changes(limits: Limits, other: Limits, words: Mapping[str, str]) -> str:
    """What must be asked for in place of the limits to have the others."""
    changed = []
    for name, text in words.items():
        value = getattr(other, name)
        if value != getattr(limits, name):
            changed.append(text.format(max(value) if isinstance(value, tuple) else value))
    return _(" and ").join(changed)
