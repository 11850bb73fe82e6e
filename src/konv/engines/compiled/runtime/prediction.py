"""Prediction: pictures in, outputs out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from konv.engines.compiled.plan.operations.pixels import IMAGES
from konv.engines.compiled.plan.planning import OUTPUTS
from konv.engines.compiled.plan.slots import SIZES
from konv.engines.compiled.plan.structure import Plan, Storage
from konv.engines.compiled.runtime.checked_arrays import ready_images
from konv.engines.compiled.runtime.execution import Executable
from konv.engines.compiled.runtime.known_weights import KnownWeights
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.contract import Array
from konv.engines.threads import get_threads
from konv.limits import MAX_BATCH_SIZE
from konv.network.graph import Network

__all__ = ["Prediction", "pictures_at_once"]


# What a prediction may keep for all its pictures between two phases, and how few it takes at least.
_KEPT_BYTES = 16 * 1024 * 1024
_FEWEST_PICTURES = 128


class Prediction:
    """A compiled forward pass.

    Args:
        network: whose it is.
        plan: the one that :func:`forward_plan` makes.
        plan_alone: makes the one for a single picture, which several threads share.
        machine: where it runs.
    """

    def __init__(
        self, network: Network, plan: Plan, plan_alone: Callable[[], Plan], machine: Machine
    ) -> None:
        self.network = network
        self.executable = machine.executable(plan)
        self._pictures = pictures_at_once(plan)
        self._weights = KnownWeights(network)
        self._machine = machine
        self._plan_alone = plan_alone

    @cached_property
    def alone(self) -> Executable:
        """The program for a single picture: threads share it, and weights serve it only."""
        plan = self._plan_alone()
        return self.executable if plan == self.executable.plan else self._machine.executable(plan)

    def run(self, weights: Mapping[str, Array], images: Array) -> Array:
        """The outputs [N, *output shape] of some pictures."""
        images = ready_images(images, self.network)
        outputs = self._machine.results((len(images), *self.network.output_shape))
        known, threads = self._weights.arguments(weights), get_threads()
        executable = self.alone if len(images) == 1 else self.executable
        for some, into in self._at_once(images, outputs):
            arguments = {SIZES: executable.sizes, IMAGES: some, OUTPUTS: into}
            executable.run(arguments, pictures=len(some), threads=threads, standing=known)
        return outputs

    def _at_once(self, images: Array, outputs: Array) -> Iterable[tuple[Array, Array]]:
        """As many pictures as one run takes, and their outputs; as they are, if these are all."""
        count = self._pictures
        if 0 < len(images) <= count:
            return ((images, outputs),)
        firsts = range(0, len(images), count)
        return ((images[i : i + count], outputs[i : i + count]) for i in firsts)


def pictures_at_once(plan: Plan) -> int:
    """How many pictures one run takes: of a million, not everything may be kept."""
    kept = plan.shared_bytes(Storage.BATCH)
    return max(_FEWEST_PICTURES, _KEPT_BYTES // kept if kept else MAX_BATCH_SIZE)
