"""What is taken for granted before there are data."""

import numpy as np
import pytest

from konv.engines.compiled.forecast.usual import (
    example_images,
    example_targets,
    usual_loss,
    usual_pixels,
)
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.losses import (
    BinaryCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from konv.network.graph import sequential

LOSSES = [
    (4, "softmax", SparseCategoricalCrossentropy()),
    (4, "linear", SparseCategoricalCrossentropy(from_logits=True)),
    (1, "linear", MeanSquaredError()),
    (1, "sigmoid", BinaryCrossentropy()),
    (4, "sigmoid", BinaryCrossentropy()),
    (4, "tanh", MeanSquaredError()),
]


def network(units, activation):
    return sequential([Input((6, 5, 2)), Flatten(), Dense(units, activation=activation)])


@pytest.mark.parametrize(("units", "activation", "loss"), LOSSES)
def test_the_loss_follows_from_the_ending_and_takes_the_examples(units, activation, loss):
    net = network(units, activation)
    assert usual_loss(net) == loss
    targets = example_targets(net, loss, 7)
    assert len(targets) == 7
    assert np.isfinite(targets).all()


def test_what_is_not_one_row_of_classes_is_squared():
    net = sequential([Input((6, 5, 2)), Conv2D(3, 1, activation="softmax")])
    assert usual_loss(net) == MeanSquaredError()
    assert example_targets(net, usual_loss(net), 2).shape == (2, 6, 5, 3)


@pytest.mark.parametrize(("kind", "largest"), [("uint8", 255), ("float32", 1)])
def test_pictures_of_noise_become_numbers_up_to_1(kind, largest):
    images = example_images(network(3, "softmax"), 9, kind)
    assert (images.shape, images.dtype) == ((9, 6, 5, 2), kind)
    assert 0.9 * largest < images.max() <= largest
    assert usual_pixels(kind).scale[0] * images.max() <= 1
