"""konv explain: one number as the sum that it is, as text, JSON and a page."""

import json

import numpy as np
import pytest
from PIL import Image

from konv.language.tables import places
from konv.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from konv.model import Sequential, load
from konv.training.labels import Labels

X = "1,2,3,0\n0,1,2,3\n3,0,1,2\n2,3,0,1\n"
K = np.array([[2, 0, 1], [0, 1, 2], [1, 0, 2]], float)


@pytest.fixture
def matrix(tmp_path):
    """Tutorial 004's numbers and its kernel: x.csv and x.konv."""
    (tmp_path / "x.csv").write_text(X)
    layers = [
        Input((4, 4, 1)),
        Conv2D(1, 3, padding="same", name="합성곱"),
        MaxPooling2D(2),
        Flatten(),
        Dense(2, activation="softmax"),
    ]
    model = Sequential(layers, seed=1)
    model.set_weights([K[:, :, None, None], [3], *model.get_weights()[2:]])
    model.labels = Labels(("개", "고양이"))
    model.save(tmp_path / "x.konv")
    return tmp_path


def explain(konv, *options):
    return konv("explain", "x.konv", "x.csv", *options)


@pytest.mark.parametrize("how", ["loops", "im2col", "true"])
def test_v2_from_the_command_line(konv, matrix, how):
    result = explain(konv, "--layer", "합성곱", "--at", "1,1,0", "--how", how)
    assert result.code == 0
    assert "15 + 3 = 18" in result.out
    facts = json.loads(
        explain(konv, "--layer", "합성곱", "--at", "1,1,0", "--how", how, "--json").out
    )
    assert (facts["value"], facts["steps"][0]["sum"]) == (18, 15)


def test_v10_from_the_command_line(konv, matrix):
    words = ("--layer", "합성곱", "--at", "0,0,0", "--participation")
    assert "4  6  6  4\n  6  9  9  6\n" in explain(konv, *words).out
    rows = json.loads(explain(konv, *words, "--json").out)["participation"]
    assert rows == [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]


def test_layers_without_windows_say_so(konv, matrix):
    words = ("--layer", "flatten_1", "--at", 3, "--participation")
    assert "flatten_1 has no windows" in explain(konv, *words).out
    assert json.loads(explain(konv, *words, "--json").out)["participation"] is None


@pytest.mark.parametrize("language", ["en", "ko"])
def test_lines_are_at_most_80_wide(konv, model, photos, language):
    picture = photos / "보" / "0.png"
    for layer, at in (("conv2d_1", "3,4,0"), ("dense_1", "2"), ("input_1", "7,7,2")):
        words = ("--layer", layer, "--at", at, "--all", "--participation", "--lang", language)
        result = konv("explain", model, picture, *words)
        assert result.code == 0
        assert max(map(places, result.out.splitlines())) <= 80


def test_the_number_is_that_of_the_prediction(konv, model, photos):
    picture = photos / "보" / "0.png"
    facts = json.loads(
        konv("explain", model, picture, "--layer", "dense_1", "--at", 1, "--json").out
    )
    loaded = load(model)
    assert facts["value"] == loaded.predict(loaded.preprocessing.read(picture)[None])[0, 1]


def test_the_gradient_of_a_weight_by_the_label(konv, matrix):
    words = ("--layer", "합성곱", "--weight", "0,1,0,0", "--label", "고양이")
    result = explain(konv, *words)
    assert "Gradient of the loss by 합성곱/kernel" in result.out
    facts = json.loads(explain(konv, *words, "--json").out)
    other = explain(konv, *words[:-1], "개", "--json").out
    assert facts["loss"] == "SparseCategoricalCrossentropy"
    assert facts["value"] == pytest.approx(facts["sum"], rel=1e-3, abs=1e-6)
    assert json.loads(other)["sum"] != facts["sum"]


