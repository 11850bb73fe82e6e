"""Keras as a format that konv writes, proven by Keras itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from konv.formats.contents import ModelContents
from konv.formats.exchange.target import Array, Target, Written
from konv.formats.keras.running import run_keras
from konv.formats.keras.writing import keras_bytes
from konv.language import marked

__all__ = ["KerasTarget"]


class KerasTarget(Target):
    """A ``.keras`` file, as Keras 3 saves and loads them."""

    name: ClassVar[str] = "keras"
    ending: ClassVar[str] = ".keras"
    description: ClassVar[str] = marked("Keras 3: one file with the layers and the weights")

    def write(self, contents: ModelContents, stem: str) -> Written:
        name = f"{stem}{self.ending}"
        content, notes = keras_bytes(contents, name)
        return Written({name: content}, tuple(notes))

    def run(self, paths: Mapping[str, Path], inputs: Array) -> tuple[str, Array]:
        (path,) = paths.values()
        return run_keras(path, inputs)
