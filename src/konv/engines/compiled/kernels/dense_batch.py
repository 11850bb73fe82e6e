"""A dense layer with a large kernel: threads divide the kernel instead of the pictures.

Each task is some of the units (of the inputs, for gradients) for the whole batch: the kernel is
brought from memory once, every thread keeps its part of it close by, and no lane needs a gradient
of its own. What is computed is what ``dense`` and ``dense_gradients`` say; gradients are not added
to what is there. Sums over the batch go from its first picture to its last.

``sizes`` holds the number of pictures. All other arrays are those of the whole batch.
"""

from __future__ import annotations

from typing import ClassVar

from konv.engines.compiled.emit.function import INDEX, Function
from konv.engines.compiled.kernels.affine import Affine
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.outer_products import (
    OuterProducts,
    column_sums,
    most_units,
    row_bands,
)
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.kernels.rows import (
    RowTile,
    item_chunks,
    most_vectors,
    row_tiles,
    vector_chunks,
)
from konv.engines.compiled.kernels.turned_products import INPUT_VECTORS, TurnedProducts
from konv.engines.compiled.record import record

__all__ = [
    "DenseBatch",
    "DenseBatchInputGradient",
    "DenseBatchWeightGradient",
]

# Blocks of units: whole vectors of every processor, and wide, for long runs in the kernel's rows.
_UNITS, _MOST_UNITS, _FEWEST_TASKS = 16, 64, 4
_UNIT_VECTORS = 2
# Blocks of inputs: whole pairs of vectors; parts of the kernel that stay in the second cache.
_INPUTS, _MOST_TASKS = 32, 16
_SMALLEST_BLOCK_BYTES, _LARGEST_BLOCK_BYTES = 65536, 262144


def _inputs_of_a_task(inputs: int, units: int) -> int:
    step_bytes = 4 * units * _INPUTS
    fewest = -(-_SMALLEST_BLOCK_BYTES // step_bytes)
    most = max(1, _LARGEST_BLOCK_BYTES // step_bytes)
    return min(max(fewest, inputs // (_MOST_TASKS * _INPUTS)), most) * _INPUTS


@record
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
        wanted = self.units // (_FEWEST_TASKS * _UNITS) * _UNITS
        return max(_UNITS, min(wanted, _MOST_UNITS))

    def emit(self, f: Function) -> None:
        rows = f.load(f.pointers["sizes"], INDEX)
        affine = Affine(self.inputs, self.units, self.bias, self.rectifier)
        vectors = min(_UNIT_VECTORS, self.block // f.target.vector)
        affine.emit(f, rows, lambda most: item_chunks(f, min(most, vectors)))


@record
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
        return _inputs_of_a_task(self.inputs, self.units)

    def emit(self, f: Function) -> None:
        rows = f.load(f.pointers["sizes"], INDEX)
        gate = self.rectifier if self.activated else LINEAR
        gradient = TurnedProducts(self.inputs, self.units, False, gate)
        room = gradient.room(f)
        for first, pieces in item_chunks(f, INPUT_VECTORS):
            gradient.emit(f, room, rows, first, pieces)


@record
class DenseBatchWeightGradient(Kernel):
    """The gradient of the kernel, for some inputs. The first of them bring that of the bias along.

    Args:
        inputs, units: rows and columns of the kernel.
        bias: whether there is one; the pointer is not looked at otherwise.
        passing: whether the array has room for the inputs of a task only, whose gradient the next
            call for them takes up; else for those of the whole kernel.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sizes", "x", "dz", "kernel_gradient", "bias_gradient")

    inputs: int
    units: int
    bias: bool = True
    passing: bool = False

    @property
    def operations(self) -> int:
        return self.inputs * self.units

    @property
    def block(self) -> int:
        """How many inputs a task should have."""
        return _inputs_of_a_task(self.inputs, self.units)

    @property
    def block_bytes(self) -> int:
        """What the gradient of a task takes."""
        return self.block * self.units * 4

    def emit(self, f: Function) -> None:
        rows = f.load(f.pointers["sizes"], INDEX)
        if self.passing:
            whole = f.at(f.pointers["kernel_gradient"], f.multiply(f.first, -self.units))
            f.pointers["kernel_gradient"] = whole
        gradient = OuterProducts(self.inputs, self.units, accumulate=False, far=True)
        for band in row_bands(f, rows):
            for unit, pieces in vector_chunks(f, self.units, most_units(f.target)):
                for tile in row_tiles(f, f.count, pieces):
                    inputs = RowTile(f.add(f.first, tile.first), tile.lines)
                    gradient.emit(f, band, inputs, unit, pieces)
        if self.bias:
            with f.when(f.builder.icmp_signed("==", f.first, f.index(0))):
                for unit, pieces in vector_chunks(f, self.units, most_vectors(f.target)):
                    column_sums(f, rows, self.units, unit, pieces, accumulate=False)
