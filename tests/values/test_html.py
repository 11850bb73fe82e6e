"""Explanations as pages: whole, without scripts, and harmless whatever a layer is called."""

import numpy as np
import pytest

import konv
from konv.language import using_language
from oracles.html_page import Page
from oracles.tutorial_numbers import K, X
from values.examples import convolution

HOSTILE = "<script>alert(1)&\"'"


class Explained(Page):
    """A page whose cells are kept with their classes."""

    def __init__(self, text):
        self.cells = []
        super().__init__(text)

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        if tag == "td":
            self.cells.append([dict(attrs).get("class", ""), ""])

    def handle_data(self, data):
        super().handle_data(data)
        if self.open[-1:] == ["td"]:
            self.cells[-1][1] += data

    def text(self):
        return " ".join("".join(self.words).split())

    def marked(self, name):
        return [text for classes, text in self.cells if name in classes.split()]


def hostile_model():
    x = konv.Input((6, 6, 2), name=HOSTILE)
    z = konv.Conv2D(2, 3, padding="same", activation="sigmoid", name="<i>")(x)
    z = konv.MaxPooling2D(2, name='" onclick="')(konv.BatchNormalization(name="&amp;")(z))
    z = konv.Dense(40, activation="softmax", name="<p onclick=1>")(konv.Flatten(name="<!--")(z))
    return konv.Model(x, z, name="</style><script>", engine="reference")


PICTURE = np.random.default_rng(0).normal(size=(6, 6, 2))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("number", range(7))
def test_names_do_no_harm(number, language):
    model = hostile_model()
    node = model.network.nodes[number % len(model.network.nodes)]
    at = tuple(0 for _size in node.output_shape)
    with using_language(language):
        for page in (
            model.explain(PICTURE, node.name, at).html(),
            model.explain(PICTURE, node.name, at).html(all_terms=True),
        ):
            read = Explained(page)
            assert not {"script", "i", "img", "b onclick"} & set(read.tags)
            assert read.tags.count("style") == 2
            assert " ".join(node.name.split()) in read.text()
            assert f'<html lang="{language}">' in page
            assert "http" not in page


def test_the_window_is_marked_on_the_map():
    read = Explained(convolution(K).explain(X, "conv2d_1", (0, 1, 0)).html())
    # First on the map, then as the window and its products.
    assert read.marked("seen")[:9] == list("230123012")
    assert len(read.marked("seen")) == 27
    assert "2 3 0" in " ".join(read.marked("seen")[9:18])
    assert "16" in read.text()


def test_the_padding_is_marked_as_such():
    read = Explained(convolution(K, padding=1).explain(X, "conv2d_1", (0, 0, 0)).html())
    assert set(read.marked("padding")) == {"(0)"}


def test_the_number_that_won_is_marked():
    model = konv.Sequential([konv.Input((4, 4, 1)), konv.MaxPooling2D(2)])
    assert Explained(model.explain(X, "max_pooling2d_1", (0, 1, 0)).html()).marked("won") == ["3"]


def test_a_large_map_is_shown_around_the_window():
    model = konv.Sequential([konv.Input((200, 300, 1)), konv.Conv2D(1, 3)], engine="reference")
    for at in ((0, 0, 0), (100, 150, 0), (197, 297, 0)):
        page = model.explain(np.zeros((200, 300)), "conv2d_1", at).html()
        assert len(page) < 60_000
        assert "the part of 200×300 around the window" in page
        assert len(Explained(page).marked("seen")) == 27


def test_a_notebook_shows_a_part_of_a_page():
    part = convolution(K).explain(X, "conv2d_1", (0, 0, 0))._repr_html_()
    assert part.startswith('<div class="konv-value">')
    Explained(part)


def test_gradients_and_other_ways_have_pages_too():
    model = hostile_model()
    for how in ("im2col", "true"):
        Explained(model.explain(PICTURE, "<i>", (0, 0, 0), how=how).html())
    read = Explained(model.explain_gradient(PICTURE, 3, "<i>", (0, 0, 0, 1)).html())
    assert "<i>/kernel" in read.text()
