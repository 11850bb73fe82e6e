"""From the description of a Keras model to konv's layers, connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from konv.data.preprocessing import Preprocessing
from konv.errors import FormatError, KonvError
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.arguments import konv_name, short_text_of
from konv.formats.keras.config import Call, Item, KerasModel, Reference
from konv.formats.keras.entrance import Entrance
from konv.formats.keras.flows import Flow, connected, treats_alike
from konv.formats.keras.making import LayerMaker, is_foreign, kind_of, place_of
from konv.formats.texts import malformed, printable
from konv.language import translate as _
from konv.layers import Activation
from konv.layers.base import Layer, shape_text
from konv.limits import MAX_KERAS_REFUSALS, MAX_LAYERS
from konv.network.graph import Network, functional

__all__ = ["Wired", "wired"]

Flows = tuple[Flow | None, ...]
Path = tuple[Item, ...]


@dataclass(frozen=True)
class Wired:
    """A network, and which layer of the file each of its weighted layers was.

    Args:
        network: konv's.
        origins: the name of a layer in konv -> the item of the file, behind the models around it.
        preprocessing: what a Rescaling in front said, if there was one.
    """

    network: Network
    origins: Mapping[str, Path]
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
    maker, entrance = LayerMaker(notes, refused, keras), Entrance(notes, refused)
    output = _Wiring(where, refused, maker, entrance).made_by(model, None, ())
    refused.check_import(where)
    if output is None or entrance.start is None:
        raise malformed(_("nothing leads from its input to its output"), where=where)
    try:
        network = functional(entrance.start, output.tensor, name=konv_name(model.name))
    except KonvError as error:
        refused.add(printable(error.where or model.name), printable(f"{error.what}; {error.fix}"))
        refused.check_import(where)
        raise
    return Wired(network, maker.origins, entrance.preprocessing(network, where))


class _Wiring:
    """Walks through a model, and the models in it, from the inputs to the output."""

    def __init__(
        self, where: str, refused: Refusals, maker: LayerMaker, entrance: Entrance
    ) -> None:
        self._where = where
        self._refused = refused
        self._maker = maker
        self._entrance = entrance
        self._calls = 0

    def made_by(self, model: KerasModel, given: Flows | None, path: Path) -> Flow | None:
        """What a model makes of what it is given; None: it is the outermost, of the pictures.

        It is None as well if that cannot be told, because something was refused.
        """
        return (self._row if model.row else self._graph)(model, given, path)

    # Rows and graphs ------------------------------------------------------------------------------

    def _row(self, model: KerasModel, given: Flows | None, path: Path) -> Flow | None:
        items = model.items
        if given is None:
            flow = self._pictures(items[0], path) if items else None
        else:
            flow = self._only(given, path)
        for number, item in enumerate(items):
            if number or item.kind != "InputLayer":
                flow = self._applied((flow,), (*path, item), number)
        return flow

    def _graph(self, model: KerasModel, given: Flows | None, path: Path) -> Flow | None:
        self._check_ends(model, given, path)
        items = {item.name: number for number, item in enumerate(model.items)}
        starts = {end.name: number for number, end in enumerate(model.inputs)}
        offsets = _first_calls(model)
        made: dict[Reference, Flow | None] = {}
        begun: set[Reference] = set()
        # A stack instead of recursion: a network may be deeper than Python's stack.
        waiting = [(end, False) for end in reversed(model.outputs)]
        while waiting:
            reference, inputs_done = waiting.pop()
            if reference in made:
                continue
            number = self._number(items, reference)
            item = model.items[number]
            if item.name in starts:
                made[reference] = self._start(item, given, starts[item.name], path)
                continue
            call = self._call(item, reference, offsets.get(item.name, 0))
            if inputs_done:
                inputs = tuple(made[one] for one in call.inputs)
                made[reference] = self._called(call, inputs, (*path, item), number)
                continue
            if reference in begun:
                raise malformed(_("its layers are called in a circle"), where=self._where)
            begun.add(reference)
            waiting.append((reference, True))
            waiting.extend((needed, False) for needed in reversed(call.inputs))
        return made[model.outputs[0]]

    def _start(self, item: Item, given: Flows | None, number: int, path: Path) -> Flow | None:
        if given is None:
            return self._pictures(item, path)
        return given[number] if number < len(given) else None

    def _pictures(self, item: Item, path: Path) -> Flow | None:
        """The input of the outermost model; one that begins with a model has the input of that."""
        while item.model is not None and item.model.items:
            path = (*path, item)
            names = [end.name for end in item.model.inputs]
            inner = item.model.items
            item = next((one for one in inner if one.name in names), inner[0])
        place = place_of((*path, item), 0)
        name = self._maker.new_name(item.name, place) if item.kind == "InputLayer" else ""
        return self._entrance.make(item, name, place)

    def _number(self, items: Mapping[str, int], reference: Reference) -> int:
        if reference.name not in items:
            raise malformed(
                _("a layer is called on {name}, which there is not", name=_shown(reference.name)),
                where=self._where,
            )
        return items[reference.name]

    def _call(self, item: Item, reference: Reference, offset: int) -> Call:
        number = reference.call - offset
        if not 0 <= number < len(item.calls):
            raise malformed(
                _("{name} is called less often than it is used", name=_shown(item.name)),
                where=self._where,
            )
        return item.calls[number]

    def _called(self, call: Call, inputs: Flows, path: Path, number: int) -> Flow | None:
        kind = kind_of(path[-1])
        if call.unknown and not is_foreign(kind):
            what = f"{_shown(kind)}({printable(call.unknown)})"
            self._refused.add(place_of(path, number), what)
            return None
        return self._applied(inputs, path, number)

    def _check_ends(self, model: KerasModel, given: Flows | None, path: Path) -> None:
        inputs = 1 if given is None else len(given)
        if len(model.outputs) != 1 or len(model.inputs) != inputs:
            what = _(
                "inputs: {inputs}, outputs: {outputs}; konv has one of each",
                inputs=len(model.inputs),
                outputs=len(model.outputs),
            )
            self._refused.add(_shown(path[-1].name if path else model.name), what)

    def _only(self, given: Flows, path: Path) -> Flow | None:
        if len(given) != 1:
            self._refused.add(_shown(path[-1].name), _("a row of layers on several inputs"))
            return None
        return given[0]

    # Single layers --------------------------------------------------------------------------------

    def _applied(self, inputs: Flows, path: Path, number: int) -> Flow | None:
        """What a layer makes of its inputs; None if that cannot be told."""
        self._count()
        item, place = path[-1], place_of(path, number)
        if item.model is not None:
            return self.made_by(item.model, inputs, path)
        kind = kind_of(item)
        flows = [flow for flow in inputs if flow is not None]
        known = bool(flows) and len(flows) == len(inputs)
        if kind == "Rescaling":
            return self._entrance.rescaled(item, flows[0] if known else None, place)
        if kind == "Reshape":
            # What it does depends on what it gets; of the pictures it is the shape that they have.
            reshaped = self._entrance.reshaped(item, flows[0], place) if known else None
            if reshaped is not None or not known:
                return reshaped
        layers = self._maker.layers(path, place, flows[0].tensor.shape if known else None)
        return self._made(kind, layers, flows, place) if known and layers else None

    def _made(
        self, kind: str, layers: Sequence[Layer], flows: Sequence[Flow], place: str
    ) -> Flow | None:
        if not treats_alike(kind, layers, flows):
            self._refused.add(place, f"{kind} {shape_text(flows[0].shape)}")
            return None
        if kind != "Activation" and _passes_on(layers):
            kept = flows[0].tensor.shape if kind == "Reshape" else flows[0].shape
            return replace(flows[0], shape=kept)
        if any(flow.raw for flow in flows):
            self._entrance.used_by(place)
        try:
            return connected(layers, flows)
        except KonvError as error:
            self._refused.add(place, printable(f"{error.what}; {error.fix}"))
            return None

    def _count(self) -> None:
        """A model inside may be used again and again: no more layers than a network may have."""
        self._calls += 1
        if self._calls > MAX_LAYERS:
            raise FormatError(
                _("more than {most} layers", most=f"{MAX_LAYERS:,}"),
                code="K401",
                where=self._where,
                fix=_("a network of fewer layers"),
            )
        if len(self._refused.found) >= MAX_KERAS_REFUSALS:
            self._refused.check_import(self._where)


def _first_calls(model: KerasModel) -> dict[str, int]:
    """The number of the first call of each model inside: Keras counts those from 0 or from 1."""
    first: dict[str, int] = {}
    calls = (call for item in model.items for call in item.calls)
    for reference in (*model.outputs, *(one for call in calls for one in call.inputs)):
        first[reference.name] = min(reference.call, first.get(reference.name, reference.call))
    models = (item.name for item in model.items if item.model is not None)
    return {name: min(first.get(name, 0), 1) for name in models}


def _passes_on(layers: Sequence[Layer]) -> bool:
    """Whether it is what stands for a layer that does nothing."""
    return layers == (Activation(activation="linear", name=layers[0].name),)


def _shown(text: str) -> str:
    return printable(short_text_of(text))
