"""Every kind of layer as operations of ONNX: with this, each has registered its own."""

from __future__ import annotations

from konv.formats.onnx.export import elementwise, moving, pooling, weighted
from konv.formats.onnx.export.place import Place, add_layer

__all__ = ["FAMILIES", "Place", "add_layer"]

# The files that register operations, one per family of layers.
FAMILIES = (weighted, elementwise, pooling, moving)
