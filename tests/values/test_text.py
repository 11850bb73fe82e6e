"""Explanations as text: lines that fit, sums that Python computes, what is left out is said."""

import math
import re

import numpy as np
import pytest

import konv
from konv.language import using_language
from konv.language.tables import places
from oracles.tutorial_numbers import K, X
from values.examples import convolution, random_model, random_picture, random_places

NAMES = {**vars(math), "max": max, "min": min}


def unfolded(text):
    """The lines before they were wrapped."""
    return re.sub(r"\n    ", " ", text).splitlines()


def sums_in(text):
    """(what stands left of the equals sign, the number right of it) where nothing is missing."""
    for line in unfolded(text):
        found = re.fullmatch(
            r"\s*(?:\d+: )?([^=\[:,]+|m(?:ax|in)\([^\[]+, [^\[]+\)) = (\S+).*", line
        )
        alone = re.search(r"m(ax|in)\([^,]*\) = ", line)  # Python wants two numbers at least
        if found and not alone and re.search(r"\d", found[1]):
            yield found[1], float(found[2])


def wide_model(engine="reference"):
    layers = [
        konv.Input((9, 9, 7)),
        konv.Conv2D(3, (6, 6), activation="tanh"),
        konv.Flatten(),
        konv.Dense(40, activation="softmax"),
    ]
    return konv.Sequential(layers, seed=3, engine=engine)


PICTURE = np.random.default_rng(0).integers(0, 256, (9, 9, 7), dtype=np.uint8)


def test_v1_as_a_whole():
    text = convolution(K, padding=1, activation="relu").explain(X, "conv2d_1", (0, 0, 0))
    assert text.text(width=80) == (
        "conv2d_1 (Conv2D) of network: row 0, column 0, channel 0 of 4×4×1; from input_1\n"
        "  4×4×1\n"
        "\n"
        "  window of input_1: rows -1…1, columns -1…1; filter 0\n"
        "\n"
        "  window          kernel\n"
        "  (0)  (0)  (0)   2  0  1\n"
        "  (0)    1    2   0  1  2\n"
        "  (0)    0    1   1  0  2\n"
        "  (0)*2 + (0)*0 + (0)*1 + (0)*0 + 1*1 + 2*2 + (0)*1 + 0*0 + 1*2 = 7\n"
        "\n"
        "  relu: max(0, z)\n"
        "  max(0, 7) = 7\n"
        "\n"
        "The engine (compiled, float32) computed 7; the sum in float64 is 7: rounded to\n"
        "  float32, the same.\n"
        "It depends on rows 0…1, columns 0…1 of the picture: 2×2 of 4×4 pixels; the rest\n"
        "  of its 3×3 receptive field lies on the padding.\n"
        "(0) is a zero of the padding."
    )


@pytest.mark.parametrize("seed", range(20))
def test_every_sum_that_is_shown_whole_is_right_in_python(seed):
    model = random_model(seed, exact=True, engine="reference")
    picture = random_picture(model, seed, exact=True)
    for layer, at in random_places(model, seed, count=3):
        explanation = model.explain(picture, layer, at)
        for left, right in sums_in(explanation.text(all_terms=True, width=120)):
            assert eval(left, dict(NAMES)) == pytest.approx(right, rel=1e-4, abs=1e-4), left


def test_there_are_such_sums():
    text = wide_model().explain(PICTURE, "dense_1", (2,)).text(all_terms=True)
    assert len(list(sums_in(text))) > 40


@pytest.mark.parametrize("at", [("conv2d_1", (0, 1, 2)), ("dense_1", (20,))])
def test_what_is_left_out_is_counted_and_added_up(at):
    explanation = wide_model().explain(PICTURE, *at)
    short, whole = explanation.text(width=80), explanation.text(width=80, all_terms=True)
    assert "more:" in short
    assert "more" not in whole
    assert len(whole) > 2 * len(short)
    for line in unfolded(short):
        hidden = re.search(r"\[\d+ more: (\S+)\]", line)
        if hidden and "exp" not in line:
            left, right = line.replace(hidden[0], f"({hidden[1]})").split(" = ")
            assert eval(left, dict(NAMES)) == pytest.approx(float(right), abs=1e-4)


def test_channels_that_are_left_out_are_counted_and_added_up():
    explanation = wide_model().explain(PICTURE, "conv2d_1", (0, 1, 2))
    found = re.search(r"… and (\d+) more channels; they add up to (\S+)", explanation.text())
    assert int(found[1]) == 7 - 3
    assert float(found[2]) == pytest.approx(sum(explanation.steps[0].totals[3:]), rel=1e-5)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_is_wider_than_it_may_be(language, width):
    x = konv.Input((6, 6, 2), name="그림")
    z = konv.SeparableConv2D(4, 3, name="한글로 된 층의 긴 이름 " * 4)(x)
    z = konv.Flatten()(konv.BatchNormalization(name="<b>")(z))
    model = konv.Model(x, konv.Dense(20, activation="softmax")(z), engine="reference")
    picture = np.random.default_rng(0).normal(size=(6, 6, 2)) * 1e5
    with using_language(language):
        for node in model.network.nodes:
            at = tuple(size - 1 for size in node.output_shape)
            for all_terms in (False, True):
                text = model.explain(picture, node.name, at).text(all_terms=all_terms, width=width)
                assert max(map(places, text.splitlines())) <= width


def test_all_words_are_korean():
    with using_language("ko"):
        text = wide_model().explain(PICTURE, "conv2d_1", (0, 1, 2)).text()
    assert "창: 행" in text
    assert "커널" in text
    assert "편향" in text
    assert "수용 영역" not in text  # it lies on the picture as a whole
    assert not re.search(r"\b(window|kernel|row|column|channel|picture|engine)\b", text)


def test_a_width_that_is_too_small_is_refused():
    with pytest.raises(konv.ParameterError, match="K201"):
        convolution(K).explain(X, "conv2d_1", (0, 0, 0)).text(width=39)


def test_a_difference_at_the_last_bit_is_said():
    explanation = wide_model().explain(PICTURE, "conv2d_1", (0, 1, 2))
    assert not explanation.same
    assert 0 < abs(explanation.last_places) < 100
    assert "units of the last place" in explanation.text(width=200)
    assert repr(np.float32(explanation.value))[11:-1] in explanation.text()


def test_printing_shows_the_text():
    explanation = convolution(K).explain(X, "conv2d_1", (0, 0, 0))
    assert "= 15" in str(explanation)
