"""Some pictures, looked at from within: what each layer makes of them, and what flows back.

The reference engine takes the pictures forward and back with the weights as they are, and the
optimizer changes copies: nothing that training uses is touched, so its bits are the same with and
without. Which pictures, and when, follows from counts alone, never from a clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from konv.engines.contract import Array, Program
from konv.engines.reference.program import ReferenceEngine
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import FunctionLayer
from konv.network.assembly import Node
from konv.network.graph import Network
from konv.training.examples import Examples
from konv.training.health.unfinite import Unfinite, first_unfinite
from konv.training.health.weight_changes import WeightChange, tried_update
from konv.training.plan import Plan
from konv.training.state import TrainingState

__all__ = ["Examination", "Rectified", "examination_due", "examine", "sample"]

# One takes as long as compiled training on 10 to 20 pictures: all of them, under 1 % of MNIST.
PICTURES = 16
_FEWEST_PICTURES = 4
# Multiply-adds and numbers of all pictures together: a second or two, and half a gigabyte.
_MOST_MACS = 2_000_000_000
_MOST_NUMBERS = 128_000_000


@dataclass(frozen=True)
class Rectified:
    """The units of a layer that end in a ReLU: channels of a map, or single numbers.

    Args:
        layer: its name.
        units: how many there are.
        silent: how many of them are 0 everywhere, in all pictures.
        numbers: how many numbers of each unit were looked at.
    """

    layer: str
    units: int
    silent: int
    numbers: int


@dataclass(frozen=True)
class Examination:
    """What was seen.

    Args:
        pictures: how many.
        learning_rate: of the update that was tried.
        rectified: the layers that end in a ReLU, in their order.
        changes: the weights that are multiplied, in the order of their layers.
        unfinite: the first number that is not finite, if there is one.
    """

    pictures: int
    learning_rate: float
    rectified: tuple[Rectified, ...]
    changes: tuple[WeightChange, ...]
    unfinite: Unfinite | None = None


def sample(examples: Examples, network: Network) -> Array:
    """Which training pictures are looked at: evenly spread, for folders lie class after class.

    Large networks are shown fewer; where not even four can be afforded, none.
    """
    affordable = (_MOST_NUMBERS // _numbers(network), len(examples), PICTURES)
    count = min(*affordable, max(_FEWEST_PICTURES, _MOST_MACS // max(1, network.macs)))
    if count < min(_FEWEST_PICTURES, len(examples)):
        count = 0
    return np.linspace(0, len(examples) - 1, count).astype(np.int64)


def _numbers(network: Network) -> int:
    """How many numbers are there at once for one picture: all maps, and the largest im2col.

    A convolution has a number there for each multiply-add of one filter.
    """
    axis = 0 if network.data_format == "channels_first" else -1
    columns = max(node.macs // node.output_shape[axis] for node in network.nodes)
    return columns + sum(math.prod(node.output_shape) for node in network.nodes)


def examination_due(epochs_done: int) -> bool:
    """Whether to look before the first epoch, or at the end of the last one that was done.

    Most ills are there before the first update or come with the first ones, so the epochs behind
    which it is looked are the powers of 4: a function of counts, so that a run that was resumed is
    looked at where it would have been.

    Example:
        >>> [epoch for epoch in range(100) if examination_due(epoch)]
        [0, 1, 4, 16, 64]
    """
    bits = epochs_done.bit_length()
    return epochs_done == 0 or (bits % 2 == 1 and epochs_done == 1 << (bits - 1))


def examine(
    program: Program, plan: Plan, state: TrainingState, examples: Examples, rate: float
) -> Examination | None:
    """Look at some of the training pictures; None where a network is too large for that.

    Args:
        program, plan, state, examples: those of the training; none is changed.
        rate: the learning rate of the update that is tried on copies.
    """
    chosen = sample(examples, program.network)
    if not len(chosen):
        return None
    images, targets = examples.images[chosen], examples.targets[chosen]
    reference = ReferenceEngine().compile(program.network, loss=plan.loss, pixels=program.pixels)
    channels_first = program.network.data_format == "channels_first"
    trace = reference.traced(state.weights, images, targets, key=plan.seed)
    return Examination(
        pictures=len(images),
        learning_rate=rate,
        rectified=tuple(
            _rectified(node, trace.outputs[node.name], channels_first)
            for node in reference.body.nodes
            if _is_rectifier(node)
        ),
        changes=tried_update(plan.optimizer, state, trace.step.gradients, program.network, rate),
        unfinite=first_unfinite(program.network, state.weights, images, trace),
    )


def _is_rectifier(node: Node) -> bool:
    return isinstance(node.layer, (ActivatedLayer, FunctionLayer)) and (
        node.layer.function.name == "relu"
    )


def _rectified(node: Node, outputs: Array, channels_first: bool) -> Rectified:
    """Count units that are silent; a leaky or shifted ReLU is hardly ever exactly 0."""
    axis = 1 if channels_first and outputs.ndim == 4 else outputs.ndim - 1
    units = outputs.shape[axis]
    numbers = np.moveaxis(outputs, axis, 0).reshape(units, -1)
    silent = int((numbers == 0).all(axis=1).sum())
    return Rectified(node.name, units, silent, numbers.shape[1])
