"""All rules, in the order of their codes. A rule that is added here is applied and explained.

::

    D1xx  sizes: rows and columns that are lost, padding, maps, axes
    D2xx  what lies between layers with weights
    D3xx  the network as a whole, and its output
    D4xx  layers that do nothing
"""

from __future__ import annotations

from konv.design.rules import (
    activations,
    balance,
    borders,
    endings,
    idle,
    linearity,
    maps,
    normalization,
    windows,
)
from konv.design.rules.base import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *windows.RULES,
            *borders.RULES,
            *maps.RULES,
            *linearity.RULES,
            *activations.RULES,
            *normalization.RULES,
            *endings.RULES,
            *balance.RULES,
            *idle.RULES,
        ),
        key=lambda rule: rule.code,
    )
)
