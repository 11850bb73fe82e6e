"""What konv does not have is refused, all of it at once, with its place."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from formats.onnx.graphs import chain, graph_model, numbers, one
from konv.errors import FormatError
from konv.formats.onnx.importing.model import onnx_from_bytes

MAP, ROW = (2, 4, 6, 5), (3, 7)
W = {"w": numbers(6, 4, 3, 3)}


def whole(*values):
    return np.array(values, np.int64)


REFUSED = {
    "an operation that konv lacks": ([one("LSTM", name="memory")], MAP, {}, "node memory.*LSTM"),
    "two maps multiplied": (
        [helper.make_node("Relu", ["x"], ["r"]), one("Mul", "x", "r")],
        MAP,
        {},
        "Mul of two maps",
    ),
    "a part of a function": ([one("Erf")], MAP, {}, "0 Erf +Erf"),
    "1-D windows": ([one("Conv", "x", "w")], (1, 4, 9), {"w": numbers(2, 4, 3)}, r"\(1, 4, 9\)"),
    "dilated pool": ([one("MaxPool", kernel_shape=[2, 2], dilations=[2, 2])], MAP, {}, "dilations"),
    "a pool narrower than its padding": (
        [one("MaxPool", kernel_shape=[2, 2], pads=[2, 2, 2, 2])],
        MAP,
        {},
        "padding around a pool",
    ),
    "channels that do not fit": (
        [one("Conv", "x", "w")],
        MAP,
        {"w": numbers(6, 3, 3, 3)},
        r"a kernel \(6, 3, 3, 3\)",
    ),
    "kernel_shape that lies": ([one("Conv", "x", "w", kernel_shape=[5, 5])], MAP, W, "kernels of"),
    "a kernel that is too large": (
        [one("Conv", "x", "w")],
        (1, 4, 2, 2),
        W,
        "does not fit a 2×2 input",
    ),
    "a setting that nobody knows": ([one("Relu", magic=1)], MAP, {}, "Relu with magic"),
    "Flatten that mixes pictures": ([one("Flatten", axis=2)], MAP, {}, "no rows"),
    "Reshape that mixes pictures": (
        [one("Reshape", "x", "s")],
        MAP,
        {"s": whole(4, 60)},
        "mixes them",
    ),
    "Reshape of rows to maps": (
        [one("Reshape", "x", "s")],
        (3, 12),
        {"s": whole(0, 3, 2, 2)},
        "no maps of rows",
    ),
    "Transpose that moves pictures": ([one("Transpose")], MAP, {}, "axis of the pictures"),
    "Softmax of pictures": ([one("Softmax", axis=0)], ROW, {}, "axis of the pictures"),
    "Softmax of columns": (
        chain(("GlobalMaxPool", {}), ("Softmax", {"axis": 3})),
        MAP,
        {},
        "softmax over axis 2",
    ),
    "Concat of pictures": (
        [helper.make_node("Relu", ["x"], ["r"]), one("Concat", "x", "r", axis=0)],
        ROW,
        {},
        "Concat of pictures",
    ),
    "a constant per picture": (
        [one("Add", "x", "c")],
        ROW,
        {"c": numbers(3, 7)},
        "differs from picture to picture",
    ),
    "a constant per place": (
        [one("Add", "x", "c")],
        MAP,
        {"c": numbers(6, 5)},
        "not one number per channel",
    ),
    "a constant that widens": (
        [one("Add", "x", "c")],
        (2, 1, 3, 3),
        {"c": numbers(4, 1, 1)},
        "not one number per channel",
    ),
    "Pad of channels": (
        chain(("MaxPool", {"kernel_shape": [2, 2]}), ("Pad", {}, "p")),
        MAP,
        {"p": whole(0, 1, 0, 0, 0, 0, 0, 0)},
        "not rows and columns",
    ),
    "Pad by reflection": (
        [one("Pad", "x", "p", mode="reflect")],
        MAP,
        {"p": whole(*[0] * 8)},
        "but zeros",
    ),
    "Clip from −1": ([one("Clip", "x", "l")], MAP, {"l": np.array(-1, np.float32)}, "not from 0"),
    "transA": ([one("Gemm", "x", "w", transA=1)], ROW, {"w": numbers(3, 3)}, "transA"),
    "a bias per picture": (
        [one("Gemm", "x", "w", "b")],
        ROW,
        {"w": numbers(7, 5), "b": numbers(3, 5)},
        "a bias of",
    ),
    "normalization by the batch": (
        [one("BatchNormalization", "x", *"sbmv", training_mode=1)],
        MAP,
        {name: numbers(4) for name in "sbmv"},
        "looks at the batch",
    ),
    "indices of a pool": (
        [
            helper.make_node("MaxPool", ["x"], ["p", "i"], kernel_shape=[2, 2]),
            helper.make_node("Identity", ["i"], ["y"]),
        ],
        MAP,
        {},
        "further output of MaxPool",
    ),
    "an output that is constant": (
        [helper.make_node("Identity", ["c"], ["y"])],
        ROW,
        {"c": numbers(2)},
        "a constant",
    ),
    "no height": ([one("Relu")], (1, 3, "height", 8), {}, "all sizes but the first"),
    "five axes": ([one("Relu")], (1, 2, 3, 4, 5), {}, "konv takes rows"),
    "a map of any number of axes": ([one("Relu")], None, {}, "konv takes rows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_the_reason(name):
    nodes, shape, arrays, reason = REFUSED[name]
    content = graph_model(nodes, shape, arrays).SerializeToString()
    with pytest.raises(FormatError, match=f"(?s)K410 in net.onnx: .*{reason}"):
        onnx_from_bytes(content, "net.onnx")


def refusal(model):
    with pytest.raises(FormatError, match="K410") as caught:
        onnx_from_bytes(model.SerializeToString(), "net.onnx")
    return caught.value


def test_everything_is_listed_at_once():
    nodes = chain(
        ("LSTM", {"name": "a"}), ("Relu", {}), ("Einsum", {"name": "b"}), ("Softmax", {"axis": 0})
    )
    found = refusal(graph_model(nodes, MAP)).details
    assert found == (("node a", "LSTM"), ("node b", "Einsum"))


@pytest.mark.parametrize("opset", [1, 6, 29, 2**62])
def test_versions_that_konv_does_not_know_are_refused(opset):
    (detail,) = refusal(graph_model([one("Relu")], ROW, opset=opset)).details
    assert detail[1] == f"version {opset}; konv reads 7 to 28"


def test_several_inputs_and_outputs_are_refused():
    nodes = [one("Relu"), helper.make_node("Add", ["x", "other"], ["z"])]
    model = graph_model(nodes, ROW, outputs=("y", "z"))
    model.graph.input.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, ROW))
    assert dict(refusal(model).details) == {
        "inputs": "2 of them: x, other",
        "outputs": "2 of them: y, z",
    }


def test_an_input_of_whole_numbers_is_refused():
    assert "numbers of uint8" in str(refusal(graph_model([one("Relu")], ROW, kind=2)))


def test_other_domains_functions_and_inner_graphs_are_refused():
    model = graph_model([one("Gelu", domain="com.microsoft")], ROW)
    assert "com.microsoft::Gelu" in str(refusal(model))
    inner = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["i"])],
        "inner",
        [],
        [helper.make_tensor_value_info("i", 1, None)],
    )
    test = {"c": np.array(True)}
    model = graph_model([one("If", "c", then_branch=inner, else_branch=inner)], ROW, test)
    assert "If, which holds a graph of its own" in str(refusal(model))
    model = graph_model([one("Relu")], ROW)
    # A function of this name would take the place of ONNX's own.
    model.functions.append(
        helper.make_function("", "Relu", ["a"], ["b"], [helper.make_node("Neg", ["a"], ["b"])], [])
    )
    assert "operations that the file itself defines" in str(refusal(model))


def test_sparse_arrays_and_texts_are_refused():
    model = graph_model([one("Relu")], ROW)
    values = helper.make_tensor("s", TensorProto.FLOAT, [1], [1.0])
    places = helper.make_tensor("i", TensorProto.INT64, [1], [0])
    model.graph.sparse_initializer.append(
        onnx.SparseTensorProto(values=values, indices=places, dims=[3])
    )
    assert "sparse arrays" in str(refusal(model))
    model = graph_model([one("Relu")], ROW)
    model.graph.initializer.append(helper.make_tensor("t", TensorProto.STRING, [1], [b"x"]))
    assert "an array of string" in str(refusal(model))


def test_numbers_in_another_file_are_refused_and_not_looked_for(tmp_path):
    model = graph_model([one("MatMul", "x", "w")], ROW, {"w": numbers(7, 5)})
    array = model.graph.initializer[0]
    array.ClearField("raw_data")
    array.data_location = TensorProto.EXTERNAL
    for place in ("../secret", "/etc/passwd", "weights.bin"):
        del array.external_data[:]
        array.external_data.add(key="location", value=place)
        assert "external data" in str(refusal(model))


def test_at_most_a_hundred_reasons_are_gathered():
    nodes = [helper.make_node("Foo", [f"v{i}" if i else "x"], [f"v{i + 1}"]) for i in range(500)]
    found = refusal(graph_model(nodes, ROW, outputs=("v500",))).details
    assert len(found) == 101
    assert found[-1] == ("and so on", "reading stopped here")
