"""The target "onnx": the file, and what ONNX Runtime makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from konv.formats.contents import ModelContents
from konv.formats.exchange.imported import Note
from konv.formats.exchange.target import Array, Target, Written
from konv.formats.onnx.export.model import OPSET, onnx_bytes
from konv.formats.onnx.running import run_onnx
from konv.language import marked
from konv.language import translate as _
from konv.network.weights import checked_weights

__all__ = ["OnnxTarget"]


class OnnxTarget(Target):
    """One ONNX file with everything in it: weights, class names, preprocessing."""

    name = "onnx"
    ending = ".onnx"
    description = marked("ONNX, opset 18: for ONNX Runtime, PyTorch's and other programs")

    def write(self, contents: ModelContents, stem: str) -> Written:
        weights = checked_weights(contents.network, contents.weights)
        file = f"{stem}{self.ending}"
        whole = ModelContents(
            contents.network,
            weights,
            class_names=contents.class_names,
            preprocessing=contents.preprocessing,
            record=contents.record,
        )
        content, maker = onnx_bytes(whole, file)
        order = ", ".join(["N", *map(str, contents.network.input_shape)])
        taken = Note(
            contents.network.nodes[0].name,
            _("opset {opset}; it takes float32 [{order}], as konv does", opset=OPSET, order=order),
        )
        return Written({file: content}, (taken, *maker.notes))

    def run(self, paths: Mapping[str, Path], inputs: Array) -> tuple[str, Array]:
        (path,) = paths.values()
        return run_onnx(path, inputs)
        for package, run in (("onnxruntime", _by_runtime), ("onnx", _by_reference)):
            try:
                module = importlib.import_module(package)
            except ImportError:
                continue
            return run(module, path, np.ascontiguousarray(inputs, np.float32))
        raise NoRunnerError(_("neither onnxruntime nor onnx is installed: pip install onnxruntime"))


def _by_runtime(onnxruntime: Any, path: Path, inputs: Array) -> tuple[str, Array]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: its advice is not about the numbers
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {session.get_inputs()[0].name: inputs})
    return f"ONNX Runtime {onnxruntime.__version__}", output


def _by_reference(onnx: Any, path: Path, inputs: Array) -> tuple[str, Array]:
    model = onnx.load(str(path))
    if any(_is_uneven(node) for node in model.graph.node):
        raise NoRunnerError(
            _("onnx's reference pads pools in another way: pip install onnxruntime")
        )
    reference = importlib.import_module("onnx.reference")
    evaluator = reference.ReferenceEvaluator(model)
    with np.errstate(all="ignore"):  # its sigmoid overflows on the way to the right number
        (output,) = evaluator.run(None, {evaluator.input_names[0]: inputs})
    return _("onnx's reference {version}", version=onnx.__version__), np.asarray(output, np.float32)


def _is_uneven(node: Any) -> bool:
    """Whether it is a MaxPool whose padding differs from side to side."""
    pads = [list(item.ints) for item in node.attribute if item.name == "pads"]
    return node.op_type == "MaxPool" and any(each[:2] != each[2:] for each in pads)
