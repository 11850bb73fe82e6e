"""What will be computed, where it will lie, in which order: from a network to calls of kernels."""
