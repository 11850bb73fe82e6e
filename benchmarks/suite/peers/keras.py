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

from benchmarks.suite.graph import Graph, Operation, same_zeros
from benchmarks.suite.job import LEARNING_RATE, MOMENTUM, Job
from benchmarks.suite.peers.base import Runnable

__all__ = ["Keras", "keras_model", "make"]

Array = np.ndarray[Any, np.dtype[Any]]
TRAIN_ON_BATCH, FIT_STEP = "train_on_batch", "step of fit"
PREDICT_ON_BATCH, COMPILED_CALL = "predict_on_batch", "compiled call"
_FUNCTIONS = {"hard_swish": "hard_silu"}


def keras_model(graph: Graph, weights: dict[str, Array]) -> Any:
    """The graph as a functional model with its weights; its ending is part of it."""
    import keras

    tensors: dict[str, Any] = {}
    made: list[tuple[Operation, Any]] = []
    for operation in graph.operations:
        inputs = [tensors[name] for name in operation.inputs]
        if operation.kind == "input":
            tensors[operation.name] = keras.Input(operation.shape)
            continue
        value = inputs if len(inputs) > 1 else inputs[0]
        for layer in _layers(keras.layers, graph, operation):
            value = layer(value)
        made.append((operation, layer))
        tensors[operation.name] = value
    output = tensors[graph.operations[-1].name]
    if graph.ending == "softmax":
        output = keras.layers.Softmax()(output)
    model = keras.Model(tensors[graph.operations[0].name], output)
    for operation, layer in made:
        if operation.weights:
            layer.set_weights([weights[name] for name in operation.weights.values()])
    return model


def _layers(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    """The layers of an operation; the last one holds its weights."""
    return list(_RULES[operation.kind](kinds, graph, operation))


def _window(kinds: Any, graph: Graph, operation: Operation, size: Sequence[int]) -> Any:
    """(layers before, the word for padding): zeros inside the layer where Keras can say them."""
    zeros = tuple(operation.fields["zeros"])
    if zeros == (0, 0, 0, 0):
        return [], "valid"
    dilation = operation.fields.get("dilation", (1, 1))
    span = [(n - 1) * d + 1 for n, d in zip(size, dilation, strict=True)]
    strides = operation.fields["strides"]
    if zeros == same_zeros(graph.input_of(operation), tuple(span), tuple(strides)):
        return [], "same"
    return [_zero_padding(kinds, zeros)], "valid"


def _zero_padding(kinds: Any, zeros: Sequence[int]) -> Any:
    top, left, bottom, right = zeros
    return kinds.ZeroPadding2D(((top, bottom), (left, right)))


def _convolution(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    before, padding = _window(kinds, graph, operation, fields["size"])
    layer = kinds.Conv2D(
        operation.shape[2],
        fields["size"],
        strides=fields["strides"],
        padding=padding,
        dilation_rate=fields["dilation"],
        groups=fields["groups"],
        use_bias="bias" in operation.weights,
    )
    return [*before, layer]


def _depthwise(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    before, padding = _window(kinds, graph, operation, fields["size"])
    layer = kinds.DepthwiseConv2D(
        fields["size"],
        strides=fields["strides"],
        padding=padding,
        dilation_rate=fields["dilation"],
        depth_multiplier=operation.shape[2] // graph.input_of(operation)[2],
        use_bias="bias" in operation.weights,
    )
    return [*before, layer]


def _dense(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    return [kinds.Dense(operation.shape[-1], use_bias="bias" in operation.weights)]


def _activation(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    function, fields = operation.fields["function"], operation.fields
    if "most" in fields:
        return [kinds.ReLU(max_value=fields["most"])]
    if function == "leaky_relu":
        return [kinds.LeakyReLU(negative_slope=fields["slope"])]
    if function == "gelu":
        import keras

        return [kinds.Activation(lambda x: keras.activations.gelu(x, approximate=False))]
    return [kinds.Activation(_FUNCTIONS.get(function, function))]


def _pool(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    before, padding = _window(kinds, graph, operation, fields["size"])
    if before:
        raise ValueError("a pool with zeros that are not Keras's")
    kind = {"max": kinds.MaxPooling2D, "average": kinds.AveragePooling2D}[fields["mode"]]
    return [kind(fields["size"], strides=fields["strides"], padding=padding)]


def _global_pool(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    kind = {"max": kinds.GlobalMaxPooling2D, "average": kinds.GlobalAveragePooling2D}
    return [kind[fields["mode"]](keepdims=fields["keepdims"])]


def _batch_normalization(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    return [kinds.BatchNormalization(momentum=fields["momentum"], epsilon=fields["epsilon"])]


_RULES = {
    "convolution": _convolution,
    "depthwise": _depthwise,
    "dense": _dense,
    "activation": _activation,
    "pool": _pool,
    "global_pool": _global_pool,
    "batch_normalization": _batch_normalization,
    "add": lambda kinds, graph, operation: [kinds.Add()],
    "concatenate": lambda kinds, graph, operation: [kinds.Concatenate()],
    "dropout": lambda kinds, graph, operation: [kinds.Dropout(operation.fields["rate"])],
    "flatten": lambda kinds, graph, operation: [kinds.Flatten()],
    "padding": lambda kinds, graph, operation: [_zero_padding(kinds, operation.fields["zeros"])],
}


@dataclass(frozen=True)
class Keras:
    """Runs jobs with Keras.

    Args:
        backend: "tensorflow" or "jax".
    """

    backend: str

    @property
    def versions(self) -> dict[str, str]:
        import importlib.metadata

        import keras

        return {"keras": keras.__version__, self.backend: importlib.metadata.version(self.backend)}

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
