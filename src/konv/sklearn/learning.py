"""What an estimator has learned, and a training that may go on over several calls.

It holds all that the next call needs: the weights, what the optimizer remembers of each, how many
epochs there were. So two calls of ten epochs make the same bits as one of twenty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from konv.engines.contract import Array
from konv.errors import DataError, ParameterError
from konv.language import translate as _
from konv.model import Model
from konv.network.ending import split_ending
from konv.optimizers import Optimizer
from konv.sklearn.scaling import Scaling, channel_axis
from konv.sklearn.settings import WHERE, Settings
from konv.training.callbacks import Callback, EarlyStopping
from konv.training.examples import Examples
from konv.training.fitting import Validation, Weighting, make_examples, with_validation
from konv.training.history import History
from konv.training.labels import Labels
from konv.training.loop import Training
from konv.training.metrics import get_metrics
from konv.training.plan import Plan
from konv.training.state import TrainingState, new_state
from konv.training.task import Task, learn_task
from konv.training.watching import watching

__all__ = ["Learning", "Lesson"]


@dataclass(frozen=True)
class Lesson:
    """What one call brings to learn from.

    Args:
        table: [N, features].
        indices: [N], the class of each sample.
        weights: [N], how much each counts; None: all the same.
    """

    table: Array
    indices: Array
    weights: Array | None


class Learning:
    """A model, what numbers it takes, and where its training stands.

    Args:
        model: whose weights change.
        scaling: how values become what the model takes.
        classes: how many it tells apart.
    """

    def __init__(self, model: Model, scaling: Scaling, classes: int) -> None:
        self.model = model
        self._scaling = scaling
        self._labels = Labels(tuple(range(classes)))
        self._state: TrainingState | None = None
        self._slot_names: tuple[str, ...] = ()

    @property
    def history(self) -> History:
        """A row for each epoch, over all calls."""
        state = self._state
        return History(()) if state is None else History(tuple(state.history), state.stop_reason)

    def learn(self, lesson: Lesson, epochs: int, optimizer: Optimizer, settings: Settings) -> None:
        """Train on for so many epochs.

        Raises:
            DataError: K506, no share can be set aside.
            ParameterError: K205, rows of numbers cannot be augmented.
            TrainingError: K802, K805: the loss is not a number; nothing to train.
        """
        model, network = self.model, self.model.network
        if settings.augmentations and len(network.input_shape) != 3:
            raise _no_pictures(network.name)
        ending = split_ending(network)[1]
        task = learn_task(lesson.indices, "auto", ending, network.output_shape, known=self._labels)
        examples, validation = self._examples(lesson, task, settings.validation_fraction)
        state = self._state_for(optimizer)
        plan = Plan(
            optimizer=optimizer,
            loss=task.loss,
            metrics=get_metrics("auto", loss=task.loss),
            epochs=state.epoch + epochs,
            batch_size=settings.batch_size,
            seed=model.seed,
            augmentations=settings.augmentations,
        )
        program = model.program(examples.images, task.loss)
        told = _told(settings)
        Training(program, plan, state, examples, validation=validation, callbacks=told).run()

    def _examples(
        self, lesson: Lesson, task: Task, share: float | None
    ) -> tuple[Examples, Examples | None]:
        """(examples to learn from, examples to watch, if a share of them is)."""
        network, pictures = self.model.network, self._pictures(lesson.table)
        weighting, apart = (
            Weighting(lesson.weights),
            Validation(share or 0.0, None, self.model.seed),
        )
        examples = make_examples(pictures, lesson.indices, network, task, weighting)
        try:
            return with_validation(examples, network, task, apart)
        except DataError as error:
            raise _nothing_to_watch(share, len(pictures)) from error

    def probabilities(self, table: Array) -> Array:
        """How probable each class is: [N, classes], rows with the sum 1."""
        outputs = self.model.predict(self._pictures(table))
        ending = split_ending(self.model.network)[1].name
        if ending == "sigmoid":
            return np.hstack([1 - outputs, outputs])
        if ending == "linear":
            powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            return powers / powers.sum(axis=1, keepdims=True)
        return outputs

    def _pictures(self, table: Array) -> Array:
        network = self.model.network
        pictures = table.reshape(len(table), *network.input_shape)
        return self._scaling.applied(pictures, channel_axis(network))

    def _state_for(self, optimizer: Optimizer) -> TrainingState:
        """Where the last call ended; what another optimizer remembered is of no use to this one."""
        fresh = new_state(self.model.weights, optimizer, self.model.network.trained_weights)
        if self._state is None:
            self._state = fresh
        elif self._slot_names != optimizer.slot_names:
            self._state = replace(self._state, slots=fresh.slots, iteration=0)
        self._slot_names = optimizer.slot_names
        # An epoch that was interrupted is not gone on with: its samples may not come again.
        self._state.batch, self._state.sums, self._state.stop_reason = 0, {}, ""
        return self._state


def _told(settings: Settings) -> Sequence[Callback]:
    watched = settings.validation_fraction is not None
    stopping = [EarlyStopping("val_loss", patience=settings.patience)] if watched else []
    return [*stopping, *watching(settings.verbose)]


def _nothing_to_watch(share: float | None, pictures: int) -> DataError:
    return DataError(
        _(
            "validation_fraction={share:g} of {pictures} pictures leaves none to watch or none to "
            "learn from",
            share=share or 0.0,
            pictures=pictures,
        ),
        code="K506",
        where=WHERE,
        fix=_("more pictures of each class, or early_stopping=False"),
    )


def _no_pictures(network: str) -> ParameterError:
    return ParameterError(
        _("pictures are shifted or flipped, and this network takes a row of numbers"),
        code="K205",
        where=f"{WHERE}, {network}",
        fix=_("leave augment out, or choose a network with convolutions"),
    )
