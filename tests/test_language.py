"""Two languages: translation, values filled in afterwards, one language per context."""

import contextvars
import gettext
import threading

import pytest

from konv import language as konv_language
from konv.errors import KonvError
from konv.language import (
    LANGUAGES,
    current_language,
    marked,
    set_language,
    translate,
    using_language,
)


class _Mirrored(gettext.NullTranslations):
    """A catalogue of two sentences."""

    def gettext(self, message):
        return {
            "a {kernel} kernel on a {input} input": "{input} 입력에 {kernel} 커널",
            "fix": "해결",
        }.get(message, message)


@pytest.fixture
def korean(monkeypatch):
    monkeypatch.setattr(konv_language, "_catalogue", lambda _language: _Mirrored())
    with using_language("ko"):
        yield


@pytest.fixture(autouse=True)
def _english_again():
    with using_language("en"):
        yield


def test_english_is_what_is_written():
    assert current_language() == "en"
    assert translate("no values") == "no values"
    assert translate("{a} of {b}", a=1, b="two") == "1 of two"


@pytest.mark.parametrize("text", ["", "{", "}", "{no_value}", "{0} {}", "100 %"])
def test_a_text_without_values_is_left_as_it_is(text):
    assert translate(text) == text
    with using_language("ko"):
        assert translate(text) == text


def test_a_marked_text_is_left_as_it_is():
    assert marked("a {kernel} kernel") == "a {kernel} kernel"


@pytest.mark.parametrize("name", ["text", "language", "self", "values", "message"])
def test_a_value_may_have_any_name(name):
    assert translate("{" + name + "}", **{name: 5}) == "5"


@pytest.mark.parametrize("value", ["{kernel}", "{", "{0}", "%s"])
def test_a_value_is_never_read_as_a_pattern(value):
    assert translate("it is {value}", value=value) == f"it is {value}"


@pytest.mark.usefixtures("korean")
def test_values_are_filled_in_after_translation_in_any_order():
    text = translate("a {kernel} kernel on a {input} input", kernel="5×5", input="4×3")
    assert text == "4×3 입력에 5×5 커널"
    assert translate("not in the catalogue {value}", value=3) == "not in the catalogue 3"


@pytest.mark.usefixtures("korean")
def test_the_labels_of_an_error_are_translated_when_it_is_shown():
    error = KonvError("what", code="K201", fix="do that")
    assert str(error) == "K201: what\n  해결  do that"
    with using_language("en"):
        assert str(error) == "K201: what\n  fix  do that"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_chosen_for_a_context(language):
    with using_language("en"):
        set_language(language)
        assert current_language() == language
    assert current_language() == "en"


def test_a_language_ends_with_its_block_even_after_an_error():
    with using_language("ko"):
        assert current_language() == "ko"
        with pytest.raises(ZeroDivisionError), using_language("en"):
            _ = 1 / 0
        assert current_language() == "ko"
    assert current_language() == "en"


@pytest.mark.parametrize("language", ["fr", "", "KO", "en_US", None, 3])
def test_any_other_language_is_refused_and_changes_nothing(language):
    with pytest.raises(ValueError, match="one of en, ko is needed"):
        set_language(language)
    with pytest.raises(ValueError, match="one of en, ko is needed"), using_language(language):
        pytest.fail("the block must not run")
    assert current_language() == "en"


def test_threads_and_contexts_have_languages_of_their_own():
    found = []
    with using_language("ko"):
        inherited = contextvars.copy_context()
        fresh = threading.Thread(target=lambda: found.append(current_language()))
        fresh.start()
        fresh.join()
        inheriting = threading.Thread(target=inherited.run, args=(set_language, "en"))
        inheriting.start()
        inheriting.join()
        assert current_language() == "ko"
    assert found == ["en"]


def test_the_catalogue_of_every_language_can_be_asked():
    for language in LANGUAGES:
        with using_language(language):
            assert str(KonvError(translate("fix"), code="K201")).startswith("K201: ")
