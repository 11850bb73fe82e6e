"""What is said where no network keeps to the limits: the limits at which there is one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from konv.design.search.limits import Limits
from konv.design.search.nearest import nearest_limits
from konv.design.search.searching import Search
from konv.design.search.stages import LARGEST_KERNEL
from konv.design.search.variants import WIDTHS
from konv.errors import NetworkError
from konv.language import translate as _
from konv.layers.base import Shape
from konv.limits import MAX_ELEMENTS_PER_MAP
from konv.network.rows import times

__all__ = ["PYTHON_WORDS", "impossible", "too_large"]

_MOST_PLACES = MAX_ELEMENTS_PER_MAP // WIDTHS[0]
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
    if too_large(picture):
        return NetworkError(
            _("the maps of pictures of {size} would be too large", size=times(picture)),
            code="K312",
            where=where,
            fix=_("pictures of at most {count:,} pixels", count=_MOST_PLACES),
        )
    if not search.outlines:
        return NetworkError(
            _("a picture of {size} has nothing that windows could slide over", size=times(picture)),
            code="K312",
            where=where,
            fix=_("pictures of at least two rows or columns"),
        )
    changes = [_changes(limits, other, words) for other in nearest_limits(search, limits)]
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


def too_large(picture: Shape) -> bool:
    """Whether even the first maps of the narrowest network would be: those of a 5×5 kernel.

    Example:
        >>> too_large((16_384, 16_384)), too_large((11_000, 11_000))
        (True, False)
    """
    rows, columns = (size - LARGEST_KERNEL + 1 for size in picture)
    return rows * columns > _MOST_PLACES


def _changes(limits: Limits, other: Limits, words: Mapping[str, str]) -> str:
    """What must be asked for in place of the limits to have the others."""
    changed = []
    for name, text in words.items():
        value = getattr(other, name)
        if value != getattr(limits, name):
            changed.append(text.format(max(value) if isinstance(value, tuple) else value))
    return _(" and ").join(changed)
