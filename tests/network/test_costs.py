"""Parameters and multiply-adds, found another way: networks are run with plain loops that count.

Each counting run is first shown to compute what the layer computes; then its count is the cost.
"""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.layers import Context, Conv2D, Dense, DepthwiseConv2D, Input, SeparableConv2D
from konv.network import functional, named_networks, sequential
from konv.network.report import report
from konv.network.weights import new_weights
from network.random_networks import networks
from oracles.properties import examples


class Counter:
    """Multiplies and counts."""

    def __init__(self):
        self.count = 0

    def times(self, a, b):
        self.count += 1
        return a * b


def windows(x, kernel, stride, dilation, zeros):
    """(i, j, the elements that a window meets) over padded maps (H, W, C)."""
    x = np.pad(x, (*zeros, (0, 0)))
    span = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    tops = range(0, x.shape[0] - span[0] + 1, stride[0])
    lefts = range(0, x.shape[1] - span[1] + 1, stride[1])
    for (i, top), (j, left) in itertools.product(enumerate(tops), enumerate(lefts)):
        yield i, j, x[top : top + span[0] : dilation[0], left : left + span[1] : dilation[1]]


def run_convolution(x, w, layer, zeros, counter):
    """w: (KH, KW, C / groups, F)."""
    per_group, filters = w.shape[2], w.shape[3]
    found = {}
    for i, j, seen in windows(x, layer.kernel_size, layer.strides, layer.dilation_rate, zeros):
        for f in range(filters):
            first = f // (filters // layer.groups) * per_group
            group = seen[:, :, first : first + per_group]
            pairs = zip(group.ravel(), w[..., f].ravel(), strict=True)
            found[i, j, f] = sum(counter.times(a, b) for a, b in pairs)
    return as_array(found)


def run_depthwise(x, w, layer, zeros, counter):
    """w: (KH, KW, C, M)."""
    found = {}
    for i, j, seen in windows(x, layer.kernel_size, layer.strides, layer.dilation_rate, zeros):
        for c, m in np.ndindex(w.shape[2:]):
            pairs = zip(seen[:, :, c].ravel(), w[:, :, c, m].ravel(), strict=True)
            found[i, j, c * w.shape[3] + m] = sum(counter.times(a, b) for a, b in pairs)
    return as_array(found)


def as_array(found):
    shape = [last + 1 for last in np.max(list(found), axis=0)]
    return np.array([found[place] for place in np.ndindex(*shape)]).reshape(shape)


def run(layer, x, weights, zeros):
    """What the layer computes, and how many multiplications that took."""
    counter = Counter()
    if isinstance(layer, Dense):
        rows = x.reshape(-1, x.shape[-1])
        found = [
            sum(counter.times(a, b) for a, b in zip(row, column, strict=True))
            for row in rows
            for column in weights["kernel"].T
        ]
        return np.reshape(found, (*x.shape[:-1], -1)), counter.count
    if isinstance(layer, Conv2D):
        return run_convolution(x, weights["kernel"], layer, zeros, counter), counter.count
    maps = run_depthwise(x, weights["depthwise_kernel"], layer, zeros, counter)
    if isinstance(layer, SeparableConv2D):
        mixing = Conv2D(layer.filters, 1)
        none = ((0, 0), (0, 0))
        maps = run_convolution(maps, weights["pointwise_kernel"], mixing, none, counter)
    return maps, counter.count


