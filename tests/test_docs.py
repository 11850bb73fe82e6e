"""The documents say what is so: error messages, floors, dependencies, links.

Run as a program, this file writes anew what documents quote: the messages in docs/errors.md
and in the READMEs, and the table of floors in the record of the house.
"""

import contextlib
import io
import re
import tomllib

import pytest

from documents import (
    CONSOLE,
    PYTHON,
    ROOT,
    RULE,
    blocks,
    language_of,
    printed_by,
    said_by_rule,
    with_findings,
    with_messages,
)
from konv.codes import CODES
from konv.design import rules
from konv.language import translate, using_language
from konv.training.health import rules as symptoms

ERRORS, RULES = ROOT / "docs" / "errors.md", ROOT / "docs" / "rules.md"
SYMPTOMS = ROOT / "docs" / "symptoms.md"
# Where konv explain-code finds the pages: the English ones are copies of what stands in docs.
PAGES = ROOT / "src" / "konv" / "language" / "pages"
IN_PACKAGE = {
    ERRORS: PAGES / "errors.en.md",
    RULES: PAGES / "rules.en.md",
    SYMPTOMS: PAGES / "symptoms.en.md",
}
DECISIONS = ROOT / "docs" / "decisions"
HOUSE = DECISIONS / "0002-the-house-and-its-floors.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

SECTION = re.compile(r"^### (K\d{3}): ([^\n]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
FLOORS = re.compile(r"^FLOORS = \(\n.*?^\)\n", re.MULTILINE | re.DOTALL)


def with_floors(page):
    """The page with the table of floors that is enforced today."""
    source = (ROOT / "tests" / "test_import_directions.py").read_text("utf-8")
    return FLOORS.sub(lambda _found: FLOORS.search(source)[0], page)


SECTIONS = {code: (title, body) for code, title, body in SECTION.findall(ERRORS.read_text("utf-8"))}
SOURCES = "".join(
    path.read_text("utf-8") for path in ROOT.glob("src/konv/**/*.py") if path.name != "codes.py"
)
UNUSED = {code for code in CODES if f'"{code}"' not in SOURCES}


def test_every_code_has_a_section_with_its_title_and_nothing_else_has_one():
    assert list(SECTIONS) == list(CODES)
    assert {code: title for code, (title, _body) in SECTIONS.items()} == dict(CODES)


@pytest.mark.parametrize("code", sorted(CODES.keys() - UNUSED))
def test_a_section_explains_shows_an_error_with_its_code_and_says_the_fix(code):
    _title, body = SECTIONS[code]
    shown = [*PYTHON.finditer(body), *CONSOLE.finditer(body)]
    assert len(shown) == 1, "one example, with what it says below it"
    assert re.match(rf"\w+Error {code}\b", shown[0]["said"])
    explanation, fix = body[: shown[0].start()], body[shown[0].end() :]
    assert len(explanation.split()) > 5
    assert fix.strip().startswith("**Fix.** ")


def test_a_code_that_nothing_raises_is_said_to_be_out_of_use():
    said = {code for code, (_title, body) in SECTIONS.items() if "Not in use: " in body}
    assert said == UNUSED


@pytest.mark.parametrize("code", CODES)
def test_an_example_says_what_the_page_shows(code):
    _title, body = SECTIONS[code]
    assert with_messages(body) == body, "run python tests/test_docs.py if the message is right"


# The rules of networks and of trainings, by the letters of their codes, in the order of these.
TITLES = {
    letter: {rule.code: rule.title for rule in sorted(room.RULES, key=lambda rule: rule.code)}
    for letter, room in {"D": rules, "T": symptoms}.items()
}
# The same pages in both languages: where, in what it is written.
RULE_PAGES = {
    ("D", "en"): RULES,
    ("D", "ko"): PAGES / "rules.ko.md",
    ("T", "en"): SYMPTOMS,
    ("T", "ko"): PAGES / "symptoms.ko.md",
}


@pytest.mark.parametrize(("letter", "language"), RULE_PAGES)
def test_every_rule_has_a_section_with_its_title_and_nothing_else_has_one(letter, language):
    page = RULE_PAGES[letter, language].read_text("utf-8")
    titles = re.findall(r"^### ([A-Z]\d{3}): ([^\n]+)$", page, re.M)
    with using_language(language):
        assert titles == [(code, translate(title)) for code, title in TITLES[letter].items()]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("code", [*TITLES["D"], *TITLES["T"]])
def test_the_example_of_a_rule_breaks_it_and_says_what_the_page_shows(code, language):
    page = RULE_PAGES[code[0], language].read_text("utf-8")
    found = {f["rule"]: f for f in RULE.finditer(page)}[code]
    assert code in found["said"]
    assert said_by_rule(found["code"], code, language) == found["said"], "run tests/test_docs.py"


def test_the_page_on_checking_runs_and_quotes_what_is_said():
    page = (ROOT / "docs" / "checking.md").read_text("utf-8")
    [code] = blocks(page, "python")
    names = {}
    quoted = re.search(r"```text\n(warning D101.*?)\n```", page, re.S)[1]
    assert quoted in printed_by(code, names)
    assert names["better"].node("max_pooling2d_3").output_shape == (12, 5, 20)


def test_the_page_on_the_doctor_runs_and_quotes_what_is_said():
    page = (ROOT / "docs" / "how-to" / "doctor.md").read_text("utf-8")
    [code] = blocks(page, "python")
    with contextlib.redirect_stderr(io.StringIO()) as said:
        printed_by(code)
    assert re.search(r"```text\n(warning T103.*?)\n```", page, re.S)[1] in said.getvalue()
    titles = dict(re.findall(r"^\| (T\d{3}) \| (.+) \|$", page, re.M))
    assert [*titles] == [*TITLES["T"]]
    assert all(titles[code].startswith(title) for code, title in TITLES["T"].items())


def test_pages_in_the_package_are_those_in_docs():
    for document, page in IN_PACKAGE.items():
        assert page.read_bytes() == document.read_bytes(), "run python tests/test_docs.py"


@pytest.mark.parametrize("name", ["errors", "rules", "symptoms"])
def test_the_korean_pages_have_the_sections_and_the_examples_of_the_english_ones(name):
    english, korean = ((PAGES / f"{name}.{word}.md").read_text("utf-8") for word in ("en", "ko"))
    for pattern in (r"^### ([A-Z]\d{3})", r"^```(?:python|console)\n(.*?)^[`A-Z]"):
        first, second = (re.findall(pattern, page, re.M | re.S) for page in (english, korean))
        assert first == second
    assert len(re.findall(r"\*\*해결\.\*\* ", korean)) == len(re.findall(r"^### ", korean, re.M))


@pytest.mark.parametrize("code", CODES)
def test_an_example_says_in_korean_what_the_korean_page_shows(code):
    page = (PAGES / "errors.ko.md").read_text("utf-8")
    [body] = [text for found, _title, text in SECTION.findall(page) if found == code]
    assert with_messages(body, "ko") == body, "run python tests/test_docs.py"


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
    for document in (
        ERRORS,
        RULES,
        SYMPTOMS,
        HOUSE,
        *ROOT.glob("README*.md"),
        *PAGES.glob("*.ko.md"),
    ):
        page = document.read_text("utf-8")
        quoting = (
            with_findings if document.name.startswith(("rules", "symptoms")) else with_messages
        )
        document.write_text(with_floors(quoting(page, language_of(document))), "utf-8")
    for document, page in IN_PACKAGE.items():
        page.write_bytes(document.read_bytes())
