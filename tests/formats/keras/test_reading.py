"""Files of Keras become konv's networks: the same numbers, and a word about what is left out."""

import json

import h5py
import numpy as np
import pytest

from formats.example_models import PICTURE, outputs
from formats.keras.keras_files import (
    SIMPLE_OUTPUTS,
    SIMPLE_WEIGHTS,
    archive,
    call,
    graph,
    hdf5,
    input_layer,
    layer,
    older,
    older_layer,
    older_simple,
    row,
    simple,
)
from konv.data.preprocessing import Preprocessing
from konv.errors import FormatError, LimitError
from konv.formats.keras import read_keras
from konv.layers import Add, Conv2D, Dense, Flatten, Input, ReLU


@pytest.fixture
def read(tmp_path, in_this_process):
    """Bytes of a file -> what is read from it."""

    def from_bytes(content, name="model.keras"):
        path = tmp_path / name
        path.write_bytes(content)
        return read_keras(path)

    return from_bytes


def layers_of(imported):
    return [node.layer for node in imported.contents.network.nodes]


def notes_of(imported):
    return [str(note) for note in imported.notes]


def refused(read, content):
    """What a file holds that konv does not have."""
    with pytest.raises(FormatError, match="K410") as caught:
        read(content)
    return list(caught.value.details)


def no_weights():
    return hdf5({"vars": []})


# The two forms -----------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [simple(), older_simple()], ids=[".keras", ".h5"])
def test_a_model_computes_what_was_worked_out_by_hand(content, read):
    found = read(content).contents
    assert outputs(found, PICTURE[None, :, :, None]).tolist() == SIMPLE_OUTPUTS
    assert [node.name for node in found.network.nodes][1:] == ["conv", "flat", "out"]
    assert found.weights["conv/kernel"].dtype == np.float32


def test_what_is_read_is_said(read):
    assert read(simple()).source == "Keras 3.9.0, a .keras file"
    assert read(older_simple()).source == "Keras 2.13.1, an HDF5 file of the older form"
    assert read(simple()).notes == ()


def test_the_state_of_training_is_ignored_and_noted(read):
    config = {
        **row(input_layer(2), layer("Dense", "out", units=1)),
        "compile_config": {"loss": "x"},
    }
    weights = {
        "layers/dense": [np.ones((2, 1), np.float32), np.zeros(1, np.float32)],
        "optimizer": [np.float64([1, 2]), np.int64(3)],
    }
    notes = notes_of(read(archive(config, hdf5(weights))))
    assert notes[0] == "the state of its optimizer is ignored"
    assert notes[1].startswith("how it was compiled is ignored")


def test_weights_alone_are_refused(read):
    content = older(None, {"out": {"out/kernel:0": np.ones((2, 1), np.float32)}})
    with pytest.raises(FormatError, match=r"K401.*weights only") as caught:
        read(content, "model.h5")
    assert "model.save" in caught.value.fix


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "an empty file"), (b"hello", "a text"), (b"\x80\x04abc", "pickle")],
)
def test_a_file_of_another_kind_is_named(content, kind, read):
    with pytest.raises(FormatError, match=r"K401.*no file of Keras") as caught:
        read(content)
    assert kind in caught.value.what


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    for path in (tmp_path / "none.keras", tmp_path):
        with pytest.raises(FormatError, match="K404"):
            read_keras(path)


# Graphs ------------------------------------------------------------------------------------------


def test_a_layer_that_is_called_twice_shares_its_weights(read):
    shared = layer("Dense", "both", ["in"], units=2, use_bias=False)
    shared["inbound_nodes"].append(call("both"))
    config = graph(input_layer(2), shared, layer("Add", "sum", ["both", ("both", 1)]), output="sum")
    kernel = np.float32([[1, 2], [3, 4]])
    found = read(archive(config, hdf5({"layers/dense": [kernel]}))).contents
    assert len(found.weights) == 1
    # (1, 1) -> (4, 6) -> (22, 32); the sum of both is (26, 38).
    assert outputs(found, np.float32([[1, 1]])).tolist() == [[26, 38]]


def test_the_same_graph_of_keras_2_is_the_same_network(read):
    shared = older_layer("Dense", "both", ["in"], units=2, use_bias=False)
    shared["inbound_nodes"].append([["both", 0, 0, {}]])
    total = older_layer("Add", "sum", ["both"])
    total["inbound_nodes"][0].append(["both", 1, 0, {}])
    first = older_layer("InputLayer", "in", [], batch_input_shape=[None, 2], sparse=False)
    ends = {"input_layers": [["in", 0, 0]], "output_layers": [["sum", 0, 0]]}
    config = {
        "class_name": "Functional",
        "config": {"name": "graph", "layers": [first, shared, total], **ends},
    }
    weights = {"both": {"both/kernel:0": np.float32([[1, 2], [3, 4]])}}
    found = read(older(config, weights), "model.h5").contents
    assert outputs(found, np.float32([[1, 1]])).tolist() == [[26, 38]]


