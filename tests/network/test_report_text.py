import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.language.tables import padded, places, shortened_inside, wrapped
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.network import (
    functional,
    named_network,
    named_networks,
    report_columns,
    report_text,
    sequential,
)
from konv.network.report import conventions, report
from network.random_networks import networks
from oracles.properties import examples

G10_AT_80 = """\
tutorial-39x31: 39×31×1 → 100, 10 layers

layer            output    kernel  weights  biases       MACs     memory   sees
───────────────────────────────────────────────────────────────────────────────
input_1          39×31×1                 0       0          0    4.7 KiB    1×1
conv2d_1         36×28×20  4×4         320      20    322,560   78.8 KiB    4×4
max_pooling2d_1  18×14×20  2×2           0       0          0   19.7 KiB    5×5
conv2d_2         16×12×40  3×3       7,200      40  1,382,400   30.0 KiB    9×9
max_pooling2d_2  8×6×40    2×2           0       0          0    7.5 KiB  11×11
conv2d_3         6×4×60    3×3      21,600      60    518,400    5.6 KiB  19×19
max_pooling2d_3  3×2×60    2×2           0       0          0    1.4 KiB  23×23
conv2d_4         2×1×80    2×2      19,200      80     38,400      640 B  31×31
flatten_1        160                     0       0          0      640 B  31×31
dense_1          100                16,000     100     16,000      400 B  39×31
───────────────────────────────────────────────────────────────────────────────
total                               64,320     300  2,277,760  149.3 KiB

64,620 parameters (64,320 weights + 300 biases; 252.4 KiB), 2,277,760 MACs,
4,555,520 FLOPs, 149.3 KiB of activations
1 MAC = one multiply-add; bias, activation and pooling not counted; FLOPs =
2·MACs; memory: float32, one picture"""


def widths(text):
    return [places(line) for line in text.splitlines()]


def test_the_table_of_the_tutorial():
    assert report(named_network("tutorial-39x31").network).text(80) == G10_AT_80


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_a_table_fits_the_terminal(named, width):
    text = report(named.network).text(width)
    assert max(widths(text)) <= width
    lines = text.splitlines()
    assert len([line for line in lines if set(line) == {"─"}]) == 2


@given(networks(), st.integers(40, 160))
@examples(100)
def test_every_table_fits_and_keeps_names_shapes_and_conventions(network, width):
    text = report(network).text(width)
    assert max(widths(text)) <= width
    assert " ".join(conventions().split()) in " ".join(text.split())
    lines = text.splitlines()
    table = lines[lines.index("") + 3 :][: len(network.nodes)]
    for node, line in zip(network.nodes, table, strict=True):
        assert "×".join(map(str, node.output_shape)) in line.split()


def test_more_room_shows_more():
    network = named_network("resnet8").network
    headings = [report(network).text(width).splitlines()[2].split() for width in (40, 80, 120, 200)]
    assert headings[0] == ["layer", "output", "weights"]
    for narrow, wide in itertools.pairwise(headings):
        assert set(narrow) < set(wide)
    assert headings[3][:6] == ["#", "layer", "kind", "input", "takes", "output"]


def test_korean_names_keep_the_columns_straight():
    korean = sequential(
        [Input((28, 28, 1), name="입력"), Conv2D(8, 3, name="첫째_합성곱"), Flatten()]
    )
    english = sequential(
        [Input((28, 28, 1), name="abcd"), Conv2D(8, 3, name="abcd_abcdef"), Flatten()]
    )
    assert widths(report(korean).text(80)) == widths(report(english).text(80))


def in_hangul(text, **values):
    """A translation in which every letter is a Hangul syllable, two columns wide."""
    parts = re.split(r"(\{[^}]*\})", text)
    hangul = (part if part[:1] == "{" else re.sub("[A-Za-z]", "가", part) for part in parts)
    return "".join(hangul).format(**values)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_wide_headings_fit_and_keep_the_columns_straight(monkeypatch, width):
    for module in (report_columns, report_text):
        monkeypatch.setattr(module, "_", in_hangul)
    lines = report(named_network("resnet8").network).text(width).splitlines()
    assert max(map(places, lines)) <= width
    heading, rule = lines[2:4]
    assert "가" in heading
    assert places(heading) <= places(rule)
    if width >= 80:  # the last column is set to the right: its cells end where its heading does
        table = lines[4 : 4 + len(named_network("resnet8").network.nodes)]
        assert {places(line) for line in table} == {places(heading)}


@pytest.mark.parametrize("name", ["0", "shared", "-"])
def test_no_name_makes_the_column_of_names_vanish(name):
    lines = report(sequential([Input((4,), name=name)])).text(40).splitlines()
    assert lines[2].split() == ["layer", "kind", "output", "memory"]
    assert lines[4].split() == [name, "Input", "4", "16", "B"]


def test_long_names_are_cut_in_the_middle():
    start = Input((8, 8, 1))
    network = functional(start, Dense(2, name="a" * 60 + "_end")(Flatten()(start)))
    text = report(network).text(80)
    assert max(widths(text)) <= 80
    assert "…" in text
    assert "a_end" in text


def test_many_notes_are_cut_short():
    network = sequential([Input((64, 64, 1)), *(Conv2D(1, 2, padding="same") for _ in range(20))])
    made = report(network)
    assert len(made.notes) == 20
    assert "! and 8 more notes" in made.text(80)


def test_a_deep_network_is_reported_in_time():
    network = sequential(
        [Input((16, 16, 4)), *(Conv2D(4, 3, padding="same") for _ in range(1_999))]
    )
    start = time.perf_counter()
    made = report(network)
    assert max(widths(made.text(80))) <= 80
    assert made.to_csv().count("\n") == 2_001
    assert made.to_html().count("<tr>") == 2_002
    assert time.perf_counter() - start < 10  # measured: 1 s


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("Dense", 5),
        ("합성곱", 6),
        ("e\u0301", 1),
        ("×→…", 3),
        ("\uff21\uff22", 4),
        ("", 0),
        ("a\u200bb", 2),
    ],
)
def test_places(text, width):
    assert places(text) == width


@given(st.text(max_size=30), st.integers(1, 20))
@examples(200)
def test_texts_are_cut_and_padded_to_their_width(text, width):
    cut = shortened_inside(text, width)
    assert places(cut) <= width
    assert places(padded(cut, width)) == width
    assert padded(cut, width, right=True).endswith(cut)
    if places(text) <= width:
        assert cut == text


@given(st.lists(st.text("ab합", min_size=1, max_size=15), max_size=20), st.integers(10, 30))
@examples(200)
def test_wrapping_keeps_every_word_and_the_width(words, width):
    lines = list(wrapped(" ".join(words), width, "  "))
    assert all(places(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(words)


def test_printing_shows_the_table():
    made = report(named_network("simple").network)
    assert str(made) == made.text()
