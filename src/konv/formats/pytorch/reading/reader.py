"""What reading a module needs at every operation: the builder, the refusals, and the place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from konv.formats.exchange.channels_first import UNKNOWN, ChannelsFirstBuilder, Value
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.texts import printable
from konv.language import translate as _
from konv.layers.base import Shape

__all__ = [
    "BATCH",
    "NO_ZEROS",
    "OPERATIONS",
    "Pending",
    "Reader",
    "as_array",
    "operation",
    "pair",
    "reason_of",
]

Array = np.ndarray[Any, np.dtype[Any]]
Zeros = tuple[tuple[int, int], tuple[int, int]]
_SHOWN = 200  # characters of somebody else's message
NO_ZEROS: Zeros = ((0, 0), (0, 0))


class _Batch:
    """The number of pictures: it may be passed on, and not be counted with."""

    def __repr__(self) -> str:
        return "N"


BATCH = _Batch()


@dataclass(frozen=True, eq=False)
class Pending:
    """A value to which something is still to be done, which the next operation may take over.

    PyTorch pads unevenly by a module before the convolution or the pool, and finds a minimum as
    −max(−x). konv has layers for both.

    Args:
        value: as it is in the network.
        negated: whether −value is meant.
        zeros: what is to be put around it,
        filling: 0 or −∞.
        name: what the layer that pads is called if there must be one.
    """

    value: Value
    negated: bool = False
    zeros: Zeros = NO_ZEROS
    filling: float = 0.0
    name: str = ""


@dataclass(eq=False)
class Reader:
    """A module that is being read.

    Args:
        builder: where its operations go.
        refused: where that goes which konv does not have.
        place: what the operation is called in messages: the path of a module, or a function.
        name: what its layer is to be called; empty: as usual.
        uses: how often each tensor of weights was used.
    """

    builder: ChannelsFirstBuilder
    refused: Refusals
    notes: list[Note] = field(default_factory=list)
    place: str = ""
    name: str = ""
    uses: Counter[int] = field(default_factory=Counter)
    _kept: list[Any] = field(default_factory=list)

    def refuse(self, what: str) -> Value:
        """Put something on the list."""
        self.refused.add(self.place, what)
        return UNKNOWN

    def owner_of(self, tensor: Any) -> int:
        """What two uses of one tensor have in common, also if they are two modules."""
        self.uses[id(tensor)] += 1
        self._kept.append(tensor)  # so that no other tensor gets its identity
        return id(tensor)

    def note(self, text: str) -> None:
        """Remember something that a person should know."""
        self.notes.append(Note(self.place, text))

    def value(self, x: Any) -> Value:
        """What stands there, with all that was still to be done to it."""
        if isinstance(x, Value):
            return x
        if not isinstance(x, Pending):
            return self.refuse(_("an operation on {value}", value=type(x).__name__))
        value = x.value
        if not value.known:
            return value
        if x.zeros != NO_ZEROS:
            if x.filling:
                return self.refuse(_("padding other than zeros before anything but a pool"))
            value = self.builder.pad(value, x.zeros, name=x.name)
        return self.builder.affine(value, scale=np.array(-1, np.float32)) if x.negated else value

    def sizes(self, x: Any) -> Shape:
        """The sizes of a value without the batch, with padding that is still to be done."""
        if not isinstance(x, Pending):
            return self.value(x).shape
        if x.zeros == NO_ZEROS or len(x.value.shape) != 3:
            return x.value.shape
        (top, bottom), (left, right) = x.zeros
        channels, rows, columns = x.value.shape
        return channels, rows + top + bottom, columns + left + right

    def windowed(self, x: Any, filling: float) -> tuple[Value, Zeros, bool]:
        """(a map, the padding around it that is still to be done, whether −map is meant).

        Args:
            x: what the windows slide over.
            filling: what padding a layer of windows can take over: 0 or −∞.
        """
        if isinstance(x, Pending) and (x.zeros == NO_ZEROS or x.filling == filling):
            return x.value, x.zeros, x.negated
        return self.value(x), NO_ZEROS, False

    def padded(self, x: Any, zeros: Zeros, filling: float) -> Pending:
        """``x`` with padding that is still to be done."""
        before = x if isinstance(x, Pending) else Pending(self.value(x))
        if before.zeros != NO_ZEROS:
            before = Pending(self.value(before))
        return replace(before, zeros=zeros, filling=filling, name=self.name)


# What is done by each operation, by its name in ``torch`` or ``torch.nn.functional``.
OPERATIONS: dict[str, Callable[..., Any]] = {}


def operation(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function ``(reader, *arguments as PyTorch's)`` under these names."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        OPERATIONS.update(dict.fromkeys(names, function))
        return function

    return register


def reason_of(error: Exception) -> str:
    """What somebody else's error says, in a line."""
    sentence = str(error).partition("\n")[0].partition(". ")[0]
    return f"{type(error).__name__}: {printable(sentence)[:_SHOWN]}"


def pair(value: Any) -> tuple[int, int]:
    """(rows, columns) of a number that stands for both, or of two."""
    rows, columns = value if isinstance(value, (tuple, list)) else (value, value)
    return int(rows), int(columns)


def as_array(tensor: Any) -> Array:
    """A tensor of PyTorch as float32, in memory of its own."""
    return np.array(tensor.detach().cpu().float().numpy(), np.float32, order="C")
