"""ONNX files, read and written without another package: what PyTorch and others exchange."""

from konv.formats.onnx.export.target import OnnxTarget
from konv.formats.onnx.importing.model import onnx_from_bytes, read_onnx

__all__ = ["OnnxTarget", "onnx_from_bytes", "read_onnx"]
