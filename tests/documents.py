"""Examples in documents: the code in their blocks is run, and what it says is compared."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import konv
import konv.data
from konv.cli.common import Common
from konv.cli.failures import fail
from konv.cli.main import main
from konv.language import using_language

ROOT = Path(__file__).parents[1]

BLOCK = re.compile(r"```(?P<language>\w+)\n(?P<code>.*?)```", re.DOTALL)
# An error and how it comes about: a block of Python with the message in a block below it, or
# commands with what the last one says below them.
PYTHON = re.compile(r"```python\n(?P<code>[^`]*)```\n\n```text\n(?P<said>.*?)\n```", re.DOTALL)
CONSOLE = re.compile(r"```console\n(?P<code>(?:\$ [^\n]*\n)+)(?P<said>.*?)\n```", re.DOTALL)

# A rule, and a network or a training that breaks it with what is found in it.
RULE = re.compile(
    r"(?P<head>^### (?P<rule>[DT]\d{3}): [^`]*(?:`(?!``)[^`]*)*?"
    r"```python\n(?P<code>[^`]*)```\n\n```text\n)"
    r"(?P<said>.*?)\n```",
    re.DOTALL | re.MULTILINE,
)


def language_of(document: Path) -> str:
    """What a document is written in: its name says it."""
    return "ko" if document.name.endswith(".ko.md") else "en"


def blocks(page: str, language: str) -> list[str]:
    """What stands in the blocks of this language."""
    return [found["code"] for found in BLOCK.finditer(page) if found["language"] == language]


def commands(page: str) -> list[list[str]]:
    """Every command line of konv in the blocks for a shell, as the words behind ``konv``."""
    lines = "\n".join(blocks(page, "sh")).splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("konv ")]


def printed_by(code: str, names: dict[str, Any] | None = None) -> str:
    """What Python prints; ``names``: those that it may use, and gets those that it makes."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {} if names is None else names)
    return printed.getvalue()


def output_of(*arguments: str) -> str:
    """What a command prints in English when it succeeds."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main([*arguments, "--lang", "en"]) == 0, arguments
    return said.getvalue()


def unknown_options(command: str, lines: list[list[str]]) -> list[str]:
    """Options in lines of this command that its help does not tell."""
    usage = output_of(command, "--help")
    words = [word for line in lines if line[0] == command for word in line]
    return [word for word in words if word.startswith("--") and word not in usage]


@contextlib.contextmanager
def in_an_empty_folder() -> Iterator[None]:
    """A place where code and commands leave nothing behind; the system speaks English."""
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        patch.dict(os.environ, LC_ALL="C.UTF-8", XDG_CACHE_HOME=str(Path(folder, "cache"))),
    ):
        yield


def said_by_python(code: str, language: str = "en") -> str:
    """What the command line would print for the error that ``code`` raises."""
    with (
        in_an_empty_folder(),
        using_language(language),
        contextlib.redirect_stderr(io.StringIO()) as said,
    ):
        exit_code = fail(_raised_by(code), Common(language=language))
    assert exit_code == 2, said.getvalue()
    return said.getvalue().rstrip()


def _raised_by(code: str) -> Exception:
    try:
        exec(code, {"konv": konv, "np": np, "Path": Path})
    except Exception as error:
        return error
    raise ValueError(f"no error comes from\n{code}")


def said_by_rule(code: str, rule: str, language: str = "en") -> str:
    """What is found by one rule; ``code`` ends in the expression that finds, such as a check."""
    *before, last = ast.parse(code).body
    assert isinstance(last, ast.Expr), code
    names: dict[str, object] = {"konv": konv, "np": np}
    with in_an_empty_folder(), using_language(language):
        exec(compile(ast.Module(before, []), rule, "exec"), names)
        found = eval(compile(ast.Expression(last.value), rule, "eval"), names)
        return "\n\n".join(finding.text() for finding in found if finding.code == rule)


def said_by_commands(lines: str, language: str = "en") -> str:
    """What the last of some commands prints when it fails; those before it succeed."""
    chosen = [] if language == "en" else ["--lang", language]
    *before, last = [
        [*shlex.split(line.removeprefix("$ konv")), *chosen] for line in lines.splitlines()
    ]
    with in_an_empty_folder(), contextlib.redirect_stdout(io.StringIO()):
        with contextlib.redirect_stderr(io.StringIO()):
            assert [main(arguments) for arguments in before] == [0] * len(before)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            assert main(last) == 2
    return said.getvalue().rstrip()


def with_messages(page: str, language: str = "en") -> str:
    """The page with what its errors say today."""
    page = PYTHON.sub(
        lambda f: (
            f"```python\n{f['code']}```\n\n```text\n{said_by_python(f['code'], language)}\n```"
        ),
        page,
    )
    return CONSOLE.sub(
        lambda f: f"```console\n{f['code']}{said_by_commands(f['code'], language)}\n```", page
    )


def with_findings(page: str, language: str = "en") -> str:
    """The page with what its rules say today."""
    return RULE.sub(
        lambda f: f"{f['head']}{said_by_rule(f['code'], f['rule'], language)}\n```", page
    )
