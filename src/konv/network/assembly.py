"""Nodes, and how they are put together: one after the other, each checked as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from konv.errors import NetworkError, ShapeError
from konv.language import translate as _
from konv.layers.base import Layer, Shape, WeightSpec, shape_text
from konv.layers.input import Input
from konv.layers.symbolic import SymbolicTensor
from konv.limits import MAX_LAYERS, MAX_PARAMETERS

__all__ = ["Assembly", "Node", "Part", "check_count"]


@dataclass(frozen=True)
class Part:
    """A layer and how it is to be wired, before anybody has looked whether it fits.

    Args:
        name: unique in the network.
        layer: what it is.
        inputs: the names of the parts it takes its input from.
        weights_of: the part whose weights it uses; None: it has its own.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...] = ()
    weights_of: str | None = None


@dataclass(frozen=True)
class Node:
    """A layer at its place in a network.

    Args:
        name: unique in the network.
        layer: what it is; its name is that of the node.
        inputs: the names of the nodes it takes its input from.
        input_shapes, output_shape: for one picture.
        weights_of: the node whose weights it uses: itself, or the first use of a shared layer.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shape: Shape
    weights_of: str

    @property
    def shares(self) -> bool:
        """Whether its weights belong to another node."""
        return self.weights_of != self.name

    @property
    def part(self) -> Part:
        """The same without shapes, to be put together anew."""
        return Part(self.name, self.layer, self.inputs, self.weights_of if self.shares else None)

    @property
    def macs(self) -> int:
        """Multiply-adds for one picture."""
        return self.layer.macs(*self.input_shapes)

    @cached_property
    def weight_specs(self) -> tuple[WeightSpec, ...]:
        """The weights it uses, shared or not."""
        return self.layer.weight_specs(*self.input_shapes)

    @property
    def weight_names(self) -> dict[str, str]:
        """The layer's name of each weight -> its name in the model, ``conv2d_1/kernel``."""
        return {spec.name: f"{self.weights_of}/{spec.name}" for spec in self.weight_specs}


class Assembly:
    """The nodes of a network in the making: each is added after those it takes its input from."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._tensors: dict[str, SymbolicTensor] = {}
        self._parameters = 0

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What was added so far."""
        return tuple(self._nodes.values())

    def add(
        self, layer: Layer, name: str, inputs: Sequence[str] = (), weights_of: str | None = None
    ) -> Node:
        """Put a layer behind others.

        Args:
            layer: what it is.
            name: what it is called here, and nothing else in the network.
            inputs: the names of the nodes it takes its input from.
            weights_of: the node whose weights it uses; None: it has its own.

        Raises:
            NetworkError: K301, K302, K306, K307, K108: it cannot be wired like this.
            ShapeError: it does not fit.
        """
        place = _("layer {index} {name}", index=len(self._nodes), name=name)
        self._check_place(layer, place)
        layer = layer if layer.name == name else replace(layer, name=name)
        tensor = self._connected(layer, inputs, place)
        node = Node(
            name=name,
            layer=layer,
            inputs=tuple(inputs),
            input_shapes=tuple(item.shape for item in tensor.inputs),
            output_shape=tensor.shape,
            weights_of=name if weights_of is None else weights_of,
        )
        if node.shares:
            _check_shared(node, self._nodes[node.weights_of])
        else:
            self._count(node, place)
        self._nodes[name], self._tensors[name] = node, tensor
        return node

    def _connected(self, layer: Layer, inputs: Sequence[str], place: str) -> SymbolicTensor:
        if isinstance(layer, Input):
            return layer.tensor
        try:
            return layer(*(self._tensors[item] for item in inputs))
        except ShapeError as error:
            # A layer knows those it depends on; here all that come before it are known.
            error.report = tuple(
                {
                    "index": index,
                    "name": node.name,
                    "layer": node.layer,
                    "inputs": node.inputs,
                    "output_shape": node.output_shape,
                    "weights_of": node.weights_of,
                }
                for index, node in enumerate(self.nodes)
            )
            raise error.located(place) from None

    def _check_place(self, layer: Layer, place: str) -> None:
        if not self._nodes and not isinstance(layer, Input):
            raise NetworkError(
                _("the first layer is {layer}", layer=type(layer).__name__),
                code="K301",
                where=place,
                fix=_("put Input first, such as Input((28, 28, 1))"),
            )
        if self._nodes and isinstance(layer, Input):
            raise NetworkError(
                _("a second Input"),
                code="K307",
                where=place,
                fix=_("make all branches from one Input"),
            )
        check_count(len(self._nodes) + 1, place)

    def _count(self, node: Node, place: str) -> None:
        """No network may claim more memory than a machine has."""
        self._parameters += sum(spec.size for spec in node.weight_specs)
        if self._parameters > MAX_PARAMETERS:
            raise NetworkError(
                _("{count} parameters up to here", count=f"{self._parameters:,}"),
                code="K108",
                where=place,
                details=[(_("limit"), f"{MAX_PARAMETERS:,}")],
                fix=_("fewer units or filters, or a pool before {name}", name=node.name),
            )


def check_count(count: int, where: str) -> None:
    """Refuse more layers than are allowed.

    Raises:
        NetworkError: K302, there are more.
    """
    if count > MAX_LAYERS:
        raise NetworkError(
            _("more than {most} layers", most=f"{MAX_LAYERS:,}"),
            code="K302",
            where=where,
            fix=_("a network of fewer layers"),
        )


def _check_shared(node: Node, owner: Node) -> None:
    if node.weight_specs != owner.weight_specs:
        raise NetworkError(
            _("{first} and {second} are one layer", first=owner.name, second=node.name),
            code="K306",
            details=[
                (name, ", ".join(shape_text(shape) for shape in shapes))
                for name, shapes in (
                    (owner.name, owner.input_shapes),
                    (node.name, node.input_shapes),
                )
            ],
            fix=_("inputs with the same channels, or two layers of their own"),
        )
