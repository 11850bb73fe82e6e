"""ONNX files, read and written without another package: what PyTorch and others exchange."""
