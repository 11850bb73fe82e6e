"""What all operations of a file share while they become layers: the network in the making."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from konv.errors import LimitError
from konv.formats.exchange.channels_first import ChannelsFirstBuilder
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.onnx.importing.graph import ForeignGraph, ForeignNode
from konv.language import translate as _
from konv.limits import FREE_ONNX_NUMBERS, MAX_ONNX_REPEATS

__all__ = ["BATCH", "Surroundings"]

Array = np.ndarray[Any, np.dtype[Any]]


class _Batch:
    """The number of pictures, where a file computes with shapes."""

    def __repr__(self) -> str:
        return "N"


BATCH = _Batch()


@dataclass
class Surroundings:
    """The network in the making, and what is known about the file.

    Args:
        graph: what the file says.
        where: what errors call it.
        refused: what konv does not have.
        builder: the network in the making.
        batch: the number of pictures that the file was made for; None: any.
        known: what each name stands for, as far as that has been read.
        makers: the operation that makes each name.
    """

    graph: ForeignGraph
    where: str
    refused: Refusals
    builder: ChannelsFirstBuilder
    batch: int | None = None
    known: dict[str, Any] = field(default_factory=dict)
    makers: dict[str, ForeignNode] = field(default_factory=dict)
    notes: dict[Note, None] = field(default_factory=dict)
    _folded: int = 0
    _taken: int = 0

    def note(self, where: str, text: str) -> None:
        """Say something to the person, once."""
        self.notes.setdefault(Note(where, text))

    def as_float32(self, array: Array) -> Array:
        """Numbers as konv's weights; those of other types are rounded, and that is noted.

        What float32 cannot hold is infinite then, and refused with all weights that are.
        """
        self._taken += array.size
        self._check(self._taken, MAX_ONNX_REPEATS)
        if array.dtype == np.float32:
            return array
        if array.dtype.kind not in "fiu":
            # A list of sizes with the batch in it, or truth values: nothing to compute with.
            return np.full(array.shape, np.nan, np.float32)
        with np.errstate(over="ignore"):
            rounded = array.astype(np.float32)
        if not np.array_equal(rounded, array):
            name = array.dtype.newbyteorder("=").name
            self.note("", _("numbers of {kind} were rounded to float32", kind=name))
        return rounded

    def count_folded(self, *shape: int) -> None:
        """Refuse files that make more numbers of theirs before any picture comes.

        Raises:
            LimitError: K604.
        """
        self._folded += math.prod(shape)
        self._check(self._folded)

    def check_weights(self) -> None:
        """Refuse files that use the same array for ever more layers.

        Raises:
            LimitError: K604.
        """
        self._check(self.builder.numbers)

    def _check(self, count: int, free: int = FREE_ONNX_NUMBERS) -> None:
        held = self.graph.numbers
        if count > held + free:
            raise LimitError(
                _("{count} numbers would be made of {held}", count=f"{count:,}", held=f"{held:,}"),
                code="K604",
                where=self.where,
                fix=_("fewer layers that use the same array"),
            )
