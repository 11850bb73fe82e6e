"""Model: a network, its weights and an engine, with Keras's words for using them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from konv.constraints import Boolean, Choice, Integer
from konv.data.preprocessing import Preprocessing
from konv.engines import DEFAULT_ENGINE, Engine, Pixels, Program, get_engine
from konv.engines.contract import PRECISIONS, Array, Precision
from konv.errors import EngineError
from konv.exporting import Exporting
from konv.formats.contents import ModelContents
from konv.formats.konv_file import write_model
from konv.formats.sources import read_any_model
from konv.language import translate as _
from konv.layers.base import Layer
from konv.limits import MAX_BATCH_SIZE, MAX_EPOCHS
from konv.losses import Loss, get_loss
from konv.network.ending import split_ending
from konv.network.graph import Network, functional, sequential
from konv.network.report import Report, report
from konv.network.weights import Weights, checked_weights, new_weights
from konv.optimizers import Optimizer, get_optimizer
from konv.parameters import check_value
from konv.training.augmentation import Augmentation, get_augmentations
from konv.training.callbacks import Callback, as_callbacks
from konv.training.evaluation import Evaluation, evaluate_outputs
from konv.training.fitting import Validation, Weighting, make_examples, with_validation
from konv.training.health.doctor import Doctor, teller
from konv.training.history import History
from konv.training.labels import Labels
from konv.training.loop import Training
from konv.training.metrics import Metric, get_metrics
from konv.training.pictures import as_pictures
from konv.training.plan import Plan
from konv.training.state import new_state
from konv.training.task import Task, learn_task
from konv.training.watching import watching
from konv.understanding import Understanding

__all__ = ["Model", "Sequential", "load"]


class Model(Understanding, Exporting):
    """A network with weights.

    Args:
        inputs: the konv.Input that it begins with.
        outputs: the tensor made from it.
        name: of the network.
        seed: decides the first weights, the order of the pictures, Dropout and augmentation.
        engine: how it runs.

    Example:
        >>> from konv.layers import Conv2D, Dense, Flatten, Input
        >>> x = Input((8, 8, 1))
        >>> y = Dense(10, activation="softmax")(Flatten()(Conv2D(4, 3)(x)))
        >>> Model(x, y, seed=0).predict(np.zeros((2, 8, 8), np.uint8)).shape
        (2, 10)
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        *,
        name: str = "network",
        seed: int = 0,
        engine: str | Engine = DEFAULT_ENGINE,
    ) -> None:
        self._begin(functional(inputs, outputs, name=name), seed, engine)

    @classmethod
    def from_network(
        cls, network: Network, *, seed: int = 0, engine: str | Engine = DEFAULT_ENGINE
    ) -> Model:
        """A model of a network that was built or read before."""
        model = Model.__new__(Model)
        model._begin(network, seed, engine)
        return model

    @classmethod
    def from_contents(
        cls, contents: ModelContents, *, engine: str | Engine = DEFAULT_ENGINE
    ) -> Model:
        """The model that a file holds, or that was taken from another tool."""
        model = Model.from_network(contents.network, engine=engine)
        model.set_weights(contents.weights)
        model.labels = Labels(contents.class_names) if contents.class_names else None
        model.preprocessing = contents.preprocessing
        model.record = dict(contents.record)
        return model

    def _begin(self, network: Network, seed: int, engine: str | Engine) -> None:
        self.network = network
        self.seed = check_value("seed", seed, Integer(0, 2**63 - 1), where="Model")
        self.engine = get_engine(engine)
        self.weights: Weights = new_weights(network, self.seed)
        # What the weights were trained on: unknown until they are.
        self.labels: Labels | None = None
        self.preprocessing: Preprocessing | None = None
        self.record: dict[str, Any] = {}
        self.compile()

    # Looking at it --------------------------------------------------------------------------------

    def report(self) -> Report:
        """Shapes, parameters, cost and receptive field of every layer, as data."""
        return report(self.network)

    def summary(self) -> None:
        """Print the report as a table."""
        sys.stdout.write(self.report().text() + "\n")

    def _repr_html_(self) -> str:
        return self.report().to_html()

    def __repr__(self) -> str:
        layers, parameters = len(self.network.nodes), self.network.parameters
        return f"<Model {self.network.name}: {layers} layers, {parameters:,} parameters>"

    @property
    def classes(self) -> tuple[Any, ...]:
        """The labels of the outputs, in their order; empty until they are known."""
        return () if self.labels is None else tuple(self.labels.classes)

    # Weights --------------------------------------------------------------------------------------

    def get_weights(self) -> list[Array]:
        """Copies of all weights, in Keras's order and layouts."""
        return [weight.copy() for weight in self.weights.values()]

    def set_weights(self, weights: Sequence[Any] | Mapping[str, Any]) -> None:
        """Take other weights: a list as ``get_weights`` gives it, or a dict by name.

        Raises:
            EngineError: K702, they do not belong to the network.
        """
        if not isinstance(weights, Mapping):
            weights = self._by_name(weights if isinstance(weights, Sequence) else ())
        for name, weight in checked_weights(self.network, weights).items():
            self.weights[name][...] = weight

    def _by_name(self, weights: Sequence[Any]) -> dict[str, Any]:
        if len(weights) != len(self.weights):
            raise EngineError(
                _(
                    "{given} arrays where {needed} are needed",
                    given=len(weights),
                    needed=len(self.weights),
                ),
                code="K702",
                details=[(_("needed"), ", ".join(self.weights))],
                fix=_("one array for each of these, in this order"),
            )
        return dict(zip(self.weights, weights, strict=True))

    # Training -------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: str | Optimizer = "adam",
        loss: str | Loss = "auto",
        metrics: str | Metric | Sequence[str | Metric] | None = "auto",
    ) -> None:
        """Choose how to train. Optional: these are the defaults.

        Args:
            optimizer: "sgd", "adam", "adamw", or an optimizer.
            loss: "auto" (what the last activation and the labels ask for), a name, or a loss.
            metrics: "auto" (accuracy for classes), "accuracy", "top_5_accuracy", …, or metrics.

        Raises:
            ParameterError: there is none of that name.
        """
        self.optimizer = get_optimizer(optimizer)
        self.loss = loss
        self.metrics = metrics
        # Unknown names are refused here, not when training begins.
        get_metrics(metrics)
        if loss != "auto":
            get_loss(loss)

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        batch_size: int = 32,
        epochs: int = 1,
        validation_split: float = 0.0,
        validation_data: tuple[Any, ...] | None = None,
        shuffle: bool = True,
        sample_weight: Any = None,
        class_weight: Mapping[Any, float] | None = None,
        augment: str | Sequence[Augmentation] = (),
        callbacks: Callback | Sequence[Callback] = (),
        verbose: int | str = "auto",
        doctor: bool = True,
    ) -> History:
        """Train. The weights change in place; the optimizer begins anew at each call.

        Args:
            x: pictures [N, height, width(, channels)]: uint8 (divided by 255), or float (as it is).
            y: labels of any kind [N]; one-hot rows; or targets in the shape of the output.
            batch_size: how many pictures make one update.
            epochs: how often all pictures are seen.
            validation_split: the share of every class that is set aside, at random.
            validation_data: (x, y) or (x, y, sample_weight) to validate with instead.
            shuffle: whether each epoch has its own order.
            sample_weight: [N], how much each picture counts.
            class_weight: label -> how much its pictures count; 1 for those left out.
            augment: augmentations, or their names: "shift,flip".
            callbacks: who is told of each epoch.
            verbose: 0 nothing, 1 a bar, 2 a line per epoch, "auto" 1 on a terminal and 2 elsewhere.
            doctor: whether to look for what keeps networks from learning. It changes no bit.

        Returns:
            The history: a row for each epoch, and what was found.

        Raises:
            DataError, ParameterError, TrainingError: with what to do instead.
        """
        task = self._task(y)
        examples, validation = with_validation(
            make_examples(x, y, self.network, task, Weighting(sample_weight, class_weight)),
            self.network,
            task,
            Validation(validation_split, validation_data, self.seed),
        )
        plan = Plan(
            optimizer=self.optimizer,
            loss=task.loss,
            metrics=get_metrics(self.metrics, loss=task.loss),
            epochs=check_value("epochs", epochs, Integer(1, MAX_EPOCHS), where="fit"),
            batch_size=check_value(
                "batch_size", batch_size, Integer(1, MAX_BATCH_SIZE), where="fit"
            ),
            seed=self.seed,
            shuffle=check_value("shuffle", shuffle, Boolean(), where="fit"),
            augmentations=get_augmentations(augment),
        )
        told = [*as_callbacks(callbacks), *watching(verbose)]
        health = Doctor(teller(verbose))
        if check_value("doctor", doctor, Boolean(), where="fit"):
            told.append(health)
        begun = new_state(self.weights, plan.optimizer, self.network.trained_weights)
        # Every setting is sound: only now is anything remembered.
        self.labels = task.labels
        self._note_pixels(examples.images)
        for callback in told:
            callback.model = self
        state = Training(
            self.program(examples.images, task.loss),
            plan,
            begun,
            examples,
            validation=validation,
            callbacks=told,
        ).run()
        return History(tuple(state.history), state.stop_reason, health.findings)

    def _task(self, y: Any, known: Labels | None = None) -> Task:
        ending = split_ending(self.network)[1]
        shape = self.network.output_shape
        return learn_task(y, self.loss, ending, shape, known=known or self.labels)

    def _note_pixels(self, images: Array) -> None:
        """Remember how a picture file becomes what the network was trained on, if that is known."""
        if self.preprocessing is not None or len(self.network.input_shape) != 3:
            return
        height, width, channels = self.network.picture_size
        pixels = images.dtype == np.uint8 or (images.min() >= 0 and images.max() <= 1)
        if pixels and channels in (1, 3):
            self.preprocessing = Preprocessing(height, width, channels)

    def program(self, images: Array, loss: Loss | None = None) -> Program:
        """The network, compiled for pictures like these; what training and prediction run.

        Args:
            images: [N, *input shape]: uint8 pixels are brought to 0…1, float is taken as it is;
                then both are standardised as ``preprocessing`` says.
            loss: needed for training only.
        """
        return self.engine.compile(self.network, loss=loss, pixels=self.pixels(images))

    def pixels(self, images: Array) -> Pixels:
        """How the pixels of pictures like these become the numbers that the first layer sees."""
        unit = 1 / 255 if images.dtype == np.uint8 else 1.0
        known = self.preprocessing
        if known is None:
            return Pixels(scale=(unit,))
        means = known.mean or (0.0,) * known.channels
        deviations = known.std or (1.0,) * known.channels
        scale = tuple(unit / deviation for deviation in deviations)
        offset = tuple((0 - m) / d for m, d in zip(means, deviations, strict=True))
        # A network that takes a row of numbers has the channels of each pixel side by side.
        repeats = known.height * known.width if len(self.network.input_shape) == 1 else 1
        return Pixels(scale * repeats, offset * repeats)

    # Using it -------------------------------------------------------------------------------------

    def predict(self, x: Any, *, precision: Precision = "float32") -> Array:
        """What the network makes of pictures: [N, *output shape] in float32.

        Args:
            x: as of ``fit``.
            precision: "bf16": large convolutions and dense layers multiply numbers rounded to
                bfloat16, and add up in float32. Several times faster on processors that have it.

        Raises:
            DataError: K504, K507: pictures that do not suit.
            EngineError: K706, the engine or the processor does not multiply bfloat16.
        """
        return self._outputs(as_pictures(x, self.network), precision)

    def predict_classes(self, x: Any, *, precision: Precision = "float32") -> Array:
        """The label of each picture, as the labels that the model was trained with: [N]."""
        indices = self.class_indices(self.predict(x, precision=precision))
        return indices if self.labels is None else self.labels.decode(indices)

    def class_indices(self, outputs: Array) -> Array:
        """The number of the class that each row of outputs stands for: [N]."""
        if outputs.shape[-1] > 1:
            largest: Array = outputs.argmax(axis=-1)
            return largest
        # A single output is the probability of the second class, or its logit.
        middle = 0.5 if split_ending(self.network)[1].name == "sigmoid" else 0.0
        return (outputs[..., 0] > middle).astype(np.int64)

    def evaluate(self, x: Any, y: Any, *, precision: Precision = "float32") -> Evaluation:
        """How good the model is on pictures it was not trained on.

        Args:
            x, y: as of ``fit``.
            precision: as of ``predict``.

        Returns:
            loss, accuracy and other metrics, count, confusion matrix, precision and recall.

        Raises:
            DataError: pictures or labels that do not suit.
            EngineError: K706, the engine or the processor does not multiply bfloat16.
        """
        task = self._task(y)
        examples = make_examples(x, y, self.network, task)
        outputs = self._outputs(examples.images, precision)
        return evaluate_outputs(
            outputs,
            examples.targets,
            task.loss,
            get_metrics(self.metrics, loss=task.loss),
            None if task.labels is None else task.labels.names,
        )

    def _outputs(self, images: Array, precision: Precision) -> Array:
        known = check_value("precision", precision, Choice(PRECISIONS), where="predict")
        return self.program(images).forward(self.weights, images, precision=known)

    # Files ----------------------------------------------------------------------------------------

    def contents(self) -> ModelContents:
        """All that a model file holds."""
        return ModelContents(
            network=self.network,
            weights=self.weights,
            class_names=self.classes,
            preprocessing=self.preprocessing,
            record=self.record,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one .konv file, or leave what was there as it was.

        Raises:
            FormatError: K405, it cannot be written; K407, weights are not finite.
        """
        write_model(path, self.contents())


class Sequential(Model):
    """Layers in a row.

    Args:
        layers: the first of them an Input.
        name, seed, engine: as of Model.

    Raises:
        NetworkError, ShapeError: it cannot be built, with the layer, the arithmetic and a fix.

    Example:
        >>> from konv.layers import Dense, Flatten, Input
        >>> Sequential([Input((28, 28, 1)), Flatten(), Dense(10, activation="softmax")], seed=0)
        <Model network: 3 layers, 7,850 parameters>
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        name: str = "network",
        seed: int = 0,
        engine: str | Engine = DEFAULT_ENGINE,
    ) -> None:
        self._begin(sequential(layers, name=name), seed, engine)


def load(path: str | os.PathLike[str], *, engine: str | Engine = DEFAULT_ENGINE) -> Model:
    """The model of a .konv file, or of a file that another tool wrote: Keras, ONNX.

    Loading runs no code of the file. What was ignored in another tool's file, or is written
    differently here, stands in ``model.record["imported"]``.

    Raises:
        FormatError, LimitError: it is not a whole and honest model file; K410, it holds what konv
            does not have; K412, a package that reads it is not installed.
    """
    return Model.from_contents(read_any_model(path).recorded(), engine=engine)
