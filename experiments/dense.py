"""A CNN against the dense network that takes its place: parameters, work, accuracy, time.

A tutorial says that a CNN has few parameters, and is therefore easy to train and fast. Two CNNs and
their dense counterparts learn the same pictures; then the tutorial's own pair is timed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

import konv
from experiments.figures import COLOURS, panels, points
from experiments.measuring import Pictures, Trained, apart, spread, text_of, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EPOCHS", "LIMIT", "SEEDS", "claims", "draw", "measure", "table"]

SEEDS, EPOCHS, LIMIT = 3, 3, None
NAMED = ("simple", "lenet-relu")
PAIR = ("tutorial-39x31", "tutorial-dense")
NOISE, ROUNDS = 1024, 9


def networks(shape: tuple[int, ...]) -> list[konv.Network]:
    """Each CNN, and the dense network beside it, for pictures of this shape."""
    height = max(shape[0], 16)  # the smallest that two of them can take
    found = []
    for name in NAMED:
        cnn = konv.named_network(name).network
        if (height, height, 1) != cnn.input_shape:
            layers = [konv.Input((height, height, 1)), *(node.layer for node in cnn.nodes[1:])]
            cnn = konv.Sequential(layers, name=name).network
        found += [cnn, konv.dense_counterpart(cnn)]
    return found


def large_enough(x: np.ndarray) -> np.ndarray:
    """Pictures of at least 16×16: with black around them."""
    side = max(16 - x.shape[1], 0)
    around = (side // 2, side - side // 2)
    return np.pad(x, ((0, 0), around, around, (0, 0)))


def measure(pictures: Pictures, seeds: Iterable[int], epochs: int) -> dict[str, Any]:
    """What konv compare counts, and with it accuracy and time; then the times of the pair."""
    x, x_test = large_enough(pictures.x), large_enough(pictures.x_test)
    built = networks(pictures.shape)
    runs: dict[str, list[Any]] = {network.name: [] for network in built}
    for seed in seeds:
        for network in built:
            trained = train(network, x, pictures.y, seed=seed, epochs=epochs)
            runs[network.name].append(
                (
                    trained.accuracy(x_test, pictures.y_test),
                    trained.seconds,
                    _use_s(trained.model, x_test),
                )
            )
    found = {}
    for counted in konv.compare(*built).networks:
        accuracies, training_s, use_s = zip(*runs[counted.name], strict=True)
        found[counted.name] = {
            "weights": counted.weights,
            "macs": counted.macs,
            "accuracy": spread(accuracies),
            "training_us": min(training_s) / (epochs * len(x)) * 1e6,
            "use_us": min(use_s) / len(x_test) * 1e6,
        }
    return {"learned": found, "pair": _pair()}


def _use_s(model: konv.Model, x: np.ndarray) -> float:
    """Seconds to predict; the least of some rounds, of which the first compiles."""
    times = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        model.predict(x)
        times.append(time.perf_counter() - start)
    return min(times)


def _pair() -> dict[str, Any]:
    """Microseconds for a picture of noise, in training and in use, of the tutorial's two networks.

    They take turns, and the least of some rounds counts: what else the machine does only adds.
    """
    built = [konv.named_network(name).network for name in PAIR]
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (NOISE, *built[0].input_shape), dtype=np.uint8)
    y = generator.integers(0, built[0].output_shape[0], NOISE)
    rounds = [
        [(one.seconds, _use_s(one.model, x)) for one in _trained_once(built, x, y)]
        for _round in range(ROUNDS)
    ]
    found = {}
    for counted, times in zip(
        konv.compare(*built).networks, zip(*rounds, strict=True), strict=True
    ):
        training_s, use_s = map(min, zip(*times, strict=True))
        found[counted.name] = {
            "weights": counted.weights,
            "macs": counted.macs,
            "training_us": training_s / NOISE * 1e6,
            "use_us": use_s / NOISE * 1e6,
        }
    return found


def _trained_once(built: Iterable[konv.Network], x: np.ndarray, y: np.ndarray) -> list[Trained]:
    return [train(network, x, y, seed=0, epochs=1) for network in built]


def table(found: dict[str, Any]) -> list[list[str]]:
    head = ["network", "weights", "MACs", "accuracy", "training µs", "use µs"]
    return [
        head,
        *(
            [
                name,
                f"{of['weights']:,}",
                f"{of['macs']:,}",
                text_of(of["accuracy"]) if "accuracy" in of else "-",
                f"{of['training_us']:.1f}",
                f"{of['use_us']:.2f}",
            ]
            for part in found.values()
            for name, of in part.items()
        ),
    ]


def claims(found: dict[str, Any]) -> dict[str, bool]:
    learned, pair = found["learned"], tuple(found["pair"].values())
    simple, lenet = ((learned[name], learned[f"{name}-dense"]) for name in NAMED)
    return {
        "each CNN is more accurate than its dense counterpart": all(
            apart(dense["accuracy"], cnn["accuracy"]) for cnn, dense in (simple, lenet)
        ),
        "lenet-relu makes fewer than half of the mistakes": (
            1 - lenet[0]["accuracy"]["mean"] < (1 - lenet[1]["accuracy"]["mean"]) / 2
        ),
        "simple has more weights than its dense counterpart, lenet-relu fewer": (
            simple[0]["weights"] > simple[1]["weights"]
            and lenet[0]["weights"] < lenet[1]["weights"]
        ),
        "each CNN needs about three times the multiply-adds": all(
            2.5 < cnn["macs"] / dense["macs"] < 3.5 for cnn, dense in (simple, lenet)
        ),
        "in use, no CNN is faster than its dense counterpart": all(
            cnn["use_us"] > dense["use_us"] for cnn, dense in (simple, lenet, pair)
        ),
    }


def draw(found: dict[str, Any], figure: Figure) -> None:
    left, right = panels(figure, 2)
    learned = found["learned"]
    points(left, list(learned), [of["accuracy"] for of in learned.values()])
    left.set_title("accuracy: each seed, and the mean")
    left.xaxis.set_major_formatter(lambda value, _place: f"{value:.2%}")
    everything = {**learned, **found["pair"]}
    rows = np.arange(len(everything))
    for index, (key, word) in enumerate((("training_us", "training"), ("use_us", "use"))):
        times = [of[key] for of in everything.values()]
        right.barh(rows + 0.4 * index - 0.2, times, 0.38, color=COLOURS[index], label=word)
    right.set_yticks(rows, list(everything))
    right.invert_yaxis()
    right.set_title("microseconds per picture")
    right.legend(loc="best")


if __name__ == "__main__":
    from experiments.program import work

    work(sys.modules[__name__])
