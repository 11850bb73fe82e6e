"""A sliding window as text and as data."""

import json

import numpy as np
import pytest

import konv
from konv.cli.terminal import plain_data
from konv.language import using_language
from konv.language.tables import places
from oracles.tutorial_numbers import K, X

TUTORIAL = """\
A 3×3 kernel slides over 4×4: 2×2 comes out
  (4 + 2·0 − 3) / 1 + 1 = 2

input        kernel    output
1  2  3  0   2  0  1   15  16
0  1  2  3   0  1  2    6  15
3  0  1  2   1  0  2
2  3  0  1

step 1 of 4: rows 0…2, columns 0…2 → row 0, column 0
  1*2 + 2*0 + 3*1 + 0*0 + 1*1 + 2*2 + 3*1 + 0*0 + 1*2 = 15

step 2 of 4: rows 0…2, columns 1…3 → row 0, column 1
  2*2 + 3*0 + 0*1 + 1*0 + 2*1 + 3*2 + 0*1 + 1*0 + 2*2 = 16

step 3 of 4: rows 1…3, columns 0…2 → row 1, column 0
  0*2 + 1*0 + 2*1 + 3*0 + 0*1 + 1*2 + 2*1 + 3*0 + 0*2 = 6

step 4 of 4: rows 1…3, columns 1…3 → row 1, column 1
  1*2 + 2*0 + 3*1 + 0*0 + 1*1 + 2*2 + 3*1 + 0*0 + 1*2 = 15"""


def test_the_text_is_that_of_tutorial_004():
    assert str(konv.convolve(X, K)) == TUTORIAL


@pytest.mark.parametrize(
    ("sliding", "said"),
    [
        (lambda: konv.convolve(X, K, padding=1), "(0)  (0)"),
        (lambda: konv.convolve(X, K, padding=1), "(0) is a zero of the padding."),
        (lambda: konv.pool(X, 3, padding=1), "(0) is padding; it takes no part."),
        (lambda: konv.convolve(X, K, stride=(1, 2)), "stride 1×2"),
        (lambda: konv.convolve(X, [[1, 1]], dilation=(1, 2)), "columns 0, 2 →"),
        (lambda: konv.convolve(X, K, true_convolution=True), "kernel turned by 180°"),
        (lambda: konv.convolve(X, [[1] * 3], padding=((0, 1), (2, 0))), "0 above, 1 below, 2 left"),
        (lambda: konv.convolve([[1, 2]], [[-1]]), "2*(-1) = -2"),
        (lambda: konv.convolve([[-1.5]], [[1 / 3]]), "(-1.5)*0.333333 = -0.5"),
        (lambda: konv.pool(X, 3), "rows: no window sees 1 of 4."),
        (lambda: konv.convolve(X, K, bias=3), "15 + 3 = 18 (bias)"),
        (lambda: konv.convolve([[0.123456789]], [[1]]), "0.123457*1 = 0.123457"),
        (lambda: konv.convolve([[0.123456789]], [[1]]), "six digits, in tables with four"),
        (lambda: konv.pool(X, 2, "average"), "4 / 4 = 1"),
        (lambda: konv.pool(X, 2, "min"), "min(1, 2, 0, 1) = 0"),
        (lambda: konv.convolve([[1, 2, 3]], [[1, 1]]), "height  (1 + 2·0 − 1) / 1 + 1 = 1"),
    ],
)
def test_the_text_says(sliding, said):
    text = sliding().to_text()
    assert " ".join(said.split()) in " ".join(text.split())


def test_long_texts_say_what_they_leave_out():
    sliding = konv.convolve(np.arange(100.0).reshape(10, 10), np.ones((6, 6)))
    text = sliding.to_text(steps=3)
    assert "… and 22 more steps: --steps all" in text
    assert text.count("step ") == 3
    assert "[24 more: " in text  # of 36 terms
    whole = sliding.to_text(steps=None)
    assert whole.count("\nstep ") == 25
    assert whole.count("[24 more: ") == 25
    assert sliding.to_text(steps=0).count("\nstep ") == 0
    assert "… and 25 more" in sliding.to_text(steps=0)


def test_a_choice_leaves_out_numbers_not_their_sum():
    assert "[24 more]" in konv.pool(np.arange(36.0).reshape(6, 6), 6).to_text()


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [40, 80])
def test_lines_are_as_wide_as_asked_for(language, width):
    wide = np.random.default_rng(0).normal(size=(30, 70))
    with using_language(language):
        for sliding in (
            konv.convolve(wide, "gaussian", padding=(1, 2), stride=3, bias=-0.5, activation="gelu"),
            konv.convolve(X, K, true_convolution=True, padding="full", dilation=2),
            konv.pool(wide, 5, "average", padding=2),
        ):
            text = sliding.to_text(steps=30, width=width)
            assert max(map(places, text.splitlines())) <= width


def test_korean():
    with using_language("ko"):
        text = konv.convolve(X, K, bias=3, padding=1).to_text(steps=None)
    assert "커널" in text
    assert "(편향)" in text
    assert not any(word in text for word in ("kernel", "step", "rows", "input", "output"))


@pytest.mark.parametrize("values", [{"steps": -1}, {"steps": 1.5}, {"width": 39}])
def test_a_text_that_cannot_be_is_refused(values):
    with pytest.raises(konv.ParameterError, match="K201"):
        konv.convolve(X, K).to_text(**values)


def test_data_hold_every_number():
    facts = konv.convolve(X, K, padding=((1, 0), (0, 1)), stride=2, bias=3).to_dict(steps=1)
    assert json.loads(json.dumps(plain_data(facts))) == facts
    [step] = facts.pop("steps")
    assert facts["padding"] == [[1, 0], [0, 1]]
    assert (facts["stride"], facts["dilation"], facts["window"]) == ([2, 2], [1, 1], [3, 3])
    assert (facts["bias"], facts["activation"], facts["kind"]) == (3, "linear", "Conv2D")
    assert (facts["input"], facts["kernel"]) == (X.tolist(), K.tolist())
    assert facts["step_count"] == 4
    assert step["step"] == 1
    assert (step["at"], step["rows"], step["columns"]) == ([0, 0], [-1, 0, 1], [0, 1, 2])
    assert step["padding"][0] == [True] * 3
    assert step["products"][1] == [0, 2, 6]
    assert (step["sum"], step["value"]) == (12, 15)
    assert step["text"][-1] == "12 + 3 = 15"
