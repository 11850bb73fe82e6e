import json

import pytest
import yaml
from hypothesis import given

from konv.layers import Add, Conv2D, Dense, Flatten, Input, MaxPooling2D, ReLU
from konv.network import Network, from_config, functional, sequential, to_config
from network.random_networks import HARD_NAMES, networks
from oracles.properties import examples


@given(networks())
@examples(200)
def test_a_network_survives_every_form(network):
    config = to_config(network)
    assert from_config(config) == network
    assert from_config(json.loads(json.dumps(config))) == network
    assert Network.from_yaml(network.to_yaml()) == network
    assert Network.from_json(network.to_json()) == network


@given(networks())
@examples(100)
def test_yaml_says_the_same_to_every_reader_of_yaml(network):
    assert yaml.safe_load(network.to_yaml()) == to_config(network)
    assert json.loads(network.to_json()) == to_config(network)


@given(networks())
@examples(100)
def test_a_part_of_a_network_survives_with_its_names(network):
    for node in network.nodes[1:]:
        part = network.up_to(node.name)
        assert from_config(to_config(part)) == part


def test_what_is_a_default_is_left_out():
    network = sequential(
        [
            Input((28, 28, 1)),
            Conv2D(32, 5, activation="relu"),
            MaxPooling2D(2),
            Flatten(),
            Dense(10),
        ]
    )
    assert network.to_yaml() == (
        "konv: 1\n"
        "layers:\n"
        "  - Input: {shape: [28, 28, 1]}\n"
        "  - Conv2D: {filters: 32, kernel_size: 5, activation: relu}\n"
        "  - MaxPooling2D\n"
        "  - Flatten\n"
        "  - Dense: {units: 10}\n"
    )
    assert network.to_json() == (
        '{\n  "konv": 1,\n  "layers": [\n'
        '    {"Input": {"shape": [28, 28, 1]}},\n'
        '    {"Conv2D": {"filters": 32, "kernel_size": 5, "activation": "relu"}},\n'
        '    "MaxPooling2D",\n    "Flatten",\n    {"Dense": {"units": 10}}\n  ]\n}\n'
    )


def branched():
    start = Input((8, 8, 2))
    shared = Conv2D(2, 3, padding="same", name="tower")
    left = shared(start)
    right = shared(ReLU()(start))
    return functional(start, Dense(3)(Flatten()(Add()(left, right))), name="two towers")


def test_branches_and_shared_layers_are_written_where_they_are_needed():
    assert branched().to_yaml() == (
        "konv: 1\n"
        'name: "two towers"\n'
        "layers:\n"
        "  - Input: {shape: [8, 8, 2]}\n"
        "  - Conv2D: {filters: 2, kernel_size: 3, padding: same, name: tower}\n"
        "  - ReLU: {inputs: [input_1]}\n"
        "  - Conv2D: {shares: tower}\n"
        "  - Add: {inputs: [tower, tower_2]}\n"
        "  - Flatten\n"
        "  - Dense: {units: 3}\n"
    )


def test_a_layer_that_shares_weights_may_differ_in_its_fields():
    network = branched()
    sharer = network.node("tower_2").layer
    changed = network.with_layers({"tower_2": Conv2D(2, 3, padding="same", activation="relu")})
    assert "- Conv2D: {shares: tower, activation: relu}" in changed.to_yaml()
    assert Network.from_yaml(changed.to_yaml()) == changed
    back = changed.with_layers({"tower": Conv2D(2, 3, padding=1, activation="relu")})
    undone = back.with_layers({"tower_2": sharer})
    assert "- Conv2D: {shares: tower, activation: linear, padding: same}" in undone.to_yaml()
    assert Network.from_yaml(undone.to_yaml()) == undone


@pytest.mark.parametrize("name", HARD_NAMES)
def test_every_name_is_written_so_that_it_is_read_back(name):
    network = sequential([Input((4,)), Dense(2, name=name)])
    assert Network.from_yaml(network.to_yaml()).nodes[-1].name == name
    assert yaml.safe_load(network.to_yaml())["layers"][1]["Dense"].get("name", "dense_1") == name


def test_a_made_name_is_left_out_and_another_is_kept():
    layers = [Input((4,)), Dense(2, name="dense_2"), Dense(2), Dense(2, name="last")]
    network = sequential(layers)
    assert [node.name for node in network.nodes] == ["input_1", "dense_2", "dense_1", "last"]
    read = from_config(to_config(network))
    assert [node.name for node in read.nodes] == ["input_1", "dense_2", "dense_1", "last"]
    assert to_config(network)["layers"][3] == {"Dense": {"units": 2, "name": "last"}}


@pytest.mark.parametrize("number", [0.1, 1e-7, 123456.5, 0.1 + 0.2, 5e-324, 6])
def test_numbers_come_back_exactly(number):
    network = sequential([Input((4,)), ReLU(max_value=number)])
    assert Network.from_yaml(network.to_yaml()).nodes[1].layer.max_value == number
    assert Network.from_json(network.to_json()).nodes[1].layer.max_value == number
    assert yaml.safe_load(network.to_yaml())["layers"][1] == {"ReLU": {"max_value": number}}
