"""PyTorch on the processor.

Configurations: the memory format of maps (contiguous or channels last), eager, and what
torch.compile makes of the better of them. Training uses the fused SGD, the fastest one. Pictures
are tensors in the memory format before the clock starts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.suite.job import LEARNING_RATE, MOMENTUM, Job
from benchmarks.suite.learning import Learner
from benchmarks.suite.peers.base import Runnable
from benchmarks.suite.peers.pytorch_module import graph_module
from benchmarks.suite.recipe import Recipe, Settings

__all__ = ["PyTorch", "make"]

CHANNELS_LAST = "channels_last"
COMPILED = "torch.compile"
_JUDGED_AT_ONCE = 500


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
