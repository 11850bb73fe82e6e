"""konv train --preset: other defaults, over which what a person types wins."""

import json
from pathlib import Path

import numpy as np
import pytest

from konv.cli.presets import NO_PRESET, PRESET_NAMES, PRESETS, Preset
from konv.cli.train import train
from konv.cli.train_options import TRAIN_OPTIONS
from konv.model import load
from konv.network import named_network
from konv.training.augmentation import get_augmentations

MNIST_SHAPE, PHOTO_SHAPE, DIGITS_SHAPE = (28, 28, 1), (64, 96, 3), (8, 8, 1)


def pictures_file(path: Path, shape: tuple[int, ...]) -> Path:
    """Twelve pictures in each of two classes, dark and bright."""
    labels = np.arange(24) % 2
    noise = np.random.default_rng(0).integers(0, 100, (24, *shape))
    x = (noise + 120 * labels[:, None, None, None]).astype(np.uint8)
    np.savez(path, x=x, y=labels)
    return path


def run_json(folder="run"):
    return json.loads(Path(folder, "run.json").read_text("utf-8"))


@pytest.fixture
def grey(tmp_path):
    return pictures_file(tmp_path / "grey.npz", (28, 28, 1))


@pytest.mark.parametrize("name", PRESET_NAMES)
def test_what_presets_choose_are_options_and_values_that_options_take(name):
    preset = PRESETS[name]
    words = [
        word
        for option, value in {**preset.options, **preset.with_few_pictures}.items()
        for word in (f"--{option.replace('_', '-')}", str(value))
    ]
    context = train.make_context("train", ["pictures", *words], resilient_parsing=False)
    assert {option: context.params[option] for option in preset.options} == {
        **preset.options,
        **preset.with_few_pictures,
    }
    assert named_network(preset.small_grey_network).adapts_input
    for augment in (preset.grey_augment, preset.colour_augment):
        get_augmentations(augment)


def test_without_a_preset_nothing_changes():
    asked = {option.name: option.default for option in TRAIN_OPTIONS}
    assert NO_PRESET.choices(asked, (), shape=MNIST_SHAPE, pictures=10) == asked


TRIED = Preset(
    {"optimizer": "adamw", "learning_rate": 0.01, "weight_decay": 0.1, "epochs": 3},
    with_few_pictures={"epochs": 20},
    small_grey_network="simple",
    grey_augment="rotate",
    colour_augment="flip",
)


@pytest.mark.parametrize(
    ("optimizer", "given", "expected"),
    [
        ("adam", (), ("adamw", 0.01, 0.1, 3)),
        ("adam", {"epochs"}, ("adamw", 0.01, 0.1, 10)),
        ("adam", {"learning_rate"}, ("adamw", None, 0.1, 3)),
        ("adamw", {"optimizer"}, ("adamw", 0.01, 0.1, 3)),
        # A rate and a decay that suit AdamW do not suit SGD.
        ("sgd", {"optimizer"}, ("sgd", None, None, 3)),
    ],
)
def test_what_is_given_wins_and_what_belongs_to_another_optimizer_stays_away(
    optimizer, given, expected
):
    asked = {"optimizer": optimizer, "learning_rate": None, "weight_decay": None, "epochs": 10}
    chosen = TRIED.choices(asked, given, shape=MNIST_SHAPE, pictures=10_000)
    assert tuple(chosen[name] for name in asked) == expected


@pytest.mark.parametrize(
    ("pictures", "given", "epochs"), [(10_000, (), 3), (9_999, (), 20), (9_999, {"epochs"}, 10)]
)
def test_few_pictures_are_seen_more_often(pictures, given, epochs):
    asked = {"optimizer": "adam", "epochs": 10}
    chosen = TRIED.choices(asked, given, shape=MNIST_SHAPE, pictures=pictures)
    assert chosen["epochs"] == epochs


@pytest.mark.parametrize(
    ("shape", "given", "network", "augment"),
    [
        (MNIST_SHAPE, (), "simple", "rotate"),
        ((20, 48, 1), (), "simple", "rotate"),
        ((19, 28, 1), (), "auto", "rotate"),
        ((28, 49, 1), (), "auto", "rotate"),
        (DIGITS_SHAPE, (), "auto", "rotate"),
        (PHOTO_SHAPE, (), "auto", "flip"),
        ((28, 28, 3), (), "auto", "flip"),
        (MNIST_SHAPE, {"network"}, "auto", "rotate"),
        (MNIST_SHAPE, {"augment"}, "simple", ""),
    ],
)
def test_network_and_augmentation_depend_on_the_pictures(shape, given, network, augment):
    asked = {"network": "auto", "augment": "", "seed": 0}
    chosen = TRIED.choices(asked, given, shape=shape, pictures=100)
    assert {name: chosen[name] for name in asked} == {
        "network": network,
        "augment": augment,
        "seed": 0,
    }


def test_no_preset_mirrors_grey_pictures_which_may_be_digits():
    for preset in PRESETS.values():
        kinds = [type(one).__name__ for one in get_augmentations(preset.grey_augment)]
        assert "Flip" not in kinds


