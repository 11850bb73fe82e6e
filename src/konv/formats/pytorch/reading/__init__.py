"""Modules of PyTorch as networks of konv."""
