"""One operation of a file while it becomes a layer: its inputs and settings, asked for by need.

What an operation works on is one of three: a :class:`Value`, which the network makes of a picture;
an array, which is known; or :class:`Loose`, what konv has no layer for, and which may be a part of
something that konv has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from konv.formats.exchange.channels_first import ChannelsFirstBuilder, Value
from konv.formats.konv_file import check_finite
from konv.formats.onnx.arrays import array_of
from konv.formats.onnx.importing.graph import ForeignNode
from konv.formats.onnx.importing.surroundings import Surroundings
from konv.formats.onnx.messages import Attribute
from konv.formats.onnx.types import ATTRIBUTE_FIELDS
from konv.formats.texts import malformed, printable
from konv.language import translate as _
from konv.layers.base import shape_text

__all__ = ["Given", "Loose", "Operation", "UnsupportedError", "number_text"]

Array = np.ndarray[Any, np.dtype[Any]]


class UnsupportedError(Exception):
    """konv does not have this.

    Args:
        what: for the list.
        place: where it stands, if not in the operation at hand.
    """

    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(what)
        self.what, self.place = what, place


@dataclass(frozen=True)
class Loose:
    """What konv has no layer for.

    Args:
        place: the operation that made it.
        what: what is refused if nothing takes it up.
    """

    place: str
    what: str


Given = Value | Array | Loose


@dataclass
class Operation:
    """An operation while it becomes a layer.

    Args:
        node: what the file says.
        inputs: what it works on; None for what was left out.
        around: the file that it stands in.
    """

    node: ForeignNode
    inputs: tuple[Given | None, ...]
    around: Surroundings
    _asked: set[str] = field(default_factory=set)

    @property
    def builder(self) -> ChannelsFirstBuilder:
        return self.around.builder

    @property
    def opset(self) -> int:
        return self.around.graph.opset

    @property
    def name(self) -> str:
        """What the layer is to be called; empty: anything."""
        return self.node.name

    # Inputs ---------------------------------------------------------------------------------------

    @property
    def x(self) -> Value:
        """Its first input, which the network makes."""
        return self.value(0)

    def value(self, index: int) -> Value:
        given = self.given(index)
        if not isinstance(given, Value):
            raise UnsupportedError(_("{kind} of a constant", kind=self.node.kind))
        return given

    def given(self, index: int) -> Value | Array | None:
        """An input, None if it was left out; what is loose is refused."""
        given = self.inputs[index] if index < len(self.inputs) else None
        if isinstance(given, Loose):
            raise UnsupportedError(given.what, given.place)
        return given

    def constant(self, index: int, what: str) -> Array | None:
        """An input that must be known, None if it was left out."""
        given = self.given(index)
        if given is None or isinstance(given, np.ndarray):
            return given
        raise UnsupportedError(_("{what} that the network computes", what=what))

    def weights(self, index: int, what: str) -> Array | None:
        """A known input as float32.

        Raises:
            FormatError: K407, it holds what is not finite.
        """
        array = self.constant(index, what)
        if array is None:
            return None
        rounded = self.around.as_float32(array)
        # Before anything is made of it: a file that is refused costs no more than it is long.
        check_finite(printable(self.node.inputs[index]), rounded, self.around.where)
        return rounded

    def needed_weights(self, index: int, what: str) -> Array:
        array = self.weights(index, what)
        if array is None:
            raise UnsupportedError(_("no {what}", what=what))
        return array

    def whole_numbers(self, index: int, what: str) -> list[Any] | None:
        """A known input as a list of whole numbers, among which the batch may be."""
        array = self.constant(index, what)
        if array is None:
            return None
        if array.dtype.kind not in "iuO" or array.size > 64:
            raise UnsupportedError(_("{what} that are no list of whole numbers", what=what))
        return list(array.reshape(-1).tolist())

    def number(self, index: int, what: str) -> float | None:
        """A known input that is a single number."""
        array = self.constant(index, what)
        if array is None:
            return None
        if array.size != 1 or array.dtype.kind not in "fiu":
            raise UnsupportedError(_("{what} that is not a single number", what=what))
        return float(number_text(array.reshape(-1)[0]))

    # Settings -------------------------------------------------------------------------------------

    def integer(self, name: str, default: int) -> int:
        found = self._attribute(name, "i")
        return default if found is None else int(found)

    def real(self, name: str, default: float) -> float:
        """A setting that is float32 in the file, as the shortest decimal number for it."""
        found = self._attribute(name, "f")
        return default if found is None else float(number_text(np.float32(found)))

    def text(self, name: str, default: str) -> str:
        found = self._attribute(name, "s")
        return default if found is None else bytes(found).decode("utf-8", "replace")

    def integers(self, name: str) -> tuple[int, ...] | None:
        found = self._attribute(name, "ints")
        return None if found is None else tuple(found)

    def array_attribute(self) -> Array | None:
        """The array that the operation Constant holds."""
        self._asked.update(("value", "value_float", "value_int", "value_floats", "value_ints"))
        if "value" in self.node.attributes:
            tensor = self._attribute("value", "t")
            if tensor is None:
                return None
            return array_of(tensor, self.around.where, self.around.refused)
        for name, kind, dtype in (
            ("value_float", "f", np.float32),
            ("value_floats", "floats", np.float32),
            ("value_int", "i", np.int64),
            ("value_ints", "ints", np.int64),
        ):
            if name in self.node.attributes:
                return np.array(self._attribute(name, kind), dtype)
        return None

    def check_all_asked(self) -> None:
        """Refuse settings that nobody has asked for: they would change what is computed."""
        for name in self.node.attributes:
            if name not in self._asked:
                raise UnsupportedError(
                    _("{kind} with {name}", kind=self.node.kind, name=printable(name))
                )

    def ignore(self, *names: str) -> None:
        """Settings that change nothing of what konv computes."""
        self._asked.update(names)

    def _attribute(self, name: str, kind: str) -> Any:
        """The value of a setting, which must be of that kind; None if it is not given."""
        self._asked.add(name)
        attribute = self.node.attributes.get(name)
        if attribute is None:
            return None
        if attribute.ref_attr_name or _kind(attribute) != kind:
            raise malformed(
                _("{place}: {name} has another type", place=self.node.place, name=printable(name)),
                where=self.around.where,
            )
        value = getattr(attribute, kind)
        # Zero and the empty text may be left out where they are the value.
        return {"i": 0, "f": 0.0, "s": b""}.get(kind) if value is None else value

    def note(self, text: str) -> None:
        self.around.note(self.node.place, text)

    def pair(self, values: Sequence[int], what: str) -> tuple[int, int]:
        """Two numbers, for rows and columns."""
        if len(values) != 2:
            raise UnsupportedError(
                _(
                    "{what} {values}: not for rows and columns",
                    what=what,
                    values=shape_text(tuple(values)),
                )
            )
        return int(values[0]), int(values[1])


def _kind(attribute: Attribute) -> str:
    """The field that holds the value; files of the first versions do not say it."""
    if attribute.type:
        return ATTRIBUTE_FIELDS.get(attribute.type, "")
    given = [
        name for name in ATTRIBUTE_FIELDS.values() if getattr(attribute, name) not in (None, [])
    ]
    return given[0] if len(given) == 1 else ""


def number_text(value: Any) -> str:
    """The shortest decimal number that rounds to this one.

    Example:
        >>> number_text(np.float32(0.001)), float(np.float32(0.001))
        ('0.001', 0.0010000000474974513)
    """
    return str(value)
