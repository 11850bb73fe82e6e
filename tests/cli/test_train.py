"""konv train: what it leaves in its folder, and what it says."""

import csv
import json
import os
import sys

import pytest

from konv.data import load as load_pictures
from konv.model import load

FAST = ("--epochs", 3, "--batch-size", 4, "--learning-rate", 0.02)


def test_a_run_leaves_models_a_history_and_what_was_asked_for(konv, photos, network_file):
    result = konv("train", "photos", "--network", network_file, *FAST)
    assert result.code == 0
    assert {path.name for path in (photos.parent / "run").iterdir()} == {
        ".lock",
        "best.konv",
        "checkpoint.safetensors",
        "last.konv",
        "log.csv",
        "run.json",
    }
    for said in ("가위", "tiny: 8×8×3 → 3", "best epoch:", "test: accuracy", "konv predict"):
        assert said in result.out
    assert "epoch 3/3" in result.err


def test_json_tells_the_same(konv, photos, network_file):
    result = konv("train", "photos", "--network", network_file, *FAST, "--json")
    facts = json.loads(result.out)
    assert result.err == ""
    assert [row["epoch"] for row in facts["history"]] == [1, 2, 3]
    assert facts["test"]["count"] == 4
    assert facts["epochs"] == 3
    assert facts["stop_reason"] is None
    best = min(facts["history"], key=lambda row: row["val_loss"])
    assert facts["best_epoch"] == best["epoch"]
    model = load(facts["best_model"])
    assert model.classes == ("가위", "바위", "보")
    assert model.record["metrics"] == best
    with open(facts["log"], newline="") as file:
        assert [float(row["loss"]) for row in csv.DictReader(file)] == [
            row["loss"] for row in facts["history"]
        ]


def test_a_model_knows_where_it_comes_from_but_no_private_path(konv, photos, network_file):
    konv("train", photos, "--network", network_file, *FAST, "--seed", 5, "--augment", "flip")
    model = load("run/best.konv")
    assert model.record["seed"] == 5
    assert model.record["data_fingerprint"] == load_pictures(photos, seed=5).fingerprint
    assert model.record["options"]["data"]["source"] == "photos"
    assert model.record["options"]["augmentations"] == [{"kind": "Flip"}]
    assert str(photos.parent) not in json.dumps(model.record)


def test_pictures_are_standardised_unless_that_is_not_wanted(konv, photos, network_file):
    konv("train", photos, "--network", network_file, *FAST, "--out", "a")
    konv("train", photos, "--network", network_file, *FAST, "--out", "b", "--no-standardize")
    pixels = load_pictures(photos).train.images / 255
    known = load("a/best.konv").preprocessing
    assert known.mean == pytest.approx(pixels.mean(axis=(0, 1, 2)))
    assert known.std == pytest.approx(pixels.std(axis=(0, 1, 2)))
    assert load("b/best.konv").preprocessing.mean is None


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_runs_after_each_other_find_folders_of_their_own(options, konv, photos, network_file):
    for _run in range(2):
        assert konv("train", photos, "--network", network_file, *FAST, *options).code == 0
    assert (photos.parent / "run-2" / "best.konv").is_file()


def test_the_same_seed_gives_the_same_files_and_another_gives_others(konv, photos, network_file):
    for out, seed, threads in (("a", 0, 1), ("b", 0, 2), ("c", 1, 1)):
        options = ("--seed", seed, "--threads", threads, "--out", out, "--augment", "shift=0.2")
        konv("train", photos, "--network", network_file, *FAST, *options)
    folder = photos.parent
    for name in ("best.konv", "last.konv", "log.csv"):
        first, second, other = ((folder / run / name).read_bytes() for run in "abc")
        assert first == second
        assert first != other


def test_a_network_that_takes_one_size_gets_its_pictures_at_that_size(konv, photos):
    result = konv("train", photos, "--network", "tutorial-39x31", "--epochs", 1, "--channels", 1)
    assert result.code == 0
    assert load("run/best.konv").preprocessing.shape == (39, 31, 1)


