"""OpenVINO: inference only, from the same ONNX model, in float32 (it would take bfloat16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino

from benchmarks.suite.job import Job
from benchmarks.suite.peers.base import Runnable, channels_first, channels_last
from benchmarks.suite.peers.onnx_file import onnx_model

__all__ = ["OpenVino", "make"]


@dataclass(frozen=True)
class OpenVino:
    """Runs jobs with OpenVINO's plugin for the processor.

    Args:
        threads: of one compiled model.
    """

    threads: int

    @property
    def versions(self) -> dict[str, str]:
        return {"openvino": openvino.__version__}

    def configurations(self, task: str) -> Sequence[str]:
        return ["latency"] if task == "infer" else []

    def further_configurations(self, task: str, best: str) -> Sequence[str]:
        return []

    def prepare(self, job: Job, task: str, configuration: str) -> Runnable:
        images = [channels_first(item) for item in job.pictures.images]
        core = openvino.Core()
        settings = {
            "INFERENCE_NUM_THREADS": self.threads,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        model = core.read_model(onnx_model(job.graph, job.weights, len(images[0])))
        request = core.compile_model(model, "CPU", settings).create_infer_request()

        def run(step: int) -> Any:
            return request.infer({0: images[step % len(images)]})[0]

        return Runnable(run, result=lambda output: channels_last(np.array(output)))


def make(*, threads: int, cache: Path) -> OpenVino:
    """OpenVINO with so many threads; it keeps nothing on disk."""
    return OpenVino(threads)
