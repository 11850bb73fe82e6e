"""Networks in PyTorch's words: which modules, with which arguments, in which steps."""

import math

import numpy as np
import pytest

from konv.formats.pytorch.lowering.lowering import program_of
from konv.layers import (
    ELU,
    LAYERS,
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    LeakyReLU,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.network.graph import functional, sequential

MAP = (6, 7, 4)
INF = math.inf


def written(program):
    """One line for each step."""
    lines = []
    for step in program.steps:
        if step.module:
            spec = program.modules[step.module]
            options = ", ".join(f"{name}={value}" for name, value in spec.options.items())
            arguments = ", ".join(map(str, spec.arguments))
            lines.append(f"{spec.kind}({', '.join(filter(None, (arguments, options)))})")
        else:
            lines.append(f"{step.function}{step.arguments}")
    return lines


CASES = [
    (MAP, Conv2D(3, 2), ["Conv2d(4, 3, 2)"]),
    (
        MAP,
        Conv2D(3, (2, 3), strides=2, use_bias=False),
        ["Conv2d(4, 3, (2, 3), stride=2, bias=False)"],
    ),
    (MAP, Conv2D(8, 3, padding="same", groups=2), ["Conv2d(4, 8, 3, padding=1, groups=2)"]),
    (MAP, Conv2D(3, (5, 3), padding="same"), ["Conv2d(4, 3, (5, 3), padding=(2, 1))"]),
    (MAP, Conv2D(3, 2, padding="same"), ["ZeroPad2d((0, 1, 0, 1))", "Conv2d(4, 3, 2)"]),
    (MAP, Conv2D(3, 3, padding="full"), ["Conv2d(4, 3, 3, padding=2)"]),
    (
        MAP,
        Conv2D(3, 3, padding=((0, 2), (1, 3)), dilation_rate=2),
        ["ZeroPad2d((1, 3, 0, 2))", "Conv2d(4, 3, 3, dilation=2)"],
    ),
    (MAP, Conv2D(3, 1, activation="leaky_relu"), ["Conv2d(4, 3, 1)", "LeakyReLU(0.2)"]),
    (MAP, DepthwiseConv2D(3, depth_multiplier=2), ["Conv2d(4, 8, 3, groups=4)"]),
    (
        MAP,
        SeparableConv2D(5, 3, strides=2),
        ["Conv2d(4, 4, 3, stride=2, groups=4, bias=False)", "Conv2d(4, 5, 1)"],
    ),
    (MAP, MaxPooling2D(2), ["MaxPool2d(2)"]),
    (MAP, MaxPooling2D(3, strides=2, padding=1), ["MaxPool2d(3, 2, padding=1)"]),
    (
        MAP,
        MaxPooling2D(3, 2, padding=2),
        [f"ConstantPad2d((2, 2, 2, 2), {-INF})", "MaxPool2d(3, 2)"],
    ),
    (
        MAP,
        MinPooling2D(2, padding=((0, 1), (0, 0))),
        ["negate()", f"ConstantPad2d((0, 0, 0, 1), {-INF})", "MaxPool2d(2)", "negate()"],
    ),
    (MAP, AveragePooling2D((2, 3), 1), ["AvgPool2d((2, 3), 1)"]),
    (MAP, AveragePooling2D(3, padding=1), ["AvgPool2d(3, padding=1, count_include_pad=False)"]),
    (MAP, AveragePooling2D(2, padding=((0, 1), (0, 0))), ["average_pool(2, 2, (0, 0, 0, 1))"]),
    (MAP, GlobalAveragePooling2D(), ["AdaptiveAvgPool2d(1)", "Flatten()"]),
    (MAP, GlobalMaxPooling2D(keepdims=True), ["AdaptiveMaxPool2d(1)"]),
    (MAP, ZeroPadding2D(((1, 2), (3, 4))), ["ZeroPad2d((3, 4, 1, 2))"]),
    (MAP, Dense(3), ["Conv2d(4, 3, 1)"]),
    ((9,), Dense(3, activation="softmax"), ["Linear(9, 3)", "Softmax(dim=1)"]),
    ((9,), Dense(3, use_bias=False), ["Linear(9, 3, bias=False)"]),
    (MAP, Activation("softmax"), ["Softmax(dim=1)"]),
    (MAP, Activation("linear"), []),
    (MAP, ReLU(), ["ReLU()"]),
    (MAP, ReLU(max_value=6), ["ReLU6()"]),
    (MAP, ReLU(max_value=2), ["Hardtanh(0.0, 2.0)"]),
    (MAP, ReLU(negative_slope=0.1), ["LeakyReLU(0.1)"]),
    (MAP, ReLU(threshold=1), ["Threshold(1.0, 0.0)"]),
    (MAP, ReLU(max_value=0), ["rectifier(0.0, 0.0, 0.0)"]),
    (MAP, ReLU(max_value=3, negative_slope=0.5, threshold=1), ["rectifier(3.0, 0.5, 1.0)"]),
    (MAP, LeakyReLU(0.3), ["LeakyReLU(0.3)"]),
    (MAP, ELU(0.3), ["ELU(0.3)"]),
    (MAP, Activation("gelu_tanh"), ["GELU(tanh)"]),
    (MAP, Activation("hard_sigmoid"), ["Hardsigmoid()"]),
    ((9,), Activation("selu"), ["SELU()"]),
    ((9,), Activation("softplus"), ["Softplus()"]),
    ((9,), Activation("mish"), ["Mish()"]),
    (MAP, Dropout(0.3), ["Dropout(0.3)"]),
    (MAP, BatchNormalization(), ["BatchNorm2d(4, eps=0.001, momentum=0.01)"]),
    (
        MAP,
        BatchNormalization(momentum=0.9, center=False, scale=False),
        ["BatchNorm2d(4, eps=0.001, momentum=0.1, affine=False)"],
    ),
    ((9,), BatchNormalization(epsilon=0.1), ["BatchNorm1d(9, eps=0.1, momentum=0.01)"]),
    (
        MAP,
        BatchNormalization(axis=1),
        ["permute(0, 2, 1, 3)", "BatchNorm2d(6, eps=0.001, momentum=0.01)", "permute(0, 2, 1, 3)"],
    ),
    (MAP, Flatten(), ["permute(0, 2, 3, 1)", "Flatten()"]),
    ((6, 7, 1), Flatten(), ["Flatten()"]),
    ((1, 1, 4), Flatten(), ["Flatten()"]),
    ((9,), Flatten(), []),
    ((9,), Flatten("channels_first"), []),
]


@pytest.mark.parametrize(("shape", "layer", "lines"), CASES, ids=[str(case[1]) for case in CASES])
def test_each_layer_is_written_as_pytorch_has_it(shape, layer, lines):
    assert written(program_of(sequential([Input(shape), layer]))) == lines


def test_every_kind_of_layer_is_written():
    kinds = {type(layer).__name__ for _shape, layer, _lines in CASES} | {
        "Input",
        "Add",
        "Concatenate",
    }
    assert kinds == {layer if isinstance(layer, str) else layer.__name__ for layer in LAYERS}


def test_a_row_before_a_dense_layer_needs_no_turning():
    layers = [Input(MAP), Flatten(), Dropout(0.5), Activation("tanh"), Dense(3), Dense(2)]
    program = program_of(sequential(layers))
    assert [line.split("(")[0] for line in written(program)] == [
        *("Flatten", "Dropout", "Tanh", "Linear", "Linear")
    ]
    assert program.is_row


def test_rows_side_by_side_need_no_turning():
    x = Input((2, 2, 3)).tensor
    rows = Concatenate()([Flatten()(x), Dense(2)(Flatten()(Conv2D(2, 1)(x)))])
    program = program_of(functional(x, Dense(1)(rows)))
    assert "permute" not in {step.function for step in program.steps}
    dense = program.modules["dense_2"].tensors[0]
    # The map of 2×2 with 3 channels, channel by channel; then the two numbers of a dense layer.
    assert dense.order.tolist() == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 12, 13]


