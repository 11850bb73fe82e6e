"""The making of a program: modules and steps are added one after the other, values know their axes.

PyTorch keeps channels first. A map that konv keeps (height, width, channels) lies there as
(channels, height, width), without any step: only how its axes lie is remembered. Steps that turn
axes are added where a layer needs them to lie otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from konv.formats.exchange.imported import Note
from konv.formats.pytorch.names import ATTRIBUTES, VARIABLES, Names
from konv.formats.pytorch.placement import Constant, Placement
from konv.formats.pytorch.program import ModuleSpec, Program, Step
from konv.layers.base import Shape
from konv.network.graph import Network, Node

__all__ = ["Laid", "Making", "map_axes"]

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Laid:
    """What a step makes.

    Args:
        value: its name.
        shape: konv's.
        axes: which of konv's axes each axis of PyTorch's is, without the batch.
        order: of a row of numbers, which of konv's each of PyTorch's is; None: the same.
    """

    value: str
    shape: Shape
    axes: tuple[int, ...]
    order: Array | None = None

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return len(self.axes)

    def place(self, axis: int) -> int:
        """The axis of PyTorch, the batch being 0, that is konv's ``axis``, the first being 0."""
        return self.axes.index(axis) + 1


def map_axes(rank: int, data_format: str) -> tuple[int, ...]:
    """How PyTorch expects the axes: channels first for maps, as they are for all else."""
    return (2, 0, 1) if rank == 3 and data_format == "channels_last" else tuple(range(rank))


class Making:
    """A program in the making."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.shared = {node.weights_of for node in network.nodes if node.shares}
        self._modules: dict[str, ModuleSpec] = {}
        self._steps: list[Step] = []
        self._notes: list[Note] = []
        self._attributes, self._variables = Names(ATTRIBUTES), Names(VARIABLES)
        self._of_layer: dict[tuple[str, str], list[ModuleSpec]] = {}
        first = network.nodes[0]
        axes = map_axes(len(network.input_shape), network.data_format)
        self._input = Laid(self._variables.take(first.name), network.input_shape, axes)

    @property
    def input(self) -> Laid:
        """What comes in."""
        return self._input

    def note(self, node: Node, text: str) -> None:
        """Remember something that a person should know."""
        self._notes.append(Note(node.name, text))

    def module(
        self,
        node: Node,
        kind: str,
        x: Laid,
        *arguments: Any,
        part: str = "",
        tensors: tuple[Placement | Constant, ...] = (),
        **options: Any,
    ) -> Laid:
        """A step by a module of ``torch.nn``; the axes of ``x`` stay, its shape is taken as it is.

        Args:
            node: the layer it is a part of.
            kind: the class.
            x: what it works on.
            arguments, options: what the class is made with.
            part: what stands behind the name of the layer.
            tensors: what it has in a state dict.
        """
        name = f"{node.name}_{part}" if part else node.name
        spec = ModuleSpec(name, kind, arguments, options, tensors, layer=node.name)
        found = self._shared(node, part, spec) if tensors else None
        return self._step(name, (x,), module=(found or self._added(node, part, spec)).name)

    def function(self, node: Node, function: str, *inputs: Laid, arguments: Any = ()) -> Laid:
        """A step by one of the functions."""
        name = f"{node.name}_{function}" if function in ("permute", "negate") else node.name
        return self._step(name, inputs, function=function, arguments=tuple(arguments))

    def turned(self, node: Node, x: Laid, axes: tuple[int, ...]) -> Laid:
        """The same with its axes lying so; no step where they do."""
        if x.axes == axes:
            return x
        places = (0, *(x.place(axis) for axis in axes))
        return replace(self.function(node, "permute", x, arguments=places), axes=axes)

    def finished(self, output: Laid) -> Program:
        """The program that ends with ``output``."""
        last = self.network.nodes[-1]
        axes = map_axes(output.rank, self.network.data_format)
        output = self.turned(last, output, axes)
        return Program(
            network=self.network,
            modules=self._modules,
            steps=tuple(self._steps),
            input=self._input.value,
            output=output.value,
            input_axes=self._input.axes,
            output_axes=output.axes,
            notes=tuple(self._notes),
        )

    def _shared(self, node: Node, part: str, spec: ModuleSpec) -> ModuleSpec | None:
        """The module of another use of the layer, if it can be this one too."""
        known = self._of_layer.get((node.weights_of, part), [])
        return next((other for other in known if other.like(spec)), None)

    def _added(self, node: Node, part: str, spec: ModuleSpec) -> ModuleSpec:
        known = self._of_layer.setdefault((node.weights_of, part), []) if spec.tensors else []
        tied_to = known[0].name if known else ""
        spec = replace(spec, name=self._attributes.take(spec.name), tied_to=tied_to)
        known.append(spec)
        self._modules[spec.name] = spec
        return spec

    def _step(self, name: str, inputs: tuple[Laid, ...], **how: Any) -> Laid:
        value = self._variables.take(name)
        self._steps.append(Step(value, tuple(x.value for x in inputs), **how))
        return replace(inputs[0], value=value)
