"""konv convolve: a kernel that slides over a matrix, a file or a picture; in both languages."""

import json

import numpy as np
import pytest
from PIL import Image

from konv.cli.window_values import PADDING, PAIR, STEP_COUNT
from konv.constraints import RefusalError
from konv.language.tables import places
from oracles.tutorial_numbers import CONVOLUTIONS

X = "1,2,3,0;0,1,2,3;3,0,1,2;2,3,0,1"
K = "2,0,1;0,1,2;1,0,2"
NINE = "0,1,2;3,4,5;6,7,8"
# As the slides of tutorial 004 write them.
SUMS = [
    "1*2 + 2*0 + 3*1 + 0*0 + 1*1 + 2*2 + 3*1 + 0*0 + 1*2 = 15",
    "2*2 + 3*0 + 0*1 + 1*0 + 2*1 + 3*2 + 0*1 + 1*0 + 2*2 = 16",
    "0*2 + 1*0 + 2*1 + 3*0 + 0*1 + 1*2 + 2*1 + 3*0 + 0*2 = 6",
    "1*2 + 2*0 + 3*1 + 0*0 + 1*1 + 2*2 + 3*1 + 0*0 + 1*2 = 15",
]
OPTIONS = {"strides": "--stride", "bias": "--bias", "padding": "--padding"}
each_language = pytest.mark.parametrize("language", ["en", "ko"])


def words_of(fields):
    return [
        word
        for name, value in fields.items()
        for word in (
            ["--true-convolution"] if name == "true_convolution" else [OPTIONS[name], value]
        )
    ]


@each_language
@pytest.mark.parametrize(("name", "fields", "expected"), CONVOLUTIONS)
def test_tutorial_004_digit_by_digit(konv, name, fields, expected, language):
    words = ["convolve", X, "--kernel", K, *words_of(fields), "--steps", "all", "--lang", language]
    result = konv(*words)
    assert result.code == 0
    facts = json.loads(konv(*words, "--json").out)
    assert facts["output"] == expected
    assert [step["value"] for step in facts["steps"]] == [x for row in expected for x in row]
    for step in facts["steps"]:
        assert all(text in " ".join(result.out.split()) for text in step["text"])
        assert step["text"][-1].endswith(f"= {step['value']:g}")


@each_language
def test_the_sums_of_the_slides_stand_in_their_order(konv, language):
    lines = konv("convolve", X, "--kernel", K, "--lang", language).out.splitlines()
    assert [line.strip() for line in lines if "*" in line] == SUMS


@each_language
def test_the_bias_of_the_slides(konv, language):
    said = konv("convolve", X, "--kernel", K, "--bias", 3, "--lang", language).out
    later = ["15 + 3 = 18", "16 + 3 = 19", "6 + 3 = 9", "15 + 3 = 18"]
    assert [line.strip().rsplit(" (", 1)[0] for line in bias_lines(said)] == later


def bias_lines(said):
    return [line for line in said.splitlines() if "(bias)" in line or "(편향)" in line]


