"""What a network does, one file per kind: which kernels run forward, and which backward."""
