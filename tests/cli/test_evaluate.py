"""konv evaluate: by which pictures a model is judged, and how classes are matched."""

import json
import shutil

import numpy as np
import pytest

from konv.data import load as load_pictures
from konv.model import load


def facts_of(result):
    assert result.code == 0, result.err
    return json.loads(result.out)


def expected(model, pictures, labels):
    """Loss and accuracy by hand, from what the model puts out."""
    outputs = load(model).predict(pictures)
    chosen = outputs[np.arange(len(labels)), labels]
    return float(-np.log(chosen).mean()), float((outputs.argmax(axis=1) == labels).mean())


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_split_is_that_of_the_training(split, konv, photos, model):
    facts = facts_of(konv("evaluate", model, photos, "--split", split, "--json"))
    pictures = load_pictures(photos, validation=0.1, test=0.2, seed=0).splits[split]
    loss, accuracy = expected(model, pictures.images, pictures.labels)
    assert facts["split"] == split
    assert facts["count"] == len(pictures)
    assert facts["loss"] == pytest.approx(loss, rel=1e-4)
    assert facts["accuracy"] == pytest.approx(accuracy)
    assert [one["class"] for one in facts["per_class"]] == ["가위", "바위", "보"]
    assert np.sum(facts["confusion"]) == len(pictures)


def test_the_data_of_the_training_are_judged_by_their_test_split(konv, photos, model):
    facts = facts_of(konv("evaluate", model, photos, "--json"))
    assert (facts["split"], facts["count"]) == ("test", 7)


def test_other_data_are_judged_by_all_their_pictures(konv, photos, model, paint):
    for label, name in enumerate(("가위", "바위", "보")):
        paint(photos.parent / "new" / name / "0.png", label, 77)
    facts = facts_of(konv("evaluate", model, "new", "--json"))
    assert (facts["split"], facts["count"]) == ("all", 3)


def test_other_data_with_a_test_split_are_judged_by_it(konv, photos, model, paint):
    for part, count in (("train", 3), ("test", 2)):
        for label, name in enumerate(("가위", "바위", "보")):
            for number in range(count):
                paint(photos.parent / "new" / part / name / f"{number}.png", label, number)
    facts = facts_of(konv("evaluate", model, "new", "--json"))
    assert (facts["split"], facts["count"]) == ("test", 6)


def test_all_pictures_are_judged_with_a_warning(konv, photos, model):
    result = konv("evaluate", model, photos, "--split", "all", "--json")
    assert facts_of(result)["count"] == 36
    assert "was trained on these pictures" in result.err


def test_classes_are_matched_by_name_whatever_their_order_and_number(konv, photos, model, paint):
    """A folder with only two of the classes, whose labels are 0 and 1 there."""
    for label, name in ((1, "바위"), (2, "보")):
        for number in range(3):
            paint(photos.parent / "two" / name / f"{number}.png", label, 50 + number)
    facts = facts_of(konv("evaluate", model, "two", "--json"))
    assert facts["accuracy"] == 1
    assert np.array(facts["confusion"]).tolist() == [[0, 0, 0], [0, 3, 0], [0, 0, 3]]


def test_an_absent_split_is_named_with_those_that_there_are(konv, photos, model):
    konv("train", photos, "--epochs", 1, "--test", 0, "--out", "untested")
    result = konv("evaluate", "untested/best.konv", photos, "--split", "test")
    assert result.code == 2
    assert "train, validation" in result.err
    assert facts_of(konv("evaluate", "untested/best.konv", photos, "--json"))["split"] == (
        "validation"
    )


def test_pictures_of_another_size_are_brought_to_the_model_s(konv, photos, model, paint):
    for label, name in enumerate(("가위", "바위", "보")):
        paint(photos.parent / "large" / name / "0.png", label, size=40)
    assert facts_of(konv("evaluate", model, "large", "--json"))["count"] == 3


def test_a_record_that_says_nonsense_is_not_believed(konv, photos, model):
    changed = load(model)
    changed.record["options"]["data"] = {"validation": "many", "seed": -1}
    changed.save(model)
    assert konv("evaluate", model, photos).code == 0


def test_text_shows_the_numbers_and_what_was_taken_for_what(konv, photos, model):
    result = konv("evaluate", model, photos)
    assert f"{model} on 7 pictures of photos (test)" in result.out
    for said in ("accuracy", "precision", "가위", "rows: true classes"):
        assert said in result.out
    assert max(map(len, result.out.splitlines()[1:])) <= 80


def test_it_changes_nothing(konv, photos, model):
    copy = shutil.copy(model, photos.parent / "copy.konv")
    konv("evaluate", model, photos)
    assert model.read_bytes() == (photos.parent / copy).read_bytes()
