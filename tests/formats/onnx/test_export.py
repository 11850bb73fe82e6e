"""What konv writes as ONNX is valid, gives the same numbers elsewhere, and holds what it should."""

import importlib
import json
from types import SimpleNamespace

import numpy as np
import onnx
import pytest

from formats.example_models import EXAMPLES, every_layer, outputs, simple
from formats.onnx.graphs import by_reference, numbers, random_contents
from konv.errors import FormatError
from konv.formats import ModelContents
from konv.formats.exchange.target import NoRunnerError
from konv.formats.onnx import running
from konv.formats.onnx.export.target import OnnxTarget
from konv.layers import (
    LAYERS,
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
    ReLU,
    ZeroPadding2D,
)
from konv.layers.activations import ACTIVATIONS
from konv.layers.pooling import PoolingLayer
from konv.network.graph import functional, sequential
from konv.network.weights import new_weights


def content(contents):
    (written,) = OnnxTarget().write(contents, "model").files.values()
    return written


def model_of(contents):
    model = onnx.load_from_string(content(contents))
    onnx.checker.check_model(model, full_check=True)
    return model


def contents_of(*layers, seed=0):
    network = sequential(layers)
    return ModelContents(network, new_weights(network, seed))


def kinds(model):
    return [node.op_type for node in model.graph.node]


def uneven(seed):
    """Whether a pool is padded more behind than before: ONNX's reference gets that wrong."""
    return any(
        axis.before != axis.after
        for node in random_contents(seed).network.nodes
        if isinstance(node.layer, PoolingLayer)
        for axis in node.layer.axes(*node.input_shapes)
    )


@pytest.mark.parametrize("seed", [seed for seed in range(60) if not uneven(seed)])
def test_random_networks_are_valid_and_give_the_same_numbers(seed):
    contents = random_contents(seed)
    x = numbers(2, *contents.network.input_shape)
    expected, found = outputs(contents, x), by_reference(model_of(contents), x)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


RECTIFIERS = (
    (ReLU(), ["Relu"]),
    (ReLU(6), ["Clip"]),
    (ReLU(0), ["Clip"]),
    (ReLU(negative_slope=0.25), ["LeakyRelu"]),
    (ReLU(2, negative_slope=0.25), ["LeakyRelu", "Min"]),
    (ReLU(threshold=1), ["ThresholdedRelu"]),
    (ReLU(0.5, threshold=1), ["ThresholdedRelu", "Min"]),
    (ReLU(negative_slope=0.5, threshold=1), ["Greater", "Sub", "Mul", "Where"]),
    (ReLU(2, 0.5, 1), ["Min", "Greater", "Sub", "Mul", "Where"]),
)


@pytest.mark.parametrize(("layer", "operations"), RECTIFIERS)
def test_rectifiers_are_written_with_few_operations(layer, operations):
    contents = contents_of(Input((9,)), layer)
    x = np.array([[-2, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 4]], np.float32)
    model = model_of(contents)
    assert kinds(model) == operations
    np.testing.assert_array_equal(by_reference(model, x), outputs(contents, x))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_can_be_written(name):
    contents = contents_of(Input((4, 3, 5)), Activation(name))
    x = 3 * numbers(2, 4, 3, 5)
    np.testing.assert_allclose(
        by_reference(model_of(contents), x), outputs(contents, x), rtol=1e-5, atol=1e-6
    )


def test_every_layer_that_there_is_can_be_written():
    written = {type(node.layer).__name__ for node in every_layer().network.nodes}
    model_of(every_layer())
    assert set(LAYERS) - {"ELU"} <= written | {"Concatenate"}


def test_the_same_array_goes_in_as_into_konv():
    model = model_of(simple())
    shape = [d.dim_param or d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    assert shape == ["N", 4, 4, 1]
    assert model.graph.input[0].name == "input_1"


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # Once at the beginning, and once before what flattens row by row.
        (
            (Input((6, 6, 2)), Conv2D(3, 3), MaxPooling2D(), Flatten(), Dense(2)),
            ["Transpose", "Conv", "MaxPool", "Transpose", "Flatten", "Gemm"],
        ),
        # A single channel lies as it lies.
        (
            (Input((6, 6, 2)), Conv2D(1, 3), Flatten(), Dense(2)),
            ["Transpose", "Conv", "Flatten", "Gemm"],
        ),
        ((Input((6, 6, 2)), Flatten(), Dense(2)), ["Flatten", "Gemm"]),
        (
            (Input((2, 6, 6)), Conv2D(3, 3, data_format="channels_first")),
            ["Conv"],
        ),
        ((Input((5, 4, 2)), ZeroPadding2D(1), Activation("relu")), ["Pad", "Relu"]),
        (
            (Input((5, 4, 2)), BatchNormalization()),
            ["Transpose", "BatchNormalization", "Transpose"],
        ),
        ((Input((5, 4, 2)),), ["Identity"]),
    ],
)
def test_axes_are_turned_only_where_it_changes_something(layers, expected):
    assert kinds(model_of(contents_of(*layers))) == expected


