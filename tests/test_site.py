"""The tutorial: its two languages say the same, its code runs, its numbers are those of the code.

`make docs` builds the site and fails on every warning; this needs no Sphinx.
"""

import re

import pytest
from konv_site.languages import language_of
from konv_site.session import Session

import konv
from documents import ROOT

DOCS = ROOT / "docs"
ENGLISH, KOREAN = DOCS / "tutorial" / "en", DOCS / "tutorial" / "ko"
PAGES = sorted(path.name for path in ENGLISH.glob("*.md"))
CHAPTERS = [name for name in PAGES if name != "index.md"]
each_page = pytest.mark.parametrize("name", PAGES)
each_chapter = pytest.mark.parametrize("name", CHAPTERS)

BLOCK = re.compile(
    r"^```(?P<head>[^\n`]+)\n(?P<options>(?::[^\n]*\n)*)(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COMPUTED = re.compile(r"\{computed\}`(?P<expression>[^`]+)`")
PART = re.compile(f"{BLOCK.pattern}|{COMPUTED.pattern}", re.MULTILINE | re.DOTALL)


def texts(name):
    return [(folder / name).read_text("utf-8") for folder in (ENGLISH, KOREAN)]


def blocks(page):
    """Head, options and body of every block; the text of a figure is of its language."""
    return [
        (found["head"], re.sub(r":alt: .+", ":alt:", found["options"]), found["body"])
        for found in BLOCK.finditer(page)
    ]


def outline(page):
    """The levels of the headings, and how many rows each run of table rows has."""
    prose = BLOCK.sub("", page)
    headings = re.findall(r"^(#+) ", prose, re.MULTILINE)
    tables = [len(run.splitlines()) for run in re.findall(r"(?:^\|.*\n?)+", prose, re.MULTILINE)]
    return headings, tables


def run(page, language):
    """Everything on a page that computes, from its top to its bottom, as the site does it."""
    session = Session(language, "page")
    try:
        for part in PART.finditer(page):
            if part["expression"]:
                assert session.value(part["expression"])
            elif part["head"] == "{python-run}":
                options = dict(re.findall(r":([\w-]+):(?: (.*))?\n", part["options"]))
                if "raises" in options:
                    session.error_of(part["body"], options["raises"])
                else:
                    session.run(part["body"], alt=options.get("alt", ""))
            elif part["head"].startswith("{konv} "):
                fails = ":fails:" in part["options"]
                line = part["head"].removeprefix("{konv} ")
                session.command(line, exit_code=2 if fails else 0)
    finally:
        session.close()
    return session


def test_every_page_is_there_in_both_languages():
    assert len(CHAPTERS) >= 12
    assert sorted(path.name for path in KOREAN.glob("*.md")) == PAGES


@each_page
def test_both_languages_have_the_same_code(name):
    english, korean = map(blocks, texts(name))
    assert english == korean


@each_page
def test_both_languages_have_the_same_outline_and_compute_the_same_numbers(name):
    english, korean = texts(name)
    assert outline(english) == outline(korean)
    assert sorted(COMPUTED.findall(english)) == sorted(COMPUTED.findall(korean))


@each_page
def test_a_page_leads_to_the_other_language_in_its_third_line(name):
    english, korean = texts(name)
    assert english.splitlines()[2] == f"*[한국어](../ko/{name})*"
    assert korean.splitlines()[2] == f"*[English](../en/{name})*"


@each_page
def test_the_pages_lead_to_the_same_pages(name):
    english, korean = (set(re.findall(r"\]\(([\w.#/-]+)\)", page)) for page in texts(name))
    assert {target.replace("../ko/", "../en/") for target in english} == {
        target.replace(".ko.md", ".md") for target in korean
    }


@each_page
def test_emphasis_before_a_korean_particle_is_closed(name):
    """Markdown does not close it between punctuation and a letter: *(so)*를 stays as it is."""
    assert re.findall(r".*[)”.\]]\*{1,2}[가-힣].*", BLOCK.sub("", texts(name)[1])) == []


@each_chapter
def test_a_chapter_runs_and_its_assertions_hold(name):
    run((ENGLISH / name).read_text("utf-8"), "en")


def test_the_index_lists_the_chapters_in_their_order():
    for page in texts("index.md"):
        numbered = re.findall(r"^\d+\. .*\]\(([\w-]+\.md)\)", page, re.MULTILINE)
        assert numbered == CHAPTERS[:10]
        assert {"11-corrections.md", "12-glossary.md"} <= set(re.findall(r"\]\(([\w.-]+)\)", page))


def test_the_how_to_pages_are_listed_one_by_one():
    page = (DOCS / "how-to" / "index.md").read_text("utf-8")
    listed = re.findall(r"^([a-z][\w.-]*)$", page, re.MULTILINE)
    there = {path.stem for path in (DOCS / "how-to").glob("*.md")} - {"index"}
    assert sorted(listed) == sorted(there)


def test_the_glossaries_have_the_same_pairs_of_words():
    row = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \| [^|]+ \|$", re.MULTILINE)
    english, korean = (dict(row.findall(page)) for page in texts("12-glossary.md"))
    assert len(english) > 40
    assert {there: here for here, there in english.items()} == korean


def test_every_room_of_public_names_has_a_page_in_the_reference():
    pages = "".join(path.read_text("utf-8") for path in (DOCS / "reference").glob("*.md"))
    rooms = re.findall(r"^<!-- the public names of konv\.([\w.]+) -->$", pages, re.MULTILINE)
    assert sorted(rooms) == sorted(konv._ROOMS)


def test_the_folder_or_the_name_of_a_page_says_its_language():
    assert language_of("tutorial/ko/02-convolution") == "ko"
    assert language_of("reference/commands.ko") == "ko"
    assert language_of("tutorial/en/02-convolution") == "en"
    assert language_of("errors") == "en"


@pytest.fixture
def session():
    made = Session("ko")
    yield made
    made.close()


def test_blocks_of_a_page_share_their_names_and_their_folder(session, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session.run("from pathlib import Path\nx = 3\nPath('x.txt').write_text('seen')")
    assert session.run("x + 4").text == "7"
    assert session.run("print(Path('x.txt').read_text())").text == "seen"
    assert list(tmp_path.iterdir()) == []


def test_a_number_in_a_sentence_is_typeset(session):
    assert session.value("1056850") == "1,056,850"
    assert session.value("-7") == "−7"
    assert session.value("f'{2:.1f}'") == "2.0"


def test_a_page_speaks_its_language_and_the_next_its_own(session):
    assert "28 → 24\n  크기 " in session.command("size 28 --kernel 5").text
    assert (
        "(층 1 conv2d_1)"
        in session.error_of("konv.Conv2D(1, 5)(konv.Input((3, 3, 1)))", "K104").text
    )
    other = Session("en")
    assert "28 → 24\n  size " in other.command("size 28 --kernel 5").text
    other.close()


def test_a_drawing_stands_in_the_page_and_a_figure_needs_a_text(session):
    drawn = session.run("konv.draw(konv.named_network('simple').network)")
    assert drawn.html.startswith('<div class="konv-drawing"><svg')
    assert drawn.text == ""
    code = "from pathlib import Path\npath = Path('a.png')\npath.write_bytes(b'PNG')\npath"
    with pytest.raises(ValueError, match=":alt:"):
        session.run(code)
    assert 'alt="1 &lt; 2"' in session.run(code, alt="1 < 2").html


@pytest.mark.parametrize(
    ("what", "call"),
    [
        ("an assertion", lambda s: s.run("assert 1 == 2")),
        ("a warning", lambda s: s.run("import warnings\nwarnings.warn('old')")),
        ("a command that fails", lambda s: s.command("size 28 --kernel 99")),
        ("a command that should fail", lambda s: s.command("size 28 --kernel 5", exit_code=2)),
        ("no error where one is expected", lambda s: s.error_of("x = 1", "K104")),
        ("another error", lambda s: s.error_of("konv.Conv2D(0, 1)", "K104")),
        ("an unknown name", lambda s: s.value("no_such_name")),
    ],
)
def test_what_does_not_hold_fails_the_page(session, what, call):
    with pytest.raises((AssertionError, UserWarning, NameError)):
        call(session)
