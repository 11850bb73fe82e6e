"""From the description of a Keras model to konv's layers, connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from konv.data.preprocessing import Preprocessing
from konv.errors import KonvError
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.arguments import konv_name, short_text_of
from konv.formats.keras.config import Call, Item, KerasModel, Reference
from konv.formats.keras.layers import translated
from konv.formats.keras.rescaling import preprocessing_of
from konv.formats.texts import malformed, printable
from konv.language import translate as _
from konv.layers import Activation, Input
from konv.layers.base import Layer, Shape, shape_text
from konv.layers.symbolic import SymbolicTensor
from konv.limits import MAX_NAME_CHARACTERS
from konv.network.graph import Network, functional

__all__ = ["Wired", "wired"]

# What treats every number alike: it may work on (28, 28), which konv holds as (28, 28, 1).
_ELEMENTWISE = ("Activation", "ReLU", "LeakyReLU", "ELU", "Dropout", "Flatten", "Reshape", "Add")
_OPERATIONS = {"Add": "Add", "Concatenate": "Concatenate", "Relu": "ReLU", "Softmax": "Softmax"}
_INPUT_WORDS = ("batch_shape", "batch_input_shape", "shape", "input_shape")


@dataclass(frozen=True)
class Wired:
    """A network, and which layer of the file each of its weighted layers was.

    Args:
        network: konv's.
        origins: the name of a layer in konv -> the item of the file, with the models around it.
        preprocessing: what a Rescaling in front said, if there was one.
    """

    network: Network
    origins: Mapping[str, tuple[Item, ...]]
    preprocessing: Preprocessing | None


def wired(
    model: KerasModel, where: str, notes: list[Note], refused: Refusals, *, keras: int = 3
) -> Wired:
    """konv's network for a model of Keras.

    Args:
        model: what the file describes.
        where: the file, for errors.
        notes: what is ignored or written differently is added here.
        refused: what is not supported is added here.
        keras: the version that wrote the file.

    Raises:
        FormatError: K401, layers are called on what does not exist; K410, the whole list of what
            is not supported.
    """
    wiring = _Wiring(where, notes, refused, keras)
    output = wiring.run(model, None, ())
    refused.check_import(where)
    if output is None or wiring.start is None:
        raise malformed(_("nothing leads from its input to its output"), where=where)
    try:
        network = functional(wiring.start, output.tensor, name=konv_name(model.name))
    except KonvError as error:
        refused.add(printable(error.where or model.name), printable(f"{error.what}; {error.fix}"))
        refused.check_import(where)
        raise
    return Wired(network, wiring.origins, wiring.preprocessing(network, where))


@dataclass(frozen=True)
class _Flow:
    """What a layer makes: konv's tensor, and the shape that it has in Keras."""

    tensor: SymbolicTensor
    shape: Shape
    raw: bool = False  # the input, before any Rescaling


Flows = tuple["_Flow | None", ...]
Path = tuple[Item, ...]