def test_a_row_is_turned_where_its_order_would_be_seen():
    x = Input((2, 2, 3)).tensor
    total = Add()([Flatten()(x), Dense(12)(Flatten()(Conv2D(1, 1)(x)))])
    program = program_of(functional(x, Dense(1)(total)))
    assert [step.arguments for step in program.steps if step.function == "permute"] == [
        (0, 2, 3, 1)
    ]


def test_a_layer_used_twice_is_one_module():
    layer, x = Conv2D(4, 3, padding="same"), Input(MAP).tensor
    program = program_of(functional(x, layer(Activation("relu")(layer(x)))))
    assert [step.module for step in program.steps] == ["conv2d_1", "activation_1", "conv2d_1"]
    assert not program.is_row


def test_weights_shared_by_unlike_modules_are_tied():
    # "same" of a stride of 2 needs other zeros around a map of 6 than around one of 3.
    layer, x = Conv2D(4, 3, strides=2, padding="same"), Input((7, 7, 4)).tensor
    program = program_of(functional(x, layer(ZeroPadding2D(1)(layer(x)))))
    names = [name for name in program.modules if name.startswith("conv2d") and "pad" not in name]
    assert names in (["conv2d_1"], ["conv2d_1", "conv2d_2"])
    tied = [spec.tied_to for spec in program.modules.values() if spec.tied_to]
    assert tied == ["conv2d_1"] * (len(names) - 1)


def test_maps_keep_their_axes_where_konv_has_them_channels_first():
    layers = [
        Input((4, 6, 7)),
        Conv2D(3, 2, data_format="channels_first"),
        Activation("softmax"),
        BatchNormalization(axis=1),
    ]
    program = program_of(sequential(layers))
    assert written(program)[:2] == ["Conv2d(4, 3, 2)", "Softmax(dim=3)"]
    assert program.input_axes == program.output_axes == (0, 1, 2)


def test_batches_are_turned_and_turned_back():
    program = program_of(sequential([Input(MAP), Conv2D(3, 2)]))
    x = np.arange(2 * 6 * 7 * 4).reshape(2, *MAP)
    turned = program.to_torch(x)
    assert turned.shape == (2, 4, 6, 7)
    assert turned[1, 3, 2, 5] == x[1, 2, 5, 3]
    assert (program.from_torch(turned) == x).all()


def test_turned_kernels_are_told():
    program = program_of(sequential([Input(MAP), Conv2D(3, 2, true_convolution=True)]))
    assert [str(note) for note in program.notes] == [
        "conv2d_1: its kernels are written turned by 180°: PyTorch does not turn them"
    ]
