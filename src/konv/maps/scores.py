"""What the outputs of a network say of one class."""

from __future__ import annotations

import numpy as np

from konv.errors import DataError
from konv.language import translate as _
from konv.layers.base import Array, shape_text
from konv.network.ending import split_ending
from konv.network.graph import Network

__all__ = ["before_activation", "check_classes", "class_scores", "unit_of"]


def check_classes(network: Network) -> None:
    """Refuse a network whose outputs are no classes.

    Raises:
        DataError: K505.
    """
    if len(network.output_shape) == 1:
        return
    raise DataError(
        _("the outputs of this network are not a number for each class"),
        code="K505",
        where=network.name,
        details=[(_("output"), shape_text(network.output_shape))],
        fix=_("a network that ends in Dense or GlobalAveragePooling2D"),
    )


def unit_of(network: Network) -> str:
    """ "probability" if the last activation makes one of the outputs, else "score"."""
    ending = split_ending(network)[1].name
    several = network.output_shape[0] > 1
    return "probability" if ending == "sigmoid" or (ending == "softmax" and several) else "score"


def class_scores(network: Network, outputs: Array, index: int) -> Array:
    """[N] what outputs [N, classes] say of a class.

    A single output speaks for the second of two classes; for the first, what is left of 1 does, or
    where it is no probability, its opposite.
    """
    if outputs.shape[1] > 1:
        return outputs[:, index]
    second = outputs[:, 0]
    if index == 1:
        return second
    return 1 - second if unit_of(network) == "probability" else -second


def before_activation(outputs: int, index: int) -> Array:
    """[1, outputs] the gradient, by the numbers before the last activation, of the class's score.

    The score of a class is its own number before softmax. A sigmoid of z is the probability of the
    second class, and 1 − sigmoid(z) = sigmoid(−z): so −z is the score of the first.
    """
    gradient = np.zeros((1, outputs))
    if outputs > 1:
        gradient[0, index] = 1
    else:
        gradient[0, 0] = 1 if index == 1 else -1
    return gradient
