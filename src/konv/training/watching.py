"""The callback that shows a person how training goes on."""

from __future__ import annotations

from konv.constraints import Integer
from konv.parameters import check_value
from konv.training.callbacks import Callback
from konv.training.loop import means_of
from konv.training.progress import Progress
from konv.training.state import Row

__all__ = ["Watching", "watching"]


class Watching(Callback):
    """Tells a :class:`Progress` what happens. Stands last, when all is restored and saved.

    Args:
        progress: what shows it.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_train_begin(self) -> None:
        plan, pictures = self.training.plan, len(self.training.examples)
        self._progress.train_begin(plan.epochs, pictures, self.training.state.epoch)

    def on_epoch_begin(self, epoch: int) -> None:
        self._progress.epoch_begin(epoch, self._pictures_done)

    def on_batch_end(self, batch: int) -> None:
        self._progress.batch_end(self._pictures_done, means_of(self.training.state.sums))

    def on_epoch_end(self, epoch: int, logs: Row) -> None:
        self._progress.epoch_end(logs)

    def on_train_end(self) -> None:
        self._progress.train_end(self.training.state.stop_reason)

    @property
    def _pictures_done(self) -> int:
        done = self.training.state.batch * self.training.plan.batch_size
        return min(done, len(self.training.examples))


def watching(verbose: int | str) -> tuple[Callback, ...]:
    """The callback for ``verbose``: 0 none, 1 or "auto" a bar on a terminal, 2 lines.

    Raises:
        ParameterError: K201, for anything else.
    """
    level = 1 if verbose == "auto" else verbose
    level = check_value("verbose", level, Integer(0, 2), where="fit")
    return (Watching(Progress(level)),) if level else ()
