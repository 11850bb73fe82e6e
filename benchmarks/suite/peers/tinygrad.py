"""tinygrad on the processor, each step captured by its TinyJit. Maps are (N, C, H, W)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.suite.graph import Graph, Operation, flattened_maps
from benchmarks.suite.job import LEARNING_RATE, MOMENTUM, Job
from benchmarks.suite.peers.base import (
    Runnable,
    channels_first,
    channels_last,
    rows_in_map_order,
)

__all__ = ["TinyGrad", "make"]

Array = np.ndarray[Any, np.dtype[Any]]


class _Network:
    """The graph with its weights as tensors."""

    def __init__(self, graph: Graph, weights: dict[str, Array]) -> None:
        from tinygrad import Tensor

        self._graph = graph
        maps = flattened_maps(graph)
        self.tensors: dict[str, Any] = {}
        for operation in graph.operations:
            for own, name in operation.weights.items():
                value = _turned(operation, own, weights[name], maps.get(operation.name))
                trained = not own.startswith("moving")
                self.tensors[name] = Tensor(value).is_param_(trained).realize()

    @property
    def trained(self) -> list[Any]:
        return [tensor for tensor in self.tensors.values() if tensor.is_param]

    def __call__(self, x: Any, *, training: bool) -> Any:
        values = {self._graph.operations[0].name: x}
        for operation in self._graph.operations[1:]:
            inputs = [values[name] for name in operation.inputs]
            own = {name: self.tensors[stored] for name, stored in operation.weights.items()}
            values[operation.name] = _RULES[operation.kind](operation, inputs, own, training)
        return values[self._graph.operations[-1].name]


def _turned(
    operation: Operation, own: str, value: Array, flattened: tuple[int, int, int] | None
) -> Array:
    """A weight as tinygrad's operations take it."""
    if own != "kernel":
        return value
    if operation.kind == "dense":
        return value if flattened is None else rows_in_map_order(value, flattened)
    if operation.kind == "depthwise":
        rows, columns, channels, multiplier = value.shape
        turned = value.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, rows, columns)
        return np.ascontiguousarray(turned)
    return np.ascontiguousarray(value.transpose(3, 2, 0, 1))


def _sides(operation: Operation) -> tuple[int, int, int, int]:
    top, left, bottom, right = operation.fields["zeros"]
    return left, right, top, bottom


def _convolution(operation: Operation, inputs: list[Any], own: dict[str, Any], _: bool) -> Any:
    kernel, fields = own["kernel"], operation.fields
    groups = inputs[0].shape[1] if operation.kind == "depthwise" else fields["groups"]
    return inputs[0].conv2d(
        kernel,
        own.get("bias"),
        groups=groups,
        stride=tuple(fields["strides"]),
        dilation=tuple(fields["dilation"]),
        padding=_sides(operation),
    )


def _dense(operation: Operation, inputs: list[Any], own: dict[str, Any], _: bool) -> Any:
    return inputs[0].linear(own["kernel"], own.get("bias"))


def _activation(operation: Operation, inputs: list[Any], own: dict[str, Any], _: bool) -> Any:
    function, fields, x = operation.fields["function"], operation.fields, inputs[0]
    if "most" in fields:
        return x.clip(0, fields["most"])
    if function == "leaky_relu":
        return x.leaky_relu(fields["slope"])
    if function == "elu":
        return x.elu(fields["alpha"])
    if function == "softmax":
        return x.softmax(1)
    if function == "gelu_tanh":
        return x.gelu()
    if function == "gelu":
        return x * 0.5 * (1 + (x / 2**0.5).erf())
    if function == "hard_sigmoid":
        return (x + 3).clip(0, 6) / 6
    names = {"hard_swish": "hardswish"}
    return getattr(x, names.get(function, function))()


def _pool(operation: Operation, inputs: list[Any], own: dict[str, Any], _: bool) -> Any:
    fields = operation.fields
    settings = {
        "kernel_size": tuple(fields["size"]),
        "stride": tuple(fields["strides"]),
        "padding": _sides(operation),
    }
    if fields["mode"] == "max":
        return inputs[0].max_pool2d(**settings)
    return inputs[0].avg_pool2d(**settings, count_include_pad=False)


def _global_pool(operation: Operation, inputs: list[Any], own: dict[str, Any], _: bool) -> Any:
    keep = operation.fields["keepdims"]
    if operation.fields["mode"] == "max":
        return inputs[0].max((2, 3), keepdim=keep)
    return inputs[0].mean((2, 3), keepdim=keep)


