"""Keras's files: what its layers are in konv's words, reading its two forms, and writing one."""

from konv.formats.keras.layers import KNOWN_CLASSES, translated
from konv.formats.keras.reading import read_keras
from konv.formats.keras.target import KerasTarget

__all__ = ["KNOWN_CLASSES", "KerasTarget", "read_keras", "translated"]
