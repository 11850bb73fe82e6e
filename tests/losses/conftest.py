"""Stand-ins for the activations that end a network, written apart from konv.layers."""

from types import SimpleNamespace

import numpy as np
import pytest


def _softmax(z):
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _softmax_backward(z, y, gradient):
    return y * (gradient - (y * gradient).sum(axis=-1, keepdims=True))


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


_FORWARD_AND_BACKWARD = {
    "linear": (lambda z: z, lambda z, y, gradient: gradient),
    "relu": (lambda z: np.maximum(z, 0), lambda z, y, gradient: gradient * (z > 0)),
    "sigmoid": (_sigmoid, lambda z, y, gradient: gradient * y * (1 - y)),
    "tanh": (np.tanh, lambda z, y, gradient: gradient * (1 - y * y)),
    "softmax": (_softmax, _softmax_backward),
}


@pytest.fixture(scope="session")
def activations():
    return {
        name: SimpleNamespace(name=name, forward=forward, backward=backward)
        for name, (forward, backward) in _FORWARD_AND_BACKWARD.items()
    }
