"""Counts, shares and numbers as figures show them."""

from __future__ import annotations

import math

from konv.language import translate as _

__all__ = ["number_text", "percent", "pictures_text"]

_NO_BREAK = "\u00a0"


def pictures_text(count: int) -> str:
    """``1 picture``, ``1,797 pictures``."""
    return _("1 picture") if count == 1 else _("{count} pictures", count=f"{count:,}")


def percent(share: float) -> str:
    """A share between 0 and 1 in percent; what is not all is never rounded to 100, nor any to 0.

    Example:
        >>> [percent(share).replace(chr(160), " ") for share in (1, 0.98889, 0.99996, 1e-9, 0)]
        ['100 %', '98.9 %', '99.996 %', '< 0.1 %', '0 %']
    """
    if not math.isfinite(share):
        return "?"
    if share in (0, 1):
        return f"{100 * share:.0f}{_NO_BREAK}%"
    if 0 < share < 0.0005:
        return f"<{_NO_BREAK}0.1{_NO_BREAK}%"
    digits = next((d for d in range(1, 5) if float(f"{100 * share:.{d}f}") != 100), 0)
    return f"{100 * share:.{digits}f}{_NO_BREAK}%" if digits else f">{_NO_BREAK}99.99{_NO_BREAK}%"


def number_text(value: float) -> str:
    """Three significant digits and a real minus.

    Example:
        >>> number_text(-0.41666), number_text(12345.0)
        ('−0.417', '1.23e+04')
    """
    return f"{value:.3g}".replace("-", "−")
