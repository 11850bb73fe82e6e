"""A loss of your own: label smoothing, which asks a network for 80 % and not for certainty.

A loss says how wrong an output is, and how that changes with the numbers before the last
activation. The compiled step asks it for every batch; nothing else has to be written.
"""

from dataclasses import dataclass

import numpy as np

import konv
from konv.data import load
from konv.losses import Loss


@dataclass(frozen=True)
class SmoothedCrossentropy(Loss):
    """−Σ tₖ·log pₖ with t = 1 − smoothing for the class, and the rest for all alike."""

    smoothing: float = 0.1

    def check(self, activation, output_shape):
        if activation.name != "softmax":
            raise ValueError("a network that ends in softmax")

    def prepare_targets(self, targets, output_shape):
        (classes,) = output_shape
        one_hot = np.eye(classes, dtype=np.float32)[targets]  # of the numbers of the classes
        return one_hot * (1 - self.smoothing) + self.smoothing / classes

    def _value_and_gradient(self, z, targets, activation):
        p = activation.forward(z)
        return self._value(p, targets), p - targets  # of softmax and logarithm together

    def _value(self, outputs, targets):
        tiny = np.finfo(outputs.dtype).tiny
        return -(targets * np.log(np.maximum(outputs, tiny))).sum(axis=1)


digits = load("digits", validation=0, test=0.25)
for loss in ("sparse_categorical_crossentropy", SmoothedCrossentropy(0.2)):
    model = konv.Model.from_network(konv.named_network("digits-mini").network, seed=0)
    model.compile(loss=loss)
    model.fit(digits.train.images, digits.train.labels, epochs=10, verbose=0)
    shares = model.predict(digits.test.images)
    right = (shares.argmax(axis=1) == digits.test.labels).mean()
    print(f"{loss!s:<40} accuracy {right:.1%}, sure by {shares.max(axis=1).mean():.0%} on average")
