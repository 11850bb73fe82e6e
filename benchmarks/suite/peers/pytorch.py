"""PyTorch: the network as a graph module whose forward is straight Python, as one would write it.

Configurations: the memory format of maps (contiguous or channels last), eager, and what
torch.compile makes of the better of them. Training uses the fused SGD, the fastest one. Pictures
are tensors in the memory format before the clock starts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.suite.graph import Graph, Operation, flattened_maps
from benchmarks.suite.job import LEARNING_RATE, MOMENTUM, Job
from benchmarks.suite.learning import Learner
from benchmarks.suite.peers.base import Runnable, rows_in_map_order
from benchmarks.suite.recipe import Recipe, Settings

__all__ = ["PyTorch", "graph_module", "make"]

Weights = dict[str, np.ndarray[Any, Any]]
CHANNELS_LAST = "channels_last"
COMPILED = "torch.compile"
_JUDGED_AT_ONCE = 500


class _Rows(nn.Module):
    """A map flattened as konv does: row by row, column by column, channel by channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


class _GlobalMax(nn.Module):
    """The largest value of every channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.amax((2, 3), keepdim=True)


def graph_module(graph: Graph, weights: Weights, *, channels_last: bool) -> nn.Module:
    """The graph as a module. Maps are (N, C, H, W), laid out in memory as asked for."""
    return _Builder(graph, weights, channels_last).build()


class _Builder:
    """A torch.fx graph in the making."""

    def __init__(self, graph: Graph, weights: Weights, channels_last: bool) -> None:
        self._graph = graph
        self._weights = weights
        # Channels last, a map flattened as konv does it is a view: nothing has to be reordered.
        self._maps = {} if channels_last else flattened_maps(graph)
        self._rows = channels_last
        self._traced = torch.fx.Graph()
        self._modules = nn.Module()
        self._nodes: dict[str, torch.fx.Node] = {}

    def build(self) -> nn.Module:
        for operation in self._graph.operations:
            self._nodes[operation.name] = self._node(operation)
        self._traced.output(self._nodes[self._graph.operations[-1].name])
        module = torch.fx.GraphModule(self._modules, self._traced)
        if self._rows:
            return module.to(memory_format=torch.channels_last)
        return module

    def _node(self, operation: Operation) -> torch.fx.Node:
        inputs = [self._nodes[name] for name in operation.inputs]
        if operation.kind == "input":
            return self._traced.placeholder("x")
        if operation.kind == "add":
            total = inputs[0]
            for further in inputs[1:]:
                total = self._traced.call_function(torch.add, (total, further))
            return total
        if operation.kind == "concatenate":
            return self._traced.call_function(torch.cat, (inputs, 1))
        node = inputs[0]
        for number, module in enumerate(getattr(self, f"_{operation.kind}")(operation)):
            name = f"{operation.name}_{number}".replace(":", "_")
            self._modules.add_module(name, module)
            node = self._traced.call_module(name, (node,))
        return node

    def _tensor(self, operation: Operation, name: str) -> torch.Tensor:
        return torch.from_numpy(self._weights[operation.weights[name]].copy())

    def _fill(self, module: Any, operation: Operation, kernel: torch.Tensor) -> Any:
        with torch.no_grad():
            module.weight.copy_(kernel)
            if "bias" in operation.weights:
                module.bias.copy_(self._tensor(operation, "bias"))
        return module

    def _padded(
        self, operation: Operation, make: Callable[[tuple[int, int]], nn.Module], value: float = 0.0
    ) -> list[nn.Module]:
        """A window layer with its zeros inside where PyTorch can, else behind a padding layer."""
        top, left, bottom, right = operation.fields["zeros"]
        if (top, left) == (bottom, right):
            return [make((top, left))]
        return [nn.ConstantPad2d((left, right, top, bottom), value), make((0, 0))]

    def _convolution(self, operation: Operation) -> list[nn.Module]:
        kernel = self._tensor(operation, "kernel").permute(3, 2, 0, 1)
        return self._convolved(operation, kernel, operation.fields["groups"])

    def _depthwise(self, operation: Operation) -> list[nn.Module]:
        kernel = self._tensor(operation, "kernel")
        rows, columns, channels, multiplier = kernel.shape
        kernel = kernel.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, rows, columns)
        return self._convolved(operation, kernel, channels)

    def _convolved(
        self, operation: Operation, kernel: torch.Tensor, groups: int
    ) -> list[nn.Module]:
        filters, channels, *size = kernel.shape
        fields = operation.fields

        def make(padding: tuple[int, int]) -> nn.Module:
            layer = nn.Conv2d(
                channels * groups,
                filters,
                tuple(size),
                stride=tuple(fields["strides"]),
                padding=padding,
                dilation=tuple(fields["dilation"]),
                groups=groups,
                bias="bias" in operation.weights,
            )
            return self._fill(layer, operation, kernel)

        return self._padded(operation, make)

    def _dense(self, operation: Operation) -> list[nn.Module]:
        kernel = self._weights[operation.weights["kernel"]]
        if operation.name in self._maps:
            kernel = rows_in_map_order(kernel, self._maps[operation.name])
        layer = nn.Linear(*kernel.shape, bias="bias" in operation.weights)
        return [self._fill(layer, operation, torch.from_numpy(kernel.copy()).T)]

    def _activation(self, operation: Operation) -> list[nn.Module]:
        function, fields = operation.fields["function"], operation.fields
        if "most" in fields:
            return [nn.Hardtanh(0.0, fields["most"])]
        if function == "leaky_relu":
            return [nn.LeakyReLU(fields["slope"])]
        if function == "softmax":
            return [nn.Softmax(1)]
        modules = {
            "relu": nn.ReLU,
            "sigmoid": nn.Sigmoid,
            "tanh": nn.Tanh,
            "elu": nn.ELU,
            "silu": nn.SiLU,
            "gelu": nn.GELU,
            "hard_swish": nn.Hardswish,
        }
        return [modules[function]()]

    def _pool(self, operation: Operation) -> list[nn.Module]:
        size, strides = tuple(operation.fields["size"]), tuple(operation.fields["strides"])
        if operation.fields["mode"] == "max":
            return self._padded(
                operation, lambda zeros: nn.MaxPool2d(size, strides, zeros), float("-inf")
            )
        top, left, bottom, right = operation.fields["zeros"]
        if (top, left) != (bottom, right):
            raise ValueError("an average pool with unequal zeros")
        return [nn.AvgPool2d(size, strides, (top, left), count_include_pad=False)]

    def _global_pool(self, operation: Operation) -> list[nn.Module]:
        pool = nn.AdaptiveAvgPool2d(1) if operation.fields["mode"] == "average" else _GlobalMax()
        return [pool] if operation.fields["keepdims"] else [pool, nn.Flatten()]

    def _batch_normalization(self, operation: Operation) -> list[nn.Module]:
        kind = nn.BatchNorm2d if len(operation.shape) == 3 else nn.BatchNorm1d
        fields = operation.fields
        layer = kind(operation.shape[-1], eps=fields["epsilon"], momentum=1 - fields["momentum"])
        names = {
            "gamma": layer.weight,
            "beta": layer.bias,
            "moving_mean": layer.running_mean,
            "moving_variance": layer.running_var,
        }
        with torch.no_grad():
            for name, tensor in names.items():
                tensor.copy_(self._tensor(operation, name))
        return [layer]

    def _dropout(self, operation: Operation) -> list[nn.Module]:
        return [nn.Dropout(operation.fields["rate"])]

    def _flatten(self, operation: Operation) -> list[nn.Module]:
        return [
            _Rows() if self._rows and len(self._graph.input_of(operation)) == 3 else nn.Flatten()
        ]

    def _padding(self, operation: Operation) -> list[nn.Module]:
        top, left, bottom, right = operation.fields["zeros"]
        return [nn.ZeroPad2d((left, right, top, bottom))]


@dataclass(frozen=True)
class PyTorch:
    """Runs jobs with PyTorch on the processor."""

    @property
    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__, "oneDNN": str(torch.backends.mkldnn.is_available())}

    def configurations(self, task: str) -> Sequence[str]:
        return ["contiguous", CHANNELS_LAST]

    def further_configurations(self, task: str, best: str) -> Sequence[str]:
        compiler = shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")
        return [f"{best}, {COMPILED}"] if compiler else []

    def prepare(self, job: Job, task: str, configuration: str) -> Runnable:
        channels_last = configuration.startswith(CHANNELS_LAST)
        module = graph_module(job.graph, job.weights, channels_last=channels_last)
        module.train(task == "train")
        images = [_as_tensor(item, channels_last) for item in job.pictures.images]
        run: Any = module
        if COMPILED in configuration:
            torch._dynamo.reset()
            run = torch.compile(module, dynamic=False)
        if task == "infer":
            return _inference(run, job.graph.ending, images)
        targets = [_target(item, channels_last) for item in job.pictures.targets]
        return _training(run, module, images, targets)

    def learner(self, recipe: Recipe, configuration: str) -> Learner:
        """Learns from numbers: all pixels are turned into them at once, at the beginning."""
        channels_last, settings = configuration.startswith(CHANNELS_LAST), recipe.settings
        module = graph_module(recipe.job.graph, recipe.job.weights, channels_last=channels_last)
        optimizer = torch.optim.Adam(
            module.parameters(),
            betas=(settings.beta_1, settings.beta_2),
            eps=settings.epsilon,
            fused=True,
        )
        images, tests = (
            _as_tensor(_numbers(recipe.arrays[name], settings), channels_last)
            for name in ("pixels", "test_pixels")
        )
        labels = torch.from_numpy(recipe.arrays["labels"].astype(np.int64))

        def update(places: np.ndarray[Any, Any], rate: float, _iteration: int) -> None:
            chosen = torch.from_numpy(places.astype(np.int64))
            optimizer.param_groups[0]["lr"] = rate
            module.train()
            optimizer.zero_grad()
            functional.cross_entropy(module(images[chosen]), labels[chosen]).backward()
            optimizer.step()

        @torch.inference_mode()
        def classify() -> np.ndarray[Any, Any]:
            module.eval()
            parts = [module(part).argmax(1) for part in tests.split(_JUDGED_AT_ONCE)]
            return torch.cat(parts).numpy()

        return Learner(update, classify)


def _numbers(pixels: np.ndarray[Any, Any], settings: Settings) -> np.ndarray[Any, Any]:
    numbers = pixels.astype(np.float32)
    numbers *= np.float32(settings.scale)
    numbers += np.float32(settings.offset)
    return numbers


def _as_tensor(images: np.ndarray[Any, Any], channels_last: bool) -> torch.Tensor:
    tensor = torch.from_numpy(images)
    if tensor.ndim != 4:
        return tensor
    tensor = tensor.permute(0, 3, 1, 2)
    return tensor if channels_last else tensor.contiguous()


def _target(targets: np.ndarray[Any, Any], channels_last: bool) -> torch.Tensor:
    return torch.from_numpy(targets) if targets.ndim == 1 else _as_tensor(targets, channels_last)


def _inference(module: Any, ending: str, images: Sequence[torch.Tensor]) -> Runnable:
    @torch.inference_mode()
    def run(number: int) -> torch.Tensor:
        output = module(images[number % len(images)])
        return functional.softmax(output, 1) if ending == "softmax" else output

    return Runnable(run, result=_as_array)


def _as_array(output: torch.Tensor) -> np.ndarray[Any, Any]:
    """Maps as konv has them: (N, H, W, C)."""
    return (output.permute(0, 2, 3, 1) if output.ndim == 4 else output).numpy()


def _training(
    run: Any, module: nn.Module, images: Sequence[torch.Tensor], targets: Sequence[torch.Tensor]
) -> Runnable:
    first = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    optimizer = torch.optim.SGD(
        module.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, fused=True
    )
    lost = functional.cross_entropy if targets[0].ndim == 1 else functional.mse_loss

    def reset() -> None:
        module.load_state_dict(first)
        optimizer.state.clear()

    def step(number: int) -> float:
        place = number % len(images)
        optimizer.zero_grad()
        loss = lost(run(images[place]), targets[place])
        loss.backward()
        optimizer.step()
        return loss.item()

    return Runnable(step, reset)


def make(*, threads: int, cache: Path) -> PyTorch:
    """PyTorch with so many threads; what torch.compile makes is kept in ``cache``."""
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache / "inductor"))
    torch.set_num_threads(threads)
    return PyTorch()
