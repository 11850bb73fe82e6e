"""Networks that do not fit are made to fit, by few changes, and then train."""

import numpy as np
import pytest

from design.broken_networks import broken_config, config_of
from konv.design import Draft, check, examined, repaired, repaired_draft, repairing
from konv.errors import KonvError
from konv.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
)
from konv.model import Model
from konv.network import Network, Part, from_config
from konv.network.tree import tree_of
from konv.network.understanding import network_parts

RELU = {"activation": "relu"}
END = (Flatten(), Dense(3, activation="softmax"))


def in_a_row(*layers):
    """Parts called a, b, c, …"""
    names = "abcdefghijkl"[: len(layers)]
    inputs = [(), *((name,) for name in names)]
    return Draft(tuple(map(Part, names, layers, inputs)))


def described(config):
    name, parts = network_parts(tree_of(config))
    return Draft(parts, name)


# What a person would do, said before it is computed.
ONE_CHANGE = [
    (in_a_row(Input((9, 9, 1)), Conv2D(4, 11, **RELU), *END), "kernel_size=9 in b"),
    (in_a_row(Input((9, 5, 1)), Conv2D(4, (11, 3), **RELU), *END), "kernel_size=(9, 3) in b"),
    (in_a_row(Input((1, 28, 28)), Conv2D(4, 3, **RELU), *END), "Input((28, 28, 1))"),
    (in_a_row(Input((8, 8, 6)), Conv2D(12, 3, groups=4, **RELU), *END), "groups=3 in b"),
    (in_a_row(Input((8, 8, 1)), MaxPooling2D(2, padding=2), *END), 'padding="same" in b'),
    (
        in_a_row(Input((8, 8, 1)), Flatten(), Conv2D(4, 3, **RELU), END[1]),
        "b before d",
    ),
    (
        in_a_row(Input((8, 8, 1)), GlobalAveragePooling2D(), Conv2D(4, 1, **RELU), *END),
        "keepdims=True in b",
    ),
    (in_a_row(Input((9,)), BatchNormalization(axis=3), END[1]), "axis=-1 in b"),
    (
        in_a_row(Input((8, 8, 1)), Conv2D(4, 3, **RELU), Dense(3, activation="softmax")),
        "put Flatten before c",
    ),
]


@pytest.mark.parametrize(("draft", "change"), ONE_CHANGE, ids=[row[1] for row in ONE_CHANGE])
def test_one_mistake_takes_one_change(draft, change):
    repair = repaired_draft(draft)
    assert repair.changes == (change,)
    assert repair.findings.worst in (None, "note")
    assert repair.network.output_shape == (3,)


def test_a_fourth_pool_that_does_not_fit_is_left_out():
    pools = [MaxPooling2D(2)] * 4
    repair = repaired_draft(in_a_row(Input((8, 8, 1)), *pools, *END))
    assert repair.changes == ("leave e out",)


def branches(merge, *layers):
    """Each layer reads the input; ``merge`` reads them all."""
    names = "bcd"[: len(layers)]
    parts = [Part("a", Input((8, 8, 2)))]
    parts += [Part(name, layer, ("a",)) for name, layer in zip(names, layers, strict=True)]
    end = [Part("m", merge, tuple(names)), Part("f", END[0], ("m",)), Part("o", END[1], ("f",))]
    return Draft((*parts, *end))


@pytest.mark.parametrize(
    ("draft", "change"),
    [
        (
            branches(Add(), Conv2D(4, 3, **RELU), Conv2D(4, 1, padding="same", **RELU)),
            'padding="same" in b',
        ),
        (branches(Add(), Conv2D(4, 3, **RELU), Conv2D(6, 3, **RELU)), "filters=6 in b"),
        (
            branches(Concatenate(), Conv2D(4, 3, **RELU), Conv2D(6, 1, padding="same", **RELU)),
            'padding="same" in b',
        ),
        (branches(Add(), Conv2D(4, 3, **RELU)), "only b in place of m"),
    ],
)
def test_branches_are_made_to_meet(draft, change):
    assert repaired_draft(draft).changes == (change,)


