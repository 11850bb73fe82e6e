"""What konv writes for Keras: nothing is lost on the way there and back."""

import io
import json
import random
import zipfile
from dataclasses import replace

import h5py
import numpy as np
import pytest

from formats.example_models import EXAMPLES, assert_same, counted_weights, outputs
from formats.keras.keras_files import simple
from konv.data.preprocessing import Preprocessing
from konv.errors import FormatError
from konv.formats import ModelContents
from konv.formats.exchange.target import NoRunnerError
from konv.formats.keras import KerasTarget, read_keras, running
from konv.layers import (
    Add,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalMaxPooling2D,
    Input,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    SeparableConv2D,
)
from konv.network.graph import functional, sequential
from network import random_networks as hard_networks
from oracles.random_networks import random_network

pytestmark = pytest.mark.usefixtures("in_this_process")


def written(contents):
    ((name, content),) = KerasTarget().write(contents, "model").files.items()
    assert name == "model.keras"
    return content


def notes_of(contents):
    return [str(note) for note in KerasTarget().write(contents, "model").notes]


def without_own_part(content):
    """The file as if Keras itself had written it: what konv keeps for itself is gone."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "metadata.json":
                text = json.dumps({"keras_version": "3.0.0"}).encode()
            new.writestr(name, text)
    return file.getvalue()


def read(content, tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    return read_keras(path)


def random_contents(network, seed):
    numbers = np.random.default_rng(seed)
    weights = {
        name: numbers.uniform(0.5, 2, spec.shape).astype(np.float32)
        if name.endswith("variance")
        else numbers.normal(0, 0.3, spec.shape).astype(np.float32)
        for name, spec in network.weight_specs.items()
    }
    return ModelContents(network, weights)


# There and back ----------------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_model_comes_back_as_it_was(example, tmp_path):
    contents = example()
    found = read(written(contents), tmp_path)
    assert_same(found.contents, contents)
    assert found.notes == ()


@pytest.mark.parametrize("seed", range(80))
def test_random_networks_come_back_bit_by_bit(seed, tmp_path):
    contents = random_contents(random_network(seed, exact=False), seed)
    assert_same(read(written(contents), tmp_path).contents, contents)


@pytest.mark.parametrize("seed", range(40))
def test_so_do_random_networks_with_names_that_are_hard_to_write(seed, tmp_path):
    contents = random_contents(hard_networks.random_network(random.Random(seed)), seed)
    if lacking(contents.network):
        with pytest.raises(FormatError, match="K411") as caught:
            written(contents)
        assert [what.split(" ")[0] for _where, what in caught.value.details] == lacking(
            contents.network
        )
        return
    assert_same(read(written(contents), tmp_path).contents, contents)


def lacking(network):
    """The pools that Keras cannot say: padded in numbers, and not as a word would on that size."""
    found = []
    for node in network.nodes:
        if isinstance(node.layer, (MaxPooling2D, AveragePooling2D)):
            axes = node.layer.axes(*node.input_shapes)
            same = replace(node.layer, padding="same").axes(*node.input_shapes)
            if axes != same and any((axis.before, axis.after) != (0, 0) for axis in axes):
                found.append(type(node.layer).__name__)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_what_keras_reads_of_it_is_the_same_function(seed, tmp_path):
    contents = random_contents(random_network(seed, exact=True), seed)
    content = without_own_part(written(contents))
    if any(isinstance(node.layer, MinPooling2D) for node in contents.network.nodes):
        with pytest.raises(FormatError, match=r"K410[\s\S]*Rescaling"):
            read(content, tmp_path)  # min x = −max(−x) is not put together again
        return
    plain = read(content, tmp_path).contents
    pictures = np.random.default_rng(seed).integers(-3, 4, (2, *contents.network.input_shape))
    pictures = pictures.astype(np.float64)
    assert np.allclose(outputs(plain, pictures), outputs(contents, pictures), rtol=1e-6, atol=1e-6)


def test_equal_models_give_equal_bytes():
    assert written(EXAMPLES["every-layer"]()) == written(EXAMPLES["every-layer"]())


def test_what_somebody_changed_in_the_part_for_keras_counts(tmp_path):
    """konv's own part is believed only while both say the same."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(written(relu_network()))) as old,
        zipfile.ZipFile(file, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(
                name, old.read(name).replace(b'"activation":"relu"', b'"activation":"tanh"')
            )
    found = read(file.getvalue(), tmp_path)
    assert found.contents.network.nodes[1].layer.activation == "tanh"


@pytest.mark.parametrize(
    "own", [None, 7, {}, {"konv_form": 1}, {"konv_form": 1, "network": 3}, {"konv_form": 2}]
)
def test_an_own_part_that_makes_no_sense_is_not_looked_at(own, tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(simple())) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "metadata.json":
                text = json.dumps({"keras_version": "3.9.0", "konv": own}).encode()
            new.writestr(name, text)
    assert read(file.getvalue(), tmp_path).contents.network.name == "row"


def relu_network():
    network = sequential([Input((2,)), Dense(1, activation="relu")])
    return ModelContents(network, counted_weights(network))


# The words of Keras ------------------------------------------------------------------------------


def kinds(network):
    """The classes of Keras that a network is written in."""
    content = written(ModelContents(network, counted_weights(network)))
    config = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("config.json"))
    return [(entry["class_name"], entry["config"]) for entry in config["config"]["layers"]]


