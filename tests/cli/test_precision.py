"""--precision bf16: what it changes is measured on the pictures, and printed."""

import csv
import io
import json

import numpy as np
import pytest

from konv.cli.precision import Difference, measured_difference
from konv.data import load as load_pictures
from konv.engines.compiled.plan.operations import bf16
from konv.engines.compiled.target import host_target
from konv.language import using_language
from konv.model import load
from oracles.bf16 import HERE

needs_unit = pytest.mark.skipif(not HERE, reason="no products of bfloat16 here")


@pytest.fixture
def wherever_possible(monkeypatch):
    """The small network of these tests would not gain by it."""
    monkeypatch.setattr(bf16, "_pays", lambda operation, _target: operation.parts.groups == 1)


def compared(model, images):
    """(another class, largest difference), by hand."""
    loaded = load(model)
    exact, other = (loaded.predict(images, precision=p) for p in ("float32", "bf16"))
    changed = (exact.argmax(axis=1) != other.argmax(axis=1)).sum()
    return int(changed), float(np.abs(exact - other).max())


@needs_unit
def test_an_evaluation_says_what_changed(konv, photos, model, wherever_possible):
    facts = json.loads(konv("evaluate", model, photos, "--precision", "bf16", "--json").out)
    exact = json.loads(konv("evaluate", model, photos, "--json").out)
    images = load_pictures(photos, validation=0.1, test=0.2, seed=0).test.images
    changed, largest = compared(model, images)
    assert largest > 0
    assert facts["precision"] == {
        "precision": "bf16",
        "count": 7,
        "changed": changed,
        "largest": pytest.approx(largest),
        "float32": {"accuracy": exact["accuracy"]},
    }
    assert facts["loss"] != exact["loss"]
    assert facts["loss"] == pytest.approx(exact["loss"], rel=0.05)
    assert "precision" not in exact


@needs_unit
def test_an_evaluation_shows_both_accuracies(konv, photos, model, wherever_possible):
    result = konv("evaluate", model, photos, "--precision", "bf16")
    lines = result.out.splitlines()
    assert any(line.startswith("bf16 against float32, on 7 pictures") for line in lines)
    assert "with bf16, " in lines[-1]
    assert lines[-1].endswith(" with float32")
    assert max(map(len, lines[1:])) <= 80
    assert "float32" not in konv("evaluate", model, photos).out


@needs_unit
def test_predictions_are_compared_on_the_first_pictures(
    konv, photos, model, wherever_possible, monkeypatch
):
    monkeypatch.setattr("konv.cli.predict._AT_ONCE", 5)
    result = konv("predict", model, "photos/보", "--precision", "bf16", "--json")
    facts = json.loads(result.out)
    loaded = load(model)
    images = [loaded.preprocessing.read(photos / "보" / f"{n}.png") for n in range(5)]
    changed, largest = compared(model, np.stack(images))
    assert facts["precision"] == {
        "precision": "bf16",
        "count": 5,
        "changed": changed,
        "largest": pytest.approx(largest),
    }
    assert "on the first 5 of 12 pictures" in result.err


@needs_unit
def test_the_difference_is_no_part_of_the_csv(konv, photos, model):
    result = konv("predict", model, "photos/보", "--precision", "bf16", "--csv")
    assert len(list(csv.DictReader(io.StringIO(result.out)))) == 12
    assert "bf16 against float32, on 12 pictures: 0 are taken" in result.err


@needs_unit
def test_a_plan_shows_what_is_computed_in_bf16(konv, wherever_possible):
    asked = ("info", "--plan", "vgg-mini", "--predict")
    lines = konv(*asked, "--precision", "bf16").out.splitlines()
    assert sum("bf16 convolution, ReLU" in line for line in lines) == 6
    assert not any("bf16" in line for line in konv(*asked).out.splitlines())


@pytest.mark.skipif(host_target().bf16 != "tiles", reason="no matrix unit here")
def test_a_plan_for_a_matrix_unit_takes_half_of_the_cycles(konv):
    """Of six convolutions five gain enough; the first has few channels."""
    asked = ("info", "--plan", "vgg-mini", "--predict")
    lines = konv(*asked, "--precision", "bf16").out.splitlines()
    assert sum("bf16 convolution, ReLU" in line for line in lines) == 5
    facts = json.loads(konv(*asked, "--precision", "bf16", "--json").out)
    assert facts["precision"] == "bf16"
    exact = json.loads(konv(*asked, "--json").out)
    assert facts["totals"]["cycles"] < exact["totals"]["cycles"] / 2


def test_a_plan_for_a_processor_without_it_is_refused(konv, monkeypatch):
    monkeypatch.setenv("KONV_ISA", "baseline")
    asked = ("info", "--plan", "lenet5", "--predict", "--precision", "bf16")
    assert "K706" in konv(*asked).err


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_a_processor_without_it_refuses(command, konv, photos, model, monkeypatch):
    monkeypatch.setenv("KONV_ISA", "baseline")
    result = konv(command, model, photos, "--precision", "bf16")
    assert result.code == 2
    assert "K706" in result.err
    assert not result.out


def test_a_precision_that_does_not_exist_is_refused(konv, photos, model):
    result = konv("predict", model, photos, "--precision", "bf61")
    assert result.code == 2
    assert 'did you mean "bf16"' in result.err


class Model:
    """One whose outputs in float32 are known."""

    def predict(self, _images):
        return np.float32([[0.6, 0.4], [0.2, 0.8], [0.5, 0.5]])

    def class_indices(self, outputs):
        return outputs.argmax(axis=1)


def test_changed_classes_and_the_largest_difference_are_counted():
    outputs = np.float32([[0.625, 0.375], [0.75, 0.25], [0.5, 0.5]])
    found = measured_difference(Model(), np.zeros((3, 1)), outputs, "bf16")
    assert found == Difference("bf16", 3, 1, float(np.float32(0.8) - np.float32(0.25)))
    assert measured_difference(Model(), np.zeros((3, 1)), outputs, "float32") is None


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_text_fits_the_screen(language):
    with using_language(language):
        text = Difference("bf16", 512, 3, 0.0123456).text(123_456)
    assert "0.012" in text
    assert "123,456" in text
    assert max(map(len, text.splitlines())) <= 80