@dataclass
class _Wiring:
    where: str
    notes: list[Note]
    refused: Refusals
    keras: int
    start: Input | None = None
    origins: dict[str, Path] = field(default_factory=dict)
    _made: dict[tuple[str, ...], tuple[Layer, ...]] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _rescaling: Mapping[str, Any] | None = None
    _raw_user: str = ""

    def run(self, model: KerasModel, given: Flows | None, path: Path) -> _Flow | None:
        """What a model makes of its inputs; of the pictures, if it is the outermost."""
        if model.row:
            return self._row(model, given, path)
        return self._graph(model, given, path)

    # Rows and graphs ------------------------------------------------------------------------------

    def _row(self, model: KerasModel, given: Flows | None, path: Path) -> _Flow | None:
        items = model.items
        if items and items[0].kind == "InputLayer":
            items = items[1:]
        if given is None:
            first = model.items[0] if model.items else None
            flow = self._input(first, path) if first else None
        else:
            flow = self._only(given, path)
        for number, item in enumerate(items, start=len(model.items) - len(items)):
            flow = self._applied(item, (flow,), (*path, item), number)
        return flow

    def _graph(self, model: KerasModel, given: Flows | None, path: Path) -> _Flow | None:
        items = {item.name: (number, item) for number, item in enumerate(model.items)}
        if len(model.outputs) != 1 or (given is None and len(model.inputs) != 1):
            self._refuse_ends(model, path)
        starts = {end.name: number for number, end in enumerate(model.inputs)}
        offsets = _first_calls(model)
        made: dict[tuple[str, int], _Flow | None] = {}
        waiting = [(end, False) for end in reversed(model.outputs)]
        open_calls: set[tuple[str, int]] = set()
        while waiting:
            reference, inputs_done = waiting.pop()
            key = (reference.name, reference.call)
            if key in made:
                continue
            number, item = self._item(items, reference)
            if item.name in starts:
                made[key] = self._start(item, given, starts[item.name], path)
                continue
            call = self._call(item, reference, offsets.get(item.name, 0))
            if not inputs_done:
                if key in open_calls:
                    raise malformed(_("its layers are called in a circle"), where=self.where)
                open_calls.add(key)
                waiting.append((reference, True))
                waiting.extend((needed, False) for needed in reversed(call.inputs))
                continue
            if call.unknown:
                what = f"{_shown(item.kind)}({printable(call.unknown)})"
                self.refused.add(self._place(item, path, number), what)
            inputs = tuple(made[one.name, one.call] for one in call.inputs)
            made[key] = self._applied(item, inputs, (*path, item), number)
        return made[model.outputs[0].name, model.outputs[0].call]

    def _start(self, item: Item, given: Flows | None, number: int, path: Path) -> _Flow | None:
        if given is None:
            return self._input(item, path)
        return given[number] if number < len(given) else None

    def _item(
        self, items: Mapping[str, tuple[int, Item]], reference: Reference
    ) -> tuple[int, Item]:
        if reference.name not in items:
            raise malformed(
                _("a layer is called on {name}, which there is not", name=_shown(reference.name)),
                where=self.where,
            )
        return items[reference.name]

    def _call(self, item: Item, reference: Reference, offset: int) -> Call:
        number = reference.call - offset
        if not 0 <= number < len(item.calls):
            raise malformed(
                _("{name} is called less often than it is used", name=_shown(item.name)),
                where=self.where,
            )
        return item.calls[number]

    def _refuse_ends(self, model: KerasModel, path: Path) -> None:
        place = path[-1].name if path else model.name
        counts = (len(model.inputs), len(model.outputs))
        what = _(
            "{inputs} inputs and {outputs} outputs; konv has one of each",
            inputs=counts[0],
            outputs=counts[1],
        )
        self.refused.add(_shown(place), what)

    def _only(self, given: Flows, path: Path) -> _Flow | None:
        if len(given) != 1:
            self.refused.add(_shown(path[-1].name), _("a row of layers on several inputs"))
            return None
        return given[0]

    # Single layers --------------------------------------------------------------------------------

    def _input(self, item: Item, path: Path) -> _Flow | None:
        """The pictures. Only one input is made; a second one stands on the list already."""
        place = self._place(item, path, 0)
        config = {word: item.config[word] for word in _INPUT_WORDS if word in item.config}
        if item.kind == "InputLayer":
            config = dict(item.config)
            config["name"] = self._new_name(item.name, place)
        if not config:
            self.refused.add(
                place, _("the shape of its input is not known: build it, then save it")
            )
            return None
        config, shape = self._with_channels(config, place)
        made = translated("InputLayer", config, place, self.notes, self.refused)
        if not made or not isinstance(made[0], Input):
            return None
        self.start = made[0]
        return _Flow(self.start.tensor, shape or self.start.shape, raw=True)

    def _with_channels(
        self, config: Mapping[str, Any], place: str
    ) -> tuple[dict[str, Any], Shape | None]:
        """An input of (28, 28) is one of (28, 28, 1) in konv."""
        config = dict(config)
        for word, batch in zip(_INPUT_WORDS, (1, 1, 0, 0), strict=True):
            sizes = config.get(word)
            if isinstance(sizes, list) and len(sizes) == 2 + batch and None not in sizes[batch:]:
                config[word] = [*sizes, 1]
                text = _("its pictures {shape} have one channel here", shape=str(sizes[batch:]))
                self.notes.append(Note(place, text))
                return config, tuple(sizes[batch:])
        return config, None

    def _applied(self, item: Item, inputs: Flows, path: Path, number: int) -> _Flow | None:
        """What a layer makes of its inputs; None if that cannot be told."""
        if item.model is not None:
            return self.run(item.model, inputs, path)
        place = self._place(item, path[:-1], number)
        kind = _OPERATIONS.get(item.kind, "?" + item.kind) if item.operation else item.kind
        flows = [flow for flow in inputs if flow is not None]
        known = len(flows) == len(inputs)
        if kind == "Rescaling":
            return self._rescaled(item, inputs, place)
        if kind == "Reshape":
            if not known or not flows:
                return None  # what it does depends on what could not be read
            if flows[0].raw and self._reshape_input(item, flows[0], place):
                return self._start_flow()
        layers = self._layers(item, kind, path, place, flows[0].tensor.shape if flows else None)
        if not known or not layers or self._mistaken(kind, layers, flows, place):
            return None
        if kind != "Activation" and _passes_on(layers):
            shape = flows[0].tensor.shape if kind == "Reshape" else flows[0].shape
            return replace(flows[0], shape=shape)
        if any(flow.raw for flow in flows):
            self._raw_user = place
        return self._connected(layers, flows, place)

    def _layers(
        self, item: Item, kind: str, path: Path, place: str, shape: Shape | None
    ) -> tuple[Layer, ...]:
        """konv's layers, the same ones at each call."""
        key = tuple(one.name for one in path)
        if key not in self._made or kind == "Reshape":
            before = len(self.refused.found)
            config = {**item.config, "name": self._new_name(item.name, place)}
            layers = self._translated(kind, config, place, shape)
            if len(self.refused.found) > before:
                layers = ()
            self._made[key] = layers
            if layers and layers[0].name:
                self.origins[layers[0].name] = path
        return self._made[key]

    def _translated(
        self, kind: str, config: Mapping[str, Any], place: str, shape: Shape | None
    ) -> tuple[Layer, ...]:
        if kind.startswith("?"):
            self.refused.add(place, _shown(kind[1:]))
            return ()
        found = translated(kind, config, place, self.notes, self.refused, input_shape=shape)
        if self.keras < 3 and any(_word(layer) == "hard_sigmoid" for layer in found):
            what = _("hard_sigmoid of Keras 2, which is another function than that of Keras 3")
            self.refused.add(place, what)
        # What stands behind a layer may be called like a third one.
        behind = (replace(one, name=self._new_name(one.name or "", place)) for one in found[1:])
        return (*found[:1], *behind)

    def _mistaken(
        self, kind: str, layers: Sequence[Layer], flows: Sequence[_Flow], place: str
    ) -> bool:
        """Whether a layer would treat (28, 28) otherwise than (28, 28, 1)."""
        widened = [flow for flow in flows if flow.shape != flow.tensor.shape]
        softmax = any(_word(layer) == "softmax" for layer in layers)
        if not widened or (kind in _ELEMENTWISE and not softmax and len(widened) == len(flows)):
            return False
        self.refused.add(place, f"{_shown(kind)} {shape_text(widened[0].shape)}")
        return True

    def _connected(
        self, layers: Sequence[Layer], flows: Sequence[_Flow], place: str
    ) -> _Flow | None:
        widened = flows[0].shape != flows[0].tensor.shape
        tensors = [flow.tensor for flow in flows]
        try:
            for layer in layers:
                tensors = [layer(*tensors)]
        except KonvError as error:
            self.refused.add(place, printable(f"{error.what}; {error.fix}"))
            return None
        (tensor,) = tensors
        kept = widened and tensor.shape == flows[0].tensor.shape
        return _Flow(tensor, flows[0].shape if kept else tensor.shape)

    # The pixels -----------------------------------------------------------------------------------

    def _rescaled(self, item: Item, inputs: Flows, place: str) -> _Flow | None:
        flow = inputs[0] if inputs else None
        if flow is None:
            return None
        if not flow.raw or self._rescaling is not None:
            self.refused.add(place, _("Rescaling elsewhere than in front of all layers"))
            return None
        self._rescaling = {**item.config, "where": place}
        return replace(flow, raw=False)

    def preprocessing(self, network: Network, where: str) -> Preprocessing | None:
        """What a Rescaling in front means for pictures.

        Raises:
            FormatError: K410, konv's preprocessing cannot say that.
        """
        if self._rescaling is None:
            return None
        config = dict(self._rescaling)
        place = config.pop("where")
        if self._raw_user:
            self.refused.add(self._raw_user, _("pixels beside those that Rescaling has made"))
        found = preprocessing_of(config, network, place, self.notes, self.refused)
        self.refused.check_import(where)
        return found

    def _reshape_input(self, item: Item, flow: _Flow, place: str) -> bool:
        """A Reshape in front: the pictures come in the shape that it makes."""
        target = item.config.get("target_shape")
        refused = Refusals()
        made = translated("Reshape", item.config, place, [], refused, input_shape=flow.tensor.shape)
        if made or not isinstance(target, list) or self.start is None:
            return False
        total = 1
        for size in flow.shape:
            total *= size
        try:
            start = Input(shape=tuple(target), name=self.start.name)
        except KonvError:
            return False
        numbers = 1
        for size in start.shape:
            numbers *= size
        if numbers != total:
            return False
        text = _(
            "the pictures come as {shape}, and are not reshaped", shape=shape_text(start.shape)
        )
        self.notes.append(Note(place, text))
        self.start = start
        return True

    def _start_flow(self) -> _Flow | None:
        if self.start is None:
            return None
        return _Flow(self.start.tensor, self.start.shape, raw=True)

    # Names ----------------------------------------------------------------------------------------

    def _place(self, item: Item, path: Path, number: int) -> str:
        names = "/".join([*(one.name for one in path), item.name])
        return printable(_("layer {index} {name}", index=number, name=short_text_of(names)))

    def _new_name(self, name: str, place: str) -> str:
        """A name that no other layer has."""
        stem = candidate = konv_name(name)
        number = 1
        while candidate in self._names:
            number += 1
            ending = f"_{number}"
            candidate = stem[: MAX_NAME_CHARACTERS - len(ending)] + ending
        if candidate != name:
            text = _("it is called {name} in konv", name=candidate)
            self.notes.append(Note(place, text))
        self._names.add(candidate)
        return candidate


def _first_calls(model: KerasModel) -> dict[str, int]:
    """The number of the first call of each model inside: Keras counts those from 0 or from 1."""
    used: dict[str, int] = {}
    references = [
        *model.outputs,
        *(one for item in model.items for call in item.calls for one in call.inputs),
    ]
    for reference in references:
        used[reference.name] = min(reference.call, used.get(reference.name, reference.call))
    models = {item.name for item in model.items if item.model is not None}
    return {name: min(first, 1) for name, first in used.items() if name in models}


def _passes_on(layers: Sequence[Layer]) -> bool:
    return (
        len(layers) == 1 and isinstance(layers[0], Activation) and layers[0].activation == "linear"
    )


def _word(layer: Layer) -> str:
    return str(getattr(layer, "activation", ""))


def _shown(text: str) -> str:
    return printable(short_text_of(text))
