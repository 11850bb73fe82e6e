"""A dense layer in bfloat16, its matrix divided among the threads; for prediction.

::

    y[p, u] = f(Σ_i r(x[p, i]) · r(kernel[i, u]) + bias[u])

r rounds to bfloat16. Each task is some of the units, for all pictures: it rounds its part of the
matrix itself, some inputs at a time, while they are in the cache. The sums of the inputs before
wait in memory. Each sum goes from the first input to the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from konv.engines.compiled.emit.bf16 import BF16_BYTES
from konv.engines.compiled.emit.function import BYTE, INDEX, Function, Index, Piece, Value
from konv.engines.compiled.emit.tiles import ROW_BYTES, TILE_BYTES, TILE_ROWS
from konv.engines.compiled.kernels.base import Kernel
from konv.engines.compiled.kernels.bf16_map import CHANNELS, filled_up
from konv.engines.compiled.kernels.bf16_products import (
    Block,
    Group,
    Products,
    product_cycles,
    products,
)
from konv.engines.compiled.kernels.bf16_weights import FILTERS, Filters
from konv.engines.compiled.kernels.correlation import WindowLoop
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["Bf16Dense"]

_UNITS = 2 * FILTERS  # at the same time
_INPUTS = 512
_FLOAT_BYTES = 4
# Measured: what rounding takes, and what products do whose numbers come from beyond the cache.
_WEIGHTS_PER_CYCLE, _BESIDE_PRODUCTS, _PICTURES = 1, 4, 32
_VECTOR = Piece(0, FILTERS, FILTERS)


@record
class Bf16Dense(Kernel):
    """y, for some units.

    Pointers::

        sizes       the number of pictures
        x           bfloat16 [pictures, filled_up(inputs)], zeros behind the inputs
        kernel      float32 [inputs, units]
        bias        float32 [units], if there is one
        sums        written, float32 [pictures, filled_up(units)]
        y           written, float32 [pictures, units]

    Args:
        inputs, units: rows and columns of the kernel.
        bias: whether one is added.
        rectifier: f.
    """

    pointers: ClassVar[tuple[str, ...]] = ("sizes", "x", "kernel", "bias", "sums", "y")

    inputs: int
    units: int
    bias: bool = True
    rectifier: Rectifier = LINEAR

    @property
    def operations(self) -> int:
        return filled_up(self.inputs) * self.units

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes: of a batch of so many, since the matrix is rounded
        once for all."""
        tiles = self.operations / (CHANNELS * FILTERS)
        rounding = self.operations / (_WEIGHTS_PER_CYCLE * _PICTURES)
        return rounding + _BESIDE_PRODUCTS * tiles * product_cycles(target, 1)

    @property
    def block(self) -> int:
        """How many units a task should have."""
        return _UNITS

    def emit(self, f: Function) -> None:
        pictures = f.load(f.pointers["sizes"], INDEX)
        room = f.scratch(_UNITS * _INPUTS * BF16_BYTES // 4)
        with f.when(f.builder.icmp_signed(">", pictures, f.index(0))):
            # All pictures but the last up to 16, and those.
            whole, rest = f.divide(f.subtract(pictures, 1), TILE_ROWS)
            left = f.add(rest, 1)
            with products(f, (TILE_ROWS, left)) as unit:
                chunks, _ = f.divide(f.add(f.count, _UNITS - 1), _UNITS)
                with f.loop(chunks) as turn:
                    first = f.add(f.first, f.multiply(turn.index, _UNITS))
                    chunk = _Chunk(f, self, unit, room, first)
                    chunk.clear(pictures)
                    chunk.add(whole)
                    chunk.finish(pictures)


@record
class _Chunk:
    """Some units.

    Args:
        f: where it is written.
        what: the layer.
        unit: what multiplies.
        room: for a part of the matrix.
        first: of the units.
    """

    f: Function
    what: Bf16Dense
    unit: Products
    room: Value
    first: Index

    @property
    def _sums_step(self) -> int:
        """From the sums of a picture to those of the next, in bytes."""
        return filled_up(self.what.units) * _FLOAT_BYTES

    @property
    def _sums(self) -> Value:
        """Those of the first picture."""
        return self.f.at(self.f.pointers["sums"], self.first)

    def clear(self, pictures: Index) -> None:
        """Begin all sums with zero."""
        f = self.f
        with f.loop(pictures) as picture:
            sums = f.at(self._sums, f.multiply(picture.index, self._sums_step), BYTE)
            for start in range(0, _UNITS, FILTERS):
                f.store_vector(f.constant(0.0, FILTERS), f.at(sums, start), _VECTOR)

    def add(self, whole: Index) -> None:
        """Add up, inputs by inputs: for so many groups of 16 pictures, and for the rest."""
        f = self.f
        for first, count in f.blocks(self.what.inputs, _INPUTS):
            tiles = self._rounded(first, count)
            with f.loop(whole) as group:
                self._add_group(0, group.index, tiles, first, count)
            self._add_group(1, whole, tiles, first, count)

    def _rounded(self, first: Index, count: int) -> list[Value]:
        """The tiles of some inputs: of each 16 units."""
        f, units = self.f, self.what.units
        rows = f.at(f.pointers["kernel"], f.multiply(first, units))
        tiles = []
        for number, (unit, piece) in enumerate(self._pieces()):
            tiles.append(f.at(self.room, number * filled_up(count) * FILTERS * BF16_BYTES, BYTE))
            Filters(f, f.at(rows, unit), units, piece).write(tiles[-1], count)
        return tiles

    def _add_group(
        self, number: int, group: Index, tiles: Sequence[Value], first: Index, count: int
    ) -> None:
        f = self.f
        picture = f.multiply(group, TILE_ROWS)
        x_step = filled_up(self.what.inputs) * BF16_BYTES
        x = f.at(f.pointers["x"], f.multiply(picture, x_step), BYTE)
        x = f.at(x, f.multiply(first, BF16_BYTES), BYTE)
        sums = f.at(self._sums, f.multiply(picture, self._sums_step), BYTE)
        steps = [WindowLoop(filled_up(count) // CHANNELS, ROW_BYTES, TILE_BYTES)]
        rows = [Group(number, x, sums)]
        self.unit.add(Block(rows, tiles, x_step, self._sums_step, steps, accumulate=True))

    def finish(self, pictures: Index) -> None:
        """What follows the sums."""
        f, what = self.f, self.what
        pieces = [(unit, piece, self._bias(unit, piece)) for unit, piece in self._pieces()]
        with f.loop(pictures) as picture:
            sums = f.at(self._sums, f.multiply(picture.index, self._sums_step), BYTE)
            y = f.at(f.pointers["y"], f.multiply(picture.index, what.units))
            for number, (unit, piece, bias) in enumerate(pieces):
                z = f.load_vector(f.at(sums, number * FILTERS), _VECTOR)
                z = z if bias is None else f.builder.fadd(z, bias)
                f.store_vector(what.rectifier.apply(f, z), f.at(y, unit), piece)

    def _pieces(self) -> Iterator[tuple[Index, Piece]]:
        """(first unit, how many) of each block: perhaps fewer than 16, perhaps none."""
        f = self.f
        for start in range(0, _UNITS, FILTERS):
            first = f.add(self.first, start)
            lanes = f.smaller(FILTERS, f.subtract(self.what.units, first))
            yield first, Piece(0, lanes, FILTERS)

    def _bias(self, unit: Index, piece: Piece) -> Value | None:
        if not self.what.bias:
            return None
        return self.f.load_vector(self.f.at(self.f.pointers["bias"], unit), piece)
