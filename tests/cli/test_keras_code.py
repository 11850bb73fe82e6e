"""Keras code where a network may stand: what changed is told beside the answer, not in it."""

import json

import pytest

LISTING = """\
from keras.models import Sequential
model = Sequential()
model.add(Convolution2D(4, 3, 3, border_mode="same", activation="relu", input_shape=(8, 8, 3)))
model.add(MaxPooling2D())
model.add(Flatten())
model.add(Dense(3, activation="softmax"))
"""


@pytest.fixture
def code(tmp_path):
    path = tmp_path / "옛 코드.py"
    path.write_text(LISTING, "utf-8")
    return path


def test_a_program_is_summed_up_with_notes(konv, code):
    result = konv("summary", code)
    assert result.code == 0
    # 3·3·3·4 + 4 and 4·4·4·3 + 3
    assert "307 parameters" in result.out
    assert "read as Keras 1: border_mode (line 3)" in result.err
    assert "border_mode is called padding now" in result.err
    assert all(len(line) <= 80 for line in result.err.splitlines())


def test_the_notes_are_not_in_the_answer_for_programs(konv, code):
    result = konv("summary", code, "--json")
    assert json.loads(result.out)["totals"]["parameters"] == 307
    assert "border_mode" in result.err


def test_a_notebook_is_drawn_and_checked(konv, tmp_path):
    cells = [{"cell_type": "code", "source": LISTING}]
    (tmp_path / "net.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    assert konv("check", "net.ipynb").code == 0
    assert "conv2d_1" in konv("draw", "net.ipynb", "--style", "text").out


def test_what_is_not_understood_is_an_error_with_the_whole_list(konv, tmp_path):
    (tmp_path / "net.py").write_text(LISTING + "prune(model)\nmodel.add(LSTM(n))\n", "utf-8")
    result = konv("summary", "net.py")
    assert result.code == 2
    assert all(word in result.err for word in ("K410", "line 7", "prune(model)", "line 8", "LSTM"))
    korean = konv("summary", "net.py", "--lang", "ko").err
    assert "8번째 줄" in korean


def test_a_program_that_is_not_there_is_said_so(konv):
    result = konv("summary", "none.py")
    assert result.code == 2
    assert "K404" in result.err


def test_a_page_with_code_in_it_is_read(konv, tmp_path):
    (tmp_path / "글.md").write_text(f"# 모델\n\n```python\n{LISTING}```\n", "utf-8")
    result = konv("summary", "글.md", "--lang", "ko")
    assert "307" in result.out
    assert "코드로 읽은 줄: 4-9" in result.err
