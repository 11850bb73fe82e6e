"""A row of the tutorials' numbers: command lines that show it, and the Python that gives it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import konv

__all__ = ["Line", "Row", "config_of", "file_name", "network"]


@dataclass(frozen=True)
class Line:
    """A command line.

    Args:
        words: behind ``konv``.
        shown: what it prints, whatever the language.
        code: its exit code.
    """

    words: tuple[str, ...]
    shown: tuple[str, ...]
    code: int = 0


@dataclass(frozen=True)
class Row:
    """A number, or some that belong together.

    Args:
        name: of the row, and perhaps of a case of it.
        expected: what must come out.
        lines: command lines that show it.
        read: the numbers, from the objects that these print with ``--json``.
        python: the numbers, from Python.
    """

    name: str
    expected: Any
    lines: tuple[Line, ...]
    read: Callable[[list[dict[str, Any]]], Any]
    python: Callable[[], Any]


def file_name(name: str) -> str:
    """The network file or the model of a row, without its ending."""
    return name.replace(" ", "-").replace(",", "").lower()


def config_of(shape: Sequence[int], layer: dict[str, Any]) -> dict[str, Any]:
    return {"konv": 1, "layers": [{"Input": {"shape": list(shape)}}, layer]}


def network(of: str | dict[str, Any]) -> konv.Network:
    """A network that comes with konv, or one that is described."""
    if isinstance(of, str):
        return konv.named_network(of).network
    return konv.Network.from_json(json.dumps(of))
