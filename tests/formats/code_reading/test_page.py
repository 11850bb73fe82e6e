"""The pages on old Keras code: what they show is what comes out, in both languages.

``PYTHONPATH=tests python -m formats.code_reading.test_page`` writes what comes out into them.
"""

import re

import pytest

from documents import PYTHON, ROOT, printed_by
from konv.errors import KonvError
from konv.language import using_language

PAGES = {
    language: ROOT / "docs" / "how-to" / f"keras-code{ending}.md"
    for language, ending in (("en", ""), ("ko", ".ko"))
}
each_language = pytest.mark.parametrize("language", PAGES)


def said_by(code, names):
    try:
        return printed_by(code, names).rstrip()
    except KonvError as error:
        return f"{type(error).__name__} {error}"


def written_anew(page, language):
    """The page with what its examples say today."""
    names = {}

    def example(found):
        said = said_by(found["code"], names)
        return f"```python\n{found['code']}```\n\n```text\n{said}\n```"

    with using_language(language):
        return PYTHON.sub(example, page)


@each_language
def test_the_page_shows_what_comes_out(language):
    page = PAGES[language].read_text("utf-8")
    assert written_anew(page, language) == page


@each_language
def test_the_page_shows_a_network_and_a_refusal(language):
    said = [found["said"] for found in PYTHON.finditer(PAGES[language].read_text("utf-8"))]
    # 28×28, halved twice; 3·3·1·16 + 16, 3·3·16·32 + 32, 7·7·32·10 + 10
    names = {}
    printed_by(PYTHON.search(PAGES[language].read_text("utf-8"))["code"], names)
    assert names["found"].network.parameters == 160 + 4_640 + 15_690
    assert "- Conv2D: {filters: 16, kernel_size: 3, activation: relu, padding: same}" in said[0]
    assert "konv.Conv2D(16, 3" in said[1]
    assert "K410" in said[2]


def test_both_pages_have_the_same_code_and_the_same_tables():
    english, korean = (path.read_text("utf-8") for path in PAGES.values())
    assert [f["code"] for f in PYTHON.finditer(english)] == [
        f["code"] for f in PYTHON.finditer(korean)
    ]
    for pattern in (r"^\|", r"^#"):
        counts = [len(re.findall(pattern, page, re.M)) for page in (english, korean)]
        assert counts[0] == counts[1]
    first, second = (re.findall(r"^\| ([^|]*`[^|]*) \|", page, re.M) for page in (english, korean))
    assert len(first) == len(second) > 25


if __name__ == "__main__":
    for language, path in PAGES.items():
        path.write_text(written_anew(path.read_text("utf-8"), language), "utf-8")
