"""konv's networks as ONNX: one file per matter, from the graph in the making to the target."""
