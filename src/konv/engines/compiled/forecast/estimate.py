"""What training a network takes on this machine: memory by arithmetic, time by a short trial.

Memory follows from the plan, the batch and the number of threads. For time, the program is compiled
and does some steps on noise. Where a batch would take too long for that, a smaller one is tried;
where none fits into memory, the time is what the plan predicts.
"""

from __future__ import annotations

from pathlib import Path

from konv.engines.compiled.forecast.trial import Rehearsal, Trial
from konv.engines.compiled.forecast.usual import (
    USUAL_OPTIMIZER,
    usual_loss,
    usual_pixels,
    usual_update,
)
from konv.engines.compiled.jit.cache import entry_name, is_kept
from konv.engines.compiled.plan.describing import described
from konv.engines.compiled.plan.division import divided
from konv.engines.compiled.plan.planning import training_plan
from konv.engines.compiled.plan.training_memory import TrainingMemory, training_memory
from konv.engines.compiled.record import record
from konv.engines.compiled.runtime.clock_rate import cycles_per_second
from konv.engines.compiled.runtime.machine import Machine
from konv.engines.compiled.target import host_target
from konv.engines.contract import Pixels
from konv.engines.threads import get_threads
from konv.losses import Loss
from konv.network.graph import Network
from konv.optimizers import Optimizer, get_optimizer

__all__ = ["TrainingEstimate", "estimated", "planned_memory"]

_FEWEST_PICTURES = 8
# A batch that is predicted to take longer is not tried as a whole.
_LONGEST_TRIAL_S = 0.2


@record
class TrainingEstimate:
    """What training takes.

    Args:
        loss, optimizer: with which.
        pixels: their kind.
        batch_size: pictures of a batch.
        threads: how many may work.
        kernels: how many different ones there are.
        cached: whether the code was there already.
        compile_s: how long it took to have it now.
        code_bytes: how large it is.
        memory: beside the code.
        predicted_s: the time of a picture, as the plan predicts it.
        trial: the steps that were timed; None where they would not have fitted into memory.
    """

    loss: str
    optimizer: str
    pixels: str
    batch_size: int
    threads: int
    kernels: int
    cached: bool
    compile_s: float
    code_bytes: int
    memory: TrainingMemory
    predicted_s: float
    trial: Trial | None

    @property
    def picture_s(self) -> float:
        """The time of a picture in a batch."""
        return self.trial.step_s / self.trial.pictures if self.trial else self.predicted_s

    @property
    def memory_bytes(self) -> int:
        """All that is held at the same time."""
        return self.memory.total + self.code_bytes


def estimated(network: Network, *, batch_size: int, kind: str) -> TrainingEstimate:
    """What training takes with the default optimizer, and the loss that the ending asks for.

    Args:
        network: what is trained.
        batch_size: pictures of a batch.
        kind: of the pixels, "uint8" or "float32".
    """
    return _Estimation(network, kind, batch_size).made()


def planned_memory(
    network: Network,
    pixels: Pixels,
    kind: str,
    changes: tuple[str, ...],
    *,
    loss: Loss,
    optimizer: Optimizer,
    pictures: int,
) -> TrainingMemory:
    """What training holds, by arithmetic on its plan: nothing is compiled.

    Args:
        network, pixels: what is trained on what.
        kind: of the pixels, "uint8" or "float32".
        changes: the kinds of what becomes of pictures before; (): nothing.
        loss, optimizer: with which.
        pictures: of a batch.
    """
    update = None if optimizer.clips else usual_update(network, optimizer)
    plan = training_plan(
        network, kind, pixels, host_target(), loss=loss, changes=changes, update=update
    )
    return training_memory(network, plan, optimizer, pictures=pictures, threads=get_threads())


class _Estimation:
    """An estimate in the making; the arguments are those of :func:`estimated`."""

    def __init__(self, network: Network, kind: str, batch_size: int) -> None:
        self._network = network
        self._kind = kind
        self._batch_size = batch_size
        self._target = host_target()
        self._loss = usual_loss(network)
        self._optimizer = get_optimizer(USUAL_OPTIMIZER)
        update = usual_update(network, self._optimizer)
        pixels = usual_pixels(kind)
        self._plan = training_plan(
            network, kind, pixels, self._target, loss=self._loss, update=update
        )

    def made(self) -> TrainingEstimate:
        """All of it: what was there is looked at before anything is compiled."""
        cached = self._is_cached()
        rehearsal = Rehearsal(
            self._network, self._plan, self._loss, self._optimizer, Machine(self._target)
        )
        record = rehearsal.record
        predicted_s = self._predicted_s()
        pictures = self._trial_pictures(predicted_s)
        return TrainingEstimate(
            loss=type(self._loss).__name__,
            optimizer=type(self._optimizer).__name__,
            pixels=self._kind,
            batch_size=self._batch_size,
            threads=get_threads(),
            kernels=record.kernels,
            cached=cached,
            compile_s=record.compile_s,
            code_bytes=record.code_bytes,
            memory=self._memory(self._batch_size),
            predicted_s=predicted_s,
            trial=rehearsal.run(pictures, self._kind) if self._fits(pictures) else None,
        )

    def _is_cached(self) -> bool:
        return is_kept(entry_name(repr(self._plan.plan), self._target))

    def _predicted_s(self) -> float:
        """The time of a picture, if threads divided the work evenly and memory were free."""
        division = divided(self._plan.plan, self._batch_size, get_threads())
        cycles = described(self._plan.plan, division, self._target).cycles
        return cycles / cycles_per_second(self._target) / division.workers

    def _trial_pictures(self, predicted_s: float) -> int:
        """The batch, or as much of it as can be tried in a short time."""
        most = max(_FEWEST_PICTURES, int(_LONGEST_TRIAL_S / predicted_s))
        return min(self._batch_size, most)

    def _memory(self, pictures: int) -> TrainingMemory:
        return training_memory(
            self._network, self._plan, self._optimizer, pictures=pictures, threads=get_threads()
        )

    def _fits(self, pictures: int) -> bool:
        free = free_bytes()
        return free is None or self._memory(pictures).total < free


def free_bytes() -> int | None:
    """How much memory the system would still give; None where it does not say."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    lines = (line.split() for line in text.splitlines() if line.startswith("MemAvailable:"))
    return next((int(words[1]) * 1024 for words in lines), None)
