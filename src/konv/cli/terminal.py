"""Where what a command says goes: to a person as text, or to a program as one JSON object."""

from __future__ import annotations

import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from konv.language.tables import printable

__all__ = ["Terminal", "plain_data", "safe_streams", "shows_colour"]


@dataclass(frozen=True)
class Terminal:
    """The screen of one command.

    Args:
        json: only the answer goes to standard output, as JSON.
    """

    json: bool = False

    def say(self, text: str = "") -> None:
        """What the command was called for; silent when the answer is JSON."""
        self.pass_on(_harmless(text))

    def pass_on(self, text: str) -> None:
        """The same for another program: as it is, whatever letters are in it."""
        if not self.json:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()  # in its place before what progress writes elsewhere

    def note(self, text: str) -> None:
        """What a person should know besides; never mixed with the answer."""
        sys.stderr.write(_harmless(text) + "\n")
        sys.stderr.flush()

    def complain(self, kind: str, text: str) -> None:
        """What went wrong: of which kind it is, and how to do better."""
        coloured = f"\x1b[31m{kind}\x1b[0m" if shows_colour(sys.stderr) else kind
        sys.stderr.write(f"{coloured} {_harmless(text)}\n")
        sys.stderr.flush()

    def answer(self, facts: Mapping[str, Any]) -> None:
        """The whole answer as one JSON object; silent when it was said as text."""
        if self.json:
            sys.stdout.write(json_text(facts) + "\n")

    @contextmanager
    def bar(self, title: str) -> Iterator[Callable[[int, int], None]]:
        """A bar that is gone afterwards, as (done, total) is told; nothing but on a terminal."""
        if self.json or not sys.stderr.isatty():
            yield lambda done, total: None
            return
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(title)
            yield lambda done, total: progress.update(task, completed=done, total=total)

    @property
    def verbose(self) -> int | str:
        """How training shows its progress; see ``verbose`` of :meth:`konv.model.Model.fit`."""
        return 0 if self.json else "auto"


def _harmless(text: str) -> str:
    """Lines that cannot control the screen, whatever names of files are in them."""
    return "\n".join(map(printable, text.split("\n")))


def json_text(facts: Mapping[str, Any]) -> str:
    """Facts as JSON that the screen can hold: in plain letters where it has no others."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return json.dumps(plain_data(facts), ensure_ascii=encoding != "utf8", allow_nan=False)


def plain_data(value: Any) -> Any:
    """Paths as texts, NumPy's values as Python's; what is not finite as None, as JSON has it.

    Example:
        >>> plain_data({"loss": float("nan"), "files": (Path("run"),)})
        {'loss': None, 'files': ['run']}
    """
    if isinstance(value, Mapping):
        return {str(key): plain_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_data(item) for item in value]
    if isinstance(value, (str, Path)):
        return str(value).encode("utf-8", "replace").decode()
    if hasattr(value, "tolist"):
        return plain_data(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def safe_streams() -> None:
    """Never fail for a letter that the screen does not have: show its code instead.

    Nor for a stream that was closed before konv began: what goes there is dropped, as print does.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.StringIO())
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def shows_colour(stream: TextIO) -> bool:
    """Whether colour may be written: to a terminal, unless the person wants none (NO_COLOR)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
