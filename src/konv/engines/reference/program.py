"""The reference engine: the NumPy reference of every layer, run in the order of the nodes.

A batch is cut into lanes (see :mod:`konv.engines.threads`). Each lane passes through as many layers
as it can by itself; a layer that needs the whole batch (BatchNormalization in training) brings all
lanes together. What lanes add to a gradient is added in the order of the lanes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.engines.changes import Changes
from konv.engines.contract import Array, Pixels, Precision, Step, Update
from konv.engines.reference.blas import single_threaded_products
from konv.engines.reference.pass_through import Batch, forward_pass
from konv.engines.threads import in_lanes, lanes
from konv.engines.two_calls import train_in_two_calls
from konv.errors import EngineError
from konv.language import translate as _
from konv.layers.activations import ActivationFunction
from konv.layers.base import Context
from konv.losses import Loss
from konv.network.ending import split_ending
from konv.network.graph import Network
from konv.optimizers import Optimizer

__all__ = ["ReferenceEngine", "ReferenceProgram", "Trace"]


@dataclass(frozen=True)
class Trace:
    """All that a step of training sees on its way.

    Args:
        step: losses, outputs and gradients.
        outputs: node -> what it made of the pictures [N, …], before the last activation.
    """

    step: Step
    outputs: Mapping[str, Array]


@dataclass(frozen=True)
class ReferenceEngine:
    """Runs networks with NumPy.

    Args:
        dtype: what is computed in. float64 defines what is right; float32 is faster.
    """

    dtype: type[np.floating[Any]] = np.float32
    name: str = "reference"

    def compile(
        self, network: Network, *, loss: Loss | None = None, pixels: Pixels | None = None
    ) -> ReferenceProgram:
        """A program for one network; see :class:`konv.engines.contract.Engine`."""
        body, ending = split_ending(network)
        if loss is not None:
            loss.check(ending, network.output_shape)
        return ReferenceProgram(network, body, ending, loss, pixels or Pixels(), self.dtype)


@dataclass(frozen=True)
class ReferenceProgram:
    """A network run by NumPy; see :class:`konv.engines.contract.Program`."""

    network: Network
    body: Network
    ending: ActivationFunction
    loss: Loss | None
    pixels: Pixels
    dtype: type[np.floating[Any]]

    def forward(
        self, weights: Mapping[str, Array], images: Array, *, precision: Precision = "float32"
    ) -> Array:
        if precision != "float32":
            raise EngineError(
                _("the reference engine does not multiply bfloat16"),
                code="K706",
                fix=_('engine="compiled", or precision="float32"'),
            )
        typed = self._typed(weights)

        def one_lane(part: slice) -> Array:
            z = forward_pass(
                self.body,
                typed,
                self._numbers(images[part]),
                Context(),
            )
            return self.ending.forward(z).astype(np.float32, copy=False)

        with single_threaded_products():
            parts = in_lanes(one_lane, lanes(len(images)))
        return np.concatenate(parts or [np.empty((0, *self.network.output_shape), np.float32)])

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
        return self._passed(
            weights, images, targets, key=key, sample_weight=sample_weight, changes=changes
        )[0]

    def traced(
        self,
        weights: Mapping[str, Array],
        images: Array,
        targets: Array,
        *,
        key: int,
        sample_weight: Array | None = None,
        changes: Changes | None = None,
    ) -> Trace:
        """What ``loss_and_gradients`` computes, with what each layer made on the way."""
        step, batch = self._passed(
            weights, images, targets, key=key, sample_weight=sample_weight, changes=changes
        )
        return Trace(step, {node.name: batch.output(node.name) for node in self.body.nodes})

    def _passed(
        self,
        weights: Mapping[str, Array],
        images: Array,
        targets: Array,
        *,
        key: int,
        sample_weight: Array | None,
        changes: Changes | None,
    ) -> tuple[Step, Batch]:
        """A batch that went forward and back, and what came of it."""
        if changes is not None:
            first = self.network.data_format == "channels_first"
            images = changes.apply(images, channels_first=first)
        with single_threaded_products(), np.errstate(over="ignore", invalid="ignore"):
            batch = Batch(self.body, self._typed(weights), key)
            z = batch.forward([self._numbers(images[part]) for part in lanes(len(images))])
            losses, gradient = self._loss(z, targets, sample_weight)
            step = Step(losses, self.ending.forward(z), batch.backward(gradient), batch.state)
        return step, batch

    def _loss(self, z: Array, targets: Array, sample_weight: Array | None) -> tuple[Array, Array]:
        """The losses [N], and the gradient of Σ wᵢ·lossᵢ / N with respect to z."""
        if self.loss is None:
            raise EngineError(
                _("a program compiled without a loss cannot train"),
                code="K703",
                fix=_("compile(network, loss=…)"),
            )
        losses, gradient = self.loss.value_and_gradient(z, targets, self.ending)
        share = np.full(len(z), 1 / len(z)) if sample_weight is None else sample_weight / len(z)
        return losses, gradient * share.astype(z.dtype).reshape(-1, *[1] * (z.ndim - 1))

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
        return train_in_two_calls(
            self,
            weights,
            images,
            targets,
            update,
            key=key,
            sample_weight=sample_weight,
            changes=changes,
        )

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
        typed = {
            name: gradient.astype(weights[name].dtype, copy=False)
            for name, gradient in step.gradients.items()
        }
        optimizer.apply(weights, typed, slots, learning_rate=learning_rate, iteration=iteration)
        for name, value in step.state.items():
            weights[name][...] = value

    def _typed(self, weights: Mapping[str, Array]) -> dict[str, Array]:
        return {name: weight.astype(self.dtype, copy=False) for name, weight in weights.items()}

    def _numbers(self, images: Array) -> Array:
        """Pixels as the numbers that the first layer sees."""
        return self.pixels.numbers(images, self.network, self.dtype)
