"""The model file: what is saved is loaded, and what does not belong together is refused."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from formats.example_models import EXAMPLES, PICTURE, assert_same, branches, outputs, simple
from konv.data.preprocessing import Preprocessing
from konv.errors import EngineError, FormatError, KonvError, LimitError
from konv.formats import (
    ModelContents,
    model_bytes,
    model_from_bytes,
    read_model,
    tensor_bytes,
    training_record,
    write_model,
)
from konv.formats.tensor_file import read_tensors
from konv.layers import Dense, Input
from konv.limits import MAX_CLASSES
from konv.network.graph import sequential


@pytest.fixture(params=EXAMPLES.values(), ids=EXAMPLES.keys())
def example(request) -> ModelContents:
    return request.param()


def test_what_is_saved_is_loaded(example, tmp_path):
    path = tmp_path / "모델.konv"
    write_model(path, example)
    assert_same(read_model(path), example)
    assert_same(model_from_bytes(path.read_bytes()), example)
    assert path.read_bytes() == model_bytes(example)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_loaded_model_is_saved_as_the_same_bytes(example):
    content = model_bytes(example)
    assert model_bytes(model_from_bytes(content)) == content


def test_the_order_in_which_things_were_given_leaves_no_trace():
    one = replace(simple(), record={"a": {"b": 1, "c": 2}, "d": 3})
    other = replace(
        one,
        weights=dict(reversed(one.weights.items())),
        record={"d": 3, "a": {"c": 2, "b": 1}},
    )
    assert model_bytes(one) == model_bytes(other)


def test_the_safetensors_package_opens_the_file(example, tmp_path):
    path = tmp_path / "model.konv"
    write_model(path, example)
    arrays = safetensors.numpy.load_file(path)
    assert arrays.keys() == example.weights.keys()
    for name, array in example.weights.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)
    with safetensors.safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == "konv"
    assert metadata["konv_form"] == "1"
    assert json.loads(metadata["classes"]) == list(example.class_names)


def test_a_file_that_another_safetensors_writer_has_copied_is_loaded(example, tmp_path):
    arrays, metadata = read_tensors(model_bytes(example))
    assert_same(model_from_bytes(safetensors.numpy.save(arrays, metadata)), example)


def test_a_loaded_network_computes_the_same():
    loaded = model_from_bytes(model_bytes(simple()))
    # By hand: the kernel over the picture with bias 3 gives [[18, 19], [9, 18]].
    assert outputs(loaded, PICTURE.reshape(1, 4, 4, 1)).tolist() == [[18 + 9, 19 + 18 + 0.5]]


@pytest.mark.parametrize(
    "labels",
    [
        ("고양이", "강아지"),
        ("é\n\x00\u2028", '"\\'),
        ("", " "),
        ("1", "2"),
        (1, 2),
        (-(2**63), 2**63 - 1),
        (True, False),
        (),
    ],
)
def test_class_names_keep_their_kind_and_order(labels):
    loaded = model_from_bytes(model_bytes(replace(simple(), class_names=labels)))
    assert loaded.class_names == labels
    assert [type(label) for label in loaded.class_names] == [type(label) for label in labels]


def test_as_many_classes_as_are_allowed_can_be_saved():
    network = sequential([Input((1,)), Dense(MAX_CLASSES)])
    names = tuple(f"class {number:>9}" for number in range(MAX_CLASSES))
    weights = {
        "dense_1/kernel": np.ones((1, MAX_CLASSES), np.float32),
        "dense_1/bias": np.ones(MAX_CLASSES, np.float32),
    }
    contents = ModelContents(network, weights, names)
    assert model_from_bytes(model_bytes(contents)).class_names == names


@pytest.mark.parametrize(
    "preprocessing",
    [
        None,
        Preprocessing(4, 4, 1),
        Preprocessing(4, 4, 1, policy="stretch", mean=[1 / 3], std=[0.1]),
    ],
)
def test_preprocessing_travels_with_the_model(preprocessing):
    contents = replace(simple(), preprocessing=preprocessing)
    assert model_from_bytes(model_bytes(contents)).preprocessing == preprocessing


def test_the_training_record_travels_with_the_model():
    record = training_record(
        data_fingerprint="4d7a",
        seed=2**63 - 1,
        metrics={"accuracy": [np.float32(0.5), 1], "best": np.int64(3)},
        options={"이름": "값", "nothing": None, "nested": {"a": [True, {}]}},
        date="2026-11-22",
    )
    loaded = model_from_bytes(model_bytes(replace(simple(), record=record)))
    assert loaded.record["metrics"] == {"accuracy": [0.5, 1], "best": 3}
    assert loaded.record["options"] == {"이름": "값", "nothing": None, "nested": {"a": [True, {}]}}
    assert loaded.record["seed"] == 2**63 - 1
    assert loaded.record["versions"]["numpy"] == np.__version__


def test_weights_of_other_types_and_layouts_are_saved_as_float32():
    contents = branches()
    other = {
        name: np.asfortranarray(array.astype(">f8")) for name, array in contents.weights.items()
    }
    assert model_bytes(replace(contents, weights=other)) == model_bytes(contents)


def test_weights_of_another_network_are_not_saved(tmp_path):
    path = tmp_path / "model.konv"
    write_model(path, simple())
    with pytest.raises(EngineError, match="K702"):
        write_model(path, replace(simple(), weights=branches().weights))
    assert_same(read_model(path), simple())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_not_saved(value, tmp_path):
    weights = {name: array.copy() for name, array in simple().weights.items()}
    weights["dense_1/kernel"][2, 1] = value
    with pytest.raises(FormatError, match=r"K407 in .*model.konv: dense_1/kernel\[2, 1\] is"):
        write_model(tmp_path / "model.konv", replace(simple(), weights=weights))
    assert list(tmp_path.iterdir()) == []


def changed(contents: ModelContents, **texts: str | None) -> bytes:
    """A file whose metadata are replaced, or left out where they are None."""
    arrays, metadata = read_tensors(model_bytes(contents))
    kept = {name: text for name, text in {**metadata, **texts}.items() if text is not None}
    return tensor_bytes(arrays, kept)


NETWORK = json.loads(read_tensors(model_bytes(simple()))[1]["network"])


def network_text(change: Any) -> str:
    """The network's text after ``change`` has been applied to its plain data."""
    config = json.loads(json.dumps(NETWORK))
    change(config)
    return json.dumps(config)