@each_language
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        # V9, tutorial 001
        (["3,1;1,7;2,5", "--kernel", "1,-1;1,-1;1,-1"], [[-7]]),
        # V11, tutorial 000
        ([X, "--pool", "max", "--size", 2], [[2, 3], [3, 2]]),
        ([X, "--pool", "average"], [[1, 2], [2, 1]]),
        ([X, "--pool", "min", "--stride", 2], [[0, 0], [0, 0]]),
        # V12, tutorial 003: as Keras 3, and as Keras 1 on Theano
        ([NINE, "--kernel", "1,2;3,4"], [[27, 37], [57, 67]]),
        (
            [NINE, "--kernel", "1,2;3,4", "--padding", "same"],
            [[27, 37, 17], [57, 67, 29], [20, 23, 8]],
        ),
        (
            [NINE, "--kernel", "1,2;3,4", "--padding", "1,0,1,0", "--true-convolution"],
            [[0, 1, 4], [3, 13, 23], [15, 43, 53]],
        ),
        # by hand
        (["-1,2;-3,4", "--kernel", "-2"], [[2, -4], [6, -8]]),
        ([".5 1.5; 2 -1", "--kernel", "2;2"], [[5, 1]]),
        (["1,2,3,4,5", "--kernel", "1,1", "--dilation", "1x3", "--stride", "1x1"], [[5, 7]]),
        (["1,2,3", "--kernel", "-1", "--activation", "relu", "--bias", 2], [[1, 0, 0]]),
        (["1,2,3", "--kernel", "1,0,0", "--padding", "0x1"], [[0, 1, 2]]),
    ],
)
def test_what_comes_out(konv, words, expected, language):
    result = konv("convolve", *words, "--lang", language)
    assert result.code == 0
    assert json.loads(konv("convolve", *words, "--json").out)["output"] == expected


@pytest.mark.parametrize("name", ["행렬.csv", "matrix.txt"])
@pytest.mark.parametrize(
    "content", ["1,2\n3,4\n", "1; 2\n\n3; 4", "1 2\r\n3 4\r\n", "1 , 2,\n3,4,\n"]
)
def test_matrices_and_kernels_come_from_files(konv, tmp_path, name, content):
    (tmp_path / name).write_text(content, "utf-8-sig")
    facts = json.loads(konv("convolve", name, "--kernel", name, "--json").out)
    assert facts["input"] == facts["kernel"] == [[1, 2], [3, 4]]
    assert facts["output"] == [[1 + 4 + 9 + 16]]


def test_a_picture_in_colour_is_taken_as_its_brightness(konv, tmp_path):
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0] = (255, 0, 0)
    pixels[0, 1] = 255
    Image.fromarray(pixels).save(tmp_path / "그림.png")
    facts = json.loads(konv("convolve", "그림.png", "--kernel", "1", "--json").out)
    assert facts["output"] == [[76, 255], [0, 0]]  # 0.299 · 255 (ITU-R BT.601)


@pytest.mark.parametrize("name", ["1.jfif", "2.jpe", "3.dib", "4.TIFF"])
def test_a_picture_may_be_called_by_a_number(konv, tmp_path, name):
    kind = "BMP" if name.endswith("dib") else "PNG"
    Image.new("L", (3, 2), 7).save(tmp_path / name, format=kind)
    facts = json.loads(konv("convolve", name, "--kernel", "1", "--json").out)
    assert facts["output"] == [[7, 7, 7], [7, 7, 7]]


def test_a_large_picture_is_shrunk_if_that_is_asked_for(konv, tmp_path):
    Image.new("L", (200, 100), 7).save(tmp_path / "large.png")
    result = konv("convolve", "large.png", "--kernel", "identity")
    assert result.code == 2
    assert "K601 in large.png: 100×200 pixels" in result.err
    assert "--shrink 64" in result.err
    words = ("--kernel", "identity", "--shrink", 20, "--json", "--steps", 1)
    facts = json.loads(konv("convolve", "large.png", *words).out)
    assert facts["input"] == [[7] * 20] * 10
    assert len(facts["steps"]) == 1
    assert facts["step_count"] == 18 * 8
    kept = json.loads(konv("convolve", "large.png", "--kernel", 1, "--shrink", 80, "--json").out)[
        "input"
    ]
    assert (len(kept), len(kept[0])) == (40, 80)


@each_language
@pytest.mark.parametrize("name", ["slide.html", "움직임.gif", "a.txt"])
def test_the_animation_is_written(konv, tmp_path, name, language):
    result = konv("convolve", X, "--kernel", K, "--out", name, "--lang", language)
    assert result.code == 0
    assert name in result.out
    assert result.err == ""
    content = (tmp_path / name).read_bytes()
    konv("convolve", X, "--kernel", K, "--out", name, "--lang", language)
    assert (tmp_path / name).read_bytes() == content
    facts = json.loads(konv("convolve", X, "--kernel", K, "--out", name, "--json").out)
    assert facts["file"] == name


