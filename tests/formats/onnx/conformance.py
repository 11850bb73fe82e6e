"""ONNX's own tests of single operations, run against konv.

Of all tests of the operations that konv reads, those that konv can be asked for: from float32,
float16 or float64 to one of these, the input with two axes (rows) or four (maps). Functions of
single numbers are tested on arrays of other axes, too; these are taken as rows. Each test either
passes or is refused with a reason.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from konv.errors import KonvError
from konv.formats.onnx.importing.weaving import OPERATIONS
from konv.formats.onnx_backend import KonvBackend

PASSED = "passed"
POINTWISE = (
    "Clip",
    "Elu",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "LeakyRelu",
    "Neg",
    "Mish",
    "Relu",
    "Selu",
    "Sigmoid",
    "Softplus",
    "Swish",
    "Tanh",
    "ThresholdedRelu",
)
_FLOATS = (np.float16, np.float32, np.float64)
HEADER = "| operation | passed | refused | reasons |\n|---|---|---|---|\n"


@dataclass(frozen=True)
class Outcome:
    """What came of a test: "passed", or the reason why konv refused it; else it is a failure."""

    operation: str
    name: str
    said: str

    @property
    def passed(self) -> bool:
        return self.said == PASSED


@cache
def cases() -> tuple[Any, ...]:
    """ONNX's tests of one operation each, of those that konv reads."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about infinities that the tests themselves make
        collected = collect_testcases(None)
    return tuple(
        case
        for case in collected
        if len(case.model.graph.node) == 1
        and case.model.graph.node[0].op_type in OPERATIONS
        and case.model.graph.node[0].domain in ("", "ai.onnx")
    )


def outcomes(engine: str) -> Iterator[Outcome]:
    """What comes of every test that konv can be asked for."""
    for case in cases():
        for inputs, outputs in case.data_sets:
            inputs, outputs = [array(item) for item in inputs], [array(item) for item in outputs]
            model, operation = case.model, case.model.graph.node[0].op_type
            if operation in POINTWISE and isinstance(inputs[0], np.ndarray) and inputs[0].size:
                model, inputs, outputs = _as_rows(model, inputs, outputs)
            if _is_ours(inputs, outputs):
                yield Outcome(operation, case.name, _said(case, model, inputs, outputs, engine))


def array(value: Any) -> Any:
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def _is_ours(inputs: list[Any], outputs: list[Any]) -> bool:
    ends = [*inputs[:1], *outputs[:1]]
    floats = all(isinstance(item, np.ndarray) and item.dtype in _FLOATS for item in ends)
    return len(ends) == 2 and floats and ends[0].ndim in (2, 4)


def _as_rows(
    model: onnx.ModelProto, inputs: list[Any], outputs: list[Any]
) -> tuple[onnx.ModelProto, list[Any], list[Any]]:
    """A test of a function of single numbers, its arrays as rows (N, units)."""
    rows = onnx.ModelProto()
    rows.CopyFrom(model)
    shape = (inputs[0].shape[0] if inputs[0].ndim else 1, -1)
    inputs = [inputs[0].reshape(shape), *inputs[1:]]
    kind = rows.graph.input[0].type.tensor_type.elem_type
    name = rows.graph.input[0].name
    rows.graph.input[0].CopyFrom(helper.make_tensor_value_info(name, kind, inputs[0].shape))
    return rows, inputs, [outputs[0].reshape(shape), *outputs[1:]]


def _said(case: Any, model: Any, inputs: list[Any], outputs: list[Any], engine: str) -> str:
    try:
        found = KonvBackend.prepare(model, engine=engine).run(inputs)
    except KonvError as error:
        return error.details[0][1] if error.details else error.what
    for one, other in zip(found, outputs, strict=True):
        if one.shape != other.shape or one.dtype != other.dtype:
            return f"WRONG: {one.shape} {one.dtype}, not {other.shape} {other.dtype}"
        if not np.allclose(one, other, rtol=case.rtol, atol=max(case.atol, 1e-6), equal_nan=True):
            return "WRONG numbers"
    return PASSED


def table(found: list[Outcome]) -> str:
    """A row for each operation, with the reasons of what is refused."""
    rows = []
    for operation in sorted({outcome.operation for outcome in found}):
        mine = [outcome for outcome in found if outcome.operation == operation]
        reasons: dict[str, list[str]] = {}
        for outcome in mine:
            if not outcome.passed:
                reasons.setdefault(outcome.said, []).append(outcome.name.removeprefix("test_"))
        passed = sum(outcome.passed for outcome in mine)
        text = "<br>".join(f"{reason}: {_names(names)}" for reason, names in reasons.items())
        rows.append(f"| {operation} | {passed} | {len(mine) - passed} | {text} |\n")
    return HEADER + "".join(rows)


def _names(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:4])
    return shown + (f" and {len(names) - 4} more" if len(names) > 4 else "")
