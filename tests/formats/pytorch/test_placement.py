"""Where weights lie in a state dict: by hand, and back without a changed bit."""

import numpy as np
import pytest

from konv.formats.pytorch.lowering.lowering import program_of
from konv.formats.pytorch.placement import Constant, Placement
from konv.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    MaxPooling2D,
    SeparableConv2D,
)
from konv.network.graph import sequential


def numbered(network):
    """Weights that are 0, 1, 2, … in konv's order."""
    return {
        name: np.arange(spec.size, dtype=np.float32).reshape(spec.shape)
        for name, spec in network.weight_specs.items()
    }


def state_dict(*layers):
    network = sequential(layers)
    found = program_of(network).state_dict(numbered(network))
    return {name: array.tolist() for name, array in found.items()}


def test_a_kernel_has_its_filters_first():
    # konv: rows, columns, channels, filters = 1, 2, 2, 2, so number = 4 column + 2 channel + filter
    assert state_dict(Input((3, 3, 2)), Conv2D(2, (1, 2))) == {
        "conv2d_1.weight": [[[[0, 4]], [[2, 6]]], [[[1, 5]], [[3, 7]]]],
        "conv2d_1.bias": [0, 1],
    }


def test_a_true_convolution_is_written_turned():
    layer = Conv2D(1, (2, 2), use_bias=False, true_convolution=True)
    assert state_dict(Input((3, 3, 1)), layer) == {"conv2d_1.weight": [[[[3, 2], [1, 0]]]]}


def test_a_depthwise_kernel_is_a_group_for_each_channel():
    # konv: rows, columns, channels, multiplier = 1, 2, 2, 2
    layer = DepthwiseConv2D((1, 2), depth_multiplier=2, use_bias=False)
    assert state_dict(Input((3, 3, 2)), layer) == {
        "depthwise_conv2d_1.weight": [[[[0, 4]]], [[[1, 5]]], [[[2, 6]]], [[[3, 7]]]]
    }


def test_a_separable_convolution_is_two():
    assert state_dict(Input((3, 3, 2)), SeparableConv2D(1, (1, 2))) == {
        "separable_conv2d_1_depthwise.weight": [[[[0, 2]]], [[[1, 3]]]],
        "separable_conv2d_1_pointwise.weight": [[[[0]], [[1]]]],
        "separable_conv2d_1_pointwise.bias": [0],
    }


def test_columns_behind_a_flattened_map_stand_channel_by_channel():
    # The map is 1×2 with 2 channels: konv flattens (a0 b0 a1 b1), PyTorch (a0 a1 b0 b1).
    found = state_dict(Input((1, 2, 2)), Flatten(), Dense(2, use_bias=False))
    assert found == {"dense_1.weight": [[0, 4, 2, 6], [1, 5, 3, 7]]}


def test_a_normalization_behind_a_flattened_map_is_put_in_that_order_too():
    found = state_dict(Input((1, 2, 2)), Flatten(), BatchNormalization(scale=False), Dense(1))
    assert found["batch_normalization_1.bias"] == [0, 2, 1, 3]
    assert found["batch_normalization_1.weight"] == [1, 1, 1, 1]
    assert found["batch_normalization_1.num_batches_tracked"] == 0
    assert found["dense_1.weight"] == [[0, 2, 1, 3]]


def test_a_dense_layer_on_a_map_is_a_convolution_of_one_place():
    found = state_dict(Input((2, 2, 2)), Dense(2, use_bias=False))
    assert found == {"dense_1.weight": [[[[0]], [[2]]], [[[1]], [[3]]]]}


@pytest.mark.parametrize(
    "layers",
    [
        (Input((5, 6, 4)), Conv2D(6, (2, 3), groups=2, true_convolution=True)),
        (Input((5, 6, 4)), DepthwiseConv2D((3, 2), depth_multiplier=3, true_convolution=True)),
        (Input((5, 6, 4)), SeparableConv2D(3, 2, depth_multiplier=2), MaxPooling2D(2)),
        (Input((3, 2, 4)), Flatten(), BatchNormalization(), Dense(7), Dense(2)),
        (Input((4, 3, 2)), Flatten("channels_first"), Dense(7)),
        (Input((4, 3, 2)), Dense(3), BatchNormalization(center=False)),
    ],
    ids=lambda layers: str(layers[1]),
)
def test_back_is_the_inverse(layers):
    network = sequential(layers)
    weights, program = numbered(network), program_of(network)
    written = program.state_dict(weights)
    found = {
        tensor.weight: tensor.from_torch(written[f"{spec.name}.{tensor.name}"])
        for spec in program.modules.values()
        for tensor in spec.tensors
        if isinstance(tensor, Placement)
    }
    assert found.keys() == weights.keys()
    assert all((found[name] == weights[name]).all() for name in weights)


def test_a_constant_has_its_own_kind():
    assert Constant("num_batches_tracked", (), 0, "int64").to_torch({}).dtype == np.int64