def _batch_normalization(
    operation: Operation, inputs: list[Any], own: dict[str, Any], training: bool
) -> Any:
    x, fields = inputs[0], operation.fields
    axes = (0, 2, 3) if len(x.shape) == 4 else (0,)
    mean, variance = own["moving_mean"], own["moving_variance"]
    if training:
        batch_mean = x.mean(axes)
        shape = (1, -1, 1, 1) if len(x.shape) == 4 else (1, -1)
        batch_variance = (x - batch_mean.reshape(shape)).square().mean(axes)
        kept = fields["momentum"]
        mean.assign(kept * mean + (1 - kept) * batch_mean.detach())
        variance.assign(kept * variance + (1 - kept) * batch_variance.detach())
        mean, variance = batch_mean, batch_variance
    inverse = (variance + fields["epsilon"]).rsqrt()
    return x.batchnorm(own["gamma"], own["beta"], mean, inverse)


_RULES: dict[str, Callable[[Operation, list[Any], dict[str, Any], bool], Any]] = {
    "convolution": _convolution,
    "depthwise": _convolution,
    "dense": _dense,
    "activation": _activation,
    "pool": _pool,
    "global_pool": _global_pool,
    "batch_normalization": _batch_normalization,
    "add": lambda operation, inputs, own, _: sum(inputs[1:], inputs[0]),
    "concatenate": lambda operation, inputs, own, _: inputs[0].cat(*inputs[1:], dim=1),
    "dropout": lambda operation, inputs, own, _: inputs[0].dropout(operation.fields["rate"]),
    "flatten": lambda operation, inputs, own, _: inputs[0].flatten(1),
    "padding": lambda operation, inputs, own, _: inputs[0].pad(_sides(operation)),
}


@dataclass(frozen=True)
class TinyGrad:
    """Runs jobs with tinygrad."""

    @property
    def versions(self) -> dict[str, str]:
        import importlib.metadata

        from tinygrad import Device

        return {"tinygrad": importlib.metadata.version("tinygrad"), "device": Device.DEFAULT}

    def configurations(self, task: str) -> Sequence[str]:
        return ["TinyJit"]

    def further_configurations(self, task: str, best: str) -> Sequence[str]:
        return []

    def prepare(self, job: Job, task: str, configuration: str) -> Runnable:
        from tinygrad import Tensor

        network = _Network(job.graph, job.weights)
        images = [Tensor(channels_first(item)).realize() for item in job.pictures.images]
        if task == "infer":
            return _inference(network, job.graph.ending, images)
        targets = [Tensor(_target(item)).realize() for item in job.pictures.targets]
        return _training(network, images, targets)


def _target(targets: Array) -> Array:
    return targets.astype(np.int32) if targets.ndim == 1 else channels_first(targets)


def _inference(network: _Network, ending: str, images: list[Any]) -> Runnable:
    from tinygrad import TinyJit

    @TinyJit
    def forward(x: Any) -> Any:
        output = network(x, training=False)
        return (output.softmax(1) if ending == "softmax" else output).realize()

    return Runnable(lambda step: forward(images[step % len(images)]).numpy(), result=channels_last)


def _training(network: _Network, images: list[Any], targets: list[Any]) -> Runnable:
    from tinygrad import Context, Tensor, TinyJit, nn

    optimizer = nn.optim.SGD(network.trained, lr=LEARNING_RATE, momentum=MOMENTUM)
    changed = [*network.tensors.values(), *optimizer.b]
    first = [tensor.numpy() for tensor in changed]

    @TinyJit
    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        z = network(x, training=True)
        classes = len(y.shape) == 1
        loss = z.sparse_categorical_crossentropy(y) if classes else (z - y).square().mean()
        loss.backward()
        return loss.realize(*optimizer.schedule_step())

    def reset() -> None:
        for tensor, value in zip(changed, first, strict=True):
            tensor.assign(Tensor(value)).realize()

    def run(number: int) -> float:
        place = number % len(images)
        with Context(TRAINING=1):
            return float(step(images[place], targets[place]).item())

    return Runnable(run, reset)


def make(*, threads: int, cache: Path) -> TinyGrad:
    """tinygrad on the processor with so many threads; it needs clang.

    What it compiles is kept in ``cache``.
    """
    os.environ["DEV"] = "CPU"
    os.environ["CPU_COUNT"] = str(threads)
    if not shutil.which(os.environ.get("CC", "clang")):
        raise RuntimeError("it compiles by clang, and there is none here")
    cache.mkdir(parents=True, exist_ok=True)
    os.environ["CACHEDB"] = str(cache / "tinygrad.db")
    return TinyGrad()
