"""Receptive fields: the golden numbers, and what a network really sees.

The independent way: all kernels 1, no bias, average pools; one pixel is set to 1, and the outputs
that are not 0 see it.
"""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.errors import ShapeError
from konv.layers import (
    Activation,
    Add,
    AveragePooling2D,
    Concatenate,
    Context,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.network import functional, named_network, receptive_fields, sequential
from oracles.properties import examples


def sizes(network):
    return [field.size for field in receptive_fields(network).values()]


def g22():
    first = {"data_format": "channels_first"}
    return sequential(
        [Input((1, 28, 28)), Conv2D(32, 5, **first), MaxPooling2D(2, **first), Flatten(**first)]
    )


GOLDEN = [
    ("G10", named_network("tutorial-39x31").network, [4, 5, 9, 11, 19, 23, 31]),
    ("G12", named_network("tutorial-120x60").network, [5, 6, 14, 16, 28, 32]),
    ("G22", g22(), [5, 6]),
]


@pytest.mark.parametrize(("name", "network", "expected"), GOLDEN, ids=[g[0] for g in GOLDEN])
def test_golden(name, network, expected):
    found = sizes(network)[1 : len(expected) + 1]
    assert found == [(size, size) for size in expected]


BY_HAND = [
    # layers on a 32×20 picture, field of the last one
    ([Conv2D(1, (3, 5))], (3, 5)),
    ([Conv2D(1, 3, dilation_rate=2)], (5, 5)),
    ([Conv2D(1, 3, strides=2), Conv2D(1, 3)], (7, 7)),
    ([Conv2D(1, 3, strides=(1, 2)), Conv2D(1, 3)], (5, 7)),
    ([Conv2D(1, 3, padding="same")] * 1, (3, 3)),
    ([ZeroPadding2D(3), Conv2D(1, 3)], (3, 3)),
    ([DepthwiseConv2D(3), SeparableConv2D(2, 3)], (5, 5)),
    (
        [Conv2D(1, 7, padding=3), Conv2D(1, 7, padding=3, strides=4), Conv2D(1, 7, padding=3)],
        (37, 37),
    ),
    ([Conv2D(1, 3), Flatten()], (3, 3)),
    ([Conv2D(1, 3), Flatten(), Activation("relu")], (3, 3)),
    ([Conv2D(1, 3), Flatten(), Activation("softmax")], (32, 20)),
    ([Conv2D(1, 3), Flatten(), Dense(2)], (32, 20)),
    ([Conv2D(1, 3), Dense(2)], (3, 3)),
    ([Conv2D(1, 3), GlobalAveragePooling2D()], (32, 20)),
    ([Conv2D(1, 3), GlobalAveragePooling2D(keepdims=True), Conv2D(1, 1)], (32, 20)),
    ([MaxPooling2D(3), GlobalAveragePooling2D()], (30, 18)),
    ([MaxPooling2D(3), Conv2D(1, 3, padding="same"), GlobalAveragePooling2D()], (30, 18)),
]


@pytest.mark.parametrize(("layers", "expected"), BY_HAND)
def test_by_hand(layers, expected):
    assert sizes(sequential([Input((32, 20, 1)), *layers]))[-1] == expected


def test_channels_first_rows_and_columns_keep_their_places():
    first = {"data_format": "channels_first"}
    network = sequential(
        [Input((1, 32, 20)), Conv2D(2, (3, 5), **first), Flatten(**first), Dense(2)]
    )
    assert sizes(network) == [(1, 1), (3, 5), (3, 5), (32, 20)]
    # Dense on a map mixes the last axis, which holds the columns.
    mixed = sequential([Input((1, 32, 20)), Conv2D(2, 3, **first), Dense(2)])
    assert sizes(mixed)[-1] == (3, 20)


def test_branches_are_united():
    start = Input((16, 16, 1))
    wide = Conv2D(2, 5, padding="same")(start)
    deep = Conv2D(2, 3, padding="same")(
        Conv2D(2, 3, padding="same")(Conv2D(2, 3, padding="same")(start))
    )
    assert sizes(functional(start, Add()(wide, deep)))[-1] == (7, 7)
    assert sizes(functional(start, Concatenate()(start, wide)))[-1] == (5, 5)


def test_branches_that_lie_apart_are_seen_from_end_to_end():
    start = Input((8, 8, 1))
    upper = ZeroPadding2D(((0, 2), (0, 2)))(start)  # output 0 sees row 0
    lower = ZeroPadding2D(((2, 0), (2, 0)))(start)  # output 0 sees row −2
    assert sizes(functional(start, Add()(upper, lower)))[-1] == (3, 3)


def test_maps_laid_side_by_side_count_as_seeing_the_whole_axis():
    start = Input((8, 6, 1))
    maps = Conv2D(2, 3, padding="same")(start)
    network = functional(start, Conv2D(1, 3)(Concatenate(axis=1)(maps, maps)))
    assert sizes(network)[-2:] == [(8, 3), (8, 5)]


def test_the_place_of_a_field():
    network = sequential([Input((9, 9, 1)), Conv2D(1, 3, padding="same"), MaxPooling2D(2)])
    rows = receptive_fields(network)["max_pooling2d_1"].rows
    assert [rows.at(position) for position in range(4)] == [(0, 3), (1, 5), (3, 7), (5, 9)]


def test_a_network_that_sees_no_picture_has_no_fields():
    assert receptive_fields(sequential([Input((10,)), Dense(2)])) == {}


def test_absurd_networks_have_fields_that_can_be_written():
    layers = [MaxPooling2D(16_384, padding="same") for _ in range(400)]
    network = sequential([Input((2, 2, 1)), *layers])
    assert sizes(network)[-1] == (2**53, 2**53)


def seen_by(network, position):
    """For each pixel on one axis: the outputs of each node that change with it."""
    seen = {node.name: [] for node in network.nodes}
    for pixel in range(network.input_shape[position]):
        x = np.zeros((1, *network.input_shape))
        x[(0, pixel) if position == 0 else (0, slice(None), pixel)] = 1
        outputs = {}
        for node in network.nodes:
            weights = {spec.name: np.full(spec.shape, not spec.bias) for spec in node.weight_specs}
            inputs = tuple(outputs[name] for name in node.inputs) or (x,)
            outputs[node.name], _saved = node.layer.forward(weights, inputs, Context())
            seen[node.name].append(outputs[node.name][0] != 0)
    return {name: np.array(pixels) for name, pixels in seen.items()}


def summing_layer(chance, gaps):
    """A layer whose outputs are sums of its inputs: nothing is lost to a maximum."""
    kernel = chance.choice([1, 2, 3]), chance.choice([1, 2, 3])
    stride = tuple(chance.randint(1, 3 if gaps else size) for size in kernel)
    common = {
        "strides": stride,
        "padding": chance.choice(["valid", "same", "full", 1, ((0, 2), (1, 0))]),
    }
    dilation = chance.choice([1, 2]) if gaps else 1
    return chance.choice(
        [
            Conv2D(2, kernel, dilation_rate=dilation, **common),
            DepthwiseConv2D(kernel, **common),
            AveragePooling2D(kernel, **common),
            ZeroPadding2D(1),
        ]
    )


def chain(chance, gaps):
    start = Input((13, 11, 1))
    layers, shape = [], start.shape
    for _ in range(4):
        layer = summing_layer(chance, gaps)
        try:
            shape = layer.output_shape(shape)
        except ShapeError:
            continue
        layers.append(layer)
    return sequential([start, *layers, Flatten(), Dense(1)])


@given(st.integers(0, 2**32), st.booleans())
@examples(100)
def test_a_chain_sees_what_it_is_said_to_see(seed, gaps):
    network = chain(random.Random(seed), gaps)
    fields = receptive_fields(network)
    for position in (0, 1):
        for name, changed in seen_by(network, position).items():
            field = (fields[name].rows, fields[name].columns)[position]
            if changed.ndim == 4:
                check_places(field, changed, position)
            together = np.flatnonzero(changed.any(axis=tuple(range(1, changed.ndim))))
            if together.size:
                assert field.low <= together[0]
                assert together[-1] < field.high
            if together.size and not gaps:
                assert (field.low, field.high) == (together[0], together[-1] + 1)


def check_places(field, changed, position):
    """``changed``: [pixel, *output shape], whether that output sees that pixel."""
    others = (2, 3) if position == 0 else (1, 3)
    for place, pixels in enumerate(changed.any(axis=others).T):
        seen = np.flatnonzero(pixels)
        if seen.size:  # else its window lies on the padding
            first, stop = field.at(place)
            assert first <= seen[0]
            assert seen[-1] < stop
            assert field.size >= seen[-1] - seen[0] + 1