def test_what_a_gif_leaves_out_is_said(konv, tmp_path):
    Image.new("L", (30, 30)).save(tmp_path / "dark.png")
    words = ("convolve", "dark.png", "--kernel", "1", "--out", "dark.gif")
    result = konv(*words)
    assert "100 of its 900 steps have a frame" in result.err
    shown = json.loads(konv(*words, "--json").out)["frames"]
    assert (len(shown), shown[0], shown[-1]) == (100, 1, 900)


@each_language
def test_lines_are_at_most_80_wide(konv, tmp_path, language):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    for words in (
        ("noise.png", "--kernel", "emboss", "--padding", "same", "--bias", -0.123456),
        ("noise.png", "--pool", "average", "--size", "7x5", "--padding", "1,2,3,4"),
        (X, "--kernel", K, "--true-convolution", "--padding", "full", "--activation", "gelu"),
    ):
        result = konv("convolve", *words, "--lang", language)
        assert result.code == 0
        assert max(map(places, result.out.splitlines())) <= 80


def test_how_many_steps_are_shown_can_be_chosen(konv):
    words = ("convolve", X, "--kernel", "1")
    assert konv(*words).out.count("\nstep ") == 12
    assert "… and 4 more steps: --steps all" in konv(*words).out
    assert konv(*words, "--steps", 2).out.count("\nstep ") == 2
    assert konv(*words, "--steps", "all").out.count("\nstep ") == 16
    assert len(json.loads(konv(*words, "--json").out)["steps"]) == 12