@pytest.mark.parametrize(
    ("texts", "code", "what"),
    [
        ({"format": None}, "K401", "no model that konv has saved"),
        ({"format": "pt"}, "K401", "no model that konv has saved"),
        ({"konv_form": None}, "K401", "form"),
        ({"konv_form": "one"}, "K401", "the form 'one'"),
        ({"konv_form": "0"}, "K401", "the form '0'"),
        ({"konv_form": "-1"}, "K401", "form"),
        ({"konv_form": "²"}, "K401", "form"),
        ({"konv_form": "9" * 5000}, "K401", "form"),
        ({"konv_form": "2"}, "K403", "written by a newer konv, in form 2"),
        ({"konv_form": "2", "classes": None, "vocabulary": "x"}, "K403", "newer"),
        ({"record": None}, "K402", "missing  record"),
        ({"licence": "none"}, "K402", "surplus  'licence'"),
        ({"network": "{"}, "K401", "the network is not JSON"),
        ({"network": "null"}, "K401", "the network is no JSON object"),
        ({"network": "[]"}, "K401", "the network is no JSON object"),
        ({"network": network_text(lambda c: c.update(konv=2))}, "K403", "newer konv"),
        ({"network": network_text(lambda c: c.pop("layers"))}, "K402", "layers"),
        ({"network": network_text(lambda c: c["layers"].pop(0))}, "K401", "K301"),
        ({"network": network_text(lambda c: c["layers"].append({"Conv2D": {}}))}, "K401", "K203"),
        (
            {"network": network_text(lambda c: c["layers"].append({"os.system": {"c": "x"}}))},
            "K408",
            "os.system",
        ),
        ({"network": network_text(lambda c: c["layers"].append({"Dense": 7}))}, "K402", "no layer"),
        ({"classes": "{}"}, "K401", "the classes is no list"),
        ({"classes": "null"}, "K401", "the classes is no list"),
        ({"classes": '["a"]'}, "K401", "1 class names"),
        ({"classes": '["a","a"]'}, "K401", "'a' stands there twice"),
        ({"classes": '["a",1]'}, "K401", "class_names"),
        ({"classes": '["a",[]]'}, "K401", "class_names"),
        ({"classes": '["a","\\ud800"]'}, "K401", "class_names"),
        ({"classes": "[1,2.0]"}, "K401", "class_names"),
        ({"classes": f"[1,{2**63}]"}, "K401", "class_names"),
        ({"preprocessing": "[]"}, "K401", "the preprocessing is no JSON object"),
        ({"preprocessing": "{}"}, "K401", "K203"),
        ({"preprocessing": '{"height":4,"width":4,"channels":1,"x":1}'}, "K401", "K202"),
        ({"preprocessing": '{"height":4,"width":4,"channels":3}'}, "K401", "K205"),
        ({"preprocessing": '{"height":1e9,"width":4,"channels":1}'}, "K401", "K201"),
        ({"preprocessing": '{"height":4,"width":4,"channels":1,"mean":[1e-400,"a"]}'}, "K401", ""),
        ({"record": "[]"}, "K401", "record"),
        ({"record": '"x"'}, "K401", "record"),
        ({"record": '{"a":NaN}'}, "K401", "NaN is not a finite number"),
        ({"record": '{"a":1e999}'}, "K401", "1e999 is not a finite number"),
        ({"record": '{"a":1,"a":2}'}, "K401", "'a' stands there twice"),
        ({"record": '{"a":' * 12 + "1" + "}" * 12}, "K401", "nested"),
        ({"record": '{"a":' * 5000 + "1" + "}" * 5000}, "K604", "nesting"),
        ({"record": json.dumps({"a": "x" * 2**20})}, "K604", "1,048,585 bytes"),
    ],
)
def test_metadata_that_lie_are_refused_with_the_path(texts, code, what, tmp_path):
    path = tmp_path / "model.konv"
    path.write_bytes(changed(simple(), **texts))
    with pytest.raises((FormatError, LimitError)) as caught:
        read_model(path)
    assert caught.value.code.startswith(code)
    assert str(path) in caught.value.where
    assert what in str(caught.value)
    assert caught.value.fix


