"""How much memory training takes: arithmetic on a plan, a batch and a number of threads."""

from __future__ import annotations

from konv.engines.compiled.plan.division import divided, own_bytes
from konv.engines.compiled.plan.planning import TrainingPlan
from konv.engines.compiled.plan.slots import FLOAT_BYTES
from konv.engines.compiled.plan.structure import Storage
from konv.engines.compiled.record import record
from konv.network.graph import Network
from konv.optimizers import Optimizer

__all__ = ["TrainingMemory", "training_memory"]


@record
class TrainingMemory:
    """What training holds at the same time, in bytes; without the code.

    Args:
        weights: all of the network.
        optimizer: what it remembers of each weight.
        gradients: of a step, and the new moving means; not those that weights take up at once.
        batch: pictures, targets and outputs of a batch.
        buffers: the program's other arrays, as they are planned.
    """

    weights: int
    optimizer: int
    gradients: int
    batch: int
    buffers: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.optimizer + self.gradients + self.batch + self.buffers


def training_memory(
    network: Network, plan: TrainingPlan, optimizer: Optimizer, *, pictures: int, threads: int
) -> TrainingMemory:
    """What training by a plan holds.

    Args:
        network: what is trained.
        plan: its plan.
        optimizer: what changes the weights.
        pictures: of a batch.
        threads: how many may work.
    """
    specs = network.weight_specs
    trained = sum(specs[name].size for name in network.trained_weights)
    written = {place.slot for place in plan.gradients.values()} | set(plan.states.values())
    slots = plan.plan.slots
    per_picture = sum(s.bytes for s in slots if s.argument and s.storage is Storage.BATCH)
    # What a thread has for one task after the other is a buffer like others.
    whole = [slot for slot in slots if slot.name in written and slot.storage is Storage.SHARED]
    inside = sum(slot.bytes for slot in whole if not slot.argument)
    return TrainingMemory(
        weights=FLOAT_BYTES * sum(spec.size for spec in specs.values()),
        optimizer=FLOAT_BYTES * trained * len(optimizer.slot_names),
        gradients=sum(slot.bytes for slot in whole),
        batch=pictures * per_picture,
        buffers=own_bytes(plan.plan, divided(plan.plan, pictures, threads)) - inside,
    )
