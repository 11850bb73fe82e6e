"""A problem for a check of the engine: a network and how it is run, as one line of text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from konv.constraints import Boolean, Choice, Constraint, Integer, Optional, RefusalError
from konv.engines.compiled.record import record
from konv.language import translate as _
from konv.limits import MAX_BATCH_SIZE, MAX_THREADS
from konv.network.graph import Network
from konv.network.reading import network_from_json
from konv.network.tree import malformed
from konv.network.writing import json_text
from konv.parameters import Checked, parameter

__all__ = ["Problem"]

_SHOWN_CHARACTERS = 60
_NAMES = ("baseline", "avx2", "avx512", "neon")


@record
class _Description(Constraint):
    """A network as data."""

    def accept(self, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise RefusalError(self.describe())
        return value

    def describe(self) -> str:
        return _("a network as an object in JSON")

    def bad_values(self) -> tuple[Any, ...]:
        return (None, "network", [], 3, object())


@dataclass(frozen=True, repr=False)
class Problem(Checked):
    """A network, and how it is run.

    Args:
        network: in JSON.
        pictures: how many there are in the batch.
        seed: what weights, pixels and targets are made from.
        isa: the instruction set; None: the best.
        threads: how many work on it.
        from_start: whether the guarded arrays begin at their page, instead of ending at it.
        winograd: whether it is run once more with all convolutions after Winograd that can be;
            None: with those for which it is faster; False: it is not.

    Example:
        >>> from konv.layers import Dense, Input
        >>> from konv.network.graph import sequential
        >>> problem = Problem.of(sequential([Input((4,)), Dense(2)]), pictures=5)
        >>> Problem.from_line(problem.line).built.parameters
        10
    """

    network: Mapping[str, Any] = parameter(_Description())
    pictures: int = parameter(Integer(1, MAX_BATCH_SIZE), default=3, keyword=True)
    seed: int = parameter(Integer(0, 2**63 - 1), default=0, keyword=True)
    isa: str | None = parameter(Optional(Choice(_NAMES)), default=None, keyword=True)
    threads: int = parameter(Integer(1, MAX_THREADS), default=1, keyword=True)
    from_start: bool = parameter(Boolean(), default=False, keyword=True)
    winograd: bool | None = parameter(Optional(Boolean()), default=None, keyword=True)

    @staticmethod
    def of(network: Network, **settings: Any) -> Problem:
        """The problem of a network."""
        return Problem(json.loads(json_text(network)), **settings)

    @staticmethod
    def from_line(line: str) -> Problem:
        """The problem that a line describes.

        Raises:
            FormatError: K401, the line is no object in JSON.
            ParameterError: a field is missing, unknown, or holds what it cannot hold.
        """
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            raise malformed(
                _("{line} is no problem", line=repr(line[:_SHOWN_CHARACTERS])),
                "",
                0,
                _("one line of JSON, as a failing test prints it"),
            )
        return Problem(**fields)

    @property
    def line(self) -> str:
        """The problem as one line."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @property
    def built(self) -> Network:
        """Its network.

        Raises:
            KonvError: what is described is none.
        """
        return network_from_json(json.dumps(self.network)).network
