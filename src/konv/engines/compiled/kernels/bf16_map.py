"""A float32 map as bfloat16, as products want it: channels in whole rows of a tile, and a border.

The channels that fill up the last row are zeros, and so is the border: all of it is written, so the
array may have held anything before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import llvmlite.ir as ir

from konv.engines.compiled.emit.bf16 import INT16, rounded, store_rounded
from konv.engines.compiled.emit.function import INT32, Function, Piece, Value
from konv.engines.compiled.kernels.base import Kernel, MapLayout
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["CHANNELS", "Bf16Map", "filled_up"]

CHANNELS = 32  # of a row of a tile
_LANES = 16
_UNROLLED = 4
_VECTOR_CYCLES = 3


def filled_up(channels: int) -> int:
    """So many channels, and those that fill up the last row of a tile."""
    return -(-channels // CHANNELS) * CHANNELS


@record
class Bf16Map(Kernel):
    """Rounds maps. Called with pictures.

    Pointers::

        x           float32, as ``input`` says
        rounded     written, bfloat16, as ``output`` says

    Args:
        input: of x.
        output: of the same rows and columns; its channels are ``filled_up``.
    """

    pointers: ClassVar[tuple[str, ...]] = ("x", "rounded")

    input: MapLayout
    output: MapLayout

    def cycles(self, target: Target) -> float:
        """About how many cycles a picture takes."""
        return (
            _VECTOR_CYCLES * self.output.height * self.output.width * self.output.channels / _LANES
        )

    def emit(self, f: Function) -> None:
        there, here = self.input, self.output
        with f.loop(f.count) as picture:
            x = f.at(f.pointers["x"], f.add(f.multiply(picture.index, there.size), there.origin))
            y = f.at(f.pointers["rounded"], f.multiply(picture.index, here.size), INT16)
            _clear(f, y, here.top * here.row)
            y = f.at(y, here.top * here.row, INT16)
            with f.loop(here.height) as row:
                self._row(
                    f,
                    f.at(x, f.multiply(row.index, there.row)),
                    f.at(y, f.multiply(row.index, here.row), INT16),
                )
            _clear(f, f.at(y, here.height * here.row, INT16), here.bottom * here.row)

    def _row(self, f: Function, x: Value, y: Value) -> None:
        here = self.output
        _clear(f, y, here.left * here.channels)
        y = f.at(y, here.left * here.channels, INT16)
        if self.input.channels == here.channels:
            _round(f, x, y, here.width * here.channels)
        else:
            with f.loop(here.width) as pixel:
                from_, to = (f.multiply(pixel.index, m.channels) for m in (self.input, here))
                _round(f, f.at(x, from_), f.at(y, to, INT16), self.input.channels)
        _clear(f, f.at(y, here.width * here.channels, INT16), here.right * here.channels)


def _round(f: Function, x: Value, y: Value, count: int) -> None:
    """So many numbers, and zeros until the row of a tile is full."""
    whole, rest = divmod(count, _LANES)
    for first, vectors in f.blocks(whole, _UNROLLED):
        for vector in range(vectors):
            place = f.add(f.multiply(first, _LANES), vector * _LANES)
            store_rounded(f, rounded(f, f.load_vector(f.at(x, place), _ALL)), f.at(y, place, INT16))
    place = whole * _LANES
    if rest:
        numbers = f.load_vector(f.at(x, place), replace(_ALL, lanes=rest))
        store_rounded(f, rounded(f, numbers), f.at(y, place, INT16))
        place += _LANES
    if place % CHANNELS:
        zeros = ir.Constant(ir.VectorType(INT16, _LANES), None)
        store_rounded(f, zeros, f.at(y, place, INT16))


_ALL = Piece(0, _LANES, _LANES)


def _clear(f: Function, address: Value, count: int) -> None:
    """Fill so many numbers with zeros: a multiple of ``CHANNELS``."""
    zeros = ir.Constant(ir.VectorType(INT32, _LANES), None)
    with f.loop(count // CHANNELS) as turn:
        place = f.at(address, f.multiply(turn.index, CHANNELS), INT16)
        f.store_vector(zeros, place, _ALL)