BAD = [
    ("1,2;3,4 --kernel 3x3", "K201", "--kernel '3x3' is a size", '--kernel "1,0,1;0,1,0;1,0,1"'),
    ("1,2;3,4 --kernel sobel", "K201", 'did you mean "sobel-y"?', "identity"),
    ("1,2;3,4 --kernel 1,2,3;1,2,3;1,2,3", "K104", "height  (2 + 2·0 − 3) / 1 + 1 = 0", "2×2"),
    ("1,2;3,4 --kernel 1,1 --dilation 2", "K104", "1×2 kernel does not fit", "a dilation of 1"),
    ("1,2;3,4 --pool max --size 3", "K104", "3×3 pool does not fit", "a pool of at most 2×2"),
    ("1,2;3,4 --pool max --padding 2", "K105", "2 rows or columns of padding", "padding 1"),
    ("1,2,3;4,5 --kernel 1", "K201", "row 0 has 3 numbers, row 1 has 2", "semicolons"),
    ("1,2;3,x --kernel 1", "K201", "row 1, column 1 is 'x', which is no number", "1,2,3;4,5,6"),
    ("1,2;3,nan --kernel 1", "K201", "row 1, column 1 of matrix is nan", "finite"),
    ("1,2;3,4 --kernel 1,inf", "K201", "row 0, column 1 of kernel is inf", "finite"),
    ("; --kernel 1", "K201", "MATRIX holds no numbers", "1,2,3;4,5,6"),
    ("1,2;3,4 --kernel ,", "K201", "--kernel: row 0, column 0 is ''", "1,2,3;4,5,6"),
    ("1,,2;3,,4 --kernel 1", "K201", "row 0, column 1 is '', which is no number", "1,2,3;4,5,6"),
    ("gap.csv --kernel 1", "K502", "line 1: '' is no number", "a line for each row"),
    ("1e101,2;3,4 --kernel 1", "K201", "row 0, column 0 of matrix is 1e+101", "beyond ±1e+100"),
    ("1,2;3,4", "K901", "which kernel?", "--kernel sobel-x"),
    ("1,2;3,4 --kernel 1 --pool max", "K901", "contradict", "--pool max"),
    ("1,2;3,4 --kernel 1 --size 2", "K901", "--size needs --pool", "--pool max --size 2"),
    ("1,2;3,4 --pool max --bias 0", "K901", "--bias says nothing with --pool", "leave it out"),
    ("1,2;3,4 --pool max --dilation 2", "K901", "--dilation says nothing", "leave it out"),
    ("1,2;3,4 --pool max --true-convolution", "K901", "--true-convolution says", "leave it out"),
    ("1,2;3,4 --pool mean", "K201", "--pool='mean'", '"average"'),
    ("1,2;3,4 --kernel 1 --shrink 4", "K901", "--shrink needs a picture", "leave it out"),
    ("1,2;3,4 --kernel 1 --stride 0", "K201", "--stride=0", "such as 2x1"),
    ("1,2;3,4 --kernel 1 --padding sam", "K201", "--padding='sam'", "1,0,1,0"),
    ("1,2;3,4 --kernel 1 --padding 40", "K601", "82×82 numbers, padding and all", "80"),
    ("1,2;3,4 --kernel 1 --bias nan", "K201", "--bias=nan", "≤ 1e+100"),
    ("1,2;3,4 --kernel 1 --activation softmax", "K201", "--activation='softmax'", '"relu"'),
    ("1,2;3,4 --kernel 1 --steps few", "K201", "--steps='few'", "all, or"),
    ("1,2;3,4 --kernel 1 --out slide.mp4", "K404", "ends in .html, .gif", "slide.gif"),
    ("nothing.png --kernel 1", "K501", "nothing at this path", "exists"),
    ("nothing --kernel 1", "K501", "nothing at this path", "exists"),
    ("1,2;3,4 --kernel nothing.csv", "K501", "nothing at this path", "exists"),
    ("broken.png --kernel 1", "K502", "not a JPEG, PNG", "replace"),
    ("uneven.csv --kernel 1", "K502", "line 1 has 2 numbers, line 2 has 1", "a line for each row"),
    ("words.txt --kernel 1", "K502", "line 2: 'zwei' is no number", "a line for each row"),
    ("long.csv --kernel 1", "K601", "1×100 numbers", "80"),
    ("1,2;3,4 5,6 --kernel 1", "K901", "one too many", "--help"),
    ("-1,2 --kernel 1 -3,4", "K901", "one too many", "--help"),
    ("1,2;3,4 --kernal 1", "K901", 'did you mean "--kernel"?', "--help"),
]


@pytest.mark.parametrize(("line", "code", "said", "fix"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_line_is_answered_with_a_fix(konv, tmp_path, line, code, said, fix):
    (tmp_path / "broken.png").write_text("no picture")
    (tmp_path / "uneven.csv").write_text("1,2\n3\n")
    (tmp_path / "gap.csv").write_text("1,,2\n3,,4\n")
    (tmp_path / "words.txt").write_text("1 2\n3 zwei\n")
    (tmp_path / "long.csv").write_text(",".join("1" * 100))
    before = sorted(tmp_path.iterdir())
    result = konv("convolve", *line.split(" "))
    assert result.code == 2
    assert f" {code} " in result.err
    assert said in result.err
    assert fix in result.err.split("\n  fix", 1)[1]
    error = json.loads(konv("convolve", *line.split(" "), "--json").out)["error"]
    assert error["code"] == code
    assert konv("convolve", *line.split(" "), "--lang", "ko").code == 2
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("kind", [PADDING, PAIR, STEP_COUNT], ids=["padding", "pair", "steps"])
def test_values_that_options_refuse(kind):
    for value in kind.constraint.bad_values():
        with pytest.raises(RefusalError):
            kind.constraint.accept(value)


def test_a_folder_is_no_matrix(konv, tmp_path):
    (tmp_path / "photos").mkdir()
    result = konv("convolve", "photos", "--kernel", "1")
    assert (result.code, "K502" in result.err) == (2, True)
