"""How property tests run: the same examples on every machine, and no time limit on a busy one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings


def examples(count: int) -> Callable[[Any], Any]:
    """``@examples(100)``: that many generated cases, drawn alike on every run."""
    return settings(max_examples=count, deadline=None, database=None, derandomize=True)
