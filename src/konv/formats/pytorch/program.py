"""A network in PyTorch's words, before there is any PyTorch: modules, and the steps between them.

The module that is built, the text that is written and the state dict all come from this one form,
so that they have the same names and say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from konv.formats.exchange.imported import Note
from konv.formats.pytorch.placement import Constant, Placement
from konv.network.graph import Network

__all__ = ["ModuleSpec", "Program", "Step"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class ModuleSpec:
    """A module of ``torch.nn``.

    Args:
        name: the attribute it is kept under, and the beginning of its names in a state dict.
        kind: the class, such as ``"Conv2d"``.
        arguments, options: what it is made with, positional and by name.
        tensors: its tensors in a state dict, in PyTorch's order.
        tied_to: the module whose parameters are its own; empty: it has its own.
        layer: the name of konv's layer.
    """

    name: str
    kind: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    tensors: tuple[Placement | Constant, ...] = ()
    tied_to: str = ""
    layer: str = ""

    def like(self, other: ModuleSpec) -> bool:
        """Whether one object can be both."""
        mine = (self.kind, self.arguments, dict(self.options))
        return mine == (other.kind, other.arguments, dict(other.options))


@dataclass(frozen=True)
class Step:
    """One line of ``forward``.

    Args:
        value: the name of what it makes.
        inputs: the names of what it is made of.
        module: the module that makes it, or empty:
        function: "permute", "add", "cat", "negate", "average_pool" or "rectifier".
        arguments: of the function, behind the inputs.
    """

    value: str
    inputs: tuple[str, ...]
    module: str = ""
    function: str = ""
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False)
class Program:
    """A network in PyTorch's words.

    Args:
        network: which one.
        modules: name -> module, in the order of their first use.
        steps: the lines of ``forward``.
        input, output: the names of what comes in and goes out.
        input_axes, output_axes: which of konv's axes each axis of PyTorch's is, without the batch:
            (2, 0, 1) for a map that konv keeps channels last.
        notes: what is written in another way.
    """

    network: Network
    modules: Mapping[str, ModuleSpec]
    steps: tuple[Step, ...]
    input: str
    output: str
    input_axes: tuple[int, ...]
    output_axes: tuple[int, ...]
    notes: tuple[Note, ...] = ()

    @property
    def is_row(self) -> bool:
        """Whether it is modules one after the other, each used once: an ``nn.Sequential``."""
        before = (self.input, *(step.value for step in self.steps))
        return (
            all(
                step.module and step.inputs == (value,)
                for step, value in zip(self.steps, before, strict=False)
            )
            and len({step.module for step in self.steps}) == len(self.steps)
            and not any(spec.tied_to for spec in self.modules.values())
            and self.output == before[-1]
        )

    def last_uses(self) -> dict[str, int]:
        """Value -> the index of the last step that needs it."""
        return {name: index for index, step in enumerate(self.steps) for name in step.inputs}

    def state_dict(self, weights: Mapping[str, Array]) -> dict[str, Array]:
        """konv's weights under PyTorch's names and in its layouts: new arrays, C-contiguous."""
        return {
            f"{spec.name}.{tensor.name}": tensor.to_torch(weights)
            for spec in self.modules.values()
            for tensor in spec.tensors
        }

    def to_torch(self, inputs: Array) -> Array:
        """A batch of inputs as konv has them, with PyTorch's axes."""
        return np.ascontiguousarray(inputs.transpose(0, *(axis + 1 for axis in self.input_axes)))

    def from_torch(self, outputs: Array) -> Array:
        """A batch of outputs as PyTorch makes them, with konv's axes."""
        places = (self.output_axes.index(axis) + 1 for axis in range(len(self.output_axes)))
        return np.ascontiguousarray(outputs.transpose(0, *places))
