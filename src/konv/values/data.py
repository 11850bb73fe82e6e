"""An explanation as plain data for JSON: every term, in all digits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from konv.layers.base import Array
from konv.values.explanation import Explained, Explanation, GradientExplanation
from konv.values.parts import Part
from konv.values.steps import Choice, Formula, Matrix, Passed, Softmax, Step, Sum

__all__ = ["explanation_data"]


def explanation_data(explained: Explained) -> dict[str, Any]:
    """Everything as plain data."""
    return {
        "network": explained.network,
        "layer": explained.layer,
        "kind": explained.kind,
        "at": list(explained.at),
        "place": explained.place,
        "shape": list(explained.shape),
        "value": explained.value,
        "engine": explained.engine,
        "sum": explained.sum,
        "same": explained.same,
        "last_places": explained.last_places,
        **_particulars(explained),
        "steps": [_step_data(step) for step in explained.steps],
    }


def _particulars(explained: Explained) -> dict[str, Any]:
    """What is said of a number of a layer, or of the gradient of a weight."""
    if isinstance(explained, GradientExplanation):
        return {
            "weight": explained.weight,
            "loss": explained.loss,
            "loss_value": explained.loss_value,
            "remarks": list(explained.remarks),
        }
    assert isinstance(explained, Explanation)
    seen = None
    if explained.seen is not None:
        seen = {name: list(pair) for name, pair in asdict(explained.seen).items()}
    return {
        "inputs": {name: list(shape) for name, shape in explained.sources.items()},
        "receptive_field": seen,
    }


def _step_data(step: Step) -> dict[str, Any]:
    match step:
        case Sum():
            facts: dict[str, Any] = {
                "step": "sum",
                "title": step.title,
                "parts": [_part_data(part) for part in step.parts],
            }
            if step.apart:
                return {**facts, "values": list(step.totals)}
            facts |= {"sum": step.sum, "bias": step.bias, "divisor": step.divisor}
            if step.matrix is not None:
                facts["im2col"] = _matrix_data(step.matrix)
            return {**facts, "remarks": list(step.remarks), "value": step.value}
        case Choice():
            return {
                "step": step.word,
                "title": step.title,
                "part": _part_data(step.part),
                "place": step.place,
                "winner": step.part.places[step.winner].tolist(),
                "value": step.value,
            }
        case Formula():
            return {
                "step": "formula",
                "name": step.name,
                "formula": step.formula,
                "filled": step.filled,
                "remarks": list(step.remarks),
                "value": step.value,
            }
        case Softmax():
            return {
                "step": "softmax",
                "numbers": step.numbers.tolist(),
                "largest": step.largest,
                "powers": step.powers.tolist(),
                "sum": step.total,
                "place": step.place,
                "value": step.value,
            }
        case Passed():
            return {"step": "passed", "from": step.sentence, "value": step.value}


def _part_data(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "grid": None if part.grid is None else list(part.grid),
        "numbers": part.numbers.tolist(),
        "places": part.places.tolist(),
        "padding": (~part.inside).tolist(),
        "weights": _listed(part.weights),
        "weight_places": _listed(part.weight_places),
        "products": part.products.tolist(),
        "sum": part.total,
    }


def _listed(numbers: Array | None) -> Any:
    return None if numbers is None else numbers.tolist()


def _matrix_data(matrix: Matrix) -> dict[str, Any]:
    return {
        "shape": list(matrix.shape),
        "row": matrix.row,
        "rows": {str(row): numbers.tolist() for row, numbers in matrix.excerpt.items()},
    }
