"""Numbers and names in the words of findings."""

from __future__ import annotations

from collections.abc import Sequence

from konv.language.tables import printable, shortened_inside

__all__ = ["names", "small_rate"]

_SHOWN = 6
_WIDEST = 30


def names(layers: Sequence[str]) -> str:
    """Some names of layers in one line.

    Example:
        >>> names(["a", "b", "c", "d", "e", "f", "g"])
        'a, b, c, d, e, f, …'
    """
    shown = [shortened_inside(printable(name), _WIDEST) for name in layers[:_SHOWN]]
    return ", ".join([*shown, "…"] if len(layers) > _SHOWN else shown)


def small_rate(rate: float) -> str:
    """A learning rate with one digit.

    Example:
        >>> small_rate(0.000123), small_rate(0.96)
        ('0.0001', '1')
    """
    return f"{rate:.1g}"
