"""Single layers, as networks of one layer: which part of the machine's peak they reach."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.suite.networks import Subject
from benchmarks.suite.results import OURS, CaseResult
from benchmarks.suite.table import in_columns, measured_peers, ratio_text
from konv import layers
from konv.layers import Layer
from konv.network.graph import sequential

__all__ = ["LAYERS", "layer_subjects", "layer_table"]

# (rows, columns, channels) of the input, and the layer: those of the networks A to F, and others
# with channels that are no multiple of a vector, and as large as larger networks have them.
LAYERS: tuple[tuple[tuple[int, ...], Layer], ...] = (
    ((39, 31, 1), layers.Conv2D(20, 4, activation="relu")),
    ((18, 14, 20), layers.Conv2D(40, 3, activation="relu")),
    ((8, 6, 40), layers.Conv2D(60, 3, activation="relu")),
    ((3, 2, 60), layers.Conv2D(80, 2, activation="relu")),
    ((120, 60, 1), layers.Conv2D(12, 5, activation="relu")),
    ((58, 28, 12), layers.Conv2D(16, 5, activation="relu")),
    ((28, 28, 1), layers.Conv2D(32, 5, activation="relu")),
    ((32, 32, 3), layers.Conv2D(32, 3, padding="same", activation="relu")),
    ((32, 32, 32), layers.Conv2D(32, 3, padding="same", activation="relu")),
    ((16, 16, 64), layers.Conv2D(64, 3, padding="same", activation="relu")),
    ((8, 8, 128), layers.Conv2D(128, 3, padding="same", activation="relu")),
    ((14, 14, 256), layers.Conv2D(256, 3, padding="same", activation="relu")),
    ((7, 7, 512), layers.Conv2D(512, 3, padding="same", activation="relu")),
    ((32, 32, 16), layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")),
    ((32, 32, 16), layers.Conv2D(32, 1, activation="relu")),
    ((8, 8, 128), layers.Conv2D(128, 1, activation="relu")),
    ((14, 14, 512), layers.Conv2D(512, 1, activation="relu")),
    ((32, 32, 32), layers.DepthwiseConv2D(3, padding="same", activation="relu")),
    ((16, 16, 64), layers.DepthwiseConv2D(3, strides=2, padding="same", activation="relu")),
    ((4608,), layers.Dense(128, activation="relu")),
    ((2048,), layers.Dense(10)),
    ((1024,), layers.Dense(1024, activation="relu")),
)


def layer_subjects() -> list[Subject]:
    """A network for each layer of the grid."""
    return [
        Subject(
            f"{number}",
            sequential([layers.Input(shape), layer], name=_name(shape, layer)),
        )
        for number, (shape, layer) in enumerate(LAYERS, start=1)
    ]


def _name(shape: tuple[int, ...], layer: Layer) -> str:
    size = "x".join(map(str, shape))
    kernel = getattr(layer, "kernel_size", None)
    window = f" {kernel[0]}x{kernel[1]}" if kernel else ""
    step = "/2" if getattr(layer, "strides", (1, 1)) == (2, 2) else ""
    made = getattr(layer, "filters", None) or getattr(layer, "units", "")
    return f"{size} {layer.kind}{window}{step} {made}".strip()


def layer_table(results: Sequence[CaseResult], peak_gflops: float | None) -> str:
    """Forward (``infer``) or forward and weight gradients (``train``) of each layer.

    A layer that stands first needs no gradient of its input: a training step is two times the
    multiply-adds of a forward pass.
    """
    peers = measured_peers(results)
    rows = [["layer", "task", "batch"]]
    rows[0] += [f"{peer} GFLOP/s" for peer in peers] + ["konv of peak"]
    rows[0] += [f"{peer} ÷ konv" for peer in peers if not peer.startswith(OURS)] + [""]
    for result in results:
        rates = {peer: _gflops(result, peer) for peer in peers}
        row = [result.case.network, result.case.task, str(result.case.batch)]
        row += ["·" if rate is None else f"{rate:.1f}" for rate in rates.values()]
        ours = rates.get(OURS)
        row.append("·" if not (ours and peak_gflops) else f"{100 * ours / peak_gflops:.0f} %")
        for peer in peers:
            if not peer.startswith(OURS):
                ratio = result.ratio(peer)
                row.append("·" if ratio is None else ratio_text(ratio))
        rows.append([*row, ""])
    return "single layers: GFLOP/s, a multiply-add being 2\n" + in_columns(rows)


def _gflops(result: CaseResult, peer: str) -> float | None:
    best = result.best(peer)
    if best is None:
        return None
    passes = {"infer": 1, "train": 2}[result.case.task]
    return 2 * passes * result.case.macs * result.case.batch / best.median_s / 1e9
