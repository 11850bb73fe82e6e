"""A network of konv as Keras 3 describes its models, and where it keeps their weights.

Keras looks for weights by the place of a layer among the others of its class, in the order in which
it sorts them when it loads: from the input on by the longest way to the output, layers equally far
from it as a walk back from the output meets them. The same order is kept here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.json_text import write_json
from konv.formats.keras.arguments import konv_name
from konv.formats.keras.calls import Config, KerasCall, KerasLayer, in_keras_order
from konv.formats.keras.config import group_name
from konv.formats.keras.signs import never_negative
from konv.formats.keras.spelling import Spelled, spelled
from konv.language import translate as _
from konv.layers import BatchNormalization
from konv.limits import MAX_NAME_CHARACTERS
from konv.network.assembly import Node
from konv.network.graph import Network

__all__ = ["Description", "StoredLayer", "described"]


@dataclass(frozen=True)
class StoredLayer:
    """A layer of the file.

    Args:
        group: where the archive keeps its weights.
        name: what Keras calls it.
        weights: the names of its weights in konv, in Keras's order.
        flipped: those whose rows and columns are turned around.
    """

    group: str
    name: str
    weights: tuple[str, ...]
    flipped: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """What a file says about a network.

    Args:
        config: as plain data.
        layers: in the order in which Keras sorts them.
        notes: what a person should know.
    """

    config: Config
    layers: tuple[StoredLayer, ...]
    notes: tuple[Note, ...]


def described(network: Network, where: str) -> Description:
    """The description of a network.

    Args:
        network: konv's.
        where: what it is called, for errors.

    Raises:
        FormatError: K411, the whole list of what Keras cannot say.
    """
    making = _Making(network)
    refused = Refusals()
    making.spell(refused)
    refused.check_export(where, "Keras", _("replace these, or save a .konv file"))
    layers = in_keras_order(making.output)
    names = {id(layer): layer.name for layer in layers}
    config = {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": konv_name(network.name),  # without a slash, which Keras refuses
            "trainable": True,
            "layers": [layer.config() for layer in layers],
            "input_layers": [layers[0].name, 0, 0],
            "output_layers": [names[id(making.output.layer)], making.output.number, 0],
        },
        "registered_name": "Functional",
        "build_config": {"input_shape": None},
    }
    return Description(config, tuple(_stored(layers)), tuple(making.notes))


class _Making:
    """The calls of Keras's layers for the nodes of a network, one after the other."""

    def __init__(self, network: Network) -> None:
        self.notes: list[Note] = []
        self._network = network
        self._made: dict[str, KerasCall] = {}
        self._layers: dict[tuple[str, str, int], list[KerasLayer]] = {}
        self._owners: set[str] = set()
        self._names = {node.name for node in network.nodes}

    @property
    def output(self) -> KerasCall:
        return self._made[self._network.nodes[-1].name]

    def spell(self, refused: Refusals) -> None:
        signs = never_negative(self._network)
        needed = _needed(self._network)
        for number, node in enumerate(self._network.nodes):
            if node.name not in needed:  # it is kept for its weights, which another one shares
                continue
            where = _("layer {index} {name}", index=number, name=node.name)
            stages = spelled(node, all(signs[name] for name in node.inputs), where, refused)
            if not refused:
                self._note(node, stages, where)
                self._call(node, stages)

    def _call(self, node: Node, stages: list[Spelled]) -> None:
        inputs = tuple(self._made[name] for name in node.inputs)
        layers = self._layers_of(node, stages)
        for layer in layers:
            last = layer is layers[-1]
            shape = node.output_shape if last else (None,) * len(node.output_shape)
            call = KerasCall(layer, len(layer.calls), inputs, shape)
            layer.calls.append(call)
            inputs = (call,)
        self._made[node.name] = inputs[0]

    def _layers_of(self, node: Node, stages: list[Spelled]) -> list[KerasLayer]:
        """New ones, or those of an earlier node that shares its weights and is spelled alike."""
        text = write_json([[stage.kind, stage.config] for stage in stages])
        # Keras's normalization takes inputs of one rank only.
        rank = len(node.output_shape) if isinstance(node.layer, BatchNormalization) else 0
        key = (node.weights_of, text, rank)
        if key not in self._layers:
            if node.weights_of in self._owners and node.weight_specs:
                what = _("its weights are a copy of those of {name}", name=node.weights_of)
                self.notes.append(Note(node.name, what))
            self._owners.add(node.weights_of)
            names = node.weight_names
            self._layers[key] = [
                KerasLayer(
                    stage,
                    self._name(node.name, stage.ending),
                    tuple(names[name] for name in stage.weights),
                    tuple(names[name] for name in stage.flipped),
                )
                for stage in stages
            ]
        return self._layers[key]

    def _name(self, name: str, ending: str) -> str:
        if not ending:
            return name
        stem, number = f"{name[: MAX_NAME_CHARACTERS - 20]}_{ending}", 1
        candidate = stem
        while candidate in self._names:
            number += 1
            candidate = f"{stem}_{number}"
        self._names.add(candidate)
        return candidate

    def _note(self, node: Node, stages: list[Spelled], where: str) -> None:
        if any(stage.flipped for stage in stages):
            text = _("its kernels are stored flipped: Keras has no true convolution")
            self.notes.append(Note(where, text))
        if len(stages) > 1:
            kinds = ", ".join(stage.kind for stage in stages)
            self.notes.append(Note(where, _("it is {layers} in Keras", layers=kinds)))


def _needed(network: Network) -> set[str]:
    """The nodes that the output depends on."""
    needed = {network.nodes[-1].name}
    for node in reversed(network.nodes):
        if node.name in needed:
            needed.update(node.inputs)
    return needed


def _stored(layers: list[KerasLayer]) -> Iterator[StoredLayer]:
    used: Counter[str] = Counter()
    for layer in layers:
        if layer.is_layer:
            group = group_name(layer.kind, used)
            yield StoredLayer(group, layer.name, layer.weights, layer.flipped)