def test_auto_says_why_it_chose_a_network(konv, photos):
    result = konv("train", photos, "--epochs", 1)
    assert "28 colour pictures of 8×8: digits-mini, since" in result.out


def test_a_network_of_flat_numbers_and_one_with_channels_first_are_trained_too(konv, photos):
    layers = {
        "flat": "  - Input: {shape: [192]}\n",
        "first": "  - Input: {shape: [3, 8, 8]}\n"
        "  - Conv2D: {filters: 2, kernel_size: 3, data_format: channels_first}\n  - Flatten\n",
    }
    accuracies = []
    for name, text in layers.items():
        path = photos.parent / f"{name}.yaml"
        path.write_text(f"konv: 1\nlayers:\n{text}  - Dense: {{units: 3, activation: softmax}}\n")
        options = ("--network", path, "--out", name, "--size", 8, "--channels", 3, "--epochs", 9)
        result = konv("train", photos, *options, *FAST[2:], "--json")
        accuracies.append(json.loads(result.out)["test"]["accuracy"])
        assert konv("predict", f"{name}/best.konv", photos / "보" / "0.png").code == 0
    assert accuracies == [1.0, 1.0]


def test_patience_ends_a_run_that_becomes_no_better(konv, photos, network_file):
    # A learning rate this small changes nothing in float32.
    options = ("--patience", 2, "--epochs", 50, "--learning-rate", 1e-30)
    facts = json.loads(konv("train", photos, "--network", network_file, *options, "--json").out)
    assert facts["epochs"] == 3
    assert facts["best_epoch"] == 1
    assert "val_loss" in facts["stop_reason"]


def test_without_validation_the_loss_decides(konv, photos, network_file):
    options = ("--validation", 0, "--test", 0, "--json")
    facts = json.loads(konv("train", photos, "--network", network_file, *FAST, *options).out)
    assert facts["monitor"] == "loss"
    assert facts["test"] is None


def test_balanced_classes_weigh_pictures_of_rare_ones_more(konv, photos, network_file, paint):
    for number in range(12, 40):
        paint(photos / "보" / f"{number}.png", 2, number)
    losses = []
    for out, options in (("a", ()), ("b", ("--class-weight", "balanced"))):
        words = ("train", photos, "--network", network_file, *FAST, "--out", out, "--json")
        losses.append(json.loads(konv(*words, *options).out)["history"][0]["loss"])
    assert losses[0] != losses[1]


def test_optimizers_and_schedules_are_those_that_were_asked_for(konv, photos, network_file):
    options = ("--optimizer", "sgd", "--momentum", 0.9, "--weight-decay", 0.01, "--clip-norm", 1)
    words = ("train", photos, "--network", network_file, "--epochs", 2, *options)
    facts = json.loads(konv(*words, "--schedule", "step", "--json").out)
    plan = json.loads((photos.parent / "run" / "run.json").read_text())
    assert plan["optimizer"] == {
        "kind": "SGD",
        "learning_rate": {"kind": "StepDecay", "learning_rate": 0.01},
        "momentum": 0.9,
        "weight_decay": 0.01,
        "global_clipnorm": 1.0,
    }
    assert facts["history"][-1]["learning_rate"] < 0.01


def test_unreadable_pictures_are_named_and_counted_and_do_not_stop_it(konv, photos, network_file):
    (photos / "보" / "broken.png").write_text("no picture\n")
    result = konv("train", photos, "--network", network_file, *FAST)
    assert result.code == 0
    assert "1 pictures could not be read" in result.out
    assert "broken.png" in result.out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
def test_a_folder_whose_name_is_no_unicode_is_trained_on_and_found_again(
    konv, photos, network_file
):
    odd = os.fsdecode(os.fsencode(photos.parent) + b"/odd\xff")
    photos.rename(odd)
    words = ("train", odd, "--network", network_file, *FAST)
    assert json.loads(konv(*words, "--out", f"{odd}/run", "--json").out)["epochs"] == 3
    assert konv("train", "--resume", f"{odd}/run").code == 0
    assert konv("predict", f"{odd}/run/best.konv", odd, "--json").code == 0


