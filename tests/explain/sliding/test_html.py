"""The page: one file, whole without scripts, and with what its script needs for every step."""

import json
import re

import numpy as np
import pytest

import konv
from konv.explain.sliding.equations import equation_of
from konv.language import using_language
from oracles.html_page import Page
from oracles.tutorial_numbers import K, X

WIDE = np.random.default_rng(0).normal(size=(3, 5)).round(2) - 0.5
PICTURE = (np.arange(600).reshape(20, 30) % 256).astype(np.uint8)

SLIDINGS = {
    "tutorial": lambda: konv.convolve(X, K, bias=3, activation="relu"),
    "padding and stride": lambda: konv.convolve(X, K, padding=((1, 2), (0, 1)), stride=(2, 1)),
    "dilation": lambda: konv.convolve(WIDE, "box-blur", padding=2, dilation=(1, 2)),
    "turned": lambda: konv.convolve(WIDE, [[1, -2], [0.5, 3]], true_convolution=True),
    "one": lambda: konv.convolve([[2]], [[-3]]),
    "max": lambda: konv.pool(X, 3, padding=1, stride=2),
    "average": lambda: konv.pool(X, (1, 2), "average"),
    "picture": lambda: konv.convolve(PICTURE, "sobel-x", padding=1, stride=3),
}
each = pytest.mark.parametrize("make", SLIDINGS.values(), ids=SLIDINGS)


class Animation(Page):
    """A page whose tables are rows of [classes, style, text], and whose scripts are kept."""

    def __init__(self, text):
        self.tables, self.scripts, self.text = {}, [], ""
        super().__init__(text)

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        found = dict(attrs)
        if tag == "table":
            self.rows = self.tables[found["data-part"]] = []
        elif tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append([found.get("class", ""), found.get("style", ""), ""])
        elif tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.open[-1:] == ["td"]:
            self.rows[-1][-1][2] += data
        elif self.open[-1:] == ["script"]:
            self.scripts[-1] += data
        elif "style" not in self.open:
            self.text += data

    def texts(self, part):
        return [[text for _classes, _style, text in row] for row in self.tables[part]]

    def marked(self, part, name):
        return [
            (i, j)
            for i, row in enumerate(self.tables[part])
            for j, (classes, _style, _text) in enumerate(row)
            if name in classes.split()
        ]


def places(facts, step):
    """Where the script looks for the elements of a window, in the padded input."""
    i, j = divmod(step, facts["outputs"])
    return [
        (i * facts["stride"][0] + u * facts["dilation"][0]) * facts["columns"]
        + j * facts["stride"][1]
        + v * facts["dilation"][1]
        for u in range(facts["window"][0])
        for v in range(facts["window"][1])
    ]


@each
def test_the_script_has_what_every_step_says(make):
    sliding = make()
    facts = json.loads(Animation(sliding.to_html()).scripts[0])
    before, between, after = facts["frame"]
    assert len(facts["steps"]) == len(facts["outputTexts"]) == len(sliding)
    for step, (_place, result, won, later) in zip(sliding.steps, facts["steps"], strict=True):
        met = places(facts, step.number)
        numbers = [facts["numbers"][place] for place in met]
        if facts["weights"] is None:
            terms = [number for number in numbers if number != "(0)"]
        else:
            terms = [f"{n}*{w}" for n, w in zip(numbers, facts["weights"], strict=True)]
        equation = equation_of(step)
        assert f"{before}{between.join(terms)}{after} = {result}" == equation.text(all_terms=True)
        assert later == [item.text for item in equation.later]
        if won is not None:
            assert facts["numbers"][met[won]].strip("()") == result


@each
def test_it_needs_no_other_file_and_no_network(make):
    page = make().to_html()
    assert not re.search(r"https?:|//[a-z]|\burl\(|@import|fetch|eval\(", page)
    for _tag, attributes in Animation(page).elements:
        assert not {"src", "href", "onclick", "onload"} & attributes.keys()


