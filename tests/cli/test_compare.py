"""konv compare: side by side, with a dense counterpart, with pictures."""

import json

import numpy as np
import pytest


def test_networks_stand_side_by_side(konv):
    result = konv("compare", "tutorial-39x31", "tutorial-dense")
    assert result.code == 0
    (line,) = [line for line in result.out.splitlines() if line.startswith("weights")]
    assert line.split() == ["weights", "64,320", "1,055,400", "16.41"]


def test_a_dense_counterpart_stands_beside_each(konv):
    answer = json.loads(konv("compare", "tutorial-39x31", "simple", "--dense", "--json").out)
    names = [network["name"] for network in answer["networks"]]
    assert names == ["tutorial-39x31", "tutorial-39x31-dense", "simple", "simple-dense"]
    assert answer["networks"][1]["macs"] == 1_055_400


def test_files_are_compared(konv, network_file, model):
    answer = json.loads(konv("compare", network_file, model, "--json").out)
    assert [network["parameters"] for network in answer["networks"]] == [223, 223]


def test_with_pictures_all_learn_the_same_ones(konv):
    result = konv("compare", "simple", "--dense", "--data", "digits", "--epochs", "2", "--json")
    assert result.code == 0
    cnn, dense = json.loads(result.out)["networks"]
    # digits of 8×8 with 10 classes, as the network was made for them
    assert cnn["input_shape"] == dense["input_shape"] == [8, 8, 1]
    for network in (cnn, dense):
        assert network["learned"]["pictures"] == 180
        assert 0 < network["learned"]["accuracy"] <= 1
        assert network["learned"]["training_s"] > 0
    assert cnn["learned"]["accuracy"] > 0.5


def test_the_seed_decides_what_is_learned(konv):
    def accuracies(seed):
        arguments = ("--data", "digits", "--size", "32", "--epochs", "1", "--seed", seed, "--json")
        answer = json.loads(konv("compare", "simple", "lenet5", *arguments).out)
        return [network["learned"]["accuracy"] for network in answer["networks"]]

    assert accuracies("1") == accuracies("1") != accuracies("2")


def test_without_pictures_for_a_test_there_is_no_accuracy(konv, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8)).astype(np.uint8)
    np.savez(tmp_path / "two.npz", x_train=images, y_train=[0, 1])
    arguments = ("compare", "simple", "--data", "two.npz", "--epochs", "1")
    assert "there is no accuracy" in konv(*arguments).out
    [network] = json.loads(konv(*arguments, "--json").out)["networks"]
    assert (network["learned"]["accuracy"], network["learned"]["pictures"]) == (None, 0)


def test_many_networks_stand_in_tables_of_80_columns(konv):
    names = ["tutorial-39x31", "tutorial-120x60", "simple"]
    out = konv("compare", *names, "--dense").out
    assert max(map(len, out.splitlines())) <= 80
    assert all(f"{name}-dense" in out for name in names)
    assert out.count("MACs  ") > 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "NETWORKS is missing"),
        (["simpel"], 'did you mean "simple"'),
        (["simple", "--epochs", "3"], "--epochs needs --data"),
        (["simple", "--seed", "3"], "--seed needs --data"),
        (["simple", "--size", "3"], "--size needs --data"),
        (["lenet5", "--data", "digits"], "does not take pictures of (8, 8, 1)"),
        (["simple", "--data", "nothere"], "there is nothing at this path"),
        (["simple", "--data", "digits", "--epochs", "0"], "whole number from 1"),
        (["tutorial-39x31", "tutorial-120x60", "--data", "digits"], "it is for pictures of"),
    ],
)
def test_what_cannot_be_is_refused(konv, arguments, said):
    result = konv("compare", *arguments)
    assert result.code == 2
    assert said in result.err
    assert "Traceback" not in result.err


def test_korean(konv):
    assert "매개변수" in konv("compare", "simple", "lenet5", "--lang", "ko").out
