"""Listings as they are printed: pages, prompts, notebooks, old Python, and slips."""

import json

import pytest

from konv.errors import FormatError, LimitError
from konv.formats.code_reading import network_from_keras_code, read_keras_code

LINE = "Sequential([Dense(3, input_dim=4)])"
FENCED = f"""
# 신경망 만들기

먼저 층을 쌓습니다. `Dense(4)`는 완전연결 층입니다.

```bash
pip install keras
```

```python
from keras.models import Sequential
from keras.layers import Dense
```

    Using Theano backend.

```python
model = {LINE}
```

```
_________________
Layer (type)   Output Shape
```
"""
JEKYLL = f"""---
title: a page
---
Text before it.

{{% highlight python %}}
model = {LINE}
{{% endhighlight %}}

Text behind it: (see above).
"""
PLAIN = f"""코드 1. 모델 예제 (Keras)

from keras.models import Sequential
from keras.layers import Dense

model = {LINE}
model.summary()

4. 입출력 계산

출력 크기는 (N - F) / S + 1 입니다.

The end
"""
PROMPTS = """
>>> from keras.models import Sequential
>>> model = Sequential()
>>> model.add(Dense(3,
...                 input_dim=4))
>>> model.count_params()
15
"""
NUMBERED = """
In [1]: model = Sequential()
In [2]: model.add(Dense(3, input_dim=4))
Out[2]: None
"""
CELLS = f"""
In [5]:

from keras.models import Sequential

In [6]:
model = {LINE}
model.output_shape

Out[6]:
(None, 3)
"""
# Empty lines within bodies and brackets.
SPLIT = """
The function below builds it (see figure 3).

def build(sizes):
    model = Sequential([

        Dense(9, input_dim=4),

    ])
    for size in sizes:
        model.add(Dropout(0.5))

        model.add(Dense(size))

    if len(sizes) > 9:
        model.pop()

    else:
        model.add(Dense(3))

    return model

It is called once.

model = build((5, 4))
"""
INDENTED = f"""
A listing in Markdown without fences:

    from keras.models import Sequential
    model = {LINE}

and some words behind it.
"""


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        (FENCED, "lines 11-12, 18"),
        (JEKYLL, "lines 7"),
        (PLAIN, "lines 3-4, 6-7"),
        (INDENTED, "lines 4-5"),
        (PROMPTS, ""),
        (NUMBERED, ""),
        (CELLS, ""),
        (SPLIT, "lines 4-21, 25"),
    ],
    ids=["fenced", "jekyll", "plain", "indented", "prompts", "numbers", "cells", "split"],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_code_of_a_page_is_found(page, lines, ends):
    found = network_from_keras_code(page.replace("\n", ends))
    assert (found.network.input_shape, found.network.output_shape) == ((4,), (3,))
    assert lines in "".join(note.text for note in found.notes if "the rest is text" in note.text)


def test_a_body_with_empty_lines_stays_whole():
    found = network_from_keras_code(SPLIT).network
    kinds = [type(node.layer).__name__ for node in found.nodes]
    assert kinds == ["Input", "Dense", *["Dropout", "Dense"] * 2, "Dense"]
    # 4·9 + 9, 9·5 + 5, 5·4 + 4, 4·3 + 3
    assert found.parameters == 45 + 50 + 24 + 15


def test_a_layer_that_stands_alone_is_a_network():
    found = network_from_keras_code(
        "Convolution2D(2, 2, 2, border_mode='same', input_shape=(3, 3, 3))"
    )
    assert found.network.output_shape == (3, 3, 2)
    assert found.network.parameters == 2 * 2 * 3 * 2 + 2


def test_lines_keep_their_numbers():
    page = FENCED.replace("Dense(3, input_dim=4)", "LSTM(3, input_shape=(4, 2))")
    with pytest.raises(FormatError) as caught:
        network_from_keras_code(page)
    assert dict(caught.value.details)["line 18"] == "LSTM"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Dense(4, input_dim=9))", 1, "a bracket ) too many"),
        ("x = 3\nmodel.add(Dense(4)\ny = 4\n", 2, "the bracket ( is never closed"),
        ("model = Sequential()\nmodel.add(Dense(4, “relu”))\n", 2, "“ has no place in code"),
        ("model = Sequential()\n  model.add(Dense(4))\n", 2, "indentation"),
        ("model.add(Dense(4, activation='relu))\n", 1, "a text is never closed"),
        (FENCED.replace("4)])", "4))])"), 18, "bracket"),
    ],
)
def test_a_slip_is_named_at_its_line(text, line, said):
    with pytest.raises(FormatError) as caught:
        network_from_keras_code(text, "page.md")
    assert caught.value.code == "K401"
    assert caught.value.where == f"page.md, line {line}"
    assert said in caught.value.what


def test_a_program_is_not_taken_for_a_page(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(f"model = {LINE}\n\nfor x in y\n    pass\n")
    with pytest.raises(FormatError, match="K401") as caught:
        read_keras_code(path)
    assert caught.value.where == f"{path}, line 3"


def test_a_percent_sign_may_begin_a_line_of_python():
    text = f"model = {LINE}\nprint('%d layers'\n% 3)\n"
    assert network_from_keras_code(text).network.output_shape == (3,)


def test_print_of_python_2_is_passed_over():
    text = f"model = {LINE}\nfor n in range(3):\n    print 'layer', n\nprint model.summary()\n"
    assert network_from_keras_code(text).network.output_shape == (3,)


# Notebooks ----------------------------------------------------------------------------------------


def cell(kind, *lines):
    return {"cell_type": kind, "source": [f"{line}\n" for line in lines], "metadata": {}}


def notebook(*cells):
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 2, "metadata": {}})


def written(tmp_path, text):
    path = tmp_path / "net.ipynb"
    path.write_text(text, "utf-8")
    return path


def test_the_cells_of_a_notebook_are_one_program(tmp_path):
    path = written(
        tmp_path,
        notebook(
            cell("markdown", "# 모델", "Dense(3))"),
            cell("code", "%matplotlib inline", "!pip install keras", "units = 3"),
            cell("code", "%%bash", "echo (("),
            cell("code"),
            cell("code", "model = Sequential()", "model.add(Dense(units, bias=True, input_dim=4))"),
        ),
    )
    found = read_keras_code(path)
    assert found.network.parameters == 15
    assert "cell 5, line 2" in {note.where for note in found.notes}


def test_notebooks_of_old_have_sheets(tmp_path):
    sheet = {"cells": [{"cell_type": "code", "input": [f"model = {LINE}"]}]}
    path = written(tmp_path, json.dumps({"worksheets": [sheet], "nbformat": 3}))
    assert read_keras_code(path).network.parameters == 15


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', "{", '{"worksheets": [3]}', "3"])
def test_what_is_no_notebook_is_an_error(tmp_path, text):
    with pytest.raises(FormatError, match="K401"):
        read_keras_code(written(tmp_path, text))


def test_cells_that_are_none_are_left_out(tmp_path):
    cells = [3, None, {"cell_type": "code"}, {"cell_type": "code", "source": 3}]
    path = written(tmp_path, notebook(*cells, cell("code", LINE)))
    assert read_keras_code(path).network.parameters == 15


def test_a_notebook_that_is_too_deep_says_what_to_do(tmp_path):
    path = written(tmp_path, '{"cells": ' + "[" * 40 + "]" * 40 + "}")
    with pytest.raises(LimitError, match="K604") as caught:
        read_keras_code(path)
    assert "outputs" in caught.value.fix
