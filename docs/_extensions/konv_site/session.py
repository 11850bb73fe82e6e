"""The Python and the commands of one page, run from its top to its bottom, as in a notebook."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import os
import shlex
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import konv
from konv.cli.common import Common
from konv.cli.failures import fail
from konv.cli.main import main
from konv.language import using_language
from konv_site.showing import as_html, as_text

__all__ = ["Output", "Session"]

COLUMNS = 80  # of what commands and tables print


@dataclass(frozen=True)
class Output:
    """What a block leaves on the page: text, a picture or table as HTML, or both."""

    text: str = ""
    html: str = ""


class Session:
    """One namespace and one folder for all blocks of a page.

    Args:
        language: in which konv speaks.
        page: the name that tracebacks show.
    """

    def __init__(self, language: str, page: str = "page") -> None:
        self.language = language
        self.page = page
        self.names: dict[str, Any] = {"__name__": "__main__", "konv": konv}
        self._folder = tempfile.TemporaryDirectory(prefix="konv-page-")

    def run(self, code: str, *, alt: str = "") -> Output:
        """Run a block; if it ends in an expression, its value is shown as notebooks show it."""
        with self._at_work() as said:
            value = self._executed(code)
            html = as_html(value, alt)
            shown = "" if html or value is None else as_text(value)
        return Output((said.getvalue() + shown).rstrip(), html)

    def error_of(self, code: str, expected: str) -> Output:
        """What the command line would say of the error with a code that a block must raise."""
        with self._at_work() as said:
            try:
                self._executed(code)
            except Exception as error:
                fail(error, Common(language=self.language))
        if expected not in said.getvalue():
            raise AssertionError(f"{expected} was to be raised, not: {said.getvalue()!r}")
        return Output(said.getvalue().rstrip())

    def command(self, line: str, *, exit_code: int = 0) -> Output:
        """What ``konv LINE`` prints."""
        with self._at_work() as said:
            ended = main([*shlex.split(line), "--lang", self.language])
        if ended != exit_code:
            raise AssertionError(
                f"konv {line} exits with {ended}, not {exit_code}:\n{said.getvalue()}"
            )
        return Output(f"$ konv {line}\n{said.getvalue().rstrip()}")

    def value(self, expression: str) -> str:
        """The value of an expression as a word of a sentence."""
        with self._at_work():
            return as_text(eval(compile(expression, self.page, "eval"), self.names))

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def _executed(self, code: str) -> Any:
        """Run the statements; the value of the last, if it is an expression."""
        # Tracebacks quote the line, as those of a notebook do.
        linecache.cache[self.page] = (len(code), None, code.splitlines(keepends=True), self.page)
        body = ast.parse(code).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), self.page, "exec"), self.names)
        if last is None:
            return None
        return eval(compile(ast.Expression(last.value), self.page, "eval"), self.names)

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[io.StringIO]:
        said = io.StringIO()
        with (
            contextlib.chdir(Path(self._folder.name)),
            patch.dict(os.environ, COLUMNS=str(COLUMNS)),
            using_language(self.language),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            warnings.simplefilter("error")
            yield said
