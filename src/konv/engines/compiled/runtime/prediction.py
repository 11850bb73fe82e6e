"""Prediction: pictures in, outputs out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from konv.engines.compiled.plan.builder import SIZES
from konv.engines.compiled.plan.operations.pixels import IMAGES
from konv.engines.compiled.plan.planning import OUTPUTS
from konv.engines.compiled.plan.structure import Plan
from konv.engines.compiled.runtime.checked_arrays import (
    ready_images,
    ready_weights,
    weight_arguments,
)
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.contract import Array
from konv.engines.threads import get_threads
from konv.network.graph import Network

__all__ = ["Prediction"]


class Prediction:
    """A compiled forward pass.

    Args:
        network: whose it is.
        plan: the one that :func:`forward_plan` makes.
        machine: where it runs.
    """

    def __init__(self, network: Network, plan: Plan, machine: Machine) -> None:
        self.network = network
        self.executable = machine.executable(plan)

    def run(self, weights: Mapping[str, Array], images: Array) -> Array:
        """The outputs [N, *output shape] of some pictures."""
        images = ready_images(images, self.network)
        outputs = np.empty((len(images), *self.network.output_shape), np.float32)
        if len(images):
            arguments = weight_arguments(ready_weights(self.network, weights))
            arguments |= {IMAGES: images, OUTPUTS: outputs, SIZES: self.executable.sizes}
            self.executable.run(arguments, pictures=len(images), threads=get_threads())
        return outputs
