"""What the description of a Keras model says: its layers, and what each is called on.

Keras 2 and Keras 3 write it differently; here both become the same few objects. Nothing is judged
yet but the form: a layer that konv does not know is an item like any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from konv.errors import FormatError
from konv.formats.keras.arguments import short_text_of
from konv.formats.keras.words import own_class, plain_value
from konv.formats.texts import malformed, printable
from konv.language import translate as _
from konv.limits import MAX_KERAS_MODELS_DEPTH, MAX_LAYERS

__all__ = ["Call", "Item", "KerasModel", "Reference", "group_name", "model_of"]

_ROW = ("Sequential",)
_GRAPH = ("Functional", "Model")


@dataclass(frozen=True)
class Reference:
    """What the call of that number of a layer made."""

    name: str
    call: int


@dataclass(frozen=True)
class Call:
    """A layer called on others; ``unknown`` says what else it was given, if anything."""

    inputs: tuple[Reference, ...]
    unknown: str = ""


@dataclass(frozen=True)
class Item:
    """A layer, or a model used as one.

    Args:
        kind: its class; what is no class of Keras begins with "?".
        name: what Keras calls it.
        config: its arguments.
        calls: what it was called on, in turn; empty in a row of layers.
        group: where an archive keeps its weights.
        operation: whether it is a function such as ``x + y`` rather than a layer.
        model: what it consists of, if it is a model.
    """

    kind: str
    name: str
    config: Mapping[str, Any]
    calls: tuple[Call, ...]
    group: str
    operation: bool = False
    model: KerasModel | None = None


@dataclass(frozen=True)
class KerasModel:
    """Items in a row (no inputs and outputs are named), or a graph of them."""

    name: str
    items: tuple[Item, ...]
    inputs: tuple[Reference, ...] = ()
    outputs: tuple[Reference, ...] = ()

    @property
    def row(self) -> bool:
        """Whether each item takes what the one before it makes."""
        return not self.outputs


def model_of(entry: Any, where: str) -> KerasModel:
    """The model that a description stands for.

    Args:
        entry: what the file says, as plain data.
        where: the file, for errors.

    Raises:
        FormatError: K401, it is no description of a model; K410, it is a class of somebody's own.
    """
    return _Reading(where).model(entry, "", 0)


@dataclass
class _Reading:
    where: str
    count: int = 0

    def model(self, entry: Any, group: str, depth: int) -> KerasModel:
        config = self._object(entry).get("config")
        if isinstance(config, list):  # a Sequential as early versions of Keras 2 wrote it
            config = {"name": "sequential", "layers": config}
        config = self._object(config)
        kind = own_class(entry)
        if kind not in (*_ROW, *_GRAPH) or depth > MAX_KERAS_MODELS_DEPTH:
            raise self._foreign(entry)
        row = kind in _ROW
        items = tuple(self._items(config.get("layers"), group, depth, row))
        if len({item.name for item in items}) < len(items):
            raise self._malformed(_("two of its layers have the same name"))
        name = config.get("name")
        name = name if isinstance(name, str) else "model"
        if row:
            return KerasModel(name, items)
        inputs = tuple(self._ends(config.get("input_layers")))
        outputs = tuple(self._ends(config.get("output_layers")))
        if not inputs or not outputs:
            raise self._malformed(_("it does not say what comes in and what goes out"))
        return KerasModel(name, items, inputs, outputs)

    def _items(self, entries: Any, group: str, depth: int, row: bool) -> Iterator[Item]:
        if not isinstance(entries, list):
            raise self._malformed(_("its layers are no list"))
        self.count += len(entries)
        if self.count > MAX_LAYERS:
            raise self._malformed(_("more than {most} layers", most=f"{MAX_LAYERS:,}"))
        used: Counter[str] = Counter()
        for number, given in enumerate(entries):
            entry = self._object(given)
            kind = own_class(entry)
            config = self._object(entry.get("config"))
            name = entry.get("name", config.get("name"))
            operation = str(entry.get("module")).startswith(("keras.src.ops", "keras.ops"))
            place = group
            if not operation and not (row and number == 0 and kind == "InputLayer"):
                place = group + group_name(str(entry.get("class_name"))[:200], used)
            is_model = kind in (*_ROW, *_GRAPH)
            yield Item(
                kind=kind or "?" + str(entry.get("class_name")),
                name=name if isinstance(name, str) else f"layer_{number}",
                config=config,
                calls=() if row else tuple(self._calls(entry.get("inbound_nodes"))),
                group=place,
                operation=operation,
                model=self.model(entry, place + "/", depth + 1) if is_model else None,
            )

    def _calls(self, nodes: Any) -> Iterator[Call]:
        if not isinstance(nodes, list):
            raise self._malformed(_("a layer does not say what it is called on"))
        for node in nodes:
            if isinstance(node, Mapping):
                yield _newer_call(node)
            elif isinstance(node, list):
                yield self._older_call(node)
            else:
                raise self._malformed(_("a layer does not say what it is called on"))

    def _older_call(self, node: list[Any]) -> Call:
        """Keras 2: [["conv2d", 0, 0, {}], …], or one of these alone."""
        items = node if not node or isinstance(node[0], list) else [node]
        inputs, unknown = [], []
        for item in items:
            inputs.append(self._reference(item))
            unknown += _given(item[3] if len(item) > 3 else {})
        return Call(tuple(inputs), ", ".join(unknown))

    def _ends(self, value: Any) -> Iterator[Reference]:
        """["dense", 0, 0], or a list of these."""
        value = plain_value(value)
        if isinstance(value, list) and value and isinstance(value[0], str):
            value = [value]
        if not isinstance(value, list):
            raise self._malformed(_("it does not say what comes in and what goes out"))
        for item in value:
            yield self._reference(plain_value(item))

    def _reference(self, item: Any) -> Reference:
        reference = _reference(item)
        if reference is None:
            raise self._malformed(_("a layer is called on what no layer makes"))
        return reference

    def _object(self, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._malformed(_("a part of its description is no JSON object"))
        return value

    def _malformed(self, what: str) -> FormatError:
        return malformed(what, where=self.where)

    def _foreign(self, entry: Mapping[str, Any]) -> FormatError:
        shown = printable(short_text_of(entry.get("class_name")))
        return FormatError(
            _("this cannot be imported: konv does not have all that it holds"),
            code="K410",
            where=self.where,
            details=[(_("model"), shown)],
            fix=_("a Sequential or a Functional model; save one that holds the same layers"),
        )


def _newer_call(node: Mapping[str, Any]) -> Call:
    """Keras 3: {"args": […], "kwargs": {}}, with tensors that know where they come from."""
    inputs: list[Reference] = []
    unknown: list[str] = []
    for value in _flattened(node.get("args")):
        reference = _history(value)
        if reference is None:
            unknown.append(short_text_of(value))
        else:
            inputs.append(reference)
    return Call(tuple(inputs), ", ".join([*unknown, *_given(node.get("kwargs"))]))


def _given(arguments: Any) -> list[str]:
    """What a layer is called with besides its input, other than what says nothing."""
    if not arguments:
        return []
    if not isinstance(arguments, Mapping):
        return [short_text_of(arguments)]
    silent = {"mask": (None,), "training": (None, False)}
    return [
        f"{short_text_of(name)}={short_text_of(value)}"
        for name, value in arguments.items()
        if not any(value is one for one in silent.get(name, ()))
    ]


def _reference(item: Any) -> Reference | None:
    """["conv2d", 0, 0, …]: the layer, the number of its call, that of its output."""
    if not isinstance(item, Sequence) or isinstance(item, str) or len(item) < 3:
        return None
    name, call, output = item[:3]
    if not isinstance(name, str) or type(call) is not int or output != 0:
        return None
    return Reference(name, call)


def _flattened(value: Any) -> Iterator[Any]:
    """All that is in lists of lists; how deep they may be was limited before."""
    value = plain_value(value)
    if not isinstance(value, list):
        yield value
        return
    for item in value:
        yield from _flattened(item)


def _history(value: Any) -> Reference | None:
    """Where a tensor of Keras 3 comes from; None if it is something else."""
    if not isinstance(value, Mapping) or value.get("class_name") != "__keras_tensor__":
        return None
    config = value.get("config")
    return _reference(config.get("keras_history")) if isinstance(config, Mapping) else None


def group_name(class_name: str, used: Counter[str]) -> str:
    """Where an archive keeps the weights of the next layer of that class; ``used`` counts them.

    Example:
        >>> used = Counter()
        >>> group_name("MaxPooling2D", used), group_name("MaxPooling2D", used)
        ('layers/max_pooling2d', 'layers/max_pooling2d_1')
    """
    name = re.sub(r"\W+", "", class_name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    number = used[name]
    used[name] += 1
    return f"layers/{name}_{number}" if number else f"layers/{name}"
