"""What konv makes of ONNX's operations is what ONNX's own reference makes of them."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from formats.onnx.graphs import by_konv, by_reference, chain, graph_model, numbers, one
from konv.formats.onnx.importing.model import onnx_from_bytes

MAP, ROW = (2, 4, 6, 5), (3, 7)
W = numbers(6, 4, 3, 3)
WHOLE = np.array


def whole(*values):
    return np.array(values, np.int64)


def single(value):
    return np.array(value, np.float32)


def conv(**settings):
    kernel = settings.pop("kernel", W)
    return [one("Conv", "x", "w", "b", **settings)], MAP, {"w": kernel, "b": numbers(len(kernel))}


def pool(kind, **settings):
    return [one(kind, **settings)], MAP, {}


def function(kind, shape=MAP, **settings):
    return [one(kind, **settings)], shape, {}


def bell(*steps, shape=MAP, **arrays):
    """Operations from "x" to "y" with names of their own."""
    nodes = [helper.make_node(kind, list(takes), [makes]) for kind, takes, makes in steps]
    return nodes, shape, {name: single(value) for name, value in arrays.items()}


NORMAL = {"s": numbers(4), "b": numbers(4, seed=1), "m": numbers(4, seed=2), "v": numbers(4) ** 2}
MATRIX = numbers(7, 5)
SQUARE = numbers(4, 4, 3, 3)

CASES = {
    "Conv": conv(),
    "Conv, no bias": ([one("Conv", "x", "w")], MAP, {"w": W}),
    "Conv, everything": conv(pads=[1, 0, 2, 1], strides=[2, 1], dilations=[1, 2], group=1),
    "Conv, groups": conv(kernel=numbers(6, 2, 3, 3), group=2),
    "Conv, depthwise": conv(kernel=numbers(8, 1, 3, 2), group=4),
    "Conv, SAME_UPPER": conv(kernel=numbers(3, 4, 2, 4), auto_pad="SAME_UPPER"),
    "Conv, SAME_LOWER": conv(kernel=numbers(3, 4, 2, 4), auto_pad="SAME_LOWER"),
    "Conv, VALID": conv(auto_pad="VALID", strides=[2, 2]),
    "Conv, then a bias": (
        chain(("Conv", {}, "w"), ("Add", {}, "b")),
        MAP,
        {"w": W, "b": numbers(6, 1, 1)},
    ),
    "MaxPool": pool("MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
    "MaxPool, strides of 1": pool("MaxPool", kernel_shape=[2, 3], pads=[1, 1, 1, 1]),
    "MaxPool, ceil_mode": pool("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
    "MaxPool, SAME_LOWER": pool("MaxPool", kernel_shape=[2, 2], auto_pad="SAME_LOWER"),
    "AveragePool": pool("AveragePool", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 1, 1, 0]),
    "AveragePool, zeros": pool(
        "AveragePool", kernel_shape=[3, 2], pads=[1, 1, 1, 0], count_include_pad=1
    ),
    "smallest of windows": (
        chain(("Neg", {}), ("MaxPool", {"kernel_shape": [2, 2]}), ("Neg", {})),
        MAP,
        {},
    ),
    "GlobalAveragePool": pool("GlobalAveragePool"),
    "GlobalMaxPool, Flatten": (chain(("GlobalMaxPool", {}), ("Flatten", {})), MAP, {}),
    "ReduceMean": ([one("ReduceMean", "x", "a", keepdims=0)], MAP, {"a": whole(2, 3)}),
    "ReduceMean, keepdims": ([one("ReduceMean", "x", "a")], MAP, {"a": whole(-1, -2)}),
    "ReduceMax": ([one("ReduceMax", "x", "a", keepdims=0)], MAP, {"a": whole(2, 3)}),
    "Gemm": ([one("Gemm", "x", "w", "b")], ROW, {"w": MATRIX, "b": numbers(5)}),
    "Gemm, everything": (
        [one("Gemm", "x", "w", "b", alpha=0.5, beta=2.0, transB=1)],
        ROW,
        {"w": MATRIX.T.copy(), "b": numbers(1, 5)},
    ),
    "Gemm, one bias": ([one("Gemm", "x", "w", "b")], ROW, {"w": MATRIX, "b": numbers(1)}),
    "MatMul": ([one("MatMul", "x", "w")], ROW, {"w": MATRIX}),
    "MatMul, Add": (
        chain(("MatMul", {}, "w"), ("Add", {}, "b")),
        ROW,
        {"w": MATRIX, "b": numbers(1, 5)},
    ),
    "Flatten, Gemm": (chain(("Flatten", {}), ("Gemm", {}, "w")), MAP, {"w": numbers(120, 3)}),
    "Flatten, negative axis": (chain(("Flatten", {"axis": -3}), ("Relu", {})), MAP, {}),
    "Reshape": (chain(("Reshape", {}, "s"), ("Tanh", {})), MAP, {"s": whole(0, -1)}),
    "Reshape, −1 first": ([one("Reshape", "x", "s")], MAP, {"s": whole(-1, 120)}),
    "Reshape, fixed batch": ([one("Reshape", "x", "s")], MAP, {"s": whole(2, 120)}),
    "Reshape of a constant": (
        [helper.make_node("Reshape", ["w", "s"], ["v"]), one("MatMul", "x", "v")],
        ROW,
        {"w": numbers(7, 1, 5), "s": whole(7, 5)},
    ),
    "BatchNormalization": ([one("BatchNormalization", "x", *"sbmv")], MAP, NORMAL),
    "BatchNormalization of rows": (
        [one("BatchNormalization", "x", *"sbmv", epsilon=0.25)],
        (5, 4),
        NORMAL,
    ),
    "BatchNormalization behind Flatten": (
        chain(("Flatten", {}), ("BatchNormalization", {}, *"sbmv")),
        (2, 2, 2, 1),
        NORMAL,
    ),
    "Relu": function("Relu"),
    "LeakyRelu": function("LeakyRelu", alpha=0.125),
    "LeakyRelu, default": function("LeakyRelu"),
    "ThresholdedRelu": function("ThresholdedRelu", alpha=0.5),
    "LeakyRelu, Min": (
        chain(("LeakyRelu", {"alpha": 0.5}), ("Min", {}, "b")),
        ROW,
        {"b": single(0.5)},
    ),
    "Max with 0": ([one("Max", "x", "z")], ROW, {"z": single(0)}),
    "Elu": function("Elu"),
    "Sigmoid": function("Sigmoid"),
    "Tanh": function("Tanh", ROW),
    "Softmax": function("Softmax", ROW),
    "Softmax of channels": function("Softmax", axis=1),
    "HardSigmoid": function("HardSigmoid"),
    "HardSigmoid, 1/6": function("HardSigmoid", alpha=1 / 6, beta=0.5),
    "HardSwish": function("HardSwish"),
    "Clip": ([one("Clip", "x", "l", "h")], MAP, {"l": single(0), "h": single(1)}),
    "Clip, no upper": ([one("Clip", "x", "l")], MAP, {"l": single(0)}),
    "silu": bell(("Sigmoid", "x", "s"), ("Mul", "xs", "y")),
    "hard_swish": bell(
        ("Add", "xt", "a"),
        ("Clip", "azs", "c"),
        ("Mul", "xc", "p"),
        ("Div", "ps", "y"),
        t=3,
        z=0,
        s=6,
    ),
    "gelu": bell(
        ("Div", "xr", "a"),
        ("Erf", "a", "e"),
        ("Add", "eo", "s"),
        ("Mul", "xs", "p"),
        ("Mul", "ph", "y"),
        r=2**0.5,
        o=1,
        h=0.5,
    ),
    "gelu in another order": bell(
        ("Mul", "rx", "a"),
        ("Erf", "a", "e"),
        ("Add", "oe", "s"),
        ("Mul", "hx", "p"),
        ("Mul", "sp", "y"),
        r=0.5**0.5,
        o=1,
        h=0.5,
    ),
    "gelu of a product": bell(
        ("Mul", "xk", "v"),
        ("Mul", "rv", "a"),
        ("Erf", "a", "e"),
        ("Add", "oe", "s"),
        ("Mul", "hv", "p"),
        ("Mul", "sp", "y"),
        k=2,
        r=0.5**0.5,
        o=1,
        h=0.5,
    ),
    "Dropout": function("Dropout"),
    "Identity": function("Identity"),
    "Cast": function("Cast", to=1),
    "Add": ([helper.make_node("Relu", ["x"], ["r"]), one("Add", "x", "r")], MAP, {}),
    "Sum": ([helper.make_node("Relu", ["x"], ["r"]), one("Sum", "x", "r", "x")], MAP, {}),
    "constants": (
        chain(("Mul", {}, "m"), ("Add", {}, "a"), ("Sub", {}, "s"), ("Div", {}, "d")),
        MAP,
        {"m": single(3), "a": numbers(4, 1, 1), "s": numbers(1, 4, 1, 1), "d": single(2)},
    ),
    "constants of columns": ([one("Add", "x", "c")], MAP, {"c": numbers(5)}),
    "constants of rows": ([one("Mul", "x", "c")], MAP, {"c": numbers(6, 1)}),
    "a constant less a value": ([one("Sub", "c", "x")], ROW, {"c": numbers(7)}),
    "Neg": function("Neg", ROW),
    "Concat": ([helper.make_node("Relu", ["x"], ["r"]), one("Concat", "x", "r", axis=1)], MAP, {}),
    "Concat of columns": (
        [helper.make_node("Relu", ["x"], ["r"]), one("Concat", "r", "x", axis=-1)],
        MAP,
        {},
    ),
    "Concat of rows that were maps": (
        [
            helper.make_node("Flatten", ["x"], ["f"]),
            helper.make_node("MaxPool", ["x"], ["p"], kernel_shape=[2, 2]),
            helper.make_node("Flatten", ["p"], ["g"]),
            helper.make_node("Concat", ["f", "g"], ["c"], axis=1),
            one("MatMul", "c", "w"),
        ],
        MAP,
        {"w": numbers(120 + 80, 3)},
    ),
    "Pad": ([one("Pad", "x", "p")], MAP, {"p": whole(0, 0, 1, 0, 0, 0, 2, 3)}),
    "Pad of axes": ([one("Pad", "x", "p", "", "a")], MAP, {"p": whole(1, 2), "a": whole(3)}),
    "Squeeze": (chain(("GlobalMaxPool", {}), ("Squeeze", {}, "a")), MAP, {"a": whole(2, 3)}),
    "Transpose, channels last": (
        chain(("Transpose", {"perm": [0, 2, 3, 1]}), ("Flatten", {})),
        MAP,
        {},
    ),
    "channels last all through": (
        chain(
            ("Transpose", {"perm": [0, 3, 1, 2]}),
            ("Conv", {}, "w"),
            ("Transpose", {"perm": [0, 2, 3, 1]}),
            ("Add", {}, "b"),
            ("MatMul", {}, "m"),
            ("Softmax", {}),
        ),
        (2, 6, 5, 4),
        {"w": W, "b": numbers(6), "m": numbers(6, 3)},
    ),
    "Pad, channels last": (
        chain(
            ("Pad", {}, "p"),
            ("Transpose", {"perm": [0, 3, 1, 2]}),
            ("MaxPool", {"kernel_shape": [2, 2]}),
        ),
        (2, 6, 5, 4),
        {"p": whole(0, 1, 2, 0, 0, 3, 0, 0)},
    ),
    "sizes that are computed": (
        [
            helper.make_node("Shape", ["x"], ["s"]),
            helper.make_node("Gather", ["s", "i"], ["n"], axis=0),
            helper.make_node("Unsqueeze", ["n", "z"], ["n1"]),
            helper.make_node("Concat", ["n1", "m"], ["t"], axis=0),
            one("Reshape", "x", "t"),
        ],
        MAP,
        {"i": np.array(0), "z": whole(0), "m": whole(-1)},
    ),
    "a residual block": (
        [
            helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
            helper.make_node("BatchNormalization", ["c", *"sbmv"], ["n"]),
            helper.make_node("Relu", ["n"], ["r"]),
            helper.make_node("Conv", ["r", "w"], ["d"], pads=[1, 1, 1, 1]),
            helper.make_node("Add", ["x", "d"], ["e"]),
            one("Relu", "e"),
        ],
        MAP,
        {"w": SQUARE, **NORMAL},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_operation_gives_what_onnx_says(name):
    nodes, shape, arrays = CASES[name]
    model = graph_model(nodes, shape, arrays)
    x = 2 * numbers(*shape)
    expected, found = by_reference(model, x), by_konv(model, x)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-5)


NEWER = {
    **{kind: ([one(kind)], 18) for kind in ("Selu", "Softplus", "Mish")},
    "Gelu": ([one("Gelu")], 20),
    "Gelu, tanh": ([one("Gelu", approximate="tanh")], 20),
    "Elu, 2": ([one("Elu", alpha=2.0)], 18),
    "Swish": ([one("Swish")], 24),
}


@pytest.mark.parametrize("name", NEWER)
def test_operations_of_newer_versions(name):
    nodes, opset = NEWER[name]
    model = graph_model(nodes, MAP, opset=opset)
    x = 2 * numbers(*MAP)
    np.testing.assert_allclose(by_konv(model, x), by_reference(model, x), rtol=1e-5, atol=2e-6)


# What newer versions take as inputs, older ones had as settings.
OLDER = {
    "Clip": ([one("Clip", min=0.0, max=1.0)], 7, lambda x: np.clip(x, 0, 1)),
    "Pad": (
        [one("Pad", pads=[0, 0, 1, 0, 0, 0, 0, 2])],
        7,
        lambda x: np.pad(x, ((0, 0), (0, 0), (1, 0), (0, 2))),
    ),
    "Squeeze": (
        chain(("GlobalMaxPool", {}), ("Squeeze", {"axes": [2, 3]})),
        9,
        lambda x: x.max((2, 3)),
    ),
    "ReduceMean": ([one("ReduceMean", axes=[2, 3], keepdims=0)], 13, lambda x: x.mean((2, 3))),
    "Dropout": ([one("Dropout", ratio=0.25)], 10, lambda x: x),
    "BatchNormalization": (
        [one("BatchNormalization", "x", *"sbmv", spatial=1)],
        7,
        lambda x: (x - 1) / np.sqrt(1 + 1e-5),
    ),
}
UNITS = {
    name: np.ones(4, np.float32) * value for name, value in zip("sbmv", (1, 0, 1, 1), strict=True)
}


@pytest.mark.parametrize("name", OLDER)
def test_operations_of_older_versions(name):
    nodes, opset, expected = OLDER[name]
    arrays = UNITS if "Batch" in name else None
    x = numbers(*MAP)
    found = by_konv(graph_model(nodes, MAP, arrays, opset=opset), x)
    np.testing.assert_allclose(found, expected(x), rtol=1e-5, atol=1e-6)


def test_softmax_took_all_axes_together_before_opset_13():
    x = numbers(3, 7)
    powers = np.exp(x)
    expected = powers / powers.sum(1, keepdims=True)
    found = by_konv(graph_model([one("Softmax")], ROW, opset=11), x)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    # (4, 1, 1): only one of the axes has numbers to speak of.
    model = graph_model(chain(("GlobalMaxPool", {}), ("Softmax", {})), MAP, opset=11)
    assert by_konv(model, numbers(*MAP)).sum((1, 2, 3)) == pytest.approx([1, 1])


def test_a_pool_may_be_padded_unevenly():
    # ONNX's own reference takes the numbers in another order here; ONNX Runtime takes them so.
    x = np.arange(6, dtype=np.float32).reshape(1, 1, 2, 3)
    model = graph_model([one("MaxPool", kernel_shape=[2, 2], pads=[1, 0, 0, 1])], (1, 1, 2, 3))
    assert by_konv(model, x).tolist() == [[[[1, 2, 2], [4, 5, 5]]]]


def imported(nodes, shape, arrays=None, **settings):
    return onnx_from_bytes(graph_model(nodes, shape, arrays, **settings).SerializeToString())


def layers_of(found):
    return [type(node.layer).__name__ for node in found.contents.network.nodes]


def test_bias_activation_and_flatten_become_part_of_the_layer_before():
    nodes = chain(
        ("Conv", {"name": "first"}, "w"),
        ("Add", {}, "b"),
        ("Relu", {}),
        ("GlobalAveragePool", {"name": "pool"}),
        ("Flatten", {}),
        ("MatMul", {"name": "last"}, "m"),
        ("Add", {}, "c"),
        ("Softmax", {}),
    )
    arrays = {"w": W, "b": numbers(6, 1, 1), "m": numbers(6, 3), "c": numbers(3)}
    found = imported(nodes, MAP, arrays)
    names = [(node.name, type(node.layer).__name__) for node in found.contents.network.nodes]
    assert names == [
        ("x", "Input"),
        ("first", "Conv2D"),
        ("pool", "GlobalAveragePooling2D"),
        ("last", "Dense"),
    ]
    assert [n.layer.activation for n in found.contents.network.nodes[1::2]] == ["relu", "softmax"]
    np.testing.assert_array_equal(found.contents.weights["first/bias"], arrays["b"].reshape(-1))


def test_weights_that_are_shared_stay_shared():
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], name="one", pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["a", "w"], ["b"], name="two", pads=[1, 1, 1, 1]),
        one("Add", "a", "b"),
    ]
    network = imported(nodes, MAP, {"w": SQUARE}).contents.network
    assert network.node("two").weights_of == "one"
    assert list(network.weight_specs) == ["one/kernel"]


def test_float_settings_are_the_numbers_that_were_meant():
    found = imported([one("BatchNormalization", "x", *"sbmv", epsilon=0.001)], MAP, UNITS)
    assert found.contents.network.nodes[1].layer.epsilon == 0.001


def test_half_and_double_precision_are_rounded_with_a_note():
    for kind, dtype in ((TensorProto.FLOAT16, np.float16), (TensorProto.DOUBLE, np.float64)):
        kernel = np.random.default_rng(0).normal(size=(7, 5)).astype(dtype)
        found = imported([one("MatMul", "x", "w")], ROW, {"w": kernel}, kind=kind)
        notes = [str(note) for note in found.notes]
        assert any(f"{np.dtype(dtype).name} is computed in float32" in note for note in notes)
        assert any("rounded" in note for note in notes) == (dtype is np.float64)
        (weight,) = found.contents.weights.values()
        assert weight.tobytes() == kernel.astype(np.float32).tobytes()


def test_initializers_may_be_inputs_too():
    # As the first versions of ONNX demanded.
    model = graph_model([one("MatMul", "x", "w")], ROW, {"w": MATRIX})
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, MATRIX.shape))
    assert layers_of(onnx_from_bytes(model.SerializeToString())) == ["Input", "Dense"]


def test_the_number_of_pictures_may_be_named_fixed_or_unknown():
    for batch in ("batch", 1, 3, None):
        assert layers_of(imported([one("Relu")], (batch, 7))) == ["Input", "Activation"]


def test_what_the_output_does_not_need_is_left_out_with_a_note():
    nodes = [helper.make_node("Sin", ["x"], ["z"]), one("Relu")]
    found = imported(nodes, ROW)
    assert layers_of(found) == ["Input", "Activation"]
    assert "left out, since the output does not need them: 1" in map(str, found.notes)


def test_a_hard_sigmoid_of_other_numbers_is_written_differently_with_a_note():
    found = imported([one("HardSigmoid", name="gate")], ROW)
    assert layers_of(found) == ["Input", "BatchNormalization", "ReLU"]
    assert any("gate" in note.where and "max_value=1" in note.text for note in found.notes)


def test_where_the_pixels_are_not_described_that_is_noted():
    notes = [note.text for note in imported([one("Relu")], (1, 3, 8, 8)).notes]
    assert any("divides pixels by 255" in note for note in notes)


def test_the_source_names_version_and_program():
    model = graph_model([one("Relu")], ROW)
    model.producer_name, model.producer_version = "tool", "2.5"
    assert onnx_from_bytes(model.SerializeToString()).source == "ONNX, opset 18, from tool 2.5"
    model.producer_name = model.producer_version = ""
    assert onnx_from_bytes(model.SerializeToString()).source == "ONNX, opset 18"


def test_constants_may_be_operations():
    for setting in (
        {"value": numpy_helper.from_array(np.array([0.0], np.float32))},
        {"value_float": 0.0},
        {"value_floats": [0.0]},
    ):
        nodes = [helper.make_node("Constant", [], ["c"], **setting), one("Max", "x", "c")]
        assert layers_of(imported(nodes, ROW)) == ["Input", "Activation"]
