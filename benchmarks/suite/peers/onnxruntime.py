"""ONNX Runtime: inference only. Pictures are (N, C, H, W) arrays before the clock starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
import onnxruntime

from benchmarks.suite.job import Job
from benchmarks.suite.peers.base import Runnable, channels_first, channels_last
from benchmarks.suite.peers.onnx_file import onnx_model

__all__ = ["OnnxRuntime", "make"]


@dataclass(frozen=True)
class OnnxRuntime:
    """Runs jobs with ONNX Runtime's default provider for the processor.

    Args:
        threads: of one session.
    """

    threads: int

    @property
    def versions(self) -> dict[str, str]:
        return {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__}

    def configurations(self, task: str) -> Sequence[str]:
        return ["default"] if task == "infer" else []

    def further_configurations(self, task: str, best: str) -> Sequence[str]:
        return []

    def prepare(self, job: Job, task: str, configuration: str) -> Runnable:
        images = [channels_first(item) for item in job.pictures.images]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        model = onnx_model(job.graph, job.weights, len(images[0]))
        session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        return Runnable(
            lambda step: session.run(None, {name: images[step % len(images)]})[0],
            result=channels_last,
        )


def make(*, threads: int, cache: Path) -> OnnxRuntime:
    """ONNX Runtime with so many threads; it keeps nothing on disk."""
    return OnnxRuntime(threads)
