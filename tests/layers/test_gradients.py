"""Every gradient equals finite differences, and every linear layer has its exact adjoint."""

import math

import numpy as np
import pytest

from konv import layers as kl
from konv.layers import Context
from konv.layers.activations import ACTIVATIONS
from oracles.samples import SAMPLES, Sample

STEP = 1e-6
WITH_ACTIVATIONS = [
    Sample(layer, shapes)
    for name in ACTIVATIONS
    for layer, shapes in (
        (kl.Conv2D(2, 2, activation=name), ((3, 4, 2),)),
        (kl.DepthwiseConv2D(2, activation=name, data_format="channels_first"), ((2, 3, 4),)),
        (kl.SeparableConv2D(2, 2, activation=name), ((3, 4, 2),)),
        (kl.Dense(3, activation=name), ((4,),)),
    )
]


@pytest.mark.parametrize("training", [False, True], ids=["using", "training"])
@pytest.mark.parametrize("sample", [*SAMPLES, *WITH_ACTIVATIONS], ids=str)
def test_gradients_equal_finite_differences(sample, training):
    weights, inputs = sample.weights(), sample.inputs(2)
    gradient = sample.gradient(2)
    context = Context(training=training, key=3)

    def total():
        output, _saved = sample.layer.forward(weights, inputs, context)
        return float((output * gradient).sum())

    _output, saved = sample.layer.forward(weights, inputs, context)
    by_input, by_weight = sample.layer.backward(weights, saved, gradient)
    pairs = [*zip(inputs, by_input, strict=True)]
    pairs += [(weights[name], value) for name, value in by_weight.items()]
    for values, analytic in pairs:
        numeric = differences(total, values)
        np.testing.assert_allclose(analytic, numeric, rtol=1e-3, atol=1e-5)


def differences(total, values):
    """(f(v + ε) − f(v − ε)) / 2ε for each number in turn."""
    numeric = np.empty_like(values)
    for place in np.ndindex(values.shape):
        kept = values[place]
        values[place] = kept + STEP
        above = total()
        values[place] = kept - STEP
        below = total()
        values[place] = kept
        numeric[place] = (above - below) / (2 * STEP)
    return numeric


LINEAR = [
    Sample(layer, shapes)
    for layer, *shapes in (
        (kl.Conv2D(4, 3, use_bias=False, groups=2, strides=2, padding="same"), (7, 6, 4)),
        (kl.Conv2D(3, (2, 3), use_bias=False, dilation_rate=(2, 1), padding="full"), (7, 6, 4)),
        (
            kl.Conv2D(
                3,
                2,
                use_bias=False,
                true_convolution=True,
                data_format="channels_first",
                padding=((0, 2), (1, 0)),
            ),
            (4, 7, 6),
        ),
        (kl.DepthwiseConv2D(3, use_bias=False, depth_multiplier=2, padding="same"), (7, 6, 4)),
        (kl.SeparableConv2D(3, 3, use_bias=False, strides=2, padding=1), (7, 6, 4)),
        (kl.AveragePooling2D(3, 2, "same"), (7, 6, 2)),
        (kl.AveragePooling2D((2, 3), 1, "full", data_format="channels_first"), (2, 7, 6)),
        (kl.GlobalAveragePooling2D(), (4, 3, 2)),
        (kl.ZeroPadding2D(((1, 0), (2, 3))), (4, 3, 2)),
        (kl.Flatten(data_format="channels_first"), (2, 4, 3)),
        (kl.Dense(5, use_bias=False), (7,)),
        (kl.Add(), (4, 3, 2), (4, 3, 2), (4, 3, 2)),
        (kl.Concatenate(1), (2, 4, 3), (1, 4, 3)),
    )
    for shapes in (tuple(shapes),)
]
# The counts of the pools' windows divide it, so that means are whole numbers.
DIVISIBLE = math.lcm(*range(1, 10), 12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("sample", LINEAR, ids=str)
def test_the_backward_pass_of_a_linear_layer_is_its_exact_adjoint(sample, seed):
    generator = np.random.default_rng(seed)
    times = DIVISIBLE if "Average" in sample.kind else 1

    def integers(shape):
        return generator.integers(-9, 10, shape).astype(float) * times

    layer = sample.layer
    inputs = tuple(integers((2, *shape)) for shape in sample.shapes)
    weights = {spec.name: integers(spec.shape) for spec in layer.weight_specs(*sample.shapes)}
    output, saved = layer.forward(weights, inputs, Context(training=True))
    y = integers(output.shape)
    by_input, by_weight = layer.backward(weights, saved, y)
    forward = (output * y).sum()
    assert forward != 0
    assert forward == sum((x * g).sum() for x, g in zip(inputs, by_input, strict=True))
    for name, gradient in by_weight.items():  # each is linear in each of its kernels, too
        assert forward == (weights[name] * gradient).sum()
