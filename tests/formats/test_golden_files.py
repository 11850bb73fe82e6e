"""Files of former versions load, with the meaning that they had when they were written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from formats.example_models import EXAMPLES, PICTURE, outputs
from formats.golden_files import GOLDEN, meaning
from konv.data.preprocessing import Preprocessing
from konv.formats import model_bytes, read_model

FILES = sorted(GOLDEN.glob("*.konv"))


def test_there_are_golden_files_of_every_example():
    assert {path.stem.split("-", 1)[0] for path in FILES} >= {"v1"}
    for name, example in EXAMPLES.items():
        written = model_bytes(example())
        assert any(path.read_bytes() == written for path in FILES), (
            f"{name} is written in another way than before: "
            "add the new file with PYTHONPATH=tests python -m formats.golden_files"
        )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_golden_file_means_what_it_meant(path):
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    found = meaning(read_model(path))
    for name, layer in expected["layers"].items():
        fields = found["layers"][name]["fields"]
        # A field that came later is not among what was meant.
        found["layers"][name]["fields"] = {key: fields[key] for key in layer["fields"]}
    assert found == expected


@pytest.mark.parametrize(
    "path", [path for path in FILES if "simple" not in path.stem], ids=lambda path: path.stem
)
def test_the_weights_of_a_golden_file_are_eighths_counted_up(path):
    weights = read_model(path).weights.values()
    numbers = np.concatenate([array.reshape(-1) for array in weights])
    np.testing.assert_array_equal(numbers, np.arange(1, numbers.size + 1) / 8)


def test_the_first_golden_file_number_by_number():
    contents = read_model(GOLDEN / "v1-simple.konv")
    assert contents.class_names == ("고양이", "강아지")
    assert contents.preprocessing == Preprocessing(4, 4, 1, policy="crop", mean=(0.25,), std=(0.5,))
    assert contents.record == {
        "seed": 7,
        "metrics": {"accuracy": [0.5, 0.75]},
        "data_fingerprint": "4d7a",
    }
    assert contents.weights["conv2d_1/kernel"].reshape(-1).tolist() == [2, 0, 1, 0, 1, 2, 1, 0, 2]
    assert contents.weights["conv2d_1/bias"].tolist() == [3]
    assert contents.weights["dense_1/kernel"].tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    assert contents.weights["dense_1/bias"].tolist() == [0, 0.5]
    # The kernel over the picture, with its bias: [[18, 19], [9, 18]].
    assert outputs(contents, PICTURE.reshape(1, 4, 4, 1)).tolist() == [[27, 37.5]]
