"""What ONNX Runtime makes of a file; where it is not installed, ONNX's own reference."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from konv.formats.exchange.target import Array, NoRunnerError
from konv.language import translate as _

__all__ = ["run_onnx"]


def run_onnx(path: str | os.PathLike[str], inputs: Array) -> tuple[str, Array]:
    """What another program makes of inputs, and its version.

    Raises:
        NoRunnerError: none is installed.
    """
    for package, prepare in (("onnxruntime", _by_runtime), ("onnx", _by_reference)):
        try:
            module = importlib.import_module(package)
        except ImportError:
            continue
        program, batch, run = prepare(module, os.fspath(path))
        return program, _in_batches(run, batch, np.ascontiguousarray(inputs, np.float32))
    raise NoRunnerError(_("neither onnxruntime nor onnx is installed: pip install onnxruntime"))


_Prepared = tuple[str, int | None, Callable[[Array], Array]]


def _by_runtime(onnxruntime: Any, path: str) -> _Prepared:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: its advice is not about the numbers
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    taken = session.get_inputs()[0]

    def run(inputs: Array) -> Array:
        (output,) = session.run(None, {taken.name: inputs})
        return np.asarray(output, np.float32)

    batch = taken.shape[0] if taken.shape and isinstance(taken.shape[0], int) else None
    return f"ONNX Runtime {onnxruntime.__version__}", batch, run


def _by_reference(onnx: Any, path: str) -> _Prepared:
    model = onnx.load(path)
    if any(_is_uneven(node) for node in model.graph.node):
        raise NoRunnerError(
            _("onnx's reference pads pools in another way: pip install onnxruntime")
        )
    evaluator = importlib.import_module("onnx.reference").ReferenceEvaluator(model)

    def run(inputs: Array) -> Array:
        with np.errstate(all="ignore"):  # its sigmoid overflows on the way to the right number
            (output,) = evaluator.run(None, {evaluator.input_names[0]: inputs})
        return np.asarray(output, np.float32)

    return _("onnx's reference {version}", version=onnx.__version__), None, run


def _is_uneven(node: Any) -> bool:
    """Whether it is a MaxPool whose padding differs from side to side."""
    pads = [list(item.ints) for item in node.attribute if item.name == "pads"]
    return node.op_type == "MaxPool" and any(each[:2] != each[2:] for each in pads)


def _in_batches(run: Callable[[Array], Array], batch: int | None, inputs: Array) -> Array:
    """All outputs; a file that says how many pictures it takes gets no others.

    Example:
        >>> _in_batches(lambda x: x[:2] + 1, 2, np.float32([1, 2, 3])).tolist()
        [2.0, 3.0, 4.0]
    """
    if batch is None or batch < 1:
        return run(inputs)
    missing = -len(inputs) % batch
    filled = np.concatenate([inputs, np.repeat(inputs[:1], missing, axis=0)])
    parts = [run(filled[start : start + batch]) for start in range(0, len(filled), batch)]
    return np.concatenate(parts)[: len(inputs)]