def test_the_run_says_and_keeps_what_the_preset_chose(konv, grey):
    result = konv("train", grey, "--preset", "fast", "--epochs", 1)
    assert result.code == 0
    assert "preset fast: --network lenet-relu --learning-rate 0.005" in " ".join(result.out.split())
    assert "--epochs" not in result.out
    config, fast = run_json(), PRESETS["fast"]
    assert config["training"]["preset"] == "fast"
    assert config["training"]["epochs"] == 1
    assert config["training"]["batch_size"] == fast.with_few_pictures["batch_size"]
    assert config["network"]["name"] == fast.small_grey_network
    assert config["augmentations"] == []
    assert load("run/best.konv").record["options"]["preset"] == "fast"


def test_a_preset_is_the_same_run_as_its_options_typed(konv, grey):
    preset = PRESETS["accurate"]
    options = {**preset.options, **preset.with_few_pictures, "epochs": 2}
    options["network"] = preset.small_grey_network
    options["augment"] = preset.grey_augment
    words = [w for n, value in options.items() for w in (f"--{n.replace('_', '-')}", value)]
    assert konv("train", grey, "--preset", "accurate", "--epochs", 2, "--out", "a").code == 0
    assert konv("train", grey, *words, "--out", "b").code == 0
    first, second = run_json("a"), run_json("b")
    assert first["training"].pop("preset") == "accurate"
    assert second["training"].pop("preset") is None
    assert first == second
    assert Path("a/log.csv").read_bytes() == Path("b/log.csv").read_bytes()


@pytest.mark.parametrize(("shape", "kinds"), [((8, 8, 1), 0), ((16, 20, 3), 1)])
def test_other_pictures_get_the_network_of_auto(shape, kinds, konv, tmp_path):
    source = pictures_file(tmp_path / "other.npz", shape)
    for words in ((), ("--preset", "accurate")):
        assert konv("train", source, *words, "--epochs", 1, "--out", f"run{len(words)}").code == 0
    plain, accurate = run_json("run0"), run_json("run2")
    assert accurate["network"] == plain["network"]
    assert plain["augmentations"] == []
    assert ("Flip" in [one["kind"] for one in accurate["augmentations"]]) == bool(kinds)


def test_a_network_of_ones_own_is_kept_and_a_row_of_numbers_is_not_turned(konv, grey, tmp_path):
    path = tmp_path / "flat.yaml"
    path.write_text(
        "konv: 1\nname: flat\nlayers:\n  - Input: {shape: [784]}\n"
        "  - Dense: {units: 2, activation: softmax}\n"
    )
    words = ("--preset", "accurate", "--network", path, "--size", 28, "--epochs", 1)
    assert konv("train", grey, *words).code == 0
    assert run_json()["network"]["name"] == "flat"
    assert run_json()["augmentations"] == []


def test_auto_that_is_typed_is_auto(konv, grey):
    assert konv("train", grey, "--preset", "fast", "--network", "auto", "--epochs", 1).code == 0
    assert run_json()["network"]["name"] == "simple"


def test_an_interrupted_run_goes_on_as_its_preset_began_it(konv, grey, monkeypatch):
    from konv.training.run_folder import RunCheckpoint

    words = ("train", grey, "--preset", "accurate", "--epochs", 3)
    assert konv(*words, "--out", "whole").code == 0

    def interrupted(self, epoch, row, told=RunCheckpoint.on_epoch_end):
        told(self, epoch, row)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(RunCheckpoint, "on_epoch_end", interrupted)
        assert konv(*words, "--out", "cut").code != 0
    assert len(Path("cut/log.csv").read_text().splitlines()) == 2
    assert konv("train", "--resume", "cut").code == 0
    for name in ("best.konv", "last.konv", "log.csv"):
        assert Path("cut", name).read_bytes() == Path("whole", name).read_bytes()


def test_a_run_goes_on_without_another_preset(konv, grey):
    assert konv("train", grey, "--preset", "fast", "--epochs", 1).code == 0
    result = konv("train", "--resume", "run", "--preset", "accurate")
    assert result.code == 2
    assert "--preset" in result.err


def test_a_run_from_before_there_were_presets_goes_on(konv, grey):
    assert konv("train", grey, "--epochs", 1, "--network", "lenet-relu").code == 0
    config = run_json()
    del config["training"]["preset"]
    Path("run/run.json").write_text(json.dumps(config), "utf-8")
    assert konv("train", "--resume", "run").code == 0


def test_an_unknown_preset_is_refused_before_pictures_are_read(konv):
    result = konv("train", "nowhere", "--preset", "fsat")
    assert result.code == 2
    assert "K201" in result.err
    assert '"fast", "accurate"' in result.err
    assert 'did you mean "fast"?' in result.err


def test_help_says_what_the_presets_do(konv):
    text = konv("train", "--help").out
    assert "--preset NAME" in text
    for name in PRESET_NAMES:
        assert f"--preset {name}" in " ".join(text.split())
