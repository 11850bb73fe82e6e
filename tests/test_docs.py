"""The documents say what is so: error messages, floors, dependencies, links.

Run as a program, this file writes anew what documents quote: the messages in docs/errors.md, and
the table of floors in the record of the house.
"""

import contextlib
import io
import os
import re
import shlex
import tempfile
import tomllib
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

import konv
from konv.cli.common import Common
from konv.cli.failures import fail
from konv.cli.main import main
from konv.codes import CODES

ROOT = Path(__file__).parents[1]
ERRORS = ROOT / "docs" / "errors.md"
DECISIONS = ROOT / "docs" / "decisions"
HOUSE = DECISIONS / "0002-the-house-and-its-floors.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

SECTION = re.compile(r"^### (K\d{3}): ([^\n]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
# An example and what it says: a block of Python with a block of text, or commands with the output
# of the last one below them.
PYTHON = re.compile(r"```python\n(?P<code>.*?)```\n\n```text\n(?P<said>.*?)\n```", re.DOTALL)
CONSOLE = re.compile(r"```console\n(?P<code>(?:\$ [^\n]*\n)+)(?P<said>.*?)\n```", re.DOTALL)
FLOORS = re.compile(r"^FLOORS = \(\n.*?^\)\n", re.MULTILINE | re.DOTALL)


@contextlib.contextmanager
def english_in_an_empty_folder():
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        patch.dict(os.environ, LC_ALL="C", XDG_CACHE_HOME=str(Path(folder, "cache"))),
    ):
        yield


def said_by_python(code):
    """What the command line would print for the error that ``code`` raises."""
    with english_in_an_empty_folder(), contextlib.redirect_stderr(io.StringIO()) as said:
        exit_code = fail(raised_by(code), Common())
    assert exit_code == 2, said.getvalue()
    return said.getvalue().rstrip()


def raised_by(code):
    try:
        exec(code, {"konv": konv, "np": np, "Path": Path})
    except Exception as error:
        return error
    raise ValueError(f"no error comes from\n{code}")


def said_by_commands(lines):
    """What the last of some commands prints when it fails; those before it succeed."""
    *before, last = [shlex.split(line.removeprefix("$ konv")) for line in lines.splitlines()]
    with english_in_an_empty_folder(), contextlib.redirect_stdout(io.StringIO()):
        with contextlib.redirect_stderr(io.StringIO()):
            assert [main(arguments) for arguments in before] == [0] * len(before)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            assert main(last) == 2
    return said.getvalue().rstrip()


def with_messages(page):
    """The page with what its examples say today."""
    page = PYTHON.sub(
        lambda found: (
            f"```python\n{found['code']}```\n\n```text\n{said_by_python(found['code'])}\n```"
        ),
        page,
    )
    return CONSOLE.sub(
        lambda found: f"```console\n{found['code']}{said_by_commands(found['code'])}\n```", page
    )


def with_floors(page):
    """The page with the table of floors that is enforced today."""
    source = (ROOT / "tests" / "test_import_directions.py").read_text("utf-8")
    return FLOORS.sub(lambda _found: FLOORS.search(source)[0], page)


SECTIONS = {code: (title, body) for code, title, body in SECTION.findall(ERRORS.read_text("utf-8"))}


def test_every_code_has_a_section_with_its_title_and_nothing_else_has_one():
    assert list(SECTIONS) == list(CODES)
    assert {code: title for code, (title, _body) in SECTIONS.items()} == dict(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_section_explains_shows_an_error_with_its_code_and_says_the_fix(code):
    _title, body = SECTIONS[code]
    shown = [*PYTHON.finditer(body), *CONSOLE.finditer(body)]
    assert len(shown) == 1, "one example, with what it says below it"
    assert re.match(rf"\w+Error {code}\b", shown[0]["said"])
    explanation, fix = body[: shown[0].start()], body[shown[0].end() :]
    assert len(explanation.split()) > 5
    assert fix.strip().startswith("**Fix.** ")


@pytest.mark.parametrize("code", CODES)
def test_an_example_says_what_the_page_shows(code):
    _title, body = SECTIONS[code]
    assert with_messages(body) == body, "run python tests/test_docs.py if the message is right"


def test_decisions_are_numbered_without_gaps_and_have_all_parts():
    records = sorted(DECISIONS.glob("*.md"))
    for number, record in enumerate(records, start=1):
        text = record.read_text("utf-8")
        assert record.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        ends = ("**What would change it.**", "**What would replace it.**")
        assert any(end in text for end in ends), record.name


def test_every_dependency_has_a_decision_record():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    needed = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        needed += extra
    records = "\n".join(record.read_text("utf-8").lower() for record in DECISIONS.glob("*.md"))
    for requirement in needed:
        name = re.match(r"[\w-]+", requirement)[0].lower()
        spoken = {"torch": "pytorch"}.get(name, name)
        title = re.search(rf"^# \d+\. {spoken}\b", records, re.MULTILINE)
        assert title or f"**{spoken}**" in records, f"{name} has no record in docs/decisions"


def test_the_record_of_the_house_shows_the_table_that_is_enforced():
    page = HOUSE.read_text("utf-8")
    assert FLOORS.search(page)
    assert with_floors(page) == page, "run python tests/test_docs.py"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_that_exist(document):
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert (document.parent / target).exists(), target


if __name__ == "__main__":
    for document, anew in ((ERRORS, with_messages), (HOUSE, with_floors)):
        document.write_text(anew(document.read_text("utf-8")), "utf-8")