NO_ZEROS = ((0, 0), (0, 0))
LAYERS = [
    # layer, input, zeros around it (by hand)
    (Conv2D(3, 2), (4, 5, 2), NO_ZEROS),
    (Conv2D(3, (3, 2), strides=(2, 1)), (7, 4, 2), NO_ZEROS),
    (Conv2D(2, 3, padding="same"), (4, 4, 1), ((1, 1), (1, 1))),
    (Conv2D(2, 3, padding="same", strides=2), (4, 5, 1), ((0, 1), (1, 1))),
    (Conv2D(2, 2, padding="full"), (3, 3, 1), ((1, 1), (1, 1))),
    (Conv2D(2, 2, dilation_rate=(2, 3)), (5, 6, 2), NO_ZEROS),
    (Conv2D(4, 2, groups=2), (3, 3, 4), NO_ZEROS),
    (Conv2D(3, 1), (3, 3, 2), NO_ZEROS),
    (DepthwiseConv2D(2), (4, 4, 3), NO_ZEROS),
    (DepthwiseConv2D((2, 3), depth_multiplier=2, padding=1), (3, 4, 2), ((1, 1), (1, 1))),
    (SeparableConv2D(4, 2), (4, 3, 2), NO_ZEROS),
    (SeparableConv2D(3, 2, depth_multiplier=2, strides=2), (5, 5, 2), NO_ZEROS),
    (Dense(4), (6,), NO_ZEROS),
    (Dense(4), (2, 3, 5), NO_ZEROS),
]


@pytest.mark.parametrize(("layer", "shape", "zeros"), LAYERS)
def test_macs_are_the_multiplications_of_a_run(layer, shape, zeros):
    generator = np.random.default_rng(0)
    node = sequential([Input(shape), layer]).nodes[-1]
    weights = {
        spec.name: generator.integers(-4, 5, spec.shape) * (not spec.bias)
        for spec in node.weight_specs
    }
    x = generator.integers(-4, 5, shape)
    expected, _saved = layer.forward(weights, (x[np.newaxis],), Context())
    found, count = run(layer, x, weights, zeros)
    assert np.array_equal(found, expected[0])
    assert node.macs == count


@given(networks())
@examples(100)
def test_a_report_counts_what_is_there(network):
    weights = new_weights(network, seed=0)
    totals = report(network).totals
    assert totals.parameters == sum(array.size for array in weights.values())
    assert totals.parameter_bytes == sum(array.nbytes for array in weights.values())
    biases = [array.size for name, array in weights.items() if name.endswith(("bias", "beta"))]
    moving = [array.size for name, array in weights.items() if "/moving_" in name]
    assert (totals.biases, totals.non_trainable) == (sum(biases), sum(moving))
    assert totals.weights + totals.biases + totals.non_trainable == totals.parameters
    assert totals.flops == 2 * totals.macs


@given(st.integers(0, 2**32), networks(data_formats=("channels_last",)))
@examples(50)
def test_activation_memory_is_that_of_the_maps_of_a_run(seed, network):
    generator = np.random.default_rng(seed)
    weights = new_weights(network, seed=0)
    maps = {}
    for node, row in zip(network.nodes, report(network).rows, strict=True):
        inputs = tuple(maps[name] for name in node.inputs)
        inputs = inputs or (generator.random((1, *network.input_shape), np.float32),)
        own = {name: weights[full] for name, full in node.weight_names.items()}
        maps[node.name], _saved = node.layer.forward(own, inputs, Context())
        assert maps[node.name].astype(np.float32).nbytes == row.activation_bytes


def test_shared_layers_are_counted_once_and_run_twice():
    start = Input((6, 6, 2))
    shared = Conv2D(2, 3, padding="same")
    network = functional(start, shared(shared(start)))
    first, second = report(network).rows[1:]
    assert (first.weights, first.biases, first.shares) == (36, 2, None)
    assert (second.weights, second.biases, second.shares) == (0, 0, "conv2d_1")
    assert first.macs == second.macs == 36 * 36
    assert report(network).totals.parameters == 38
    assert report(network).totals.macs == 2 * 36 * 36


def test_a_shared_layer_without_bias_in_random_order_is_counted_once():
    chance = random.Random(0)
    start = Input((5,))
    shared = Dense(5, use_bias=False)
    tensor = start.tensor
    for _ in range(20):
        tensor = shared(tensor) if chance.random() < 0.5 else Dense(5)(tensor)
    network = functional(start, tensor)
    own = sum(1 for node in network.nodes if not node.shares) - 1
    assert report(network).totals.weights == own * 25


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_totals_are_those_of_the_network(named):
    totals = report(named.network).totals
    assert (totals.parameters, totals.macs) == (named.network.parameters, named.network.macs)
