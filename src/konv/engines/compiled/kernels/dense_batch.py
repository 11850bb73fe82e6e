"""A dense layer with a large kernel: threads divide the kernel instead of the pictures.

Each task is some of the units (of the inputs, for gradients) for the whole batch: the kernel is
brought from memory once, every thread keeps its part of it close by, and no lane needs a gradient
of its own. What is computed is what ``dense`` and ``dense_gradients`` say; gradients are not added
to what is there. Sums over the batch go from its first picture to its last.

``sizes`` holds the number of pictures. All other arrays are those of the whole batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from konv.engines.compiled.emit.function import INDEX, Function
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.dense import Affine
from konv.engines.compiled.kernels.dense_gradients import (
    InputGradient,
    WeightGradient,
    column_sums,
)
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import (
    column_chunks,
    item_chunks,
    most_vectors,
    row_tiles,
)

__all__ = [
    "DenseBatch",
    "DenseBatchBiasGradient",
    "DenseBatchInputGradient",
    "DenseBatchWeightGradient",
]

# Blocks are whole vectors on every processor.
_VECTOR = 16
# So many tasks are divided evenly among the threads, if that does not make them tiny.
_TASKS = 16
_SMALLEST_BLOCK_BYTES = 65536


def _block(items: int, item_bytes: int) -> int:
    """How many items a task should have."""
    smallest = -(-_SMALLEST_BLOCK_BYTES // (item_bytes * _VECTOR))
    return max(smallest, items // (_TASKS * _VECTOR)) * _VECTOR


@dataclass(frozen=True)
class DenseBatch(Kernel):
    """y, for some units.

    Args:
        inputs, units: rows and columns of the kernel.
        bias: whether one is added; the pointer is not looked at otherwise.
        rectifier: what is applied to the sums.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sizes", "x", "kernel", "bias", "y")

    inputs: int
    units: int
    bias: bool = True
    rectifier: Rectifier = LINEAR

    @property
    def operations(self) -> int:
        return self.inputs * self.units

    @property
    def block(self) -> int:
        """How many units a task should have."""
        return _block(self.units, 4 * self.inputs)

    def emit(self, f: Function) -> None:
        rows = f.load(f.pointers["sizes"], INDEX)
        affine = Affine(self.inputs, self.units, self.bias, self.rectifier)
        vectors = min(most_vectors(f.target), self.block // f.target.vector)
        for unit, pieces in item_chunks(f, vectors):
            affine.emit(f, rows, unit, pieces)


@dataclass(frozen=True)
class DenseBatchInputGradient(Kernel):
    """dx, for some inputs.

    Args:
        inputs, units: rows and columns of the kernel.
        rectifier: whose output x is: y, as large as dx.
        activated: whether dx becomes the gradient of that rectifier's input; otherwise y is not
            looked at.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sizes", "dz", "kernel", "dx", "y")

    inputs: int
    units: int
    rectifier: Rectifier = LINEAR
    activated: bool = False

    @property
    def operations(self) -> int:
        return self.inputs * self.units

    @property
    def block(self) -> int:
        """How many inputs a task should have."""
        return _block(self.inputs, 4 * self.units)

    def emit(self, f: Function) -> None:
        rows = f.load(f.pointers["sizes"], INDEX)
        gate = self.rectifier if self.activated else LINEAR
        gradient = InputGradient(self.inputs, self.units, False, gate)
        room = gradient.room(f)
        for first, pieces in item_chunks(f, most_vectors(f.target)):
            gradient.emit(f, rows, first, pieces, room)


@dataclass(frozen=True)
class DenseBatchWeightGradient(Kernel):
    """The gradient of the kernel, for some inputs.

    Args:
        inputs, units: rows and columns of the kernel.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sizes", "x", "dz", "kernel_gradient")

    inputs: int
    units: int

    @property
    def operations(self) -> int:
        return self.inputs * self.units

    @property
    def block(self) -> int:
        """How many inputs a task should have."""
        return _block(self.inputs, 4 * self.units)

    def emit(self, f: Function) -> None:
        rows = f.load(f.pointers["sizes"], INDEX)
        gradient = WeightGradient(self.inputs, self.units, accumulate=False)
        for unit, pieces in column_chunks(f, self.units):
            for place, height in row_tiles(f, f.count, len(pieces)):
                gradient.emit(f, rows, (f.add(f.first, place), height), unit, pieces)


@dataclass(frozen=True)
class DenseBatchBiasGradient(Kernel):
    """The gradient of the bias, for some units.

    Args:
        units: how many there are in all.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sizes", "dz", "bias_gradient")

    units: int

    @property
    def block(self) -> int:
        """How many units a task should have."""
        return 16 * _VECTOR

    def emit(self, f: Function) -> None:
        rows = f.load(f.pointers["sizes"], INDEX)
        for unit, pieces in item_chunks(f, most_vectors(f.target)):
            column_sums(f, rows, self.units, unit, pieces, accumulate=False)
