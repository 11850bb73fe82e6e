"""All rules on trainings, in the order in which they look. One that is added is applied.

::

    T101 … T104  what is seen within: units, gradients, numbers
    T105 … T107  what the history shows

What explains most looks first: a rule may be silent where another one has said it all.
"""

from __future__ import annotations

from konv.training.health.rules import (
    dead_units,
    gradients,
    overfitting,
    shuffled_labels,
    standstill,
    unfinite_numbers,
)
from konv.training.health.rules.base import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    *unfinite_numbers.RULES,
    *dead_units.RULES,
    *gradients.RULES,
    *shuffled_labels.RULES,
    *standstill.RULES,
    *overfitting.RULES,
)
