"""ONNX's operations as konv's layers: one file per family, and what leads them from end to end."""
