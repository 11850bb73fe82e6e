"""konv info --plan: what the compiler makes of a network."""

import json

import pytest

from konv.engines.compiled.target import target_names
from konv.language.tables import places
from konv.network import named_networks

NAMES = [named.name for named in named_networks()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_network_has_a_plan_of_80_columns(name, language, konv):
    for options in (["--train", "--batch-size", "64"], ["--predict", "--batch-size", "1"]):
        result = konv("info", "--plan", name, *options, "--lang", language)
        assert result.code == 0
        assert result.err == ""
        assert max(map(places, result.out.splitlines())) <= 80


def test_layers_tiles_choices_and_memory_are_shown(konv, monkeypatch):
    monkeypatch.setenv("KONV_ISA", target_names()[0])
    text = konv("info", "--plan", "tutorial-39x31", "--batch-size", "64").out
    for said in (
        "a step of training, batches of 64 pictures of uint8",
        "conv2d_1 + max_pooling2d_1",
        "convolution, ReLU, pool",
        "direct: ",
        "weight gradient, sparse",
        "input gradient, sparse",
        "softmax, loss, gradient",
        "ways that were compared",
        "Winograd F(4×4, 3×3): ",
        "each thread",
        "weight conv2d_2/kernel",
        "= the program's own",
        "update by Adam",
        "≥ marks a floor",
    ):
        assert said in text
    assert "in 8 lanes" in text


def test_the_same_is_data(konv, network_file):
    answer = json.loads(konv("info", "--plan", network_file, "--json").out)
    assert (answer["network"], answer["loss"]) == ("tiny", "SparseCategoricalCrossentropy")
    plan, totals = answer["plan"], answer["totals"]
    calls = [call for phase in plan["phases"] for call in phase["before"] + phase["calls"]]
    assert totals["operations"] == sum(call["operations"] for call in calls)
    assert totals["cycles"] == pytest.approx(sum(call["cycles"] for call in calls))
    assert totals["us_per_picture"] == pytest.approx(
        1e6 * totals["cycles"] / answer["cycles_per_second"]
    )
    assert totals["own_bytes"] == sum(plan["own"].values()) > 0
    (choice,) = [each for each in plan["alternatives"] if each["work"] == "weight gradient"]
    assert choice["taken"] == min(choice["costs"], key=choice["costs"].get)
    assert plan["pictures"] == 32
    assert "multiply-add" in answer["conventions"]


def test_training_is_what_is_shown_if_nothing_is_said(konv, network_file):
    said, asked, other = (
        json.loads(konv("info", "--plan", network_file, *options, "--json").out)["loss"]
        for options in ([], ["--train"], ["--predict"])
    )
    assert said == asked is not None
    assert other is None


def test_a_model_file_has_a_plan(konv, model):
    assert "tiny: the plan of a prediction" in konv("info", "--plan", model, "--predict").out


def test_channels_first_and_float_pixels_have_a_plan(konv, tmp_path):
    layers = "[Input: {shape: [3, 9, 8]}, Conv2D: {filters: 5, kernel_size: 3, "
    layers += "data_format: channels_first}, Flatten, Dense: {units: 2}]"
    layers = layers.replace("Input", "{Input", 1).replace("]}, Conv2D", "]}}, {Conv2D", 1)
    layers = layers.replace("channels_first}", "channels_first}}", 1)
    layers = layers.replace("Dense: {units: 2}", "{Dense: {units: 2}}")
    (tmp_path / "first.yaml").write_text(f"konv: 1\nlayers: {layers}\n")
    result = konv("info", "--plan", "first.yaml", "--pixels", "float32")
    assert result.code == 0
    assert "pictures of float32" in result.out


def test_long_names_of_layers_are_shown_whole(konv, tmp_path):
    name = "a_convolution_with_a_name_that_is_much_too_long_for_its_column"
    (tmp_path / "long.yaml").write_text(
        "konv: 1\nlayers:\n  - Input: {shape: [6, 6, 1]}\n"
        f"  - Conv2D: {{filters: 2, kernel_size: 3, name: {name}}}\n"
        "  - Flatten\n  - Dense: {units: 2, activation: softmax}\n"
    )
    result = konv("info", "--plan", "long.yaml")
    assert name in result.out
    assert max(map(places, result.out.splitlines())) <= 80