def arrays_changed(**changes: Any) -> bytes:
    arrays, metadata = read_tensors(model_bytes(simple()))
    kept = {name: array for name, array in {**arrays, **changes}.items() if array is not None}
    return tensor_bytes(kept, metadata)


@pytest.mark.parametrize(
    ("arrays", "code", "what"),
    [
        ({"dense_1/bias": None}, "K406", "missing  dense_1/bias"),
        ({"x\x1b[2J": np.zeros(2, np.float32)}, "K406", r"surplus  'x\x1b[2J'"),
        ({"dense_1/bias": np.zeros(3, np.float32)}, "K406", "dense_1/bias is (3,), not (2,)"),
        ({"dense_1/bias": np.zeros((2, 1), np.float32)}, "K406", "is (2, 1), not (2,)"),
        ({"dense_1/bias": np.zeros((), np.float32)}, "K406", "is (), not (2,)"),
        ({"dense_1/bias": np.zeros(2)}, "K401", "'dense_1/bias' has the dtype 'F64'"),
        ({"dense_1/bias": np.zeros(2, np.float16)}, "K401", "the dtype 'F16'"),
        (
            {"dense_1/bias": np.array([0, np.nan], np.float32)},
            "K407",
            "dense_1/bias[1] is nan",
        ),
        (
            {"conv2d_1/kernel": np.full((3, 3, 1, 1), -np.inf, np.float32)},
            "K407",
            "conv2d_1/kernel[0, 0, 0, 0] is -inf",
        ),
    ],
)
def test_weights_that_do_not_belong_are_refused_by_name(arrays, code, what):
    with pytest.raises(FormatError, match="in here") as caught:
        model_from_bytes(arrays_changed(**arrays), "here")
    assert caught.value.code == code
    assert what in str(caught.value)


def test_a_nan_far_behind_is_found():
    network = sequential([Input((1500,)), Dense(1000, use_bias=False)])
    kernel = np.zeros((1500, 1000), np.float32)
    kernel[1400, 999] = np.nan
    content = bytearray(
        model_bytes(ModelContents(network, {"dense_1/kernel": np.zeros_like(kernel)}))
    )
    content[-kernel.nbytes :] = kernel.tobytes()
    with pytest.raises(FormatError, match=r"dense_1/kernel\[1400, 999\] is nan"):
        model_from_bytes(bytes(content))


def test_weights_are_compared_before_memory_is_claimed_for_them():
    """A header that claims 4 TiB is refused for its size, whatever the file holds."""
    arrays, metadata = read_tensors(model_bytes(simple()))
    header = {
        "__metadata__": metadata,
        "dense_1/bias": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]},
    }
    text = json.dumps(header).encode()
    with pytest.raises(FormatError, match="K401"):
        model_from_bytes(struct.pack("<Q", len(text)) + text + bytes(64))
    assert arrays.keys() == simple().weights.keys()


def test_every_error_of_loading_is_one_of_konv(tmp_path):
    for name in ("missing.konv", "."):
        with pytest.raises(KonvError, match="K404"):
            read_model(tmp_path / name)