@pytest.mark.parametrize(
    ("padding", "zeros"),
    [
        ("valid", None),
        ("same", None),
        (0, None),
        (1, [[1, 1], [1, 1]]),
        ("full", [[2, 2], [1, 1]]),
        (((0, 1), (2, 0)), [[0, 1], [2, 0]]),
    ],
)
@pytest.mark.parametrize("kind", [Conv2D, SeparableConv2D, DepthwiseConv2D])
def test_explicit_padding_is_a_layer_of_zeros(kind, padding, zeros):
    filters = () if kind is DepthwiseConv2D else (2,)
    made = kinds(sequential([Input((6, 6, 1)), kind(*filters, (3, 2), padding=padding)]))
    names = [name for name, _config in made]
    if zeros is None:
        assert names == ["InputLayer", kind.__name__]
        assert made[1][1]["padding"] == (padding or "valid")
    else:
        assert names == ["InputLayer", "ZeroPadding2D", kind.__name__]
        assert made[1][1]["padding"] == zeros
        assert made[2][1]["padding"] == "valid"


def test_a_stride_and_a_dilation_at_once_are_two_layers():
    conv = Conv2D(1, 2, strides=(2, 1), dilation_rate=2, activation="relu")
    made = kinds(sequential([Input((7, 7, 1)), conv]))
    assert [name for name, _config in made] == [
        "InputLayer",
        "Conv2D",
        "MaxPooling2D",
        "Activation",
    ]
    assert made[1][1]["strides"] == [1, 1]
    assert (made[2][1]["pool_size"], made[2][1]["strides"]) == ([1, 1], [2, 1])


def test_a_minimum_is_a_maximum_between_two_signs():
    made = kinds(sequential([Input((4, 4, 1)), MinPooling2D(2)]))
    assert [name for name, _config in made] == [
        "InputLayer",
        "Rescaling",
        "MaxPooling2D",
        "Rescaling",
    ]
    assert [made[place][1]["scale"] for place in (1, 3)] == [-1, -1]


def test_zeros_may_stand_around_a_maximum_of_what_is_never_negative():
    pool = MaxPooling2D(2, padding=1)
    made = kinds(sequential([Input((4, 4, 1)), ReLU(), pool]))
    assert [name for name, _config in made] == [
        "InputLayer",
        "ReLU",
        "ZeroPadding2D",
        "MaxPooling2D",
    ]


@pytest.mark.parametrize(
    "layers",
    [
        [MaxPooling2D(2, padding=1)],
        [AveragePooling2D(2, padding=1)],
        [ReLU(), AveragePooling2D(2, padding=1)],
        [ReLU(), MinPooling2D(2, padding=1)],
        [ReLU(negative_slope=0.1), MaxPooling2D(3, padding=((1, 2), (0, 0)))],
    ],
)
def test_elsewhere_padding_of_a_pool_is_refused(layers):
    network = sequential([Input((4, 4, 1)), *layers])
    with pytest.raises(FormatError, match="K411") as caught:
        written(ModelContents(network, {}))
    ((where, what),) = caught.value.details
    assert where == f"layer {len(layers)} {network.nodes[-1].name}"
    assert "Pooling2D with padding [(" in what


@pytest.mark.parametrize(("size", "padding"), [(5, 1), (4, ((0, 1), (0, 1))), (6, 0)])
def test_but_not_where_it_is_what_a_word_says(size, padding):
    """A pool of 3 with stride 2 on 5: "same" adds a row on every side, on 4 one at the end."""
    pool = AveragePooling2D(3, strides=2, padding=padding)
    made = kinds(sequential([Input((size, size, 1)), pool]))
    assert made[1][1]["padding"] == ("same" if padding else "valid")