def test_an_addition_written_as_a_sum_is_an_add(read):
    total = layer("Add", "add", ["in"], module="keras.src.ops.numpy")
    total["config"] = {"name": "add"}
    total["inbound_nodes"] = [{"args": call("in", "in")["args"][0], "kwargs": {}}]
    found = read(archive(graph(input_layer(2), total, output="add"), no_weights()))
    assert isinstance(layers_of(found)[-1], Add)
    total["inbound_nodes"] = [{"args": [*call("in")["args"], 1.5], "kwargs": {}}]
    content = archive(graph(input_layer(2), total, output="add"), no_weights())
    assert ("layer 1 add", "Add(1.5)") in refused(read, content)


def test_models_inside_are_flattened_with_names_of_their_own(read):
    inner = row(
        input_layer(2, name="inner_in"),
        layer("Dense", "out", units=2, use_bias=False),
        name="inner",
    )
    config = row(input_layer(2), inner, layer("Dense", "out", units=1, use_bias=False))
    weights = {
        "layers/sequential/layers/dense": [np.float32([[1, 0], [0, 2]])],
        "layers/dense": [np.float32([[1], [1]])],
    }
    found = read(archive(config, hdf5(weights)))
    assert [node.name for node in found.contents.network.nodes] == ["in", "out", "out_2"]
    assert outputs(found.contents, np.float32([[3, 4]])).tolist() == [[11]]
    assert "layer 2 out: it is called out_2 in konv" in notes_of(found)


def test_several_inputs_or_outputs_are_refused(read):
    config = graph(input_layer(2), layer("Flatten", "flat", ["in"]), output="flat")
    config["config"]["output_layers"] = [["in", 0, 0], ["flat", 0, 0]]
    details = refused(read, archive(config, no_weights()))
    assert details == [("graph", "inputs: 1, outputs: 2; konv has one of each")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"inbound_nodes": [call("flat")]}, "in a circle"),
        ({"inbound_nodes": [call("nobody")]}, "which there is not"),
        ({"inbound_nodes": [call(("in", 0), ("in", 7))]}, "called in a circle|needed|inputs given"),
        ({"inbound_nodes": [call(("flat", 3))]}, "less often than it is used"),
        ({"inbound_nodes": "in"}, "does not say what it is called on"),
        ({"inbound_nodes": [7]}, "does not say what it is called on"),
        ({"inbound_nodes": [[["in", 0]]]}, "what no layer makes"),
        ({"config": []}, "no JSON object"),
        ({"name": "in"}, "same name"),
    ],
)
def test_a_graph_that_cannot_be_is_refused(change, reason, read):
    flat = {**layer("Flatten", "flat", ["in"]), **change}
    content = archive(graph(input_layer(2), flat, output="flat"), no_weights())
    with pytest.raises(FormatError, match=r"K401|K410") as caught:
        read(content)
    assert any(part in str(caught.value) for part in reason.split("|"))


# Pixels ------------------------------------------------------------------------------------------


def rescaled(**fields):
    return archive(
        row(input_layer(2, 2, 1), layer("Rescaling", "scale", **fields), layer("Flatten", "flat")),
        no_weights(),
    )


@pytest.mark.parametrize(
    ("fields", "mean", "std"),
    [
        ({"scale": 1 / 255}, None, None),
        ({"scale": 0.00392156862745098, "offset": 0.0}, None, None),
        ({"scale": 1 / 127.5, "offset": -1.0}, (0.5,), (0.5,)),
        ({"scale": [1 / 51], "offset": [2]}, (-0.4,), (0.2,)),
    ],
)
def test_rescaling_in_front_is_preprocessing(fields, mean, std, read):
    found = read(rescaled(**fields))
    expected = Preprocessing(2, 2, 1, policy="stretch", mean=mean, std=std)
    assert found.contents.preprocessing == expected
    assert [type(one) for one in layers_of(found)] == [Input, Flatten]
    assert "preprocessing" in notes_of(found)[0]


@pytest.mark.parametrize(
    "fields",
    [{"scale": 0}, {"scale": -1.0}, {"scale": "x"}, {"scale": [1, 2]}, {"scale": 1, "more": 2}],
)
def test_rescaling_that_preprocessing_cannot_say_is_refused(fields, read):
    assert any("Rescaling(" in what for _where, what in refused(read, rescaled(**fields)))


