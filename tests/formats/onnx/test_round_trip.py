"""konv → ONNX → konv is the identity; without konv's metadata the numbers are the same."""

import numpy as np
import onnx
import pytest

from formats.example_models import EXAMPLES, assert_same, every_layer, outputs, simple
from formats.onnx.graphs import numbers, random_contents, without_metadata
from konv.errors import FormatError
from konv.formats import ModelContents
from konv.formats.onnx.export.target import OnnxTarget
from konv.formats.onnx.importing.model import onnx_from_bytes, read_onnx
from konv.layers import Conv2D, Dense, Input
from konv.network.graph import sequential
from konv.network.named import named_network, named_networks
from konv.network.weights import new_weights


def content(contents):
    (written,) = OnnxTarget().write(contents, "model").files.values()
    return written


@pytest.mark.parametrize("seed", range(150))
def test_a_random_network_comes_back_as_it_was(seed):
    contents = random_contents(seed)
    assert_same(onnx_from_bytes(content(contents)).contents, contents)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_an_example_comes_back_with_all_that_it_holds(example):
    imported = onnx_from_bytes(content(example()))
    assert_same(imported.contents, example())
    assert imported.notes == ()
    assert imported.source.startswith("ONNX, opset 18, from konv ")


@pytest.mark.parametrize("name", [entry.name for entry in named_networks()])
def test_a_network_of_konvs_own_comes_back(name):
    network = named_network(name).network
    contents = ModelContents(network, new_weights(network, 0))
    assert_same(onnx_from_bytes(content(contents)).contents, contents)


def works_on_columns(seed):
    """Whether maps that are channels first go through what looks at the last axis."""
    network = random_contents(seed).network
    return network.data_format == "channels_first" and any(
        len(node.output_shape) == 3
        and (isinstance(node.layer, Dense) or getattr(node.layer, "activation", "") == "softmax")
        for node in network.nodes
    )


# Without the metadata the graph alone counts. What konv says in a way that no other order of the
# axes gives back is refused: a product along the columns of maps that are channels first.
@pytest.mark.parametrize("seed", [s for s in range(100) if not works_on_columns(s)])
def test_without_metadata_the_numbers_are_the_same(seed):
    contents = random_contents(seed)
    bare = without_metadata(content(contents))
    imported = onnx_from_bytes(bare).contents
    x = numbers(2, *contents.network.input_shape)
    expected = outputs(contents, x)
    if imported.network.input_shape != contents.network.input_shape:
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1))  # from channels first
    found = outputs(imported, x)
    found = found if found.shape == expected.shape else found.transpose(0, 3, 1, 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_products_along_columns_are_refused_without_metadata():
    network = sequential([Input((2, 3, 4)), Conv2D(2, 1, data_format="channels_first"), Dense(5)])
    contents = ModelContents(network, new_weights(network, 0))
    with pytest.raises(FormatError, match="columns of a map"):
        onnx_from_bytes(without_metadata(content(contents)))
    assert_same(onnx_from_bytes(content(contents)).contents, contents)


def test_without_metadata_names_and_weights_stay():
    imported = onnx_from_bytes(without_metadata(content(simple()))).contents
    assert imported.network == simple().network
    for name, weight in simple().weights.items():
        assert imported.weights[name].tobytes() == weight.tobytes()


def test_a_graph_that_was_changed_is_not_taken_for_what_it_was():
    model = onnx.load_from_string(content(simple()))
    conv = next(node for node in model.graph.node if node.op_type == "Conv")
    next(a for a in conv.attribute if a.name == "pads").ints[:] = [1, 1, 1, 1]
    gemm = next(node for node in model.graph.node if node.op_type == "Gemm")
    del model.graph.node[[*model.graph.node].index(gemm)]
    model.graph.output[0].name = gemm.input[0]
    del model.metadata_props[0]  # the class names, of which there are no longer two
    imported = onnx_from_bytes(model.SerializeToString())
    assert imported.contents.network.output_shape == (16,)
    assert any("no longer" in note.text for note in imported.notes)


def test_a_weight_that_was_changed_is_taken():
    model = onnx.load_from_string(content(simple()))
    bias = next(array for array in model.graph.initializer if array.name == "conv2d_1/bias")
    bias.raw_data = np.array([7], np.float32).tobytes()
    imported = onnx_from_bytes(model.SerializeToString()).contents
    assert imported.network == simple().network
    assert imported.weights["conv2d_1/bias"].tolist() == [7]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("konv_classes", '["one"]', "K205 ModelContents: 1 class names"),
        ("konv_classes", "{}", "is no list"),
        ("konv_classes", "[1, 1", "not JSON"),
        ("konv_preprocessing", '{"height": 0, "width": 4, "channels": 1}', "K201"),
        ("konv_preprocessing", "[]", "no JSON object"),
        ("konv_record", '{"a": NaN}', "not JSON"),
    ],
)
def test_metadata_that_cannot_be_are_refused(key, value, message):
    model = onnx.load_from_string(content(simple()))
    for entry in model.metadata_props:
        if entry.key == key:
            entry.value = value
    with pytest.raises(FormatError, match=f"(?s)K401 in a file.*{message}"):
        onnx_from_bytes(model.SerializeToString(), "a file")


def test_metadata_that_say_something_twice_are_refused():
    model = onnx.load_from_string(content(simple()))
    model.metadata_props.append(model.metadata_props[0])
    with pytest.raises(FormatError, match="konv_classes' twice"):
        onnx_from_bytes(model.SerializeToString())


def test_a_file_is_read_by_its_path(tmp_path):
    path = tmp_path / "모형.onnx"
    path.write_bytes(content(every_layer()))
    assert_same(read_onnx(path).contents, every_layer())
    with pytest.raises(FormatError, match=r"K404 in .*missing.onnx"):
        read_onnx(tmp_path / "missing.onnx")
    with pytest.raises(FormatError, match=r"K404.*folder"):
        read_onnx(tmp_path)
