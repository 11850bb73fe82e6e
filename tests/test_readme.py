"""The READMEs: their Python runs, their commands exist, their figures are those of the code."""

import contextlib
import io
import re

import pytest

import konv
from documents import (
    PYTHON,
    ROOT,
    blocks,
    commands,
    in_an_empty_folder,
    language_of,
    output_of,
    with_messages,
)

READMES = {path.name: path.read_text("utf-8") for path in sorted(ROOT.glob("README*.md"))}
each_readme = pytest.mark.parametrize("page", READMES.values(), ids=READMES)

# An expression with what it gives behind it.
RESULT = re.compile(r"^(konv\.\w+\(.*\))\s+# ([^:\n]+?)(?:: .*)?$", re.MULTILINE)


def without_comments(code):
    return re.sub(r"\s*#.*", "", code)


def test_there_is_one_in_each_language_and_they_show_the_same_code():
    assert set(READMES) == {"README.md", "README.ko.md"}
    english, korean = (READMES[name] for name in ("README.md", "README.ko.md"))
    for language in ("sh", "python"):
        first, second = (
            list(map(without_comments, blocks(p, language))) for p in (english, korean)
        )
        assert first == second
    assert re.findall(r"^## ", english, re.MULTILINE) == re.findall(r"^## ", korean, re.MULTILINE)


@each_readme
def test_it_begins_with_two_commands_that_make_knows(page):
    words = [line.split("#")[0].split() for line in blocks(page, "sh")[0].splitlines()]
    assert words == [["make", "demo"], ["make", "test"]]
    assert page.index("```sh") < 200
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for _make, target in words:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@each_readme
def test_its_python_runs_from_top_to_bottom(page):
    namespace = {}
    unseen = io.StringIO()
    with (
        in_an_empty_folder(),
        contextlib.redirect_stdout(unseen),
        contextlib.redirect_stderr(unseen),
    ):
        for code in blocks(PYTHON.sub("", page), "python"):
            exec(code, namespace)
    assert namespace["history"]["accuracy"][-1] > 0.5
    assert namespace["again"].parameters == namespace["residual"].network.parameters


@each_readme
def test_its_expressions_give_what_stands_behind_them(page):
    results = [found for code in blocks(page, "python") for found in RESULT.findall(code)]
    assert len(results) >= 3
    for expression, expected in results:
        if expected[0] in "0123456789(":
            assert str(eval(expression, {"konv": konv})) == expected


@pytest.mark.parametrize("name", READMES)
def test_its_error_is_what_konv_says_today_in_its_language(name):
    page = READMES[name]
    assert PYTHON.search(page)
    anew = with_messages(page, language_of(ROOT / name))
    assert anew == page, "run python tests/test_docs.py if the message is right"


@each_readme
def test_its_commands_and_their_options_exist(page):
    known = commands(page)
    assert {words[0] for words in known} == {
        *("check", "convert", "convolve", "data", "design", "evaluate"),
        *("explain", "explain-code", "maps", "predict", "train"),
    }
    for words in known:
        place = words[:2] if words[0] == "data" else words[:1]
        usage = output_of(*place, "--help")
        for option in (word for word in words if word.startswith("--")):
            assert option in usage, words


@each_readme
def test_its_table_of_networks_is_that_of_the_code(page):
    rows = re.findall(r"^\| `([\w-]+)` \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|", page, re.MULTILINE)
    assert rows == [
        (
            named.name,
            "×".join(map(str, named.network.input_shape)),
            str(named.network.output_shape[0]),
            f"{named.network.parameters:,}",
            f"{named.network.macs:,}",
        )
        for named in konv.named_networks()
    ]


def test_every_command_is_in_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    listed = re.findall(r"^  (\w+)  ", output_of("--help").split("Options")[0], re.MULTILINE)
    assert len(listed) >= 8
    for name in listed:
        assert re.search(rf"`{name}\b", changelog), name


def test_every_public_name_of_a_layer_is_in_the_changelog():
    from konv.layers import LAYERS

    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert [name for name in LAYERS if f"`{name}`" not in changelog] == []
