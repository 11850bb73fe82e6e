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
