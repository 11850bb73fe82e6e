"""Trainings that have an ill, each beside a near twin that has not."""

import numpy as np

import konv
from konv.data import load

DIGITS = load("digits").train


def digits(count=None):
    return DIGITS.images[:count], DIGITS.labels[:count]


def shuffled(labels, seed=0):
    return np.random.default_rng(seed).permutation(labels)


def network(*layers, shape=(8, 8, 1), seed=0):
    return konv.Sequential([konv.Input(shape), *layers], seed=seed)


def dense(layers=1, units=32, activation="relu"):
    hidden = [konv.Dense(units, activation=activation) for _ in range(layers)]
    return network(konv.Flatten(), *hidden, konv.Dense(10, activation="softmax"))


def fitted(model, x, y, **options):
    return model.fit(x, y, **{"verbose": 0, **options})


def codes(history):
    return [finding.code for finding in history.findings]


def with_bias(bias):
    model = network(
        konv.Conv2D(8, 3, activation="relu"), konv.Flatten(), konv.Dense(10, activation="softmax")
    )
    weights = model.get_weights()
    weights[1][:] = bias
    model.set_weights(weights)
    return fitted(model, *digits(200))


def with_optimizer(optimizer):
    model = dense(2)
    model.compile(optimizer)
    return fitted(model, *digits(200))


def with_activation(activation):
    return fitted(dense(12, activation=activation), *digits(200))


def with_last_gradient(size):
    """A single update, whose gradient is about −2 · size · size³: infinite, or not."""
    model = konv.Sequential([konv.Input((4,)), konv.Dense(1, kernel_initializer="zeros")])
    model.set_weights([np.full((4, 1), 1e-25), np.zeros(1)])
    model.compile(konv.SGD(1e-30), loss="mse")
    return fitted(model, np.full((8, 4), size**3), np.full(8, size))


def with_learning_rate(rate):
    model = dense(1)
    model.compile(konv.SGD(rate))
    return fitted(model, *digits(200), epochs=10)


def with_noisy_labels(share):
    """A softmax of the pixels, which is soon as good as noise lets it be."""
    x, y = digits(600)
    generator = np.random.default_rng(0)
    y = np.where(generator.random(len(y)) < share, generator.integers(0, 10, len(y)), y)
    model = network(konv.Flatten(), konv.Dense(10, activation="softmax"))
    model.compile(konv.Adam(0.01))
    return fitted(model, x, y, epochs=30)


def with_labels(arranged):
    x, y = digits(300)
    model = dense(2, 256)
    return fitted(model, x, arranged(y), epochs=25, batch_size=16, validation_split=0.3)


def of_few_pictures(count):
    """A large network and labels of which one in five is wrong."""
    x, y = digits(1400)
    generator = np.random.default_rng(0)
    y = np.where(generator.random(len(y)) < 0.2, generator.integers(0, 10, len(y)), y)
    aside = (x[1000:], y[1000:])
    epochs = 12_000 // count
    return fitted(dense(2, 128), x[:count], y[:count], epochs=epochs, validation_data=aside)
