"""From a network to operations: what fuses, and in which form values lie.

A convolution takes the rectifier and the pool behind it into its kernel; a dense layer, a sum and a
normalisation take the rectifier. Flatten, and layers that do nothing, cost nothing. Where a layer
wants the axes of a value in another order, an operation is put between.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.plan.operations.base import Operation
from konv.engines.compiled.plan.operations.folding import Folding
from konv.engines.compiled.plan.operations.pixels import Reading
from konv.engines.compiled.plan.operations.reshaping import Reordering
from konv.engines.compiled.plan.rectifiers import rectifier_of
from konv.engines.compiled.plan.values import CHANNELS_LAST, Form, Value, plain_form
from konv.engines.contract import Pixels
from konv.layers import BatchNormalization, MaxPooling2D
from konv.layers.base import Shape
from konv.layers.merging import channel_axis
from konv.network.graph import Network, Node

__all__ = ["Lowering"]


class Lowering:
    """The operations of a network in the making.

    Args:
        network: whose layers are lowered one after the other.
        training: whether Dropout drops and BatchNormalization looks at the batch.
    """

    def __init__(self, network: Network, *, training: bool) -> None:
        self.network = network
        self.training = training
        self.operations: list[Operation] = []
        self._values: dict[str, Value] = {}
        self._names: set[str] = set()
        self._in_form: dict[tuple[Value, Form], Value] = {}
        self._readers: dict[str, list[Node]] = defaultdict(list)
        self._uses = Counter(node.weights_of for node in network.nodes)
        for node in network.nodes:
            for name in node.inputs:
                self._readers[name].append(node)

    def read(self, kind: str, pixels: Pixels, changes: tuple[str, ...]) -> None:
        """Begin with the pictures.

        Args:
            kind: of their pixels.
            pixels: how they become numbers.
            changes: the kinds of what becomes of the pictures before; (): nothing.
        """
        node = self.network.nodes[0]
        channels_first = len(node.output_shape) == 3 and (
            self.network.data_format == "channels_first"
        )
        form = CHANNELS_LAST if channels_first else plain_form(node.output_shape)
        value = self.new_value(node.name, node.output_shape, form, differentiable=False)
        self._values[node.name] = self.add(Reading(value, kind, pixels, changes))

    def keep(self, node: Node, value: Value) -> None:
        """Note the value that a node makes."""
        self._values[node.name] = value

    def is_done(self, node: Node) -> bool:
        """Whether a node's value is known already: it was absorbed by one before it."""
        return node.name in self._values

    def end(self) -> Value:
        """The value that the network ends in, brought into the order of its shape."""
        value = self._values[self.network.nodes[-1].name]
        return self.in_form(value, plain_form(value.shape))

    def input_of(self, node: Node, form: Form | None = None) -> Value:
        """What a node of one input reads, in that form if one is given."""
        value = self._values[node.inputs[0]]
        return value if form is None else self.in_form(value, form)

    def inputs_of(self, node: Node) -> list[Value]:
        """What a node reads, all in the form of the first."""
        first, *others = (self._values[name] for name in node.inputs)
        return [first, *(self.in_form(value, first.form) for value in others)]

    def new_value(
        self, name: str, shape: Shape, form: Form, *, differentiable: bool = True
    ) -> Value:
        """A value with a name of its own."""
        unique, number = name, 1
        while unique in self._names:
            number += 1
            unique = f"{name} ({number})"
        self._names.add(unique)
        return Value(unique, shape, form, differentiable, layers=(name,))

    def add(self, operation: Operation) -> Value:
        """Put an operation behind the others; the value it makes."""
        self.operations.append(operation)
        return operation.output

    def in_form(self, value: Value, form: Form) -> Value:
        """The same value with its axes in that order in memory."""
        if value.form == form:
            return value
        if (value, form) not in self._in_form:
            other = self.new_value(
                value.name, value.shape, form, differentiable=value.differentiable
            )
            self._in_form[value, form] = self.add(Reordering([value], other))
        return self._in_form[value, form]

    def is_shared(self, node: Node) -> bool:
        """Whether another node uses the same weights."""
        return self._uses[node.weights_of] > 1

    # What fuses: a layer behind another is absorbed when nothing else reads what lies between.

    def absorb_rectifier(self, node: Node) -> tuple[Rectifier, Node]:
        """The rectifier that alone follows a node, and the node whose value that makes."""
        follower = self._only_reader(node)
        rectifier = rectifier_of(follower.layer) if follower else None
        if follower is None or rectifier is None:
            return LINEAR, node
        return rectifier, follower

    def absorb_normalization(self, node: Node, channels: int) -> tuple[Folding | None, Node]:
        """The normalization that alone follows a node, if it can be folded into its weights.

        Args:
            node: a convolution without an activation.
            channels: the axis of its channels.
        """
        follower = self._only_reader(node)
        if self.training or follower is None:
            return None, node
        layer = follower.layer
        if not isinstance(layer, BatchNormalization):
            return None, node
        if channel_axis(layer, layer.axis, node.output_shape) != channels:
            return None, node
        return Folding(layer, follower.weight_names), follower

    def absorb_pool(self, node: Node, most: int) -> tuple[tuple[int, int], Node]:
        """The max-pool that alone follows a node, if its windows lie side by side.

        Args:
            node: whose map is pooled.
            most: how many pixels its windows may have.
        """
        follower = self._only_reader(node)
        if follower is None or not isinstance(follower.layer, MaxPooling2D):
            return (1, 1), node
        layer = follower.layer
        data_format = getattr(node.layer, "data_format", layer.data_format)
        axes = layer.axes(*follower.input_shapes)
        apart = all(axis.stride == axis.kernel and not axis.before for axis in axes)
        within = all(axis.output * axis.kernel <= axis.size for axis in axes)
        size = (axes[0].kernel, axes[1].kernel)
        if data_format != layer.data_format or not apart or not within or size[0] * size[1] > most:
            return (1, 1), node
        return size, follower

    def absorbed(self, first: Node, last: Node, value: Value) -> Value:
        """Say that all nodes from ``first`` to ``last`` are done with, and make this value."""
        node, names = first, [first.name]
        while node is not last:
            node = self._readers[node.name][0]
            self._values[node.name] = value
            names.append(node.name)
        value.layers = tuple(names)
        return value

    def _only_reader(self, node: Node) -> Node | None:
        readers = self._readers[node.name]
        return readers[0] if len(readers) == 1 else None
