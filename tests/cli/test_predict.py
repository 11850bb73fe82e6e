"""konv predict: what is on pictures, and which files were none."""

import csv
import io
import json
import math

import pytest

from konv.data import Preprocessing
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.model import Sequential, load
from konv.training.labels import Labels


def test_classes_come_with_their_probabilities_the_likeliest_first(konv, photos, model):
    result = konv("predict", model, photos / "보" / "3.png", "--json")
    (prediction,) = json.loads(result.out)["predictions"]
    outputs = load(model).predict(load(model).preprocessing.read(photos / "보" / "3.png")[None])[0]
    order = outputs.argsort()[::-1]
    assert [one["class"] for one in prediction["classes"]] == [
        ("가위", "바위", "보")[place] for place in order
    ]
    assert [one["probability"] for one in prediction["classes"]] == pytest.approx(
        outputs[order].tolist()
    )
    assert prediction["path"].endswith("3.png")


def test_folders_are_searched_and_bad_files_named_skipped_and_counted(konv, photos, model):
    (photos / "보" / "broken.png").write_text("no picture\n")
    result = konv("predict", model, "photos", "--json", "--top", 1)
    facts = json.loads(result.out)
    assert facts["count"] == 36
    assert [one["path"] for one in facts["skipped"]] == ["photos/보/broken.png"]
    assert "1 files could not be read" in result.err
    right = [
        one["path"].split("/")[1] == one["classes"][0]["class"] for one in facts["predictions"]
    ]
    assert sum(right) / len(right) > 0.9


def test_text_has_a_line_for_each_picture(konv, photos, model):
    lines = konv("predict", model, "photos/보").out.splitlines()
    assert len(lines) == 12
    assert all(line.startswith("photos/보/") and line.count("%") == 3 for line in lines)


def test_a_long_path_stands_in_a_line_of_its_own(konv, photos, model):
    place = photos.parent / ("long" * 20)
    (photos / "보").rename(place)
    lines = konv("predict", model, place / "0.png").out.splitlines()
    assert lines[0] == str(place / "0.png")
    assert lines[1].startswith("    ")


def test_csv_is_read_back_as_the_same(konv, photos, model):
    result = konv("predict", model, "photos/보", "--csv", "--top", 2)
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert len(rows) == 12
    assert list(rows[0]) == ["path", "class_1", "probability_1", "class_2", "probability_2"]
    assert float(rows[0]["probability_1"]) > float(rows[0]["probability_2"])


def test_more_pictures_than_are_read_at_once_come_in_their_order(konv, photos, model, monkeypatch):
    monkeypatch.setattr("konv.cli.predict._AT_ONCE", 5)
    facts = json.loads(konv("predict", model, "photos/보", "--json").out)
    assert [one["path"] for one in facts["predictions"]] == [
        f"photos/보/{n}.png" for n in range(12)
    ]


def test_names_that_could_control_a_screen_cannot(konv, photos, model):
    (photos / "보").rename(photos / "a\x1b[2Jb")
    for line in (("predict", model, photos), ("train", photos, "--epochs", 1)):
        result = konv(*line)
        assert result.code == 0
        assert "\x1b" not in result.out + result.err
    result = konv("predict", model, "a\x1b[2Jb.png")
    assert result.code == 2
    assert "\x1b" not in result.err


def test_a_single_output_is_the_probability_of_the_second_class(konv, photos):
    model = Sequential(
        [Input((8, 8, 3)), Conv2D(2, 3), Flatten(), Dense(1, activation="sigmoid")], seed=1
    )
    model.labels, model.preprocessing = Labels(("no", "yes")), Preprocessing(8, 8, 3)
    model.save("two.konv")
    facts = json.loads(konv("predict", "two.konv", photos / "보" / "0.png", "--json").out)
    classes = {one["class"]: one["probability"] for one in facts["predictions"][0]["classes"]}
    output = float(model.predict(model.preprocessing.read(photos / "보" / "0.png")[None])[0, 0])
    assert classes == pytest.approx({"no": 1 - output, "yes": output})


def test_a_model_without_names_numbers_its_classes(konv, photos):
    model = Sequential([Input((8, 8, 3)), Flatten(), Dense(4, activation="softmax")])
    model.preprocessing = Preprocessing(8, 8, 3)
    model.save("nameless.konv")
    facts = json.loads(konv("predict", "nameless.konv", "photos/보", "--json", "--top", 9).out)
    assert {one["class"] for one in facts["predictions"][0]["classes"]} == {"0", "1", "2", "3"}


@pytest.mark.parametrize("classes", [3, 1])
def test_scores_of_known_classes_become_probabilities(classes, konv, photos, tmp_path):
    network = [Input((8, 8, 3)), Flatten(), Dense(classes)]
    model = Sequential(network, seed=1)
    model.preprocessing = Preprocessing(8, 8, 3)
    picture = photos / "보" / "3.png"
    model.save(tmp_path / "scores.konv")
    refused = konv("predict", "scores.konv", picture)
    assert (refused.code, "--class-names NAMES" in refused.err) == (2, True)
    model.labels = Labels(("가위", "바위", "보")[: max(classes, 2)])
    model.save(tmp_path / "scores.konv")
    (prediction,) = json.loads(konv("predict", "scores.konv", picture, "--json").out)["predictions"]
    found = {one["class"]: one["probability"] for one in prediction["classes"]}
    scores = model.predict(model.preprocessing.read(picture)[None])[0].astype(float)
    powers = [math.exp(score) for score in ([0, *scores] if classes == 1 else scores)]
    expected = dict(zip(model.classes, (power / sum(powers) for power in powers), strict=True))
    assert found == pytest.approx(expected)