def test_rescaling_elsewhere_is_refused(read):
    behind = row(input_layer(2), layer("ReLU", "a"), layer("Rescaling", "scale", scale=2.0))
    (line,) = refused(read, archive(behind, no_weights()))
    assert line == ("layer 2 scale", "Rescaling elsewhere than in front of all layers")
    beside = graph(
        input_layer(2, 2, 1),
        layer("Rescaling", "scale", ["in"], scale=1 / 255),
        layer("Add", "sum", ["scale", "in"]),
        output="sum",
    )
    (line,) = refused(read, archive(beside, no_weights()))
    assert line == ("layer 2 sum", "pixels beside those that Rescaling has made")


def test_layers_that_act_in_training_only_are_left_out(read):
    config = row(
        input_layer(2, 2, 1),
        layer("RandomFlip", "flip", mode="horizontal", seed=7),
        layer("Rescaling", "scale", scale=1 / 255),
        layer("GaussianNoise", "noise", stddev=0.1),
        layer("Flatten", "flat"),
    )
    found = read(archive(config, no_weights()))
    assert [type(one) for one in layers_of(found)] == [Input, Flatten]
    assert any("RandomFlip acts in training only" in note for note in notes_of(found))
    assert any("GaussianNoise acts in training only" in note for note in notes_of(found))


def test_pictures_without_a_channel_get_one(read):
    """The first network of many tutorials: Flatten on (28, 28)."""
    config = row(
        layer("Flatten", "flat", batch_input_shape=[None, 2, 3]),
        layer("Dense", "out", units=1, use_bias=False),
    )
    kernel = np.float32([[1], [2], [3], [4], [5], [6]])
    found = read(archive(config, hdf5({"layers/dense": [kernel]})))
    assert found.contents.network.input_shape == (2, 3, 1)
    assert outputs(found.contents, np.ones((1, 2, 3, 1), np.float32)).tolist() == [[21]]
    assert "have one channel here" in notes_of(found)[0]


def test_but_not_where_that_would_change_what_a_layer_does(read):
    config = row(input_layer(2, 3), layer("Dense", "out", units=1))
    details = refused(read, archive(config, no_weights()))
    assert details == [("layer 1 out", "Dense (2, 3)")]


@pytest.mark.parametrize("shape", [[6], [2, 3], [3, 2, 1]])
def test_a_reshape_in_front_is_the_shape_of_the_pictures(shape, read):
    config = row(
        input_layer(*shape),
        layer("Reshape", "again", target_shape=[2, 3, 1]),
        layer("Flatten", "flat"),
    )
    found = read(archive(config, no_weights()))
    assert found.contents.network.input_shape == (2, 3, 1)
    assert [type(one) for one in layers_of(found)] == [Input, Flatten]


def test_a_reshape_that_changes_the_order_of_nothing_else_is_refused(read):
    config = row(
        input_layer(2, 3, 1), layer("ReLU", "a"), layer("Reshape", "b", target_shape=[3, 2, 1])
    )
    (line,) = refused(read, archive(config, no_weights()))
    assert line[0] == "layer 2 b"


# What is not supported ---------------------------------------------------------------------------


def test_everything_that_is_in_the_way_is_named_at_once(read):
    config = row(
        input_layer(4, 4, 1),
        layer("Conv2DTranspose", "up", filters=1, kernel_size=[2, 2]),
        layer("Lambda", "code", function="raise SystemExit"),
        layer("Dense", "out", units=2, activation="log_softmax"),
        layer("LSTM", "memory", units=3),
        {**layer("Dense", "own", units=3), "module": "my_layers", "registered_name": "My>Dense"},
    )
    assert refused(read, archive(config, no_weights())) == [
        ("layer 1 up", "Conv2DTranspose"),
        ("layer 2 code", "Lambda"),
        ("layer 3 out", "Dense(activation='log_softmax')"),
        ("layer 4 memory", "LSTM"),
        ("layer 5 own", "Dense"),
    ]


def test_a_model_class_of_somebodys_own_is_refused(read):
    config = {**row(input_layer(2)), "class_name": "MyModel", "module": "somewhere"}
    assert refused(read, archive(config, no_weights())) == [("model", "MyModel")]


def test_dropout_that_drops_in_use_is_refused(read):
    dropout = layer("Dropout", "drop", ["in"], rate=0.5)
    dropout["inbound_nodes"] = [call("in", training=True)]
    details = refused(read, archive(graph(input_layer(2), dropout, output="drop"), no_weights()))
    assert details == [("layer 1 drop", "Dropout(training=True)")]


def test_hard_sigmoid_of_keras_2_is_another_function(read):
    first = older_layer(
        "Dense", "out", units=1, batch_input_shape=[None, 2], activation="hard_sigmoid"
    )
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [first]}}
    weights = {"out": {"out/kernel:0": np.ones((2, 1), np.float32), "out/bias:0": np.float32([0])}}
    ((_where, what),) = refused(read, older(config, weights))
    assert "hard_sigmoid" in what


