"""The pictures that come in, and the numbers that go out."""

from __future__ import annotations

from konv.engines.compiled.kernels.pixels import ReadPixels
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import Operation
from konv.engines.compiled.plan.structure import Storage
from konv.engines.compiled.plan.values import CHANNELS_LAST, Value
from konv.engines.contract import Pixels

__all__ = ["IMAGES", "PIXEL_BYTES", "Reading"]

IMAGES = "images"
PIXEL_BYTES = {"uint8": 1, "float32": 4}


class Reading(Operation):
    """Pixels as the numbers that the first layer sees.

    Args:
        output: the numbers.
        kind: of the pixels, "uint8" or "float32".
        pixels: how they become numbers.
    """

    def __init__(self, output: Value, kind: str, pixels: Pixels) -> None:
        super().__init__([], output)
        self._kind, self._pixels = kind, pixels

    def forward(self, b: Builder) -> None:
        kernel = ReadPixels(
            self._kind,
            self.output.form == CHANNELS_LAST,
            self.output.layout,
            self._pixels.scale,
            self._pixels.offset,
        )
        size = self.output.elements * PIXEL_BYTES[self._kind]
        images = b.argument(IMAGES, size, Storage.BATCH)
        b.pictures("pixels", kernel, images, b.value(self.output))

    def backward(self, b: Builder) -> None:
        """Pixels are what they are."""
