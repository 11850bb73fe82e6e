"""What a person chose of an estimator, checked: one place where every parameter is looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from konv.constraints import Boolean, Constraint, Integer, Optional, Real, RefusalError
from konv.constraints import Tuple as Several
from konv.engines import Engine, get_engine
from konv.errors import ParameterError
from konv.language import translate as _
from konv.layers.base import Shape
from konv.limits import MAX_BATCH_SIZE, MAX_EPOCHS, MAX_SIDE
from konv.optimizers import Optimizer, get_optimizer
from konv.optimizers.rates import LearningRate
from konv.optimizers.schedules import Constant, OneCycle
from konv.parameters import check_value
from konv.training.augmentation import Augmentation, get_augmentations

__all__ = ["WHERE", "Settings", "settings_of"]

WHERE = "ConvClassifier"
_AUTO = "auto"
# Few pictures are seen more often: below so many updates a network has hardly begun to learn.
_FEWEST_EPOCHS, _MOST_EPOCHS, _ENOUGH_UPDATES = 10, 1_000, 1_000
# A cycle allows a peak of several times the usual rate.
_PEAK = 5


@dataclass(frozen=True)
class AutoOr(Constraint):
    """ "auto", or what ``of`` allows."""

    of: Constraint

    def accept(self, value: Any) -> Any:
        if isinstance(value, str) and value == _AUTO:
            return _AUTO
        try:
            return self.of.accept(value)
        except RefusalError:
            raise RefusalError(self.describe()) from None

    def describe(self) -> str:
        return _('"auto", or {one}', one=self.of.describe())

    def bad_values(self) -> tuple[Any, ...]:
        return self.of.bad_values()


class ClassWeight(Constraint):
    """None, "balanced", or a dict: label -> how much its pictures count."""

    def accept(self, value: Any) -> Any:
        if value is None or isinstance(value, Mapping):
            return value
        if isinstance(value, str) and value == "balanced":
            return "balanced"
        raise RefusalError(self.describe())

    def describe(self) -> str:
        return _('None, "balanced", or a dict: label -> a number ≥ 0')

    def bad_values(self) -> tuple[Any, ...]:
        return ("even", "", 1.0, 0, [1, 2], object())


@dataclass(frozen=True)
class Settings:
    """What the parameters of an estimator say, in their normal form.

    Args:
        image_shape: (height, width) or (height, width, channels); None: from the data.
        epochs: None: enough for the pictures that there are.
        batch_size: how many pictures make one update.
        optimizer: with its learning rate, if that is given.
        cycles: whether the learning rate may be that of one cycle.
        augmentations: what is done to the pictures of a batch.
        standardize: whether pictures are brought to mean 0 and deviation 1.
        validation_fraction: the share to watch for an early stop; None: training is not watched.
        patience: how many epochs without a better one end the training.
        class_weight: None, "balanced", or by label.
        warm_start: whether ``fit`` goes on where the last one ended.
        verbose: 0 nothing, 1 a bar, 2 a line per epoch.
        engine: how networks run.
    """

    image_shape: Shape | None
    epochs: int | None
    batch_size: int
    optimizer: Optimizer
    cycles: bool
    augmentations: tuple[Augmentation, ...]
    standardize: bool
    validation_fraction: float | None
    patience: int
    class_weight: Mapping[Any, float] | str | None
    warm_start: bool
    verbose: int
    engine: Engine

    def epochs_for(self, pictures: int) -> int:
        """How often so many pictures are seen."""
        if self.epochs is not None:
            return self.epochs
        updates = math.ceil(pictures / self.batch_size)
        return min(max(_FEWEST_EPOCHS, math.ceil(_ENOUGH_UPDATES / updates)), _MOST_EPOCHS)

    def optimizer_of_fit(self) -> Optimizer:
        """That of a training which begins and ends in one call, unless ``warm_start`` goes on.

        Raises:
            ParameterError: K205, as of ``optimizer_of_parts``.
        """
        if self.warm_start:
            return self.optimizer_of_parts()
        rate = self.optimizer.learning_rate
        if self.cycles and isinstance(rate, float):
            return replace(self.optimizer, learning_rate=OneCycle(_PEAK * rate))
        return self.optimizer

    def optimizer_of_parts(self) -> Optimizer:
        """That of a training which goes on in later calls.

        Raises:
            ParameterError: K205, its learning rate is a schedule, which needs to know the end.
        """
        if isinstance(self.optimizer.learning_rate, (float, Constant)):
            return self.optimizer
        raise ParameterError(
            _("the learning rate is a schedule, and the end of this training is not known"),
            code="K205",
            where=WHERE,
            details=[("learning_rate", repr(self.optimizer.learning_rate))],
            fix=_("a number as learning_rate, or fit with warm_start=False"),
        )


def settings_of(parameters: Mapping[str, Any]) -> Settings:
    """The parameters of an estimator, each of them checked.

    Args:
        parameters: as ``get_params(deep=False)`` gives them.

    Raises:
        ParameterError: K201, for a value that a parameter cannot hold.
        EngineError: K701, there is no such engine.
    """

    def checked(name: str, constraint: Constraint) -> Any:
        return check_value(name, parameters[name], constraint, where=WHERE)

    epochs = checked("epochs", AutoOr(Integer(1, MAX_EPOCHS)))
    rate = checked("learning_rate", AutoOr(LearningRate()))
    optimizer = _optimizer(parameters["optimizer"])
    fraction = checked("validation_fraction", Real(0, 1, above_minimum=True, below_maximum=True))
    watched = checked("early_stopping", Boolean())
    verbose = parameters["verbose"]
    if isinstance(verbose, bool):  # as scikit-learn's own estimators have it
        parameters = {**parameters, "verbose": int(verbose)}
    return Settings(
        image_shape=checked("image_shape", Optional(Several(Integer(1, MAX_SIDE), (2, 3)))),
        epochs=None if epochs == _AUTO else epochs,
        batch_size=checked("batch_size", Integer(1, MAX_BATCH_SIZE)),
        optimizer=optimizer if rate == _AUTO else replace(optimizer, learning_rate=rate),
        # An optimizer that is given whole says its rate itself; an early stop would cut a cycle.
        cycles=rate == _AUTO and isinstance(parameters["optimizer"], str) and not watched,
        augmentations=get_augmentations(parameters["augment"]),
        standardize=checked("standardize", Boolean()),
        validation_fraction=fraction if watched else None,
        patience=checked("n_iter_no_change", Integer(1, MAX_EPOCHS)),
        class_weight=checked("class_weight", ClassWeight()),
        warm_start=checked("warm_start", Boolean()),
        verbose=checked("verbose", Integer(0, 2)),
        engine=get_engine(parameters["engine"]),
    )


def _optimizer(given: Any) -> Optimizer:
    try:
        return get_optimizer(given)
    except ParameterError as error:
        raise error.located(WHERE) from None
