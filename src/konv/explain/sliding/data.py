"""A sliding window as plain data for JSON: every number in all digits."""

from __future__ import annotations

from typing import Any

from konv.explain.sliding.equations import equation_of
from konv.explain.sliding.step import SlidingStep
from konv.explain.sliding.window import SlidingWindow
from konv.layers.base import Array

__all__ = ["sliding_data"]


def sliding_data(sliding: SlidingWindow, steps: int | None) -> dict[str, Any]:
    """Everything as plain data; ``steps``: how many, None: all."""
    rows, columns = sliding.axes
    count = len(sliding)
    shown = count if steps is None else min(steps, count)
    return {
        "kind": type(sliding.layer).__name__,
        "input": sliding.matrix.tolist(),
        "kernel": _listed(sliding.kernel),
        "window": list(sliding.grid),
        "stride": [rows.stride, columns.stride],
        "padding": [[rows.before, rows.after], [columns.before, columns.after]],
        "dilation": [rows.dilation, columns.dilation],
        "true_convolution": sliding.turned,
        "bias": sliding.bias,
        "activation": sliding.activation,
        "arithmetic": [rows.arithmetic(), columns.arithmetic()],
        "unseen": [rows.unseen, columns.unseen],
        "output": sliding.output.tolist(),
        "step_count": count,
        "steps": [_step_data(sliding.step(number)) for number in range(shown)],
    }


def _step_data(step: SlidingStep) -> dict[str, Any]:
    equation = equation_of(step)
    return {
        "step": step.number + 1,
        "at": list(step.at),
        "rows": list(step.rows),
        "columns": list(step.columns),
        "numbers": step.window.tolist(),
        "padding": step.padding.tolist(),
        "kernel": _listed(step.kernel),
        "products": step.products.tolist(),
        "sum": step.sum,
        "value": step.value,
        "text": [equation.text(all_terms=True), *(later.formula for later in equation.later)],
    }


def _listed(numbers: Array | None) -> Any:
    return None if numbers is None else numbers.tolist()
