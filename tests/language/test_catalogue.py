"""The Korean catalogue: whole, faithful to the source, and compiled as it is written.

After texts have changed, ``make translations`` lists what is to be translated.
"""

import ast
import gettext
import importlib.util
import re
import string
from pathlib import Path

import pytest

pytest.importorskip("babel")

TOOL = Path(__file__).parents[2] / "tools" / "translations.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("translations", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def source(tool):
    return {message.id for message in tool.gathered() if message.id}


@pytest.fixture(scope="module")
def korean(tool):
    return {message.id: message for message in tool.korean_catalogue() if message.id}


def test_every_text_is_in_the_catalogue_and_nothing_else(source, korean):
    assert set(korean) == source


def test_every_text_has_its_korean(tool, korean):
    assert tool.untranslated(tool.korean_catalogue()) == []
    assert [text for text, message in korean.items() if message.fuzzy] == []


def fields(text):
    """The {fields} that values are filled into, with their formats."""
    return sorted(
        (name, form, conversion)
        for _literal, name, form, conversion in string.Formatter().parse(text)
        if name is not None
    )


def test_values_are_filled_into_the_korean_as_into_the_english(korean):
    different = [text for text, message in korean.items() if fields(text) != fields(message.string)]
    assert different == []


# A particle has one form behind a vowel and another behind a consonant: 을/를, 은/는, 이/가, …
SINGLE_PARTICLE = re.compile(r"\{(?!\w+:\.\d%)[^}]+\}(?:[을를은는이가과와]|으?로)(?![가-힣(])")


def test_a_particle_behind_a_value_is_right_for_every_value(korean):
    """``{name}을(를)``: a name may end in a vowel or in a consonant. A share ends in 퍼센트."""
    texts = [message.string for message in korean.values()]
    assert [text for text in texts if SINGLE_PARTICLE.search(text)] == []


def test_what_konv_reads_is_what_the_catalogue_says(tool, korean):
    with open(tool.KOREAN.with_suffix(".mo"), "rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {text: compiled.gettext(text) for text in korean} == {
        text: message.string for text, message in korean.items()
    }


def test_the_template_is_up_to_date(tool, source):
    with open(tool.TEMPLATE, "rb") as file:
        template = tool.read_po(file)
    assert {message.id for message in template if message.id} == source


def test_a_new_text_is_to_be_translated_and_the_old_ones_keep_their_korean(tool, korean):
    template = tool.gathered()
    template.add("a text that nobody has translated")
    found = {message.id: message.string for message in tool.updated(template) if message.id}
    assert found.pop("a text that nobody has translated") == ""
    assert found == {text: message.string for text, message in korean.items()}


def calls(path):
    """What is given to ``_`` and its kin in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(getattr(node, "func", None), "id", "")
        if isinstance(node, ast.Call) and name in ("_", "translate", "marked"):
            yield node.args[0]


def test_no_text_is_put_together_before_it_is_translated(tool):
    """An f-string or a sum of texts would never be found in the catalogue."""
    found = [
        f"{path}:{text.lineno}"
        for path in sorted(tool.SOURCE.rglob("*.py"))
        for text in calls(path)
        if isinstance(text, ast.JoinedStr | ast.BinOp | ast.BoolOp)
    ]
    assert found == []
