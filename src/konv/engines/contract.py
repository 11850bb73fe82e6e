"""What every engine does: predict, and train.

An engine turns a network into a program; a program runs it::

    program = engine.compile(network, loss=loss, pixels=pixels)
    outputs = program.forward(weights, images)
    update = Update(optimizer, slots, learning_rate=…, iteration=…)
    step = program.train_step(weights, images, targets, update, key=…)

or, for somebody who wants to see gradients, the last in two calls::

    step = program.loss_and_gradients(weights, images, targets, key=…)
    program.apply_update(weights, step, optimizer, slots, learning_rate=…, iteration=…)

Programs hold no weights: the caller owns them, and they are changed in place. For the same
arguments a program gives the same bits, whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from konv.engines.changes import Changes
from konv.losses import Loss
from konv.network.graph import Network
from konv.optimizers import Optimizer

__all__ = ["PRECISIONS", "Array", "Engine", "Pixels", "Precision", "Program", "Step", "Update"]

Array = np.ndarray[Any, np.dtype[Any]]

# What products are made of in a prediction; sums are float32 in either case.
Precision = Literal["float32", "bf16"]
PRECISIONS: tuple[Precision, ...] = ("float32", "bf16")


@dataclass(frozen=True)
class Pixels:
    """How pixels become the numbers that the first layer sees: number = pixel · scale + offset.

    Args:
        scale, offset: one number per channel, or one for all.
    """

    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)

    def numbers(self, images: Array, network: Network, dtype: Any = np.float64) -> Array:
        """Pixels [N, *input shape] as the numbers that the first layer of ``network`` sees."""
        first = network.data_format == "channels_first" and len(network.input_shape) == 3
        scale, offset = (
            np.asarray(values, dtype).reshape((-1, 1, 1) if first else (-1,))
            for values in (self.scale, self.offset)
        )
        numbers: Array = images.astype(dtype) * scale + offset
        return numbers


@dataclass(frozen=True)
class Step:
    """What one batch says about the weights.

    Args:
        losses: of each picture, before weighting: [N].
        outputs: what the network made of each picture: [N, *output shape].
        gradients: weight name -> gradient of the mean loss of the batch; none where the program
            kept them to itself.
        state: weight name -> new value, for weights that are not trained (moving means).
    """

    losses: Array
    outputs: Array
    gradients: dict[str, Array] = field(default_factory=dict)
    state: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Update:
    """How weights are to be changed by what a batch says.

    Args:
        optimizer: by what rule.
        slots: what it remembers of each weight; they are changed, too.
        learning_rate: of this iteration.
        iteration: which one, counted from 1.
    """

    optimizer: Optimizer
    slots: Mapping[str, Array]
    learning_rate: float
    iteration: int


class Program(Protocol):
    """A network that can be run."""

    @property
    def network(self) -> Network:
        """What it runs."""

    @property
    def pixels(self) -> Pixels:
        """How pixels become the numbers that the first layer sees."""

    def forward(
        self, weights: Mapping[str, Array], images: Array, *, precision: Precision = "float32"
    ) -> Array:
        """The outputs [N, *output shape] in float32, as for prediction: nothing is dropped.

        Args:
            weights: of the network, by name.
            images: [N, *input shape], uint8 or float.
            precision: "bf16": products of numbers rounded to bfloat16, wherever that is faster.

        Raises:
            EngineError: K706, this engine or this processor does not multiply bfloat16.
        """

    def loss_and_gradients(
        self,
        weights: Mapping[str, Array],
        images: Array,
        targets: Array,
        *,
        key: int,
        sample_weight: Array | None = None,
        changes: Changes | None = None,
    ) -> Step:
        """The losses of a batch in training, and the gradients of Σ wᵢ·lossᵢ / N.

        Args:
            weights: of the network, by name.
            images: [N, *input shape], uint8 or float.
            targets: as the loss's ``prepare_targets`` returns them.
            key: decides everything random in this step.
            sample_weight: [N], how much each picture counts; None: each 1.
            changes: what becomes of each picture before it is looked at; None: nothing.
        """

    def apply_update(
        self,
        weights: Mapping[str, Array],
        step: Step,
        optimizer: Optimizer,
        slots: Mapping[str, Array],
        *,
        learning_rate: float,
        iteration: int,
    ) -> None:
        """Change weights and slots in place, as the optimizer says; iterations count from 1."""

    def train_step(
        self,
        weights: Mapping[str, Array],
        images: Array,
        targets: Array,
        update: Update,
        *,
        key: int,
        sample_weight: Array | None = None,
        changes: Changes | None = None,
    ) -> Step:
        """``loss_and_gradients``, then ``apply_update``, if all losses are finite.

        Weights and slots are changed in place, bit by bit as by the two calls. If a loss is not
        finite, nothing is changed. The gradients may be left out of the result.
        """


class Engine(Protocol):
    """A way of running networks."""

    @property
    def name(self) -> str:
        """What ``engine=`` says."""

    def compile(
        self, network: Network, *, loss: Loss | None = None, pixels: Pixels | None = None
    ) -> Program:
        """A program for one network.

        Args:
            network: what to run.
            loss: needed for training only.
            pixels: how uint8 pixels become numbers; None: as they are.

        Raises:
            TrainingError: K801, the loss does not suit the network's output.
        """
