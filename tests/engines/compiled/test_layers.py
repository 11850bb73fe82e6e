"""Every layer with every option, and every activation in every place: the reference's results."""

import pytest

from konv.engines.compiled.check import differences
from konv.engines.compiled.problem import Problem
from konv.layers import (
    LAYERS,
    Activation,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    SeparableConv2D,
)
from konv.layers.activations import ACTIVATIONS
from konv.network.graph import functional, sequential
from oracles.samples import SAMPLES


def shaped(x, shape):
    """Some tensor of that shape, made from x."""
    if x.shape == shape:
        return x
    if len(shape) == 1:
        return Dense(shape[0])(x)
    if x.shape[:2] == shape[:2]:
        return Conv2D(shape[2], 1)(x)
    return Conv2D(shape[0], 1, data_format="channels_first")(x)


def network_of(sample):
    """A network with the layer in its middle, so that gradients pass through it."""
    x = Input(sample.shapes[0])
    if sample.kind == "Input":
        return functional(x, Flatten()(x))
    parts = [shaped(x, shape) for shape in sample.shapes]
    parts[0] = Activation("tanh")(parts[0])
    return functional(x, Dense(2)(Flatten()(sample.layer(*parts))))


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_every_layer_with_every_option_is_compiled(sample):
    problem = Problem.of(network_of(sample), pictures=3, seed=4, threads=2)
    assert not differences(problem), problem.line


def test_every_kind_of_layer_is_among_them():
    assert {sample.kind for sample in SAMPLES} == set(LAYERS)


PLACES = {
    "of a convolution": lambda name: [Conv2D(5, 2, activation=name)],
    "of a convolution before a pool": lambda name: [Conv2D(9, 2, activation=name), MaxPooling2D(2)],
    "alone behind a convolution": lambda name: [Conv2D(5, 2), Activation(name)],
    "alone behind a pool": lambda name: [
        Conv2D(3, 2),
        MaxPooling2D(2),
        Activation(name),
        Conv2D(2, 1),
    ],
    "of a depthwise convolution": lambda name: [DepthwiseConv2D(2, activation=name)],
    "of a separable convolution": lambda name: [
        SeparableConv2D(3, 2, activation=name),
        Conv2D(2, 3, padding="same"),
    ],
    "of a dense layer": lambda name: [Flatten(), Dense(7, activation=name)],
    "behind batch normalization": lambda name: [
        Conv2D(3, 2),
        BatchNormalization(),
        Activation(name),
    ],
    "of pictures": lambda name: [Activation(name)],
    "twice": lambda name: [Conv2D(3, 1), Activation(name), Activation(name)],
}
ENDS = {
    "at the end": lambda name: [Flatten(), Dense(4, activation=name)],
    "alone at the end": lambda name: [Flatten(), Dense(4), Activation(name)],
    "at the end of a map": lambda name: [Conv2D(3, 1, activation=name)],
}


@pytest.mark.parametrize("place", PLACES)
def test_every_activation_in_every_place(place):
    x = Input((5, 6, 2))
    branches = []
    for name in ACTIVATIONS:
        y = x
        for layer in PLACES[place](name):
            y = layer(y)
        branches.append(Flatten()(y))
    network = functional(x, Dense(2)(Concatenate()(branches)))
    problem = Problem.of(network, pictures=3, seed=6)
    assert not differences(problem), problem.line


@pytest.mark.parametrize("place", ENDS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_at_every_end(place, name):
    network = sequential([Input((5, 6, 2)), *ENDS[place](name)])
    problem = Problem.of(network, pictures=3, seed=6)
    assert not differences(problem), problem.line


def test_layers_that_average_a_map_are_trained_in_either_format():
    for data_format, shape in (("channels_last", (6, 5, 3)), ("channels_first", (3, 6, 5))):
        network = sequential(
            [
                Input(shape),
                Conv2D(7, 3, data_format=data_format, activation="silu"),
                BatchNormalization(-1 if data_format == "channels_last" else 1),
                GlobalAveragePooling2D(data_format=data_format),
                Dense(2),
            ]
        )
        problem = Problem.of(network, pictures=5, seed=3, threads=2)
        assert not differences(problem), problem.line