def test_a_page_is_written(konv, matrix):
    words = ("--layer", "합성곱", "--at", "0,0,0", "--html", "page.html")
    result = explain(konv, *words)
    assert "page.html" in result.err
    assert (matrix / "page.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_korean_from_the_command_line(konv, matrix):
    result = explain(konv, "--layer", "합성곱", "--at", "0,0,0", "--lang", "ko")
    assert "(편향)" in result.out
    assert "수용 영역의 나머지는 패딩 위에 있습니다" in " ".join(result.out.split())


BAD = [
    ("--layer 합성 --at 0,0,0", "K305", 'did you mean "합성곱"?'),
    ("--layer 합성곱 --at 0,4,0", "K311", "the nearest is 0,3,0"),
    ("--layer 합성곱 --at -1,0,0", "K311", "the nearest is 0,0,0"),
    ("--layer 합성곱 --at 0,0", "K311", "2 coordinates where 3 are needed"),
    ("--layer 합성곱 --at 0;0", "K201", "such as 3,4,0"),
    ("--layer 합성곱 --at 99999999999,0,0", "K201", "such as 3,4,0"),
    ("--layer 합성곱", "K901", "which number?"),
    ("--at 0,0,0", "K901", "one of input_1, 합성곱"),
    ("--layer 합성곱 --at 0,0,0 --how im2cols", "K201", 'did you mean "im2col"?'),
    ("--layer flatten_1 --at 0 --how im2col", "K205", "합성곱"),
    ("--layer 합성곱 --at 0,0,0 --label 개", "K901", "--label says nothing"),
    ("--layer 합성곱 --at 0 --weight 0", "K901", "contradict"),
    ("--layer 합성곱 --weight 0", "K901", "--weight needs --label"),
    ("--layer 합성곱 --weight 0,0,0,1 --label 개", "K311", "the nearest is 0,0,0,0"),
    ("--layer 합성곱 --weight 0 --label 게", "K505", "one of 개, 고양이"),
    ("--layer flatten_1 --weight 0 --label 개", "K201", "합성곱, dense_1"),
    ("--layer 합성곱 --weight 0 --label 개 --how true", "K901", "--how says nothing"),
    ("--layer 합성곱 --weight 0 --label 개 --participation", "K901", "--participation says"),
]


@pytest.mark.parametrize(("line", "code", "said"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_line_is_answered_with_a_fix(konv, matrix, line, code, said):
    result = explain(konv, *line.split())
    assert result.code == 2
    assert code in result.err
    assert said in result.err
    assert "\n  fix" in result.err
    assert json.loads(explain(konv, *line.split(), "--json").out)["error"]["code"] == code


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("a.csv", "1,2\n3,4\n", "K504", "2 rows of 2 numbers"),
        ("a.csv", "1,2\n3\n", "K502", "line 1 has 2 numbers, line 2 has 1"),
        ("a.csv", "1,x\n3,4\n", "K502", "line 1: 'x' is no number"),
        ("a.csv", "", "K502", "there is no number in it"),
        ("a.csv", X.replace("3", "nan"), "K507", "finite"),
        ("a.csv", "\udcff\udcfe", "K502", "not a text"),
        ("a.png", "not a picture", "K504", "how a picture becomes its input"),
    ],
)
def test_a_picture_that_cannot_be_is_said(konv, matrix, name, content, code, said):
    (matrix / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    result = konv("explain", "x.konv", name, "--layer", "합성곱", "--at", "0,0,0")
    assert result.code == 2
    assert code in result.err
    assert said in result.err


def test_a_folder_and_nothing_are_no_pictures(konv, matrix):
    (matrix / "folder.csv").mkdir()
    for name in ("folder.csv", "nothing.csv"):
        result = konv("explain", "x.konv", name, "--layer", "합성곱", "--at", "0,0,0")
        assert (result.code, "K502" in result.err) == (2, True)


def test_numbers_may_stand_apart_by_semicolons_or_spaces(konv, matrix):
    (matrix / "x.csv").write_text(X.replace(",", "; ") + "\n\n", "utf-8-sig")
    assert "= 15" in explain(konv, "--layer", "합성곱", "--at", "1,1,0").out


def test_a_picture_of_another_size_is_brought_to_the_models(konv, model, tmp_path):
    Image.new("RGB", (40, 20), (255, 0, 0)).save(tmp_path / "wide.png")
    words = ("--layer", "input_1", "--at", "4,4,0", "--json")
    facts = json.loads(konv("explain", model, "wide.png", *words).out)
    assert facts["steps"][0]["value"] == 255