def test_a_network_that_does_not_fit_is_refused_with_the_reason(read):
    config = row(input_layer(2, 2, 1), layer("Conv2D", "big", filters=1, kernel_size=[5, 5]))
    ((where, what),) = refused(read, archive(config, no_weights()))
    assert where == "layer 1 big"
    assert "5×5 kernel does not fit a 2×2 input" in what


# Weights -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "names", "said"),
    [
        ({}, {}, "missing"),
        ({"layers/dense": [np.ones((2, 3), np.float32)]}, {}, "(2, 3), (2, 1)"),
        (
            {
                "layers/dense": [np.ones((2, 1), np.float32)],
                "layers/dense_1": [np.ones((2, 1), np.float32)],
            },
            {},
            "surplus",
        ),
        ({"layers/dense": [np.ones((2, 1), np.float32)]}, {"layers/dense": "other"}, "other"),
    ],
)
def test_weights_of_another_network_are_refused(groups, names, said, read):
    config = row(input_layer(2), layer("Dense", "out", units=1, use_bias=False))
    with pytest.raises(FormatError, match="K406") as caught:
        read(archive(config, hdf5(groups, names)))
    assert said in str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(value, read):
    config = row(input_layer(2), layer("Dense", "out", units=1, use_bias=False))
    content = archive(config, hdf5({"layers/dense": [np.float32([[1], [value]])]}))
    with pytest.raises(FormatError, match="K407"):
        read(content)


def test_four_weights_of_one_shape_are_told_by_their_names(read):
    """Keras 2 keeps those of normalization in an order of its own when it is frozen."""
    config = {
        "class_name": "Sequential",
        "config": {
            "name": "s",
            "layers": [
                older_layer("BatchNormalization", "bn", axis=[1], batch_input_shape=[None, 1])
            ],
        },
    }
    values = {"moving_mean": 1, "gamma": 2, "moving_variance": 3.999, "beta": 5}
    arrays = {f"bn/{name}:0": np.float32([value]) for name, value in values.items()}
    found = read(older(config, {"bn": arrays}), "model.h5").contents
    # (3 − 1) / √(3.999 + 0.001) · 2 + 5 = 7
    assert outputs(found, np.float32([[3]])) == pytest.approx(7, rel=1e-6)


def test_a_name_that_konv_cannot_hold_is_replaced(read):
    config = row(input_layer(2), layer("Dense", "block/out:0", units=1, use_bias=False))
    found = read(archive(config, hdf5({"layers/dense": [np.ones((2, 1), np.float32)]})))
    assert list(found.contents.weights) == ["block_out_0/kernel"]
    assert any("it is called block_out_0 in konv" in note for note in notes_of(found))


def test_an_activation_behind_is_a_layer_of_its_own(read):
    conv = layer("Conv2D", "c", filters=1, kernel_size=[1, 1], activation="relu6", use_bias=False)
    config = row(input_layer(1, 1, 1), conv, layer("ReLU", "c_activation"))
    found = read(archive(config, hdf5({"layers/conv2d": [np.ones((1, 1, 1, 1), np.float32)]})))
    assert [type(one) for one in layers_of(found)] == [Input, Conv2D, ReLU, ReLU]
    names = [node.name for node in found.contents.network.nodes]
    assert names == ["in", "c", "c_activation", "c_activation_2"]


# Limits ------------------------------------------------------------------------------------------


def test_more_layers_than_are_allowed_are_refused(read):
    config = row(input_layer(2), *[layer("ReLU", f"r{number}") for number in range(10_001)])
    with pytest.raises((FormatError, LimitError)):
        read(archive(config, no_weights()))


def test_a_config_that_is_no_json_of_ours_is_refused(read):
    for config in (b"", b"{", b"[]", b"NaN", b'{"a": 1, "a": 2}', b"\xff", json.dumps(7).encode()):
        with pytest.raises(FormatError, match="K401"):
            read(archive(config, no_weights()))
    with pytest.raises(LimitError, match="K604"):
        read(archive(b"[" * 100 + b"]" * 100, no_weights()))


def test_the_weights_in_the_helper_are_the_ones_of_the_file(tmp_path):
    """The helper writes what Keras writes: a group per layer, its arrays numbered."""
    path = tmp_path / "w.h5"
    path.write_bytes(hdf5({"layers/dense": SIMPLE_WEIGHTS["out"]}))
    with h5py.File(path) as file:
        assert list(file["layers/dense/vars"]) == ["0", "1"]


def test_a_dense_layer_is_konvs(read):
    config = row(input_layer(2), layer("Dense", "out", units=1, activation="softmax"))
    weights = {"layers/dense": [np.ones((2, 1), np.float32), np.zeros(1, np.float32)]}
    assert layers_of(read(archive(config, hdf5(weights))))[1] == Dense(
        1, activation="softmax", name="out"
    )