def test_layers_that_nothing_reads_are_left_out():
    draft = branches(Add(), Conv2D(4, 3, **RELU), Conv2D(4, 3, **RELU), Dropout(0.1))
    parts = [p if p.name != "m" else Part("m", Add(), ("b", "c")) for p in draft.parts]
    draft = Draft(tuple(parts))
    [finding] = examined(draft)
    assert (finding.code, finding.layer) == ("K302", "d")
    assert repaired_draft(draft).changes == ("leave d out",)


def test_weights_that_cannot_be_shared_become_two():
    config = {
        "konv": 1,
        "layers": [
            {"Input": {"shape": [8, 8, 1]}},
            {"Conv2D": {"filters": 4, "kernel_size": 3, "activation": "relu", "name": "a"}},
            {"Conv2D": {"shares": "a"}},
            "Flatten",
            {"Dense": {"units": 3, "activation": "softmax"}},
        ],
    }
    repair = repaired_draft(described(config))
    assert repair.changes == ("weights of its own for a_2",)


def test_what_cannot_be_mended_is_said_to_be():
    assert repaired_draft(in_a_row(Conv2D(4, 3), Flatten())) is None
    [finding] = examined(in_a_row(Conv2D(4, 3), Flatten()))
    assert (finding.code, finding.index, finding.fixed()) == ("K301", 0, None)


def test_what_is_found_where_a_layer_does_not_fit_is_the_error_with_its_arithmetic():
    draft = in_a_row(Input((4, 3, 1)), Conv2D(4, 5), *END)
    [finding] = examined(draft)
    assert (finding.code, finding.severity, finding.layer, finding.index) == (
        "K104",
        "error",
        "b",
        1,
    )
    assert ("width", "(3 + 2·0 − 5) / 1 + 1 = −1") in finding.details
    assert finding.fixed().network.node("b").layer.kernel_size == (3, 3)


def test_a_network_that_is_right_stays_the_same_object_and_one_with_faults_loses_them():
    right = in_a_row(Input((8, 8, 1)), Conv2D(4, 3, **RELU), *END).network()
    assert repaired(right).network is right
    wrong = in_a_row(Input((8, 8, 1)), Conv2D(4, 3), Dropout(0), Conv2D(4, 3, **RELU), *END)
    repair = repaired(wrong.network())
    assert sorted(repair.changes) == ['activation="relu" in b', "leave c out"]
    assert check(repair.network).worst == "note"


MANY = in_a_row(Input((60, 60, 1)), *[Conv2D(2, 99, **RELU)] * 9, *END)


def test_as_many_mistakes_as_layers_are_mended():
    # The first kernel takes the whole map; a single pixel is left for the others.
    repair = repaired_draft(MANY)
    assert len(repair.changes) >= 9
    assert repair.findings.worst in (None, "note")


def test_the_search_is_bounded(monkeypatch):
    monkeypatch.setattr(repairing, "_MOST_BUILT_LAYERS", 100)
    assert repaired_draft(MANY) is None


def trained_a_step(network):
    """The losses of a step, on noise and targets that its last activation can take."""
    model = Model.from_network(network, engine="reference", seed=0)
    generator = np.random.default_rng(0)
    images = generator.uniform(-1, 1, (4, *network.input_shape))
    targets = generator.uniform(0, 1, (4, *network.output_shape))
    model.compile(loss="mse")
    history = model.fit(images, targets, epochs=1, verbose=0)
    return history["loss"]


SEEDS = range(200)


@pytest.mark.parametrize(
    "seeds", [SEEDS[start : start + 50] for start in range(0, 200, 50)], ids=str
)
def test_random_broken_networks_are_repaired_and_train(seeds):
    failed = []
    for seed in seeds:
        config, broken = broken_config(seed)
        with pytest.raises(KonvError):
            _usable(config)
        repair = repaired_draft(described(config))
        if repair is None or repair.findings.worst == "error":
            failed.append((seed, broken))
            continue
        again = from_config(config_of(Draft.of(repair.network)))
        assert again.nodes == repair.network.nodes
        assert repaired_draft(described(config)).changes == repair.changes
        if repair.network.trained_weights and not np.isfinite(trained_a_step(again)).all():
            failed.append((seed, broken))
    assert failed == []


def _usable(config):
    network = from_config(config)
    assert isinstance(network, Network)
    if len(network.output_shape) != 1:
        raise KonvError("a map of scores", code="K102")
