"""Network: layers and how they are wired. Immutable, and checked while it is built.

A network is a tuple of nodes, each after the nodes it takes its input from. The first is its Input,
the last its output. It holds no numbers: weights live in the model, under the names given here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from konv.errors import NetworkError, ShapeError
from konv.language import translate as _
from konv.layers.base import Layer, Shape, WeightSpec, shape_text
from konv.layers.input import Input
from konv.layers.symbolic import SymbolicTensor, as_tensor, in_order, names_of
from konv.limits import MAX_LAYERS, MAX_PARAMETERS

__all__ = ["Network", "Node", "functional", "sequential"]


@dataclass(frozen=True)
class Node:
    """A layer at its place in a network.

    Args:
        name: unique in the network.
        layer: what it is.
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


@dataclass(frozen=True)
class Network:
    """Layers and how they are wired.

    Build one with :func:`sequential` or :func:`functional`, or read it from a file.

    Example:
        >>> from konv.layers import Dense, Flatten, Input
        >>> network = sequential([Input((8, 8, 1)), Flatten(), Dense(10, activation="softmax")])
        >>> [node.name for node in network.nodes]
        ['input_1', 'flatten_1', 'dense_1']
        >>> network.parameters
        650
    """

    nodes: tuple[Node, ...]
    name: str = "network"

    @property
    def input_shape(self) -> Shape:
        """The shape of one picture."""
        return self.nodes[0].output_shape

    @property
    def output_shape(self) -> Shape:
        """The shape of what is made of one picture."""
        return self.nodes[-1].output_shape

    @property
    def data_format(self) -> str:
        """ "channels_first" if its pictures are (channels, height, width)."""
        reader = next((n for n in self.nodes if hasattr(n.layer, "data_format")), None)
        return "channels_last" if reader is None else str(reader.layer.data_format)  # type: ignore[attr-defined]

    @cached_property
    def weight_specs(self) -> dict[str, WeightSpec]:
        """The name of each weight -> what it is, in Keras's order; shared weights once."""
        return {
            node.weight_names[spec.name]: spec
            for node in self.nodes
            if not node.shares
            for spec in node.weight_specs
        }

    @property
    def parameters(self) -> int:
        """How many numbers all weights hold, those that are not trained included."""
        return sum(spec.size for spec in self.weight_specs.values())

    @property
    def macs(self) -> int:
        """Multiply-adds for one picture."""
        return sum(node.macs for node in self.nodes)

    def node(self, name: str) -> Node:
        """The node of that name.

        Raises:
            NetworkError: K305, there is none.
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise NetworkError(
            _("there is no layer {name}", name=repr(name)[:60]),
            code="K305",
            where=self.name,
            fix=_("one of {names}", names=", ".join(node.name for node in self.nodes)),
        )

    def up_to(self, name: str) -> Network:
        """The network that ends at the node of that name: its output is that feature map."""
        needed = {self.node(name).name}
        for node in reversed(self.nodes):
            if node.name in needed:
                needed.update(node.inputs)
                needed.add(node.weights_of)
        kept = tuple(node for node in self.nodes if node.name in needed)
        return replace(self, nodes=_ending_at(kept, name))

    def with_layers(self, layers: Mapping[str, Layer]) -> Network:
        """The same wiring with other layers at some places; shapes are inferred anew.

        Raises:
            ShapeError: a layer, or one behind it, does not fit.
        """
        nodes: dict[str, Node] = {}
        for index, node in enumerate(self.nodes):
            layer = layers.get(node.name, node.layer)
            shapes = tuple(nodes[name].output_shape for name in node.inputs)
            try:
                output = layer.output_shape(*shapes)
            except ShapeError as error:
                place = _("layer {index} {name}", index=index, name=node.name)
                raise error.located(place) from None
            changed = replace(node, layer=layer, input_shapes=shapes, output_shape=output)
            if changed.shares:
                _check_shared(changed, nodes[changed.weights_of])
            nodes[node.name] = changed
        _check_size(tuple(nodes.values()))
        return replace(self, nodes=tuple(nodes.values()))


def _ending_at(nodes: tuple[Node, ...], name: str) -> tuple[Node, ...]:
    """The nodes with the one of that name last. Nothing kept can depend on it."""
    last = [node for node in nodes if node.name == name]
    return (*(node for node in nodes if node.name != name), *last)


def sequential(layers: Sequence[Layer], *, name: str = "network") -> Network:
    """Layers in a row, the first of them an Input.

    Raises:
        NetworkError: K301, K302, K304: no Input, no layers, not a layer.
        ShapeError: a layer does not fit.
    """
    if not layers:
        raise NetworkError(
            _("a network without layers"),
            code="K302",
            fix=_("begin with konv.Input((height, width, channels))"),
        )
    for layer in layers:
        if not isinstance(layer, Layer):
            raise _not_a_layer(layer)
    if not isinstance(layers[0], Input):
        raise NetworkError(
            _("the first layer is {layer}", layer=type(layers[0]).__name__),
            code="K301",
            fix=_("put konv.Input((height, width, channels)) first, such as Input((28, 28, 1))"),
        )
    tensor = layers[0].tensor
    for layer in layers[1:]:
        tensor = layer(tensor)
    return functional(layers[0], tensor, name=name)


def functional(inputs: Any, outputs: Any, *, name: str = "network") -> Network:
    """The network between an Input and the tensor made from it.

    Raises:
        NetworkError: K302, K303, K304, K306, K307: it is not one connected network.
    """
    start, end = _only("inputs", inputs), _only("outputs", outputs)
    tensors = in_order([end])
    _check_ends(tensors, start)
    names = names_of([tensor.layer for tensor in tensors])
    nodes = _nodes(tensors, names)
    _check_size(nodes)
    return Network(nodes, name)


def _only(what: str, value: Any) -> SymbolicTensor:
    items = value if isinstance(value, (list, tuple)) else [value]
    if len(items) != 1:
        raise NetworkError(
            _("{count} {what}", count=len(items), what=what),
            code="K307",
            fix=_("a network has one input and one output; merge several with Concatenate or Add"),
        )
    return as_tensor(items[0])


def _check_ends(tensors: list[SymbolicTensor], start: SymbolicTensor) -> None:
    inputs = [tensor for tensor in tensors if not tensor.inputs]
    if not isinstance(start.layer, Input):
        raise NetworkError(
            _("the input is what {layer} makes", layer=type(start.layer).__name__),
            code="K301",
            fix=_("give the konv.Input that the network begins with"),
        )
    if start not in inputs:
        raise NetworkError(
            _("no path leads from the input to the output"),
            code="K302",
            fix=_("connect the layers one after the other: x = layer(x)"),
        )
    if len(inputs) > 1:
        raise NetworkError(
            _("{count} inputs", count=len(inputs)),
            code="K307",
            details=[(_("inputs"), ", ".join(shape_text(tensor.shape) for tensor in inputs))],
            fix=_("make all branches from one konv.Input"),
        )
    if len(tensors) > MAX_LAYERS:
        raise NetworkError(
            _("{count} layers, of which {most} are allowed", count=len(tensors), most=MAX_LAYERS),
            code="K302",
            fix=_("a network of fewer layers"),
        )


def _nodes(tensors: list[SymbolicTensor], names: list[str]) -> tuple[Node, ...]:
    _check_names(tensors)
    name_of = {id(tensor): name for tensor, name in zip(tensors, names, strict=True)}
    first_use: dict[int, str] = {}
    nodes: dict[str, Node] = {}
    for tensor, name in zip(tensors, names, strict=True):
        node = Node(
            name=name,
            layer=tensor.layer,
            inputs=tuple(name_of[id(item)] for item in tensor.inputs),
            input_shapes=tuple(item.shape for item in tensor.inputs),
            output_shape=tensor.shape,
            weights_of=name,
        )
        if node.weight_specs:
            owner = first_use.setdefault(id(tensor.layer), name)
            node = replace(node, weights_of=owner)
            if node.shares:
                _check_shared(node, nodes[owner])
        nodes[name] = node
    return tuple(nodes.values())


def _check_names(tensors: list[SymbolicTensor]) -> None:
    owners: dict[str, Layer] = {}
    for tensor in tensors:
        name = tensor.layer.name
        if name is not None and owners.setdefault(name, tensor.layer) is not tensor.layer:
            raise NetworkError(
                _("two layers are called {name}", name=repr(name)),
                code="K303",
                fix=_("give each its own name, or none: then one is made"),
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


def _check_size(nodes: tuple[Node, ...]) -> None:
    total = 0
    for node in nodes:
        if not node.shares:
            total += sum(spec.size for spec in node.weight_specs)
        if total > MAX_PARAMETERS:
            raise NetworkError(
                _("{count} parameters up to {name}", count=f"{total:,}", name=node.name),
                code="K108",
                details=[(_("limit"), f"{MAX_PARAMETERS:,}")],
                fix=_("fewer units or filters, or a pool before {name}", name=node.name),
            )


def _not_a_layer(value: Any) -> NetworkError:
    call = isinstance(value, type) and issubclass(value, Layer)
    return NetworkError(
        _("{value} is not a layer", value=repr(value)[:60]),
        code="K304",
        fix=_("write {name}(…)", name=value.__name__)
        if call
        else _("a layer such as konv.Flatten()"),
    )