@each
def test_the_same_window_gives_the_same_bytes(make):
    assert make().to_html() == make().to_html()


def test_without_scripts_there_are_the_first_step_and_the_whole_output():
    page = Animation(konv.convolve(X, K, padding=1, bias=3).to_html())
    assert page.texts("input")[1] == ["(0)", "1", "2", "3", "0", "(0)"]
    assert page.texts("weights") == [["2", "0", "1"], ["0", "1", "2"], ["1", "0", "2"]]
    assert page.texts("output")[0] == ["10", "15", "13", "5"]
    assert page.texts("terms")[1] == ["(0)*0", "1*1", "2*2"]
    assert page.marked("input", "seen") == [(i, j) for i in range(3) for j in range(3)]
    assert page.marked("output", "now") == [(0, 0)]
    assert len(page.marked("input", "pad")) == 20
    assert "= 7" in page.text
    assert "7 + 3 = 10 (bias)" in page.text
    assert "Without scripts" in page.text
    controls = [found for tag, found in page.elements if found.get("data-part") == "controls"]
    assert "hidden" in controls[0]  # nothing would happen


def test_the_elements_of_a_dilated_window_are_marked_and_not_what_lies_between():
    page = Animation(konv.convolve(X, [[1, 1], [1, 1]], dilation=2).to_html())
    assert page.marked("input", "seen") == [(0, 0), (0, 2), (2, 0), (2, 2)]


def test_the_number_that_a_pool_chooses_is_marked():
    page = Animation(konv.pool(X, 2).to_html())
    assert page.marked("input", "seen") == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert page.marked("input", "won") == page.marked("terms", "won") == [(0, 1)]


def test_large_grids_are_pixels_in_their_shades():
    page = Animation(konv.convolve(PICTURE, "identity", padding=1).to_html())
    row = page.tables["input"][1]
    assert (row[0][0], row[0][2]) == ("pad seen", "")
    assert [style for _classes, style, _text in row[2:4]] == ["--shade:#010101", "--shade:#020202"]
    assert "black is 0, white is 255" in page.text
    assert json.loads(page.scripts[0])["pixels"] is True


def test_large_grids_of_other_numbers_reach_from_the_least_to_the_largest():
    wide = np.linspace(-1, 1, 60).reshape(2, 30)
    page = Animation(konv.convolve(wide, [[2]]).to_html())
    assert page.tables["input"][0][0][1] == "--shade:#000000"
    assert page.tables["input"][1][-1][1] == "--shade:#ffffff"
    assert "input: black is -1, white is 1" in page.text
    assert "output: black is -2, white is 2" in page.text
    flat = Animation(konv.convolve(np.ones((1, 30)), [[1]]).to_html())
    assert flat.tables["output"][0][0][1] == "--shade:#7f7f7f"


def test_who_cannot_see_or_wants_no_motion_is_thought_of():
    page = konv.convolve(X, K).to_html()
    assert 'matchMedia("(prefers-reduced-motion: reduce)")' in page
    assert "prefers-color-scheme: dark" in page
    found = Animation(page).elements
    [slider] = [attributes for tag, attributes in found if tag == "input"]
    assert slider["aria-label"] == "step"
    assert {attributes["type"] for tag, attributes in found if tag == "button"} == {"button"}
    assert sum(tag == "caption" for tag, _attributes in found) == 4
    assert "aria-live" in page


def test_its_language_is_that_of_the_reader():
    with using_language("ko"):
        page = konv.convolve(X, K, bias=3, padding=1).to_html()
    assert '<html lang="ko">' in page
    read = Animation(page)
    assert "커널" in read.text
    assert "재생" in json.loads(read.scripts[0])["words"]["play"]
    assert not re.search(r"\b(kernel|input|output|play|step)\b", read.text)


def test_a_notebook_shows_it_in_a_frame_of_its_own():
    shown = konv.convolve(X, K)._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert shown.count("<") == 2  # the page inside is escaped
