"""Keras 3 on one of its backends. Maps are (N, H, W, C), as in konv.

Configurations: training by ``train_on_batch``, and by what ``fit`` does for each batch without what
it does around it (TensorFlow: the train function on a dataset; JAX: a step compiled as a whole, its
state kept outside the model); inference by ``predict_on_batch``, and by the model compiled by the
backend itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.suite.job import LEARNING_RATE, MOMENTUM, Job
from benchmarks.suite.peers.base import Runnable
from benchmarks.suite.peers.keras_model import keras_model

__all__ = ["Keras", "make"]

Array = np.ndarray[Any, np.dtype[Any]]
TRAIN_ON_BATCH, FIT_STEP = "train_on_batch", "step of fit"
PREDICT_ON_BATCH, COMPILED_CALL = "predict_on_batch", "compiled call"


@dataclass(frozen=True)
class Keras:
    """Runs jobs with Keras.

    Args:
        backend: "tensorflow" or "jax".
    """

    backend: str

    @property
    def versions(self) -> dict[str, str]:
        import importlib

        import keras

        # Not what is said of a package of that name: TensorFlow has several.
        backend = importlib.import_module(self.backend)
        return {"keras": keras.__version__, self.backend: str(backend.__version__)}

    def configurations(self, task: str) -> Sequence[str]:
        if task == "train":
            return [TRAIN_ON_BATCH, FIT_STEP]
        return [PREDICT_ON_BATCH, COMPILED_CALL]

    def further_configurations(self, task: str, best: str) -> Sequence[str]:
        return []

    def prepare(self, job: Job, task: str, configuration: str) -> Runnable:
        import keras

        keras.utils.clear_session()
        model = keras_model(job.graph, job.weights)
        images = list(job.pictures.images)
        if task == "train":
            return self._training(model, job, images, configuration)
        if configuration == PREDICT_ON_BATCH:
            tensors = [keras.ops.convert_to_tensor(item) for item in images]
            return Runnable(lambda step: model.predict_on_batch(tensors[step % len(tensors)]))
        return self._compiled(model, images)

    def _training(self, model: Any, job: Job, images: list[Array], way: str) -> Runnable:
        import keras

        optimizer = keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM)
        loss = "sparse_categorical_crossentropy" if job.classifies else "mean_squared_error"
        model.compile(optimizer=optimizer, loss=loss)
        targets = list(job.pictures.targets)
        if way == FIT_STEP:
            return _FIT_STEPS[self.backend](model, images, targets)

        def run(number: int) -> float:
            place = number % len(images)
            return float(model.train_on_batch(images[place], targets[place]))

        return Runnable(run, _resetting(model))

    def _compiled(self, model: Any, images: list[Array]) -> Runnable:
        if self.backend == "jax":
            import jax

            trainable = [variable.value for variable in model.trainable_variables]
            others = [variable.value for variable in model.non_trainable_variables]
            call = jax.jit(lambda a, b, x: model.stateless_call(a, b, x, training=False)[0])
            arrays = [jax.device_put(item) for item in images]
            return Runnable(
                lambda step: call(trainable, others, arrays[step % len(arrays)]).block_until_ready()
            )
        import tensorflow

        function = tensorflow.function(lambda x: model(x, training=False))
        tensors = [tensorflow.constant(item) for item in images]
        return Runnable(lambda step: function(tensors[step % len(tensors)]).numpy())


def _resetting(model: Any) -> Callable[[], None]:
    """A function that gives a model and its optimizer the numbers that they have now."""
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    first = [np.array(variable) for variable in variables]

    def reset() -> None:
        for variable, value in zip(variables, first, strict=True):
            variable.assign(value)

    return reset


def _tensorflow_step(model: Any, images: list[Array], targets: list[Array]) -> Runnable:
    import tensorflow

    model.make_train_function()
    function = model.train_function
    batches = [
        iter(tensorflow.data.Dataset.from_tensors(pair).repeat())
        for pair in zip(images, targets, strict=True)
    ]
    reset_weights = _resetting(model)

    def reset() -> None:
        reset_weights()
        model.reset_metrics()

    def run(number: int) -> float:
        model.reset_metrics()  # else the loss is the mean of all steps so far
        return float(function(batches[number % len(batches)])["loss"])

    return Runnable(run, reset)


def _jax_step(model: Any, images: list[Array], targets: list[Array]) -> Runnable:
    import jax
    import keras

    optimizer, lost = model.optimizer, keras.losses.get(model.loss)
    optimizer.build(model.trainable_variables)

    def loss_of(trainable: Any, others: Any, x: Any, y: Any) -> Any:
        outputs, others = model.stateless_call(trainable, others, x, training=True)
        return jax.numpy.mean(lost(y, outputs)), others

    @jax.jit
    def step(state: Any, x: Any, y: Any) -> Any:
        trainable, others, slots = state
        differentiate = jax.value_and_grad(loss_of, has_aux=True)
        (loss, others), gradients = differentiate(trainable, others, x, y)
        trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
        return loss, (trainable, others, slots)

    parts = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
    first = tuple([variable.value for variable in part] for part in parts)
    pictures, answers = ([jax.device_put(item) for item in items] for items in (images, targets))
    state = first

    def reset() -> None:
        nonlocal state
        state = first

    def run(number: int) -> float:
        nonlocal state
        place = number % len(pictures)
        loss, state = step(state, pictures[place], answers[place])
        return float(loss)

    return Runnable(run, reset)


_FIT_STEPS = {"tensorflow": _tensorflow_step, "jax": _jax_step}


def make(*, threads: int, cache: Path, backend: str) -> Keras:
    """Keras on a backend with so many threads. JAX takes as many as it finds processors."""
    os.environ["KERAS_BACKEND"] = backend
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if backend == "tensorflow":
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    import keras

    keras.config.disable_interactive_logging()
    return Keras(backend)
