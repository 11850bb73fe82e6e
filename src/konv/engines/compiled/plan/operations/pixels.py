"""The pictures that come in, and the numbers that go out."""

from __future__ import annotations

from konv.engines.compiled.kernels.changed_pixels import ReadChangedPixels
from konv.engines.compiled.kernels.picture_changes import row_bytes
from konv.engines.compiled.kernels.pixels import ReadPixels
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.base import Operation
from konv.engines.compiled.plan.structure import Storage
from konv.engines.compiled.plan.values import CHANNELS_LAST, Value
from konv.engines.contract import Pixels

__all__ = ["CHANGES", "IMAGES", "PIXEL_BYTES", "Reading"]

IMAGES, CHANGES = "images", "changes"
PIXEL_BYTES = {"uint8": 1, "float32": 4}


class Reading(Operation):
    """Pixels as the numbers that the first layer sees.

    Args:
        output: the numbers.
        kind: of the pixels, "uint8" or "float32".
        pixels: how they become numbers.
        changes: the kinds of what becomes of the pictures before; (): nothing.
    """

    def __init__(self, output: Value, kind: str, pixels: Pixels, changes: tuple[str, ...]) -> None:
        super().__init__([], output)
        self._kind, self._pixels, self._changes = kind, pixels, changes

    def forward(self, b: Builder) -> None:
        size = self.output.elements * PIXEL_BYTES[self._kind]
        images = b.argument(IMAGES, size, Storage.BATCH)
        x = b.value(self.output)
        channels_first = self.output.form == CHANNELS_LAST
        what = (self._kind, channels_first, self.output.layout)
        scaling = (self._pixels.scale, self._pixels.offset)
        if not self._changes:
            b.pictures("pixels", ReadPixels(*what, *scaling), images, x)
        else:
            kernel = ReadChangedPixels(*what, *scaling, self._changes)
            changes = b.argument(CHANGES, row_bytes(self._changes), Storage.BATCH)
            b.pictures("pixels", kernel, images, changes, x)

    def backward(self, b: Builder) -> None:
        """Pixels are what they are."""