def test_a_flattened_row_has_konvs_order():
    contents = contents_of(Input((2, 3, 2)), Conv2D(2, 1, use_bias=False), Flatten())
    contents.weights["conv2d_1/kernel"][...] = np.eye(2, dtype=np.float32).reshape(1, 1, 2, 2)
    x = np.arange(12, dtype=np.float32).reshape(1, 2, 3, 2)
    assert by_reference(model_of(contents), x).tolist() == [list(range(12))]


def test_shared_weights_are_in_the_file_once():
    shared = Conv2D(2, 3, padding="same", name="both")
    first = Input((4, 4, 2))
    network = functional(first, Add()([shared(first), shared(shared(first))]))
    model = model_of(ModelContents(network, new_weights(network, 0)))
    assert [array.name for array in model.graph.initializer] == ["both/kernel", "both/bias"]
    assert kinds(model).count("Conv") == 3


def test_a_network_of_two_orders_can_be_merged():
    first = Input((4, 4, 4))
    turned = Conv2D(4, 3, padding="same", data_format="channels_first")(first)
    plain = Conv2D(4, 3, padding="same")(first)
    network = functional(first, Concatenate(2)([turned, plain]))
    contents = ModelContents(network, new_weights(network, 3))
    x = numbers(2, 4, 4, 4)
    np.testing.assert_allclose(by_reference(model_of(contents), x), outputs(contents, x), atol=1e-5)


def test_names_classes_and_preprocessing_are_in_the_file():
    model = model_of(simple())
    assert (model.producer_name, model.opset_import[0].version) == ("konv", 18)
    assert model.graph.name == "simple"
    assert {node.name for node in model.graph.node} >= {"conv2d_1", "flatten_1", "dense_1"}
    held = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert held["konv_classes"] == ["고양이", "강아지"]
    assert held["konv_preprocessing"]["mean"] == [0.25]
    assert held["konv_record"]["seed"] == 7


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_equal_models_give_equal_bytes(example):
    assert content(example()) == content(example())


def test_a_flipped_kernel_and_a_dropout_are_told():
    notes = OnnxTarget().write(every_layer(), "model").notes
    told = {note.where: note.text for note in notes}
    assert "left out" in told["dropout_1"]
    assert any("flipped" in text for text in told.values())


def test_a_layer_that_onnx_lacks_is_refused(monkeypatch):
    class Sorting(Activation):
        pass

    with pytest.raises(FormatError, match=r"K411 in model.onnx.*\n.*sorting_1 +Sorting"):
        content(contents_of(Input((3,)), Sorting("relu")))


def test_the_target_runs_what_it_has_written(tmp_path):
    written = OnnxTarget().write(simple(), "시험")
    paths = {name: tmp_path / name for name in written.files}
    for name, path in paths.items():
        path.write_bytes(written.files[name])
    assert [*paths] == ["시험.onnx"]
    x = numbers(3, 4, 4, 1)
    program, found = OnnxTarget().run(paths, x)
    assert "onnx" in program.lower()
    np.testing.assert_allclose(found, outputs(simple(), x), rtol=1e-6)


@pytest.fixture
def without(monkeypatch):
    """Make packages look as if they were not installed."""

    def make(*missing):
        def import_module(name):
            if name in missing:
                raise ImportError(name)
            return importlib.import_module(name)

        monkeypatch.setattr(running, "importlib", SimpleNamespace(import_module=import_module))

    return make


def test_without_any_program_that_is_said(tmp_path, without):
    without("onnxruntime", "onnx")
    with pytest.raises(NoRunnerError, match="pip install onnxruntime"):
        OnnxTarget().run({"a.onnx": tmp_path / "a.onnx"}, numbers(1, 4))


def test_the_reference_of_onnx_is_taken_where_its_runtime_is_not(tmp_path, without):
    without("onnxruntime")
    path = tmp_path / "a.onnx"
    path.write_bytes(content(simple()))
    x = numbers(2, 4, 4, 1)
    program, found = OnnxTarget().run({"a.onnx": path}, x)
    assert program == f"onnx's reference {onnx.__version__}"
    np.testing.assert_array_equal(found, by_reference(model_of(simple()), x))


def test_where_the_reference_of_onnx_is_wrong_it_is_not_asked(tmp_path, without):
    without("onnxruntime")
    path = tmp_path / "a.onnx"
    path.write_bytes(content(contents_of(Input((3, 3, 1)), MaxPooling2D(2, 1, "same"))))
    with pytest.raises(NoRunnerError, match="pads pools in another way"):
        OnnxTarget().run({"a.onnx": path}, numbers(1, 3, 3, 1))