SIGMOIDS = """\
konv: 1
layers:
  - Input: {shape: [8, 8, 3]}
  - Flatten
"""
SIGMOIDS += "  - Dense: {units: 8, activation: sigmoid}\n" * 12
SIGMOIDS += "  - Dense: {units: 3, activation: softmax}\n"


@pytest.fixture
def ill_network(tmp_path):
    path = tmp_path / "ill.yaml"
    path.write_text(SIGMOIDS)
    return path


def test_before_the_first_epoch_it_says_what_training_takes(konv, photos, network_file):
    out = konv("train", photos, "--network", network_file, *FAST, "--threads", 1).out
    [line] = [line for line in out.splitlines() if line.startswith("forecast: about ")]
    assert line.endswith("beside the pictures, threads: 1")
    assert len(line) <= 80
    words = ("train", photos, "--network", network_file, *FAST, "--out", "b", "--json")
    facts = json.loads(konv(*words).out)["forecast"]
    assert facts["pictures"] == 28
    assert facts["epoch_s"] == pytest.approx(28 * facts["picture_s"])
    # 223 parameters, Adam's two numbers for each, and their gradients: 4 bytes each.
    assert facts["memory_bytes"] > 4 * 4 * 223


def test_another_engine_has_a_forecast_of_time_alone(konv, photos, network_file):
    words = ("train", photos, "--network", network_file, *FAST, "--engine", "reference", "--json")
    facts = json.loads(konv(*words).out)["forecast"]
    assert facts["memory_bytes"] is None
    assert facts["epoch_s"] > 0


def test_symptoms_are_said_kept_and_not_said_again(konv, photos, ill_network):
    words = ("train", photos, "--network", ill_network, "--epochs", 2)
    result = konv(*words)
    assert result.err.count("T103 before the first update") == 1
    kept = json.loads((photos.parent / "run" / "findings.json").read_text("utf-8"))["findings"]
    assert [finding["code"] for finding in kept] == ["T103"]
    resumed = konv("train", "--resume", "run", "--json")
    assert "T103" not in resumed.err
    facts = json.loads(resumed.out)
    assert facts["findings"] == kept
    assert facts["forecast"] is None


def test_without_the_doctor_a_run_has_the_same_bits_and_no_findings(konv, photos, ill_network):
    words = ("train", photos, "--network", ill_network, "--epochs", 3, "--out")
    facts = [
        json.loads(konv(*words, out, "--json", *options).out)
        for out, options in (("a", ()), ("b", ("--no-doctor",)))
    ]
    assert facts[0]["findings"][0]["code"] == "T103"
    assert facts[1]["findings"] is None
    folder = photos.parent
    assert not (folder / "b" / "findings.json").exists()
    for name in ("best.konv", "last.konv", "log.csv", "checkpoint.safetensors"):
        assert (folder / "a" / name).read_bytes() == (folder / "b" / name).read_bytes()


def test_a_run_may_go_on_with_the_doctor_or_without(konv, photos, ill_network):
    konv("train", photos, "--network", ill_network, "--epochs", 1, "--no-doctor")
    assert konv("train", "--resume", "run", "--no-doctor").code == 0
    assert konv("train", "--resume", "run", "--doctor").code == 0


def test_a_run_that_never_got_anywhere_leaves_no_findings_either(konv, photos, network_file):
    words = ("train", photos, "--network", network_file, "--optimizer", "sgd")
    result = konv(*words, "--learning-rate", 1e30, "--out", "fresh")
    assert result.code == 2
    assert "T102" in result.err
    assert "K802" in result.err
    assert not (photos.parent / "fresh").exists()


def test_damaged_findings_are_an_error_that_says_what_to_do(konv, run_folder):
    (run_folder / "findings.json").write_text("{")
    result = konv("train", "--resume", "run")
    assert result.code == 2
    assert "K401" in result.err
    assert "findings.json" in result.err


def test_symptoms_are_explained(konv):
    assert konv("explain-code", "T103").out.startswith("T103: vanishing gradients")
    assert "기울기 소실" in konv("explain-code", "t103", "--lang", "ko").out
