"""konv explain-code: the page of a code as a terminal shows it."""

import json
import re

import pytest

from konv.language import using_language
from konv.language.pages import sections

each_language = pytest.mark.parametrize("language", ["en", "ko"])


@each_language
def test_every_paragraph_is_shown_whole_and_without_its_links(konv, language):
    with using_language(language):
        known = sections()
    for code, section in known.items():
        shown = konv("explain-code", code, "--lang", language)
        assert shown.code == 0
        assert re.search(r"\]\(\S+\.md", shown.out) is None, code
        prose = re.sub(r"```.*?```", "", section.body, flags=re.DOTALL)
        assert shown.out.count("`") == prose.count("`"), code


@pytest.mark.parametrize(
    ("code", "language", "words"),
    [
        ("K312", "ko", "`konv design`과 `konv.propose`가"),
        ("K106", "en", "`Add` needs equal shapes"),
        ("T104", "en", "training ends in K802, which"),
    ],
)
def test_what_stands_on_the_page_stands_on_the_screen(konv, code, language, words):
    said = konv("explain-code", code, "--lang", language).out
    assert words in " ".join(said.split())


def test_json_holds_the_page_as_it_is(konv):
    body = json.loads(konv("explain-code", "T104", "--json").out)["body"]
    assert "[K802](errors.md)" in body
