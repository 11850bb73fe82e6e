import pytest

from konv.language import using_language
from konv.layers import Dense, Flatten, Input
from konv.network import named_network, sequential
from konv.network.report import report
from oracles.html_page import Page

HOSTILE = ["<script>alert(1)<\\script>", '"><img src=x onerror=alert(1)>', "'&lt;'", "</table>"]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("page", [True, False])
def test_a_name_never_becomes_an_element(name, page):
    network = sequential(
        [Input((2, 2, 1)), Flatten(), Dense(2, name=name.replace("/", "\\"))], name=name
    )
    built = Page(report(network).to_html(page=page))
    assert not {"script", "img"} & set(built.tags)
    assert name.replace("/", "\\") in built.words
    for _tag, attributes in built.elements:
        assert not any(key.startswith("on") for key in attributes)


def test_the_table_can_be_read_by_a_screen_reader():
    built = Page(report(named_network("tutorial-120x60").network).to_html())
    assert built.tags.count("caption") == 1
    scopes = [attributes["scope"] for tag, attributes in built.elements if tag == "th"]
    assert scopes.count("row") == 10 + 1
    assert scopes.count("col") == scopes.index("row")
    region = next(attributes for tag, attributes in built.elements if tag == "div")
    assert region["aria-label"]
    assert "tutorial-120x60: 120×60×1 → 4, 10 layers" in built.words
    assert "max_pooling2d_3 drops 1 of 9 columns" in built.words
    assert any("1 MAC = one multiply-add" in text for text in built.words)
    assert "9,398,912" in built.words


def test_a_page_stands_by_itself():
    with using_language("ko"):
        text = report(named_network("simple").network).to_html(page=True)
    assert text.startswith('<!DOCTYPE html>\n<html lang="ko">')
    assert "color-scheme: light dark" in text
    for outside in ("http:", "https:", "src=", "href=", "@import", "url("):
        assert outside not in text


def test_a_notebook_shows_the_table():
    made = report(named_network("simple").network)
    assert made._repr_html_() == made.to_html()
    assert "<html" not in made.to_html()
