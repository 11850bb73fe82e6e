"""State dicts of PyTorch as the weights of a network: matched by name, by shape, by order."""

import numpy as np
import pytest

from konv.errors import FormatError, ParameterError
from konv.formats.pytorch.lowering.lowering import program_of
from konv.formats.pytorch.state_dicts import read_state_dict
from konv.formats.tensor_file import tensor_bytes
from konv.layers import BatchNormalization, Conv2D, Dense, Flatten, Input, MaxPooling2D
from konv.model import Model, Sequential
from konv.network.graph import sequential
from konv.network.weights import new_weights

LAYERS = (
    Input((6, 6, 1)),
    Conv2D(3, 3, padding="same", activation="relu"),
    BatchNormalization(epsilon=1e-5),
    Conv2D(3, 3, padding="same"),
    MaxPooling2D(2),
    Flatten(),
    Dense(5, activation="relu"),
    Dense(2),
)
NETWORK = sequential(LAYERS)
WEIGHTS = new_weights(NETWORK, 7)
OWN = program_of(NETWORK).state_dict(WEIGHTS)
NAMES = {
    "conv2d_1": "features.0",
    "batch_normalization_1": "features.2",
    "conv2d_2": "features.3",
    "dense_1": "classifier.1",
    "dense_2": "classifier.10",
}


def renamed(names, arrays=OWN):
    """The arrays, their modules called otherwise; a name that is not there stays out."""
    found = {}
    for name, array in arrays.items():
        module, _dot, tensor = name.rpartition(".")
        if module in names:
            found[f"{names[module]}.{tensor}"] = array
    return found


def saved(tmp_path, arrays):
    path = tmp_path / "net.safetensors"
    path.write_bytes(tensor_bytes(arrays, {"format": "pt"}))
    return path


def same(weights):
    return weights.keys() == WEIGHTS.keys() and all(
        (weights[name] == WEIGHTS[name]).all() for name in WEIGHTS
    )


@pytest.mark.parametrize(
    "arrays",
    [OWN, renamed(NAMES), dict(reversed(OWN.items()))],
    ids=["konv's own names", "names of a tutorial", "konv's own names in another order"],
)
def test_a_state_dict_of_the_same_network_gives_the_same_weights(arrays, tmp_path):
    assert same(read_state_dict(NETWORK, arrays)[0])
    assert same(read_state_dict(NETWORK, saved(tmp_path, arrays))[0])


def test_numbers_of_a_file_come_in_the_order_of_numbers(tmp_path):
    layers = [Input((4, 4, 2)), *(Conv2D(2, 1) for _layer in range(12))]
    network = sequential(layers)
    weights = new_weights(network, 1)
    names = {f"conv2d_{number}": f"layers.{number}" for number in range(1, 13)}
    arrays = renamed(names, program_of(network).state_dict(weights))
    found = read_state_dict(network, saved(tmp_path, arrays))[0]
    assert all((found[name] == weights[name]).all() for name in weights)


def test_what_was_taken_from_where_is_told():
    layers = (*LAYERS[:2], BatchNormalization(), *LAYERS[3:])
    notes = Sequential(layers).load_torch_weights(renamed(NAMES))
    assert [str(note) for note in notes][::5] == [
        "conv2d_1: takes the weights of features.0",
        "batch_normalization_1: has epsilon 0.001; the state dict does not say its own, which is "
        "1e-05 where nothing else was chosen",
    ]


def test_a_model_takes_the_weights():
    model = Model.from_network(NETWORK, seed=1)
    model.load_torch_weights(renamed(NAMES))
    assert same(model.weights)


