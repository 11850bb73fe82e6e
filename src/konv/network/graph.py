"""Network: layers and how they are wired. Immutable, and checked while it is built.

A network is a tuple of nodes, each after the nodes it takes its input from. The first is its Input,
the last its output. It holds no numbers: weights live in the model, under the names given here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from konv.constraints import Text, did_you_mean
from konv.errors import NetworkError
from konv.language import translate as _
from konv.layers.base import Layer, Shape, WeightSpec
from konv.limits import MAX_NAME_CHARACTERS
from konv.network.assembly import Assembly, Node
from konv.network.wiring import ends_of_row, wired_nodes
from konv.parameters import check_value, short_text

__all__ = ["COMPARED_NAMES", "NETWORK_NAME", "Network", "Node", "functional", "sequential"]

NETWORK_NAME = Text(MAX_NAME_CHARACTERS)
COMPARED_NAMES = 100  # of which the nearest is offered: comparing thousands would take long
_SHOWN_NAMES = 20


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

    def __post_init__(self) -> None:
        """A network is not made of layers alone: nodes say how they are wired.

        Raises:
            NetworkError: K304, these are no nodes.
        """
        nodes = self.nodes if isinstance(self.nodes, tuple) else ()
        if not nodes or not all(isinstance(node, Node) for node in nodes):
            raise NetworkError(
                _("a Network is made of layers that are wired already"),
                code="K304",
                where="Network",
                fix="konv.Sequential([konv.Input((28, 28, 1)), …]).network",
            )

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
        formats = (getattr(node.layer, "data_format", "") for node in self.nodes)
        return next(filter(None, formats), "channels_last")

    @property
    def picture_size(self) -> tuple[int, int, int]:
        """(height, width, channels) of its pictures, whatever the data format."""
        first, second, third = self.input_shape
        if self.data_format == "channels_first":
            return second, third, first
        return first, second, third

    @property
    def trained_weights(self) -> list[str]:
        """The names of the weights that training changes, in Keras's order."""
        return [name for name, spec in self.weight_specs.items() if spec.trainable]

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
            if isinstance(name, str) and node.name == name:
                return node
        raise self._unknown(name)

    def up_to(self, name: str) -> Network:
        """The network that ends at the node of that name: its output is that feature map.

        A node whose weights are shared by a kept one is kept too, so that all names stay.
        """
        needed = {self.node(name).name}
        for node in reversed(self.nodes):
            if node.name in needed:
                needed.update(node.inputs)
                needed.add(node.weights_of)
        return replace(self, nodes=tuple(node for node in self.nodes if node.name in needed))

    def with_layers(self, layers: Mapping[str, Layer]) -> Network:
        """The same wiring with other layers at some places; shapes are inferred anew.

        Args:
            layers: the name of a node -> what stands there now; the node keeps its name.

        Raises:
            NetworkError: K305, a node does not exist; K306, shared weights no longer fit.
            ShapeError: a layer, or one behind it, does not fit.
        """
        for name in layers:
            self.node(name)
        assembly = Assembly()
        for node in self.nodes:
            layer = layers.get(node.name, node.layer)
            assembly.add(layer, node.name, node.inputs, node.weights_of)
        return replace(self, nodes=assembly.nodes)

    def to_yaml(self) -> str:
        """The network as text in YAML: one line per layer, without what is a default."""
        from konv.network.writing import yaml_text

        return yaml_text(self)

    def to_json(self) -> str:
        """The same in JSON."""
        from konv.network.writing import json_text

        return json_text(self)

    def to_file(self, path: str | os.PathLike[str]) -> None:
        """Write the network to ``path``: YAML if it ends in .yaml or .yml, JSON if in .json.

        Raises:
            FormatError: K405, it cannot be written; K404, another ending.
            LimitError: K602, it would be larger than what can be read back.
        """
        from konv.network.writing import write_network

        write_network(self, path)

    @staticmethod
    def from_yaml(text: str) -> Network:
        """The network that a text in YAML describes.

        Raises:
            FormatError: K401, K402, K403, K407: the text is not what it should be.
            NetworkError, ParameterError, ShapeError: what it describes cannot be built.

        Example:
            >>> text = "{konv: 1, layers: [Input: {shape: [4]}, Dense: {units: 2}]}"
            >>> Network.from_yaml(text).parameters
            10
        """
        from konv.network.reading import network_from_yaml

        return network_from_yaml(text).network

    @staticmethod
    def from_json(text: str) -> Network:
        """The network that a text in JSON describes; errors are those of :meth:`from_yaml`."""
        from konv.network.reading import network_from_json

        return network_from_json(text).network

    @staticmethod
    def from_file(path: str | os.PathLike[str]) -> Network:
        """The network that a file describes, by its ending .yaml, .yml or .json.

        Raises:
            FormatError: K404, it cannot be read; and those of :meth:`from_yaml`.
            LimitError: K602, it is too large.
        """
        from konv.network.reading import read_network

        return read_network(path).network

    def _repr_html_(self) -> str:
        """What a notebook shows: the report, as of a model."""
        from konv.network.report import report

        return report(self).to_html()

    def _unknown(self, name: Any) -> NetworkError:
        names = [node.name for node in self.nodes]
        near = did_you_mean(name, names[:COMPARED_NAMES])
        shown = ", ".join(names[:_SHOWN_NAMES]) + (", …" if len(names) > _SHOWN_NAMES else "")
        return NetworkError(
            _("there is no layer {name}", name=short_text(name)) + near,
            code="K305",
            where=self.name,
            fix=_("one of {names}", names=shown),
        )


def sequential(layers: Sequence[Layer], *, name: str = "network") -> Network:
    """Layers in a row, the first of them an Input.

    Raises:
        NetworkError: K301, K302, K304, K307: no Input, no layers, not a layer, a second Input.
        ShapeError: a layer does not fit.
    """
    return functional(*ends_of_row(layers), name=name)


def functional(inputs: Any, outputs: Any, *, name: str = "network") -> Network:
    """The network between an Input and the tensor made from it.

    Raises:
        NetworkError: K301, K302, K303, K304, K306, K307: it is not one connected network.
    """
    check_value("name", name, NETWORK_NAME, where="Network")
    return Network(wired_nodes(inputs, outputs), name)
