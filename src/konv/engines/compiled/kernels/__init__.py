"""What the machine can do: one file per family of kernels."""
