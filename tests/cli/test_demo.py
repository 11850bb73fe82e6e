"""konv demo: what it promises, and what it leaves."""

import json

import numpy as np
import pytest
from PIL import Image

from konv.cli import demo as demo_module
from konv.data import load as load_pictures
from konv.model import load

FIGURES = {"curves", "confusion", "filters", "feature_maps", "misclassified"}


def test_it_recognises_98_of_100_digits_that_it_has_never_seen(konv, tmp_path):
    result = konv("demo", "--json")
    assert result.code == 0, result.err
    facts = json.loads(result.out)
    assert facts["test_accuracy"] >= 0.98
    assert facts["test_count"] >= 0.2 * 1797
    assert facts["parameters"] == 38_282
    assert {path.split("/")[-1] for path in facts["figures"]} == {f"{n}.png" for n in FIGURES}
    for path in facts["figures"]:
        with Image.open(path) as figure:
            assert min(figure.size) > 100
    model = load(facts["model_file"])
    test = load_pictures("digits", validation=0.1, test=0.25, seed=0).test
    right = (model.predict(test.images).argmax(axis=1) == test.labels).mean()
    assert right == pytest.approx(facts["test_accuracy"])

    judged = json.loads(konv("evaluate", facts["model_file"], "digits", "--json").out)
    assert (judged["split"], judged["accuracy"]) == ("test", facts["test_accuracy"])
    guesses = json.loads(konv("predict", facts["model_file"], facts["pictures"], "--json").out)
    right = [
        one["path"].endswith(f"digit_{one['classes'][0]['class']}.png")
        for one in guesses["predictions"]
    ]
    assert len(right) == 10
    assert sum(right) >= 9


def test_it_shows_what_it_does_and_what_to_do_next(konv, tmp_path):
    result = konv("demo", "--epochs", 2, "--out", "a folder")
    assert result.code == 0
    for said in (
        "1,168 to learn from, 180 to watch",
        "digits-mini: 8×8×1 → 10",
        "rows: true classes",
        "██",
        "Test accuracy",
        "konv predict 'a folder/digits.konv' 'a folder/pictures'",
    ):
        assert said in result.out
    assert "epoch 2/2" in result.err
    assert max(map(len, result.out.splitlines())) <= 80


def test_only_its_own_files_are_replaced(konv, tmp_path):
    folder = tmp_path / "demo"
    (folder / "pictures").mkdir(parents=True)
    own = {folder / "notes.txt": b"mine", folder / "pictures" / "cat.png": b"mine too"}
    for path, content in own.items():
        path.write_bytes(content)
    (folder / "digits.konv").write_bytes(b"of before")
    assert konv("demo", "--epochs", 1, "--json").code == 0
    assert {path: path.read_bytes() for path in own} == own
    assert load(folder / "digits.konv").network.parameters == 38_282


def test_the_seed_decides_all(konv, tmp_path):
    for out, seed in (("a", 3), ("b", 3), ("c", 4)):
        konv("demo", "--epochs", 1, "--seed", seed, "--out", out, "--json")
    first, second, other = ((tmp_path / run / "digits.konv").read_bytes() for run in "abc")
    assert first == second
    assert first != other


def test_the_digit_that_it_is_least_sure_of_is_shown(konv, tmp_path):
    konv("demo", "--epochs", 1, "--json")
    model = load("demo/digits.konv")
    test = load_pictures("digits", validation=0.1, test=0.25, seed=0).test
    sureness = model.predict(test.images).max(axis=1)
    truth = test.labels[np.argmin(sureness)]
    text = konv("demo", "--epochs", 1).out
    captions = next(line for line in text.splitlines() if line.startswith("this is"))
    assert captions.rstrip().endswith(f"this is {truth}")


def test_ctrl_c_is_obeyed(konv, monkeypatch):
    def interrupt(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_module, "_train", interrupt)
    assert konv("demo").code == 130
