"""The layers of a Keras model in the making, their calls, and the order in which Keras sorts them.

From the input on, a layer that is farther from the output by the longest way comes first; layers
equally far come as a walk back from the output meets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from konv.formats.keras.spelling import Spelled

__all__ = ["Config", "KerasCall", "KerasLayer", "in_keras_order"]

Config = dict[str, Any]
_POLICY = {
    "module": "keras",
    "class_name": "DTypePolicy",
    "config": {"name": "float32"},
    "registered_name": None,
}


@dataclass(eq=False)
class KerasLayer:
    """A layer of Keras in the making, with what it is called on."""

    spelled: Spelled
    name: str
    weights: tuple[str, ...]
    flipped: tuple[str, ...]
    calls: list[KerasCall] = field(default_factory=list)

    def config(self) -> Config:
        common: Config = {"name": self.name}
        if self.kind == "InputLayer":
            common["dtype"] = "float32"
        elif self.is_layer:
            common |= {"trainable": True, "dtype": _POLICY}
        return {
            "module": self.spelled.module,
            "class_name": self.kind,
            "config": {**common, **self.spelled.config},
            "registered_name": None if self.is_layer else self.kind,
            "name": self.name,
            "inbound_nodes": [call.config() for call in self.calls if call.inputs],
        }

    @property
    def kind(self) -> str:
        """Keras's class."""
        return "InputLayer" if self.spelled.kind == "Input" else self.spelled.kind

    @property
    def is_layer(self) -> bool:
        """Whether it is one of those among which Keras looks for weights."""
        return self.spelled.module == "keras.layers"


@dataclass(eq=False)
class KerasCall:
    layer: KerasLayer
    number: int
    inputs: tuple[KerasCall, ...]
    shape: tuple[int | None, ...]  # None between layers that are one in konv: Keras infers it

    def config(self) -> Config:
        tensors = [call.tensor() for call in self.inputs]
        return {"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}

    def tensor(self) -> Config:
        return {
            "class_name": "__keras_tensor__",
            "config": {
                "shape": [None, *self.shape],
                "dtype": "float32",
                "keras_history": [self.layer.name, self.number, 0],
            },
        }


def in_keras_order(output: KerasCall) -> list[KerasLayer]:
    """The layers that the output depends on, in Keras's order."""
    calls, met = _walked(output)
    call_depths: dict[int, int] = {}
    layer_depths: dict[int, int] = {}
    for call in reversed(calls):
        depth = max(call_depths.get(id(call), 0), layer_depths.get(id(call.layer), 0))
        call_depths[id(call)] = layer_depths[id(call.layer)] = depth
        for needed in call.inputs:
            call_depths[id(needed)] = max(depth + 1, call_depths.get(id(needed), 0))
    return sorted(met, key=lambda layer: -layer_depths[id(layer)])


def _walked(output: KerasCall) -> tuple[list[KerasCall], list[KerasLayer]]:
    """All calls, each behind its inputs; and the layers as a walk back from the output meets them.

    A stack instead of recursion: a network may be deeper than Python's stack.
    """
    calls: list[KerasCall] = []
    met: dict[int, KerasLayer] = {}
    begun: set[int] = set()
    waiting: list[tuple[KerasCall, Iterator[KerasCall]]] = []

    def enter(call: KerasCall) -> None:
        begun.add(id(call))
        met.setdefault(id(call.layer), call.layer)
        waiting.append((call, iter(call.inputs)))

    enter(output)
    while waiting:
        call, inputs = waiting[-1]
        following = next((one for one in inputs if id(one) not in begun), None)
        if following is None:
            calls.append(call)
            waiting.pop()
        else:
            enter(following)
    return calls, [*met.values()]
