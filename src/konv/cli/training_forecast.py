"""What a run of ``konv train`` will take, said before its first epoch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from konv.cli.training_text import duration_text
from konv.engines.compiled.forecast.estimate import planned_memory
from konv.engines.compiled.runtime.checked_arrays import pixels_kind
from konv.engines.threads import get_threads
from konv.language import translate as _
from konv.network.report_columns import bytes_text
from konv.training.examples import Batch
from konv.training.loop import Training
from konv.training.rehearsal import first_batch, rehearsed_s

__all__ = ["Forecast", "forecast"]


@dataclass(frozen=True)
class Forecast:
    """What training will take on this machine.

    Args:
        memory_bytes: beside Python, konv and the pictures; None: nobody knows it for this engine.
        picture_s: the seconds of a picture, measured in some updates on copies.
        pictures: of an epoch.
        threads: how many work.
    """

    memory_bytes: int | None
    picture_s: float
    pictures: int
    threads: int

    @property
    def epoch_s(self) -> float:
        """The seconds of an epoch, without validation."""
        return self.picture_s * self.pictures

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {**asdict(self), "epoch_s": self.epoch_s}

    def text(self) -> str:
        """The same in a line."""
        values = {"time": duration_text(self.epoch_s), "threads": self.threads}
        if self.memory_bytes is None:
            return _("forecast: about {time} per epoch, threads: {threads}", **values)
        return _(
            "forecast: about {time} per epoch, {memory} beside the pictures, threads: {threads}",
            memory=bytes_text(self.memory_bytes),
            **values,
        )


def forecast(training: Training, engine: str) -> Forecast:
    """What a run that has not begun will take; its code is compiled afterwards.

    Args:
        training: it.
        engine: the name of what runs it.
    """
    batch = first_batch(training)
    return Forecast(
        memory_bytes=_memory_bytes(training, batch) if engine == "compiled" else None,
        picture_s=rehearsed_s(training, batch),
        pictures=len(training.examples),
        threads=get_threads(),
    )


def _memory_bytes(training: Training, batch: Batch) -> int:
    program, plan = training.program, training.plan
    return planned_memory(
        program.network,
        program.pixels,
        pixels_kind(batch.images),
        batch.changes.kinds if batch.changes is not None else (),
        loss=plan.loss,
        optimizer=plan.optimizer,
        pictures=min(plan.batch_size, len(training.examples)),
    ).total
