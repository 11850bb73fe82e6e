"""Keras's files: what its layers are in konv's words, reading its two forms, and writing one."""

from konv.formats.keras.layers import translated

__all__ = ["translated"]
