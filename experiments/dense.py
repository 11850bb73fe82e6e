"""A CNN against the dense network that takes its place: parameters, work, accuracy, time.

A tutorial says that a CNN has few parameters, and is therefore easy to train and fast. Two CNNs and
their dense counterparts learn the same pictures; then the tutorial's own pair is timed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

import konv
from experiments.figures import COLOURS, panels, points
from experiments.measuring import TIMED, Pictures, apart, spread, text_of, times, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EPOCHS", "LIMIT", "SEEDS", "claims", "draw", "measure", "table"]

SEEDS, EPOCHS, LIMIT = 3, 3, None
NAMED = ("simple", "lenet-relu")
PAIR = ("tutorial-39x31", "tutorial-dense")


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
    """Weights, multiply-adds and times as konv counts and measures them; accuracies of the CNNs."""
    x, x_test = large_enough(pictures.x), large_enough(pictures.x_test)
    built = networks(pictures.shape)
    accuracies: dict[str, list[float]] = {network.name: [] for network in built}
    for seed in seeds:
        for network in built:
            trained = train(network, x, pictures.y, seed=seed, epochs=epochs)
            accuracies[network.name].append(trained.accuracy(x_test, pictures.y_test))
    pair = [konv.named_network(name).network for name in PAIR]
    cases = [(network, x[:TIMED], pictures.y[:TIMED]) for network in built]
    cases += [(network, *noise(network)) for network in pair]
    found: dict[str, Any] = {"learned": {}, "pair": {}}
    counts = konv.compare(*built, *pair).networks
    for counted, measured in zip(counts, times(cases), strict=True):
        part = "learned" if counted.name in accuracies else "pair"
        found[part][counted.name] = {"weights": counted.weights, "macs": counted.macs, **measured}
    for name, values in accuracies.items():
        found["learned"][name]["accuracy"] = spread(values)
    return found


def noise(network: konv.Network) -> tuple[np.ndarray, np.ndarray]:
    """Pictures without anything on them, for the networks that have no pictures."""
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (TIMED, *network.input_shape), dtype=np.uint8)
    return x, generator.integers(0, network.output_shape[0], TIMED)


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
        "in training, each CNN takes less of an extra than its multiply-adds say": all(
            cnn["training_us"] / dense["training_us"] < cnn["macs"] / dense["macs"]
            for cnn, dense in (simple, lenet, pair)
        ),
        "the tutorial's two networks take about the same time in training": (
            0.8 < pair[0]["training_us"] / pair[1]["training_us"] < 1.25
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
