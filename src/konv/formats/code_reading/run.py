"""What is known while code is read: names, models, calls, refusals, and how much work was done."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from konv.errors import LimitError
from konv.formats.code_reading.listing import Listing
from konv.formats.code_reading.values import Chain, Function, Made, Model, Named, Unknown
from konv.formats.code_reading.vocabulary import implied_name
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.language import translate as _
from konv.limits import MAX_CODE_DEPTH, MAX_CODE_STEPS

__all__ = ["Found", "Run", "Scope"]

_SHOWN_CHARACTERS = 60


@dataclass
class Scope:
    """The names of a module or of a function."""

    names: dict[str, Any] = field(default_factory=dict)
    outer: Scope | None = None

    def find(self, name: str) -> Scope | None:
        """The innermost scope that has the name."""
        scope: Scope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.outer
        return scope


@dataclass
class Found:
    """What was found in the code, in its order.

    Args:
        imports: (dotted name, line) of all that is imported.
        used: the same of what is called.
        made: every call of Keras.
        models: every model.
        functions: every function at the top.
        loose: layers that stand alone, as in a snippet.
        turned: whether channels that came first come last now.
        elsewhere: (line, what) of models that are made where the code does not show it.
        order: the channel order that the code itself sets, with its line.
        arguments: (word, line) of the arguments of methods, such as ``nb_epoch``.
    """

    imports: list[tuple[str, int]] = field(default_factory=list)
    used: list[tuple[str, int]] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    loose: list[Made] = field(default_factory=list)
    order: tuple[str, int] | None = None
    turned: bool = False
    elsewhere: list[tuple[int, str]] = field(default_factory=list)
    arguments: list[tuple[str, int]] = field(default_factory=list)


class Run(ABC):
    """The state of one reading. Subclasses add, layer by layer, what is understood."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.found = Found()
        self.refused = Refusals()
        self.notes: list[tuple[int, str]] = []
        self.scope = Scope()
        self._line_of: dict[str, int] = {}
        self._steps = 0
        self._depth = 0

    # What subclasses understand -------------------------------------------------------------------

    @abstractmethod
    def evaluate(self, node: ast.expr) -> Any:
        """What an expression stands for."""

    @abstractmethod
    def call(
        self, value: Any, args: tuple[Any, ...], values: Mapping[str, Any], node: ast.Call
    ) -> Any:
        """What calling a value gives."""

    @abstractmethod
    def follow(
        self, function: Function, args: tuple[Any, ...], values: Mapping[str, Any], line: int
    ) -> Any:
        """What a function of the code returns."""

    @abstractmethod
    def execute(self, body: Sequence[ast.stmt]) -> Any:
        """Read statements; what ends them early, if something does."""

    # What all of them use -------------------------------------------------------------------------

    def place(self, line: int) -> str:
        """What errors and notes call a line."""
        place = self.listing.place(line)
        self._line_of[place] = line
        return place

    def note(self, line: int, text: str) -> None:
        """Remember something that a person should know."""
        if (line, text) not in self.notes:
            self.notes.append((line, text))

    def refuse(self, line: int, what: str) -> None:
        """Remember something that keeps the network from being known."""
        self.refused.add(self.place(line), what)

    def check_refusals(self, fix: str) -> None:
        """Refuse the import with the whole list, in the order of the lines.

        Raises:
            FormatError: K410, there is something on it.
        """
        self.refused.found.sort(key=lambda entry: self._line_of.get(entry[0], 0))
        self.refused.check_import(self.listing.source, fix)

    def source_of(self, node: ast.AST) -> str:
        """How an expression is written, shortened."""
        text = " ".join(self.listing.segment(node).split())
        return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"

    def unknown(self, node: ast.expr) -> Unknown:
        """What stands for an expression that is not understood."""
        return Unknown(self.source_of(node), node.lineno)

    def spend(self, steps: int, line: int) -> None:
        """Count work.

        Raises:
            LimitError: K604, it is too much.
        """
        self._steps += steps
        if self._steps > MAX_CODE_STEPS:
            raise self._too_much(
                _("more than {most} steps to follow it", most=f"{MAX_CODE_STEPS:,}"), line
            )

    @contextmanager
    def deeper(self, line: int) -> Iterator[None]:
        """One level within another.

        Raises:
            LimitError: K604, there are too many.
        """
        self.spend(1, line)
        self._depth += 1
        if self._depth > MAX_CODE_DEPTH:
            raise self._too_much(
                _("nested more than {most} levels deep", most=MAX_CODE_DEPTH), line
            )
        try:
            yield
        finally:
            self._depth -= 1

    def look_up(self, name: str, line: int) -> Any:
        """What a name stands for."""
        scope = self.scope.find(name)
        if scope is not None:
            return scope.names[name]
        if name == "model":
            return self._implied_model(line)
        path = implied_name(name)
        return Unknown(name, line) if path is None else Named(path)

    def _implied_model(self, line: int) -> Chain:
        """Fragments of listings begin with ``model.add(…)``."""
        chain = Chain(line, variable="model")
        self.found.models.append(chain)
        self.scope.names["model"] = chain
        self.note(line, _("nothing makes model: it was taken for a Sequential without layers"))
        return chain

    def all_notes(self) -> tuple[Note, ...]:
        """The notes in the order of the lines; the same one of several lines once."""
        lines: dict[str, list[int]] = {}
        for line, text in sorted(self.notes, key=lambda note: note[0]):
            lines.setdefault(text, []).append(line)
        return tuple(Note(self.listing.places(found), text) for text, found in lines.items())

    def _too_much(self, what: str, line: int) -> LimitError:
        return LimitError(
            what,
            code="K604",
            where=self.listing.located(line),
            fix=_("keep only the lines that describe the network"),
        )
