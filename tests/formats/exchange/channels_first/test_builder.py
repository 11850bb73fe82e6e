"""Networks told channels first give what the other tool gives, computed here channels first."""

import numpy as np
import pytest

from konv.engines import get_engine
from konv.errors import ShapeError
from konv.formats.exchange.channels_first import UNKNOWN, ChannelsFirstBuilder
from konv.formats.exchange.refusals import Refusals
from konv.layers import Activation, LeakyReLU

PICTURES = np.random.default_rng(0).integers(-3, 4, (2, 3, 6, 5)).astype(np.float32)


def whole(*shape):
    return np.random.default_rng(sum(shape)).integers(-3, 4, shape).astype(np.float32)


def convolved(x, kernel, strides=(1, 1), zeros=((0, 0), (0, 0)), dilation=(1, 1), groups=1):
    """[N, C, H, W] and [O, I, KH, KW], by the definition."""
    x = np.pad(x, ((0, 0), (0, 0), *zeros))
    filters, per_group, rows, columns = kernel.shape
    height = (x.shape[2] - (rows - 1) * dilation[0] - 1) // strides[0] + 1
    width = (x.shape[3] - (columns - 1) * dilation[1] - 1) // strides[1] + 1
    y = np.zeros((len(x), filters, height, width), x.dtype)
    for f, i, j in np.ndindex(filters, height, width):
        first = f // (filters // groups) * per_group
        window = x[
            :,
            first : first + per_group,
            i * strides[0] : i * strides[0] + (rows - 1) * dilation[0] + 1 : dilation[0],
            j * strides[1] : j * strides[1] + (columns - 1) * dilation[1] + 1 : dilation[1],
        ]
        y[:, f, i, j] = (window * kernel[f]).sum((1, 2, 3))
    return y


