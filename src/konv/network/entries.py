"""One layer in a network file: its kind, its fields, and how it is wired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from konv.constraints import Constraint, RefusalError, did_you_mean
from konv.errors import FormatError, ParameterError
from konv.language import translate as _
from konv.layers import LAYERS
from konv.layers.base import Layer
from konv.layers.fields import FORMER_LAYERS, FORMER_NAMES, LayerName
from konv.network.tree import Tree, place
from konv.parameters import check_value, short_text

__all__ = ["Entry", "read_entry", "text_of", "unexpected"]

_WIRING = ("name", "inputs", "shares")
_NAME = LayerName()
_FORM = "- Conv2D: {filters: 32, kernel_size: 5}"


def text_of(tree: Tree, name: str, constraint: Constraint, source: str) -> str:
    """A text that a constraint accepts.

    Raises:
        ParameterError: K201, it does not.
    """
    text: str = check_value(name, tree.plain(), constraint, where=place(source, tree.line))
    return text


def unexpected(tree: Tree, what: str, source: str, fix: str) -> FormatError:
    """What is raised for something that does not belong into a network file."""
    return FormatError(what, code="K402", where=place(source, tree.line), fix=fix)


@dataclass(frozen=True)
class Entry:
    """One item of ``layers``.

    Args:
        index: its place in the list, from 0.
        kind: the class of the layer.
        fields: its fields.
        name, inputs, shares: as given; None: not given.
        line, source: where it stands.
    """

    index: int
    kind: type[Layer]
    fields: dict[str, Tree]
    name: str | None
    inputs: tuple[str, ...] | None
    shares: str | None
    line: int
    source: str

    def where(self, called: str, line: int | None = None) -> str:
        """Its place in the file and in the network, for errors."""
        in_file = place(self.source, self.line if line is None else line)
        in_network = _("layer {index} {name}", index=self.index, name=called)
        return f"{in_file}, {in_network}" if in_file else in_network

    def layer(self, name: str, owner: Layer | None) -> Layer:
        """The layer that it describes.

        Args:
            name: what it is called.
            owner: the layer that it shares weights with, if it does; it has its fields, too.

        Raises:
            FormatError: K402, there is no such field.
            ParameterError: a field is missing, or holds what it cannot.
        """
        constraints = self.kind.constraints()
        for key in self.fields:
            if key not in constraints:
                raise self._unknown(key, list(constraints))
        values = {key: tree.plain() for key, tree in self.fields.items()}
        try:
            if type(owner) is self.kind:
                return replace(owner, **values, name=name)
            return self.kind(**values, name=name)
        except ParameterError as error:
            line = self._line_of_culprit(constraints)
            raise error.located(self.where(self.kind.__name__, line)) from None

    def _line_of_culprit(self, constraints: Mapping[str, Constraint]) -> int:
        """The line of the first field that holds what it cannot; else one is missing."""
        for key, tree in self.fields.items():
            try:
                constraints[key].accept(tree.plain())
            except RefusalError:
                return tree.line
        return self.line

    def _unknown(self, key: str, names: list[str]) -> FormatError:
        fix = _("the fields are {names}", names=", ".join([*names, "inputs", "shares"]))
        former = FORMER_NAMES.get(key, "")
        if former in names:
            fix = _("it is called {name} here", name=former)
        elif former and not former.isidentifier():  # a sentence: what to write instead
            fix = _(former)
        return FormatError(
            _("there is no field {name}", name=short_text(key)) + did_you_mean(key, names),
            code="K402",
            where=self.where(self.kind.__name__, self.fields[key].line),
            fix=fix,
        )


def read_entry(tree: Tree, index: int, source: str) -> Entry:
    """``Flatten``, or ``Conv2D: {filters: 8, kernel_size: 3}``.

    Raises:
        FormatError: K402, K408: it has another form, or there is no such layer.
        ParameterError: what is given as a name is none.
    """
    word, fields = _word_and_fields(tree, source)
    if word not in LAYERS:
        raise _no_such_layer(word, place(source, tree.line))
    texts = {
        key: text_of(fields[key], key, _NAME, source) for key in ("name", "shares") if key in fields
    }
    return Entry(
        index=index,
        kind=LAYERS[word],
        fields={key: value for key, value in fields.items() if key not in _WIRING},
        name=texts.get("name"),
        inputs=_inputs(fields.get("inputs"), source),
        shares=texts.get("shares"),
        line=tree.line,
        source=source,
    )


def _no_such_layer(word: str, where: str) -> FormatError:
    """What is raised for a layer that konv does not have; of Keras 1's, what became of it."""
    what = _("there is no layer {name}", name=short_text(word))
    if word not in FORMER_LAYERS:
        fix = _("one of {names}", names=", ".join(LAYERS))
        return FormatError(what + did_you_mean(word, LAYERS), code="K408", where=where, fix=fix)
    name = FORMER_LAYERS[word]
    return FormatError(
        what,
        code="K408",
        where=where,
        details=[
            (_("in Keras 1"), f"{word}(32, 5, 5)"),
            (_("means"), _("32 filters, a kernel of 5 rows and 5 columns, stride 1")),
        ],
        fix=f"{name}: {{filters: 32, kernel_size: [5, 5]}}",
    )


def _word_and_fields(tree: Tree, source: str) -> tuple[str, dict[str, Tree]]:
    if isinstance(tree.value, str):
        return tree.value, {}
    if isinstance(tree.value, dict) and len(tree.value) == 1:
        [(word, fields)] = tree.value.items()
        if fields.value is None:
            return word, {}
        if isinstance(fields.value, dict):
            return word, fields.value
    raise unexpected(tree, _("this is no layer with its fields"), source, _FORM)


def _inputs(tree: Tree | None, source: str) -> tuple[str, ...] | None:
    if tree is None:
        return None
    items = tree.value if isinstance(tree.value, list) else [tree]
    return tuple(text_of(item, "inputs", _NAME, source) for item in items)
