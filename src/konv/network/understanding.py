"""From what a network file holds to the network, with the line in every error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from konv.constraints import Text, did_you_mean
from konv.errors import FormatError, NetworkError, ShapeError
from konv.language import LANGUAGES
from konv.language import translate as _
from konv.layers.base import Layer
from konv.layers.symbolic import names_of
from konv.network.assembly import Assembly, Node, Part, check_count
from konv.network.entries import Entry, read_entry, text_of, unexpected
from konv.network.graph import COMPARED_NAMES, NETWORK_NAME, Network
from konv.network.tree import Tree, place
from konv.parameters import short_text

__all__ = ["ADAPTABLE", "FORM", "NetworkFile", "network_file", "network_parts"]

FORM = 1
ADAPTABLE = ("input", "classes")
_DESCRIPTION = Text(1_000)
_FIELDS = ("konv", "name", "description", "adapts", "layers")


@dataclass(frozen=True)
class NetworkFile:
    """What a network file holds.

    Args:
        network: it.
        description: language -> what it is for.
        adapts: what of it may be changed to suit other pictures: "input", "classes".
    """

    network: Network
    description: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    adapts: frozenset[str] = frozenset()


def network_file(tree: Tree, source: str = "") -> NetworkFile:
    """The network that a tree describes.

    Args:
        tree: what the file holds.
        source: what errors call the file.

    Raises:
        FormatError: K402, K403, K408: the file is not what it should be.
        NetworkError, ParameterError, ShapeError: what it describes cannot be built.
    """
    top = _checked_top(tree, source)
    name = _network_name(top, source)
    entries = _entries(top["layers"], source)
    return NetworkFile(
        Network(_nodes(entries), name),
        _description(top.get("description"), source),
        _adapts(top.get("adapts"), source),
    )


def network_parts(tree: Tree, source: str = "") -> tuple[str, tuple[Part, ...]]:
    """(the name of the network that a tree describes, its layers and their wiring).

    Whether the layers fit is not looked at: this is for those who repair what does not.

    Raises:
        FormatError: K402, K403, K408: the file is not what it should be.
        NetworkError: K303, K305: names that are taken, or do not exist.
        ParameterError: a field is missing, or holds what it cannot.
    """
    top = _checked_top(tree, source)
    entries = _entries(top["layers"], source)
    return _network_name(top, source), tuple(part for _entry, part in _parts(entries))


def _network_name(top: Mapping[str, Tree], source: str) -> str:
    return text_of(top["name"], "name", NETWORK_NAME, source) if "name" in top else Network.name


def _checked_top(tree: Tree, source: str) -> dict[str, Tree]:
    if not isinstance(tree.value, dict):
        raise unexpected(tree, _("no fields"), source, _('"konv: 1" and "layers:"'))
    top: dict[str, Tree] = tree.value
    _check_version(top.get("konv"), tree, source)
    for key, value in top.items():
        if key not in _FIELDS:
            what = _("there is no field {name}", name=short_text(key))
            fields = _("the fields are {names}", names=", ".join(_FIELDS))
            raise unexpected(value, what + did_you_mean(key, _FIELDS), source, fields)
    if "layers" not in top:
        raise unexpected(tree, _("{name} is missing", name="layers"), source, _("layers: [...]"))
    return top


def _check_version(version: Tree | None, tree: Tree, source: str) -> None:
    if version is None:
        what = _("{name} is missing", name="konv")
        raise unexpected(tree, what, source, _('"konv: 1", the version of the form'))
    number = version.value
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        what = _("konv={value} is no version", value=short_text(number))
        raise unexpected(version, what, source, _('"konv: 1", the version of the form'))
    if number > FORM:
        raise FormatError(
            _("written by a newer konv: form {form}", form=short_text(number)),
            code="K403",
            where=place(source, version.line),
            details=[(_("known here"), _("forms up to {form}", form=FORM))],
            fix=_("use a newer konv"),
        )


def _description(tree: Tree | None, source: str) -> Mapping[str, str]:
    if tree is None:
        return MappingProxyType({})
    fix = _("description: {en: …, ko: …}")
    if not isinstance(tree.value, dict):
        raise unexpected(tree, _("the description has no languages"), source, fix)
    for language, text in tree.value.items():
        if language not in LANGUAGES or not isinstance(text.value, str):
            what = _("the description in {language}", language=short_text(language))
            raise unexpected(text, what, source, fix)
    lines = {key: Tree(" ".join(text.value.split()), text.line) for key, text in tree.value.items()}
    return MappingProxyType(
        {
            key: text_of(line, f"description {key}", _DESCRIPTION, source)
            for key, line in lines.items()
        }
    )


def _adapts(tree: Tree | None, source: str) -> frozenset[str]:
    if tree is None:
        return frozenset()
    words = tree.plain()
    if not isinstance(words, list) or any(word not in ADAPTABLE for word in words):
        raise unexpected(tree, _("adapts"), source, _("a list of: {words}", words="input, classes"))
    return frozenset(words)


def _entries(tree: Tree, source: str) -> list[Entry]:
    if not isinstance(tree.value, list) or not tree.value:
        fix = _("a list that begins with an Input")
        raise unexpected(tree, _("layers holds no list of layers"), source, fix)
    check_count(len(tree.value), place(source, tree.line))
    entries = [read_entry(item, index, source) for index, item in enumerate(tree.value)]
    _check_names(entries)
    return entries


def _check_names(entries: list[Entry]) -> None:
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.name is not None and first.setdefault(entry.name, entry) is not entry:
            raise NetworkError(
                _("two layers are called {name}", name=repr(entry.name)),
                code="K303",
                where=entry.where(entry.name),
                details=[(_("the first"), first[entry.name].where(entry.name))],
                fix=_("give each its own name, or none: then one is made"),
            )


def _nodes(entries: list[Entry]) -> tuple[Node, ...]:
    assembly = Assembly()
    for entry, part in _parts(entries):
        try:
            assembly.add(part.layer, part.name, part.inputs, part.weights_of)
        except (NetworkError, ShapeError) as error:
            raise error.located(entry.where(part.name)) from None
    _check_all_used(entries, assembly.nodes)
    return assembly.nodes


def _parts(entries: list[Entry]) -> Iterator[tuple[Entry, Part]]:
    """One after the other, so that whoever checks them meets the first thing that is wrong."""
    names = names_of(_stand_ins(entries))
    found: dict[str, Part] = {}
    for entry, name in zip(entries, names, strict=True):
        try:
            found[name] = _part(entry, found, names)
        except NetworkError as error:
            raise error.located(entry.where(name)) from None
        yield entry, found[name]


def _stand_ins(entries: list[Entry]) -> list[Layer]:
    """Layers without fields: all that automatic names are made of is their class and name."""
    given = {entry.name for entry in entries}
    layers = []
    for entry in entries:
        owner = entry.shares if entry.shares in given else None
        layer = object.__new__(entry.kind)
        object.__setattr__(layer, "name", owner if entry.name is None else entry.name)
        layers.append(layer)
    return layers


def _part(entry: Entry, above: Mapping[str, Part], names: Sequence[str]) -> Part:
    name = names[entry.index]
    owner = None if entry.shares is None else _found(entry.shares, above, names)
    layer = entry.layer(name, None if owner is None else owner.layer)
    inputs = _inputs(entry, names)
    for item in inputs:
        _found(item, above, names)
    return Part(name, layer, inputs, None if owner is None else owner.weights_of or owner.name)


def _found(name: str, above: Mapping[str, Part], names: Sequence[str]) -> Part:
    if name in above:
        return above[name]
    if name in names:
        what = _("{name} does not come before it", name=name)
        fix = _("list a layer below those it takes from")
    else:
        what = _("there is no layer {name}", name=short_text(name))
        what += did_you_mean(name, names[:COMPARED_NAMES])
        fix = _("the name of a layer above this one")
    raise NetworkError(what, code="K305", fix=fix)


def _inputs(entry: Entry, names: Sequence[str]) -> tuple[str, ...]:
    if entry.inputs is not None:
        return entry.inputs
    if entry.kind.input_count is None:
        raise FormatError(
            _("{name} is missing", name="inputs"),
            code="K402",
            where=entry.where(names[entry.index]),
            fix=_("the layers that it merges: inputs: [a, b]"),
        )
    first = entry.index == 0 or entry.kind.input_count == 0
    return () if first else (names[entry.index - 1],)


def _check_all_used(entries: list[Entry], nodes: tuple[Node, ...]) -> None:
    used = {nodes[-1].name}.union(*(node.inputs for node in nodes))
    used.update(node.weights_of for node in nodes if node.shares)
    for entry, node in zip(entries, nodes, strict=True):
        if node.name not in used:
            raise NetworkError(
                _("nothing uses what {name} makes", name=node.name),
                code="K302",
                where=entry.where(node.name),
                fix=_("name it in the inputs of a layer below, or leave it out"),
            )
