"""WHAT A LOSS IS: fields, formula, gradient, and a readable NumPy reference; a file per family."""

from konv.losses.base import Loss, OutputActivation
from konv.losses.binary import BinaryCrossentropy
from konv.losses.categorical import CategoricalCrossentropy, SparseCategoricalCrossentropy
from konv.losses.choosing import choose_loss, get_loss, loss_config, loss_from_config
from konv.losses.squared_error import MeanSquaredError

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "OutputActivation",
    "SparseCategoricalCrossentropy",
    "choose_loss",
    "get_loss",
    "loss_config",
    "loss_from_config",
]