def test_everything_that_is_in_the_way_is_named_at_once():
    start = Input((4, 4, 1))
    pools = [kind(2, padding=1)(start) for kind in (MaxPooling2D, AveragePooling2D)]
    network = functional(start, Add()(pools))
    with pytest.raises(FormatError, match="K411") as caught:
        written(ModelContents(network, {}))
    assert len(caught.value.details) == 2


def test_a_true_convolution_is_stored_flipped():
    network = sequential([Input((3, 3, 1)), Conv2D(1, 2, use_bias=False, true_convolution=True)])
    kernel = np.float32([[1, 2], [3, 4]]).reshape(2, 2, 1, 1)
    contents = ModelContents(network, {"conv2d_1/kernel": kernel})
    content = zipfile.ZipFile(io.BytesIO(written(contents))).read("model.weights.h5")
    with h5py.File(io.BytesIO(content)) as file:
        stored = file["layers/conv2d/vars/0"][...]
        assert file["layers/conv2d/vars"].attrs["name"] == "conv2d_1"
    assert stored[:, :, 0, 0].tolist() == [[4, 3], [2, 1]]
    assert "its kernels are stored flipped: Keras has no true convolution" in notes_of(contents)[0]


def test_weights_shared_by_unlike_layers_are_copied_and_noted(tmp_path):
    start = Input((2,))
    shared = Dense(2, name="both")
    network = functional(start, shared(shared(start)))
    network = network.with_layers({"both_2": replace(network.nodes[2].layer, activation="relu")})
    contents = ModelContents(network, counted_weights(network))
    assert any("its weights are a copy of those of both" in note for note in notes_of(contents))
    assert_same(read(written(contents), tmp_path).contents, contents)


def test_normalization_shared_by_a_map_and_a_row_is_copied(tmp_path):
    """Keras's takes inputs of one rank only."""
    start = Input((2, 2, 1))
    normal = BatchNormalization(name="normal")
    network = functional(start, normal(GlobalMaxPooling2D()(normal(start))))
    contents = ModelContents(network, counted_weights(network))
    assert any("its weights are a copy of those of normal" in note for note in notes_of(contents))
    assert_same(read(written(contents), tmp_path).contents, contents)


def test_a_node_kept_for_its_weights_is_left_out_for_keras(tmp_path):
    start = Input((2,))
    shared = Dense(2, name="both")
    network = functional(start, Add()(shared(start), shared(ReLU()(start)))).up_to("both_2")
    assert [node.name for node in network.nodes] == ["input_1", "both", "relu_1", "both_2"]
    contents = ModelContents(network, counted_weights(network))
    assert_same(read(written(contents), tmp_path).contents, contents)


def test_what_keras_has_no_place_for_is_noted():
    network = sequential([Input((2, 2, 1)), Flatten(), Dense(2)])
    weights = counted_weights(network)
    plain = ModelContents(network, weights, preprocessing=Preprocessing(2, 2, 1))
    assert notes_of(plain) == ["give it pictures (2, 2, 1) of pixels / 255"]
    bytes_in = Preprocessing(2, 2, 1, std=(1 / 255,))
    (text,) = notes_of(ModelContents(network, weights, preprocessing=bytes_in))
    assert text.endswith("mean 0, std 0.00392156863")
    full = ModelContents(
        network,
        weights,
        class_names=("a", "b"),
        preprocessing=Preprocessing(2, 2, 1, mean=(0.5,), std=(0.25,)),
    )
    pixels, classes = notes_of(full)
    assert "(pixels / 255 − mean) / std, mean 0.5, std 0.25" in pixels
    assert "class names" in classes


def test_a_slash_in_the_name_of_a_network_is_kept_from_keras_only(tmp_path):
    network = sequential([Input((2,)), Dense(1)], name="24/7")
    contents = ModelContents(network, counted_weights(network))
    config = zipfile.ZipFile(io.BytesIO(written(contents))).read("config.json")
    assert json.loads(config)["config"]["name"] == "24_7"
    assert read(written(contents), tmp_path).contents.network.name == "24/7"


def test_weights_that_are_not_finite_are_not_written():
    network = sequential([Input((1,)), Dense(1, use_bias=False)])
    contents = ModelContents(network, {"dense_1/kernel": np.float32([[np.nan]])})
    with pytest.raises(FormatError, match="K407"):
        written(contents)


def test_without_keras_there_is_nothing_that_could_run_it(monkeypatch, tmp_path):
    monkeypatch.setattr(running, "find_spec", lambda name: None)
    with pytest.raises(NoRunnerError, match="pip install keras jax"):
        KerasTarget().run({"a.keras": tmp_path}, np.zeros((1, 2), np.float32))
