"""The training loop: batch after batch, epoch after epoch.

Nothing in it depends on the clock or on the number of threads. The state is whole between any two
updates, so a run may be cut there and go on later with the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from konv.engines.contract import Program, Step, Update
from konv.errors import TrainingError
from konv.language import translate as _
from konv.layers.random_bits import mixed_key
from konv.training.callbacks import Callback
from konv.training.examples import Batch, Examples, batches
from konv.training.health.blaming import blame, first_unfinite_batch
from konv.training.health.unfinite_text import unfinite_details, unfinite_fix, unfinite_what
from konv.training.interrupts import Interrupts, deferred_interrupts
from konv.training.plan import Plan
from konv.training.state import Row, TrainingState

__all__ = ["Training", "means_of"]


class Training:
    """A run of the loop.

    Args:
        program: the network, compiled with the plan's loss.
        plan: what to do.
        state: where it stands; it is changed as training goes on.
        examples: what to learn from.
        validation: what to be judged by at the end of every epoch, if anything.
        callbacks: who is told of each epoch, in this order.
    """

    def __init__(
        self,
        program: Program,
        plan: Plan,
        state: TrainingState,
        examples: Examples,
        *,
        validation: Examples | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.program = program
        self.plan = plan
        self.state = state
        self.examples = examples
        self.validation = validation
        self.callbacks = tuple(callbacks)
        self._interrupts = Interrupts()

    @property
    def total_iterations(self) -> int:
        """How many updates the whole plan has."""
        return self.plan.epochs * self.plan.batches_per_epoch(len(self.examples))

    @property
    def learning_rate(self) -> float:
        """That of the next update."""
        return self.plan.optimizer.rate(self.state.iteration + 1, self.total_iterations)

    def stop(self, reason: str) -> None:
        """Let the epoch under way be the last. For callbacks."""
        self.state.stop_reason = reason

    def run(self) -> TrainingState:
        """Train until the plan is done or a callback stops it.

        Raises:
            TrainingError: K802, the loss is not a number.
            KeyboardInterrupt: Ctrl-C; callbacks were told, and the state is whole.
        """
        for callback in self.callbacks:
            callback.training = self
        with deferred_interrupts() as self._interrupts:
            try:
                self._tell("on_train_begin")
                while self.state.epoch < self.plan.epochs and not self.state.stop_reason:
                    self._epoch()
            finally:
                self._tell("on_train_end")
        return self.state

    def _epoch(self) -> None:
        state = self.state
        self._tell("on_epoch_begin", state.epoch)
        for batch in batches(self.examples, self.plan, state.epoch, state.batch):
            self._update(batch)
            self._tell("on_batch_end", state.batch - 1)
            if self._interrupts.requested:
                self._tell("on_interrupt")
                raise KeyboardInterrupt
        row = self._row()
        state.history.append(row)
        state.epoch, state.batch, state.sums = state.epoch + 1, 0, {}
        self._tell("on_epoch_end", state.epoch - 1, row)

    def _update(self, batch: Batch) -> None:
        state = self.state
        step = self.program.train_step(
            state.weights,
            batch.images,
            batch.targets,
            Update(self.plan.optimizer, state.slots, self.learning_rate, state.iteration + 1),
            key=mixed_key(self.plan.seed, state.iteration),
            sample_weight=batch.sample_weight,
            changes=batch.changes,
        )
        # In float64, a sum of finite losses is finite, so the weights did change.
        loss = float(step.losses.sum(dtype="float64"))
        if not math.isfinite(loss):
            raise self._not_finite(loss, _("batch {batch}", batch=state.batch + 1), batch)
        state.iteration += 1
        self._add(batch, step)
        state.batch += 1

    def _not_finite(self, loss: float, place: str, batch: Batch) -> TrainingError:
        """The error, with the layer that was the first to make a number that is not finite."""
        key = mixed_key(self.plan.seed, self.state.iteration)
        found = blame(self.program, self.plan, self.state.weights, batch, key, self.examples)
        first = [] if found is None else [("T104", unfinite_what(found)), *unfinite_details(found)]
        return TrainingError(
            _("the loss is {loss}", loss=loss),
            code="K802",
            where=_("epoch {epoch}, {place}", epoch=self.state.epoch + 1, place=place),
            details=[*first, (_("learning rate"), f"{self.learning_rate:g}")],
            fix=_(
                "a smaller learning rate, clipnorm=1 in the optimizer, or look for wrong numbers "
                "in the pictures"
            )
            if found is None
            else unfinite_fix(found),
        )

    def _add(self, batch: Batch, step: Step) -> None:
        losses = step.losses.astype("float64")
        if batch.sample_weight is not None:
            losses = losses * batch.sample_weight
        sums = {"loss": float(losses.sum())}
        for metric in self.plan.metrics:
            sums[metric.name] = float(metric.values(step.outputs, batch.targets).sum())
        sums["pictures"] = float(len(batch.images))
        for name, value in sums.items():
            self.state.sums[name] = self.state.sums.get(name, 0.0) + value

    def _row(self) -> Row:
        row: Row = {"epoch": self.state.epoch + 1, **means_of(self.state.sums)}
        if self.validation is not None:
            row |= self._validate(self.validation)
        row["learning_rate"] = self.plan.optimizer.rate(self.state.iteration, self.total_iterations)
        return row

    def _validate(self, validation: Examples) -> Row:
        outputs = self.program.forward(self.state.weights, validation.images)
        losses = self.plan.loss.value(outputs, validation.targets).astype("float64")
        if validation.sample_weight is not None:
            losses = losses * validation.sample_weight
        row = {"val_loss": float(losses.mean())}
        if not math.isfinite(row["val_loss"]):
            raise self._not_finite(
                row["val_loss"], _("validation"), first_unfinite_batch(validation, losses)
            )
        for metric in self.plan.metrics:
            values = metric.values(outputs, validation.targets)
            row[f"val_{metric.name}"] = float(values.mean())
        return row

    def _tell(self, event: str, *values: object) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(*values)


def means_of(sums: dict[str, float]) -> dict[str, float]:
    """Sums over pictures as means."""
    pictures = sums.get("pictures", 0.0)
    return {name: value / pictures for name, value in sums.items() if name != "pictures"}