def test_names_say_what_nothing_else_decides(tmp_path):
    # Two convolutions of one shape, called after what they do: a file has no order for them.
    layers = [Input((4, 4, 2)), Conv2D(2, 3, padding="same"), Conv2D(2, 3, padding="same")]
    network = sequential(layers)
    weights = new_weights(network, 3)
    arrays = renamed(
        {"conv2d_1": "stem", "conv2d_2": "body"}, program_of(network).state_dict(weights)
    )
    path = saved(tmp_path, arrays)
    with pytest.raises(FormatError, match="K406") as caught:
        read_state_dict(network, path)
    assert caught.value.details == (("conv2d_1, conv2d_2", "which of body, stem?"),)
    for names in ({"conv2d_1": "stem"}, {"conv2d_1": "stem", "conv2d_2": "body"}):
        found = read_state_dict(network, path, names=names)[0]
        assert all((found[name] == weights[name]).all() for name in weights)


def refusal(arrays, **options):
    with pytest.raises(FormatError, match="K406") as caught:
        read_state_dict(NETWORK, arrays, **options)
    return caught.value.details


def test_the_whole_list_of_what_does_not_fit_comes_at_once():
    arrays = renamed({**NAMES, "dense_1": "head"})
    arrays["head.weight"] = arrays["head.weight"][:, :-1]
    del arrays["features.0.bias"]
    arrays["extra.weight"] = np.zeros((9, 9))
    places = [place for place, _what in refusal(arrays)]
    assert places == ["conv2d_1", "dense_1", "features.0", "head", "extra"]


def test_what_is_missing_is_named_with_its_shapes():
    details = refusal(renamed({name: NAMES[name] for name in NAMES if name != "dense_2"}))
    assert details == (("dense_2", "missing: bias (2,), weight (2, 5)"),)


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ({"dense_2": "nowhere"}, "there is no nowhere"),
        ({"dense_3": "classifier.10"}, "there is no layer of that name with weights"),
        ({"dense_2": "features.0"}, "features.0 has bias (3,), weight (3, 1, 3, 3), not"),
    ],
)
def test_names_must_lead_to_what_fits(names, what):
    assert refusal(renamed(NAMES), names=names)[0][1].startswith(what)


def test_shared_weights_must_be_the_same_in_both_places():
    layer, x = Conv2D(2, 3, strides=2, padding="same"), Input((6, 6, 2)).tensor
    network = sequential([Input((6, 6, 2)), Conv2D(2, 3)])
    from konv.network.graph import functional

    network = functional(x, layer(layer(x)))
    program = program_of(network)
    arrays = program.state_dict(new_weights(network, 0))
    assert len(program.modules) > 2
    read_state_dict(network, arrays)
    tied = next(spec.name for spec in program.modules.values() if spec.tied_to)
    arrays[f"{tied}.bias"] = arrays[f"{tied}.bias"] + 1
    with pytest.raises(FormatError, match="K406"):
        read_state_dict(network, arrays)


@pytest.mark.parametrize(
    "source", [None, 3, b"net", ["a"], {"a": "x"}, {"a.weight": 1j}, {"a": None}, {"a": {}}]
)
def test_what_is_no_state_dict_is_refused(source):
    with pytest.raises(ParameterError, match="K201"):
        read_state_dict(NETWORK, source)


def test_a_scale_that_the_layer_does_not_have_must_be_one():
    network = sequential([Input((4,)), BatchNormalization(scale=False)])
    arrays = program_of(network).state_dict(new_weights(network, 0))
    assert list(read_state_dict(network, arrays)[0]) == list(network.weight_specs)
    arrays["batch_normalization_1.weight"][2] = 1.5
    with pytest.raises(FormatError, match="K406") as caught:
        read_state_dict(network, arrays)
    assert caught.value.details == (
        (
            "batch_normalization_1",
            "has no weight, and those of batch_normalization_1 are not all 1.0",
        ),
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_numbers_that_are_not_finite_are_refused(value):
    arrays = {name: array.astype(np.float64) for name, array in OWN.items()}
    arrays["dense_1.weight"][0, 0] = value
    with pytest.raises(FormatError, match="K407"):
        read_state_dict(NETWORK, arrays)


@pytest.mark.parametrize("names", [5, "x", ["a"], {"conv2d_1": 5}, {5: "x"}])
def test_names_that_are_none_are_refused(names):
    with pytest.raises(ParameterError, match="K201") as caught:
        read_state_dict(NETWORK, OWN, names=names)
    assert "names" in caught.value.what