def windows(x, window, strides, zeros, fill):
    """Every window as [N, C, OH, OW, KH·KW]."""
    x = np.pad(x, ((0, 0), (0, 0), *zeros), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(x, window, (2, 3))
    view = view[:, :, :: strides[0], :: strides[1]]
    return view.reshape(*view.shape[:4], -1)


def ran(builder, output, pictures=PICTURES):
    """What konv makes of foreign pictures, as a foreign array."""
    builder.refused.check_import("test")
    woven = builder.finish("test", output)
    program = get_engine("reference").compile(woven.network)
    inputs = np.ascontiguousarray(woven.inputs(pictures))
    return woven, woven.outputs(program.forward(dict(woven.weights), inputs))


def begun(shape=(3, 6, 5)):
    builder = ChannelsFirstBuilder(Refusals())
    return builder, builder.input(shape)


CONVOLUTIONS = (
    ({}, (4, 3, 3, 3), "valid"),
    ({"padding": ((1, 1), (1, 1))}, (4, 3, 3, 3), "same"),
    ({"padding": ((2, 2), (2, 2))}, (4, 3, 3, 3), "full"),
    ({"padding": ((1, 1), (1, 1)), "strides": (2, 2)}, (4, 3, 3, 3), ((1, 1), (1, 1))),
    ({"padding": ((0, 1), (1, 1)), "strides": (2, 2)}, (4, 3, 3, 3), "same"),
    ({"padding": ((1, 0), (2, 1))}, (4, 3, 2, 4), ((1, 0), (2, 1))),
    ({"padding": ((1, 1), (1, 1)), "dilation": (2, 1)}, (4, 3, 2, 3), "same"),
    ({"groups": 3}, (6, 1, 3, 2), "valid"),
    ({"groups": 3, "padding": ((3, 3), (3, 3))}, (3, 1, 3, 3), 3),
)


@pytest.mark.parametrize(("fields", "kernel", "padding"), CONVOLUTIONS)
@pytest.mark.parametrize("with_bias", [True, False])
def test_convolutions(fields, kernel, padding, with_bias):
    builder, x = begun()
    weights, bias = whole(*kernel), whole(kernel[0]) if with_bias else None
    woven, result = ran(builder, builder.convolution(x, weights, bias, **fields))
    zeros = fields.get("padding", ((0, 0), (0, 0)))
    others = {key: value for key, value in fields.items() if key != "padding"}
    expected = convolved(PICTURES, weights, zeros=zeros, **others)
    np.testing.assert_array_equal(result, expected + (0 if bias is None else bias[:, None, None]))
    said = woven.network.nodes[1].layer.padding
    assert said == padding or said == (padding[0][0] if padding == ((1, 1), (1, 1)) else None)


POOLS = (
    ((2, 2), (2, 2), ((0, 0), (0, 0)), False),
    ((3, 2), (1, 2), ((1, 1), (1, 0)), False),
    ((2, 2), (2, 2), ((0, 0), (0, 0)), True),
    ((3, 3), (2, 2), ((1, 1), (1, 1)), True),
    ((2, 3), (3, 3), ((1, 1), (1, 1)), True),
)


def ceiling(x, window, strides, zeros):
    """The zeros behind that ceil mode needs, found by trying."""
    result = []
    for axis in range(2):
        size, before, after = x.shape[2 + axis], *zeros[axis]
        starts = range(0, size + before, strides[axis])
        last = max(s for s in starts if s < size + before + after - window[axis] + strides[axis])
        result.append((before, max(0, last + window[axis] - size - before)))
    return tuple(result)


@pytest.mark.parametrize(("window", "strides", "zeros", "ceil_mode"), POOLS)
def test_largest_of_windows(window, strides, zeros, ceil_mode):
    builder, x = begun()
    y = builder.pool("max", x, window, strides=strides, padding=zeros, ceil_mode=ceil_mode)
    taken = ceiling(PICTURES, window, strides, zeros) if ceil_mode else zeros
    expected = windows(PICTURES, window, strides, taken, -np.inf).max(-1)
    np.testing.assert_array_equal(ran(builder, y)[1], expected)


def test_smallest_of_windows():
    builder, x = begun()
    y = builder.pool("min", x, (3, 2), strides=(1, 2), padding=((1, 1), (1, 0)))
    expected = windows(PICTURES, (3, 2), (1, 2), ((1, 1), (1, 0)), np.inf).min(-1)
    np.testing.assert_array_equal(ran(builder, y)[1], expected)


@pytest.mark.parametrize(("window", "strides", "zeros", "ceil_mode"), POOLS)
@pytest.mark.parametrize("count_zeros", [True, False])
def test_means_of_windows(window, strides, zeros, ceil_mode, count_zeros):
    builder, x = begun()
    y = builder.pool(
        "average",
        x,
        window,
        strides=strides,
        padding=zeros,
        ceil_mode=ceil_mode,
        count_zeros=count_zeros,
    )
    taken = ceiling(PICTURES, window, strides, zeros) if ceil_mode else zeros
    inside = np.ones_like(PICTURES)
    if count_zeros:  # the zeros that were asked for count, those of ceil mode do not
        inside = np.pad(inside, ((0, 0), (0, 0), *zeros), constant_values=1)
        rest = tuple((0, max(0, t[1] - z[1])) for t, z in zip(taken, zeros, strict=True))
    else:
        rest = taken
    counts = windows(inside, window, strides, rest, 0).sum(-1)
    sums = windows(PICTURES, window, strides, taken, 0).sum(-1)
    shape = sums.shape[2:]
    np.testing.assert_allclose(
        ran(builder, y)[1], sums / counts[:, :, : shape[0], : shape[1]], 1e-6
    )


def test_a_dense_layer_behind_flatten_sees_the_foreign_order():
    builder, x = begun()
    kernel = whole(90, 4)
    _woven, result = ran(builder, builder.dense(builder.flatten(x), kernel, whole(4)))
    np.testing.assert_array_equal(result, PICTURES.reshape(2, 90) @ kernel + whole(4))


def test_what_stands_between_flatten_and_dense_is_turned_too():
    builder, x = begun()
    row = builder.elementwise(builder.flatten(x), LeakyReLU(0.5))
    mean, variance, scale, shift = whole(90), np.ones(90, np.float32), whole(90), whole(90) + 1
    row = builder.normalization(
        row, mean=mean, variance=variance, scale=scale, shift=shift, epsilon=1e-6
    )
    kernel = whole(90, 4)
    leaky = np.where(PICTURES > 0, PICTURES, PICTURES / 2).reshape(2, 90)
    expected = ((leaky - mean) / np.sqrt(1 + 1e-6) * scale + shift) @ kernel
    np.testing.assert_allclose(ran(builder, builder.dense(row, kernel, None))[1], expected, 1e-4)


def test_rows_side_by_side_keep_their_orders():
    builder, x = begun()
    pooled = builder.pool("max", x, (2, 2), strides=(2, 2))
    row = builder.concatenate([builder.flatten(pooled), builder.flatten(x)], 0)
    kernel = whole(108, 3)
    expected = windows(PICTURES, (2, 2), (2, 2), ((0, 0), (0, 0)), 0).max(-1).reshape(2, 18)
    expected = np.concatenate([expected, PICTURES.reshape(2, 90)], 1) @ kernel
    np.testing.assert_array_equal(ran(builder, builder.dense(row, kernel, None))[1], expected)


def test_transposing_costs_nothing_and_is_remembered():
    builder, x = begun()
    last = builder.transpose(x, (1, 2, 0))
    kernel = whole(90, 4)
    woven, result = ran(builder, builder.dense(builder.flatten(last), kernel, None))
    expected = PICTURES.transpose(0, 2, 3, 1).reshape(2, 90) @ kernel
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(woven.weights["dense_1/kernel"], kernel)
    assert [node.name for node in woven.network.nodes] == ["input_1", "flatten_1", "dense_1"]


def test_pictures_given_channels_last_and_transposed():
    builder = ChannelsFirstBuilder(Refusals())
    x = builder.input((6, 5, 3), channels_last=True)
    kernel = whole(4, 3, 3, 3)
    y = builder.convolution(builder.transpose(x, (2, 0, 1)), kernel, None)
    pictures = PICTURES.transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(ran(builder, y, pictures)[1], convolved(PICTURES, kernel))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_maps_side_by_side_along_any_axis(axis):
    builder, x = begun()
    y = builder.concatenate([x, builder.elementwise(x, Activation("relu"))], axis)
    expected = np.concatenate([PICTURES, np.maximum(PICTURES, 0)], axis + 1)
    np.testing.assert_array_equal(ran(builder, y)[1], expected)


def test_sums_and_constants():
    builder, x = begun()
    y = builder.add([x, builder.elementwise(x, Activation("relu"))])
    y = builder.affine(y, scale=np.float32(2), shift=np.array([[[1]], [[2]], [[3]]], np.float32))
    expected = (PICTURES + np.maximum(PICTURES, 0)) * 2 + np.array([1, 2, 3])[:, None, None]
    np.testing.assert_array_equal(ran(builder, y)[1], expected)


def test_a_constant_behind_a_layer_without_bias_is_its_bias():
    builder, x = begun()
    y = builder.convolution(x, whole(4, 3, 3, 3), None, name="stem")
    y = builder.affine(y, shift=whole(4).reshape(4, 1, 1))
    woven, result = ran(builder, builder.elementwise(y, Activation("relu")))
    expected = convolved(PICTURES, whole(4, 3, 3, 3)) + whole(4)[:, None, None]
    np.testing.assert_array_equal(result, np.maximum(expected, 0))
    [_start, stem] = woven.network.nodes
    assert (stem.name, stem.layer.activation, stem.layer.use_bias) == ("stem", "relu", True)


def test_a_constant_per_row_is_no_bias():
    # As many rows as there are filters: the numbers would fit.
    builder, x = begun()
    y = builder.convolution(x, whole(4, 3, 3, 3), None)
    rows = builder.affine(builder.transpose(y, (1, 0, 2)), shift=whole(4, 1, 1))
    _woven, found = ran(builder, builder.transpose(rows, (1, 0, 2)))
    expected = convolved(PICTURES, whole(4, 3, 3, 3)) + whole(4, 1, 1).reshape(4, 1)
    np.testing.assert_array_equal(found, expected)


def test_numbers_of_weights_are_counted_once_where_they_are_shared():
    builder, x = begun()
    for _use in range(2):
        builder.dense(builder.flatten(x), whole(90, 4), None, owner="same")
    assert builder.numbers == 360


def test_an_activation_stays_a_layer_where_others_need_what_is_before_it():
    builder, x = begun()
    y = builder.convolution(x, whole(3, 3, 1, 1), None)
    y = builder.add([y, builder.elementwise(y, Activation("relu"))])
    woven, result = ran(builder, y)
    z = convolved(PICTURES, whole(3, 3, 1, 1))
    np.testing.assert_array_equal(result, z + np.maximum(z, 0))
    assert [node.layer.kind for node in woven.network.nodes[1:]] == ["conv2d", "activation", "add"]


@pytest.mark.parametrize("kind", ["max", "average"])
def test_a_global_pool_that_is_flattened_is_one_layer(kind):
    builder, x = begun()
    woven, result = ran(builder, builder.flatten(builder.global_pool(kind, x)))
    expected = PICTURES.max((2, 3)) if kind == "max" else PICTURES.mean((2, 3))
    np.testing.assert_allclose(result, expected, 1e-6)
    assert [node.output_shape for node in woven.network.nodes] == [(6, 5, 3), (3,)]


def test_layers_of_one_owner_share_weights():
    builder, x = begun()
    kernel = whole(3, 3, 1, 1)
    y = builder.convolution(x, kernel, None, name="mix", owner="w")
    y = builder.convolution(y, kernel, None, name="again", owner="w")
    woven, result = ran(builder, y)
    np.testing.assert_array_equal(result, convolved(convolved(PICTURES, kernel), kernel))
    assert list(woven.weights) == ["mix/kernel"]


def test_parts_that_nothing_needs_are_left_out():
    builder, x = begun()
    builder.convolution(x, whole(3, 3, 1, 1), None)
    woven, _result = ran(builder, builder.flatten(x))
    assert len(woven.network.nodes) == 2


NAMES = (
    ("features/0/Conv:0", "features_0_Conv_0"),
    ("", "conv2d_1"),
    ("\ud800", "conv2d_1"),
    ("합성곱", "합성곱"),
    ("dense_1", "dense_1"),
)


@pytest.mark.parametrize(("given", "name"), NAMES)
def test_names_stay_where_they_can(given, name):
    builder, x = begun()
    y = builder.convolution(x, whole(3, 3, 1, 1), None, name=given)
    woven, _ = ran(builder, builder.dense(builder.flatten(y), whole(90, 2), None, name=given))
    names = [node.name for node in woven.network.nodes]
    assert names[1] == name
    assert len(set(names)) == 4


REFUSALS = (
    (lambda b, x: b.convolution(x, whole(4, 2, 3, 3), None), "a kernel (4, 2, 3, 3) in 1 groups"),
    (lambda b, x: b.convolution(b.flatten(x), whole(4, 3, 3, 3), None), "behind a value (90,)"),
    (lambda b, x: b.pool("max", b.transpose(x, (2, 1, 0)), (2, 2), strides=(2, 2)), "a layer of"),
    (lambda b, x: b.dense(x, whole(5, 2), None), "the columns of a map (3, 6, 5)"),
    (lambda b, x: b.dense(b.flatten(x), whole(5, 2), None), "a matrix (5, 2) for an input (90,)"),
    (lambda b, x: b.softmax(x, 1), "softmax over axis 1 of (3, 6, 5)"),
    (lambda b, x: b.affine(x, shift=whole(5)), "one number per channel"),
    (lambda b, x: b.add([b.flatten(x), b.flatten(b.transpose(x, (1, 2, 0)))]), "different orders"),
    (lambda b, x: b.add([x, b.pad(x, ((1, 1), (1, 1)))]), "(3, 6, 5), (3, 8, 7)"),
    (lambda b, x: b.concatenate([x, b.pad(x, ((1, 1), (1, 1)))], 0), "different shapes"),
    (lambda b, x: b.normalization(x, mean=whole(2), variance=whole(2)), "(2,), (2,)"),
)


@pytest.mark.parametrize(("call", "what"), REFUSALS)
def test_what_cannot_be_said_is_refused_and_what_follows_unknown(call, what):
    builder, x = begun()
    unknown = call(builder, x)
    assert unknown == UNKNOWN
    [(_where, text)] = builder.refused.found
    assert what in text
    assert builder.flatten(builder.elementwise(unknown, Activation("relu"))) == UNKNOWN
    assert len(builder.refused.found) == 1


def test_a_window_that_does_not_fit_says_where():
    builder, x = begun()
    with pytest.raises(ShapeError, match="K104 in stem"):
        builder.convolution(x, whole(4, 3, 9, 9), None, name="stem")
