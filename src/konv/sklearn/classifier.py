"""The scikit-learn estimator: a convolutional network that learns classes from pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from konv.engines.contract import Array
from konv.errors import ParameterError
from konv.language import translate as _
from konv.layers.base import Shape
from konv.optimizers import Optimizer
from konv.sklearn.beginning import begun
from konv.sklearn.classes import check_labels, classes_in, classes_of_parts, indices_of, require_two
from konv.sklearn.layout import laid_out
from konv.sklearn.learning import Learning, Lesson
from konv.sklearn.settings import WHERE, Settings, settings_of
from konv.sklearn.tables import as_table, require_shape
from konv.sklearn.weighting import picture_weights

__all__ = ["ConvClassifier"]


@dataclass(frozen=True)
class Samples:
    """X as a table [N, features], the shape of a picture if X held pictures, and y."""

    table: Array
    shape: Shape | None
    labels: Array


class ConvClassifier(ClassifierMixin, BaseEstimator):
    """A convolutional network among scikit-learn's classifiers.

    It takes pictures [N, height, width(, channels)], or rows [N, features] that are pictures laid
    flat; it can stand in pipelines, searches and votes, be cloned and pickled. What scikit-learn
    checks of an estimator (``check_estimator``) it passes.

    Args:
        network: "auto" (chosen by the pictures), a name that ``konv networks`` tells, a
            konv.Network, a model whose layers are taken and not its weights, a list of layers, or
            a function (image_shape, classes) that returns one of these. A model or network that is
            given is never changed.
        image_shape: what a row of X is: (height, width) or (height, width, channels). None: as X or
            the network says; of rows a square, a square in three colours, or else a single row.
        epochs: how often all pictures are seen; "auto": 10 times, and more often until there were
            1,000 updates.
        batch_size: how many pictures make one update.
        optimizer: "adam", "adamw", "sgd", or an optimizer of konv.
        learning_rate: a number, or a schedule of konv; "auto": one cycle up to five times the usual
            rate and down again, and the usual rate where the end is not known: with ``warm_start``,
            ``early_stopping``, in ``partial_fit``. An optimizer that is not given by its name
            keeps its own.
        augment: augmentations, or their names: "shift,flip".
        standardize: whether mean and deviation of each channel are learned and the pictures
            brought to 0 and 1; without it, uint8 is divided by 255 and other numbers are taken as
            they are.
        early_stopping: whether a share of the pictures is set aside to watch, and training ends
            when it gets no better, with the weights that were best for it.
        validation_fraction: which share.
        n_iter_no_change: after how many epochs without a smaller loss.
        class_weight: label -> how much its pictures count, 1 for those left out; or "balanced".
        warm_start: whether ``fit`` goes on with the weights, the optimizer's memory and the scaling
            of the last call, rather than anew.
        random_state: decides the first weights, the order of pictures, Dropout and augmentation:
            the same number, the same bits.
        verbose: 0 nothing, 1 a bar, 2 a line per epoch.
        engine: "compiled" or "reference".

    Attributes:
        classes_: the labels, sorted.
        model_: the konv model, with weights; ``model_.save(path)`` writes the file that the command
            ``konv predict`` takes.
        image_shape_: what a sample was taken for.
        n_iter_: how many epochs there were.
        loss_curve_: the loss of each.
        history_: all that was measured in each.
        n_features_in_, feature_names_in_: as everywhere in scikit-learn.

    Example:
        >>> import numpy as np
        >>> x = np.zeros((20, 6, 6))
        >>> x[:10, 2, :], x[10:, :, 2] = 1, 1
        >>> y = ["row"] * 10 + ["column"] * 10
        >>> classifier = ConvClassifier(random_state=0).fit(x, y)
        >>> classifier.predict(x[[0, 19]])
        array(['row', 'column'], dtype='<U6')
        >>> classifier.model_.network.name
        'digits-mini'
    """

    def __init__(
        self,
        network: Any = "auto",
        *,
        image_shape: tuple[int, ...] | None = None,
        epochs: int | str = "auto",
        batch_size: int = 32,
        optimizer: Any = "adam",
        learning_rate: Any = "auto",
        augment: Any = None,
        standardize: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
        engine: Any = "compiled",
    ) -> None:
        self.network = network
        self.image_shape = image_shape
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.augment = augment
        self.standardize = standardize
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn, anew or, with ``warm_start``, from where the last call ended.

        Args:
            X: pictures [N, height, width(, channels)], or rows [N, features].
            y: labels [N]: texts, whole numbers, True and False.
            sample_weight: [N], how much each picture counts.

        Raises:
            ValueError: X or y do not suit (scikit-learn's words, or a DataError), or a parameter
                holds what it cannot (ParameterError).
            TrainingError: K802, the loss is not a number.
            KeyboardInterrupt: Ctrl-C; what was learned until then is kept.
        """
        settings = settings_of(self.get_params(deep=False))
        goes_on = settings.warm_start and self.__sklearn_is_fitted__()
        samples = self._samples(X, y, anew=not goes_on)
        classes = self.classes_ if goes_on else classes_in(samples.labels)
        lesson = _lesson(samples, classes, sample_weight, settings)
        require_two(lesson.indices, classes)
        epochs, optimizer = settings.epochs_for(len(lesson.indices)), settings.optimizer_of_fit()
        learning = self._learning if goes_on else self._begun(samples, lesson, classes, settings)
        return self._taught(learning, lesson, classes, epochs, optimizer, settings)

    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: Any = None,
        sample_weight: Any = None,
    ) -> Self:
        """Learn for one epoch from these pictures, and go on where the last call ended.

        The first call decides the network and the scaling, by its pictures.

        Args:
            X, y, sample_weight: as of ``fit``.
            classes: all labels that may come; needed in the first call only.

        Raises:
            ValueError: as of ``fit``; and labels that are none of the classes.
        """
        settings = settings_of(self.get_params(deep=False))
        if settings.validation_fraction is not None:
            raise _no_early_stopping()
        goes_on = self.__sklearn_is_fitted__()
        known = classes_of_parts(classes, self.classes_ if goes_on else None)
        samples = self._samples(X, y, anew=not goes_on)
        lesson = _lesson(samples, known, sample_weight, settings)
        optimizer = settings.optimizer_of_parts()
        learning = self._learning if goes_on else self._begun(samples, lesson, known, settings)
        return self._taught(learning, lesson, known, 1, optimizer, settings)

    def predict(self, X: Any) -> Array:
        """The most probable label of each picture: [N].

        Args:
            X: pictures or rows, as of ``fit``.
        """
        probable = self.predict_proba(X).argmax(axis=1)
        labels: Array = self.classes_[probable]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """How probable each class is: [N, classes], in the order of ``classes_``, in float32.

        Args:
            X: pictures or rows, as of ``fit``.
        """
        check_is_fitted(self)
        table, shape = as_table(X)
        table = validate_data(self, table, reset=False)
        if shape is not None:
            require_shape(shape, self.image_shape_)
        return self._learning.probabilities(table)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    # What fit and partial_fit are made of ---------------------------------------------------------

    def _samples(self, x: Any, y: Any, *, anew: bool) -> Samples:
        """X as a table, and y, as scikit-learn checks them."""
        table, shape = as_table(x)
        table, labels = validate_data(self, table, y, reset=anew)
        check_labels(labels)
        if shape is not None and not anew:
            require_shape(shape, self.image_shape_)
        return Samples(table, shape, labels)

    def _begun(
        self, samples: Samples, lesson: Lesson, classes: Array, settings: Settings
    ) -> Learning:
        chosen, state = self.network, self.random_state
        return begun(lesson, samples.shape, classes, settings, network=chosen, random_state=state)

    def _taught(
        self,
        learning: Learning,
        lesson: Lesson,
        classes: Array,
        epochs: int,
        optimizer: Optimizer,
        settings: Settings,
    ) -> Self:
        """Train. What was learned until somebody interrupts is kept; what fails is not."""
        try:
            learning.learn(lesson, epochs, optimizer, settings)
        except KeyboardInterrupt:
            self._keep(learning, classes)
            raise
        self._keep(learning, classes)
        return self

    def _keep(self, learning: Learning, classes: Array) -> None:
        self._learning = learning
        self.classes_ = classes
        self.model_ = learning.model
        self.image_shape_ = learning.model.network.input_shape
        self.history_ = learning.history
        self.loss_curve_ = self.history_["loss"]
        self.n_iter_ = len(self.history_)


def _lesson(samples: Samples, classes: Array, sample_weight: Any, settings: Settings) -> Lesson:
    """The samples that count, in an order of their own."""
    indices = indices_of(samples.labels, classes)
    weights = picture_weights(indices, classes, sample_weight, settings.class_weight)
    watched = settings.validation_fraction is not None
    return Lesson(*laid_out(samples.table, indices, weights, repeating=not watched))


def _no_early_stopping() -> ParameterError:
    return ParameterError(
        _("partial_fit trains for one epoch, which early_stopping cannot watch"),
        code="K205",
        where=WHERE,
        fix=_("early_stopping=False, or fit"),
    )
