"""Padding "same" against "valid" where it must show: at the border of the picture.

A tutorial says that "same" teaches a network the border. Networks with either padding learn digits
that lie anywhere in the picture, and are asked about digits in the middle, at an edge and in a
corner. Behind a global pool both have exactly as many weights; behind Flatten "same" has more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

import konv
from experiments.figures import COLOURS, panels
from experiments.measuring import Pictures, apart, moved, spread, text_of, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EPOCHS", "LIMIT", "SEEDS", "claims", "draw", "measure", "table"]

SEEDS, EPOCHS, LIMIT = 5, 3, 20_000
PADDINGS, ENDINGS = ("valid", "same"), ("global", "flatten")
PLACES = ("middle", "edge", "corner")


def network(shape: tuple[int, ...], padding: str, ending: str) -> konv.Network:
    """Three convolutions and a pool; what lies behind decides whether places are kept apart."""
    last = konv.GlobalMaxPooling2D() if ending == "global" else konv.Flatten()
    layers = [
        konv.Input(shape),
        konv.Conv2D(8, 3, padding=padding, activation="relu"),
        konv.MaxPooling2D(2),
        konv.Conv2D(16, 3, padding=padding, activation="relu"),
        konv.Conv2D(32, 3, padding=padding, activation="relu"),
        last,
        konv.Dense(10, activation="softmax"),
    ]
    return konv.Sequential(layers, name=f"{padding}-{ending}").network


def at(place: str, x: np.ndarray, margin: int) -> list[np.ndarray]:
    """Pictures whose digits touch no, one or two borders, in each way to do so."""
    ways = {
        "middle": [(0, 0)],
        "edge": [(margin, 0), (-margin, 0), (0, margin), (0, -margin)],
        "corner": list(product((margin, -margin), repeat=2)),
    }
    return [moved(x, rows, columns) for rows, columns in ways[place]]


def measure(pictures: Pictures, seeds: Iterable[int], epochs: int) -> dict[str, Any]:
    """For each padding and ending: parameters, and the accuracy at each place."""
    margin, count = pictures.margin, len(pictures.x)
    built = {
        (padding, ending): network(pictures.shape, padding, ending)
        for ending in ENDINGS
        for padding in PADDINGS
    }
    found: dict[Any, dict[str, list[float]]] = {key: {p: [] for p in PLACES} for key in built}
    for seed in seeds:
        shifts = np.random.default_rng(seed).integers(-margin, margin + 1, (2, count))
        x = moved(pictures.x, *shifts)
        for key, one in built.items():
            trained = train(one, x, pictures.y, seed=seed, epochs=epochs)
            for place in PLACES:
                views = at(place, pictures.x_test, margin)
                accuracies = [trained.accuracy(view, pictures.y_test) for view in views]
                found[key][place].append(float(np.mean(accuracies)))
    return {
        f"{padding} {ending}": {
            "parameters": built[padding, ending].parameters,
            **{place: spread(values) for place, values in places.items()},
            "lost": spread(
                [m - c for m, c in zip(places["middle"], places["corner"], strict=True)]
            ),
        }
        for (padding, ending), places in found.items()
    }


def table(found: dict[str, Any]) -> list[list[str]]:
    head = ["padding, ending", "parameters", *PLACES, "middle − corner"]
    return [
        head,
        *(
            [
                name,
                f"{of['parameters']:,}",
                *(text_of(of[place]) for place in PLACES),
                f"{100 * of['lost']['mean']:+.2f} points",
            ]
            for name, of in found.items()
        ),
    ]


def claims(found: dict[str, Any]) -> dict[str, bool]:
    return {
        "behind a global pool both have as many parameters": (
            found["valid global"]["parameters"] == found["same global"]["parameters"]
        ),
        "behind a global pool, valid loses in corners and same does not": (
            found["valid global"]["lost"]["least"] > 0.005
            and abs(found["same global"]["lost"]["mean"]) < 0.005
        ),
        "behind a global pool, same is better in corners": apart(
            found["valid global"]["corner"], found["same global"]["corner"]
        ),
        "in the middle no difference is found between valid and same": not any(
            apart(found[f"valid {ending}"]["middle"], found[f"same {ending}"]["middle"])
            for ending in ENDINGS
        ),
        "behind Flatten both lose in corners, valid more": (
            found["same flatten"]["lost"]["least"] > 0
            and apart(found["same flatten"]["lost"], found["valid flatten"]["lost"])
        ),
        "behind Flatten, same has more than twice the parameters": (
            found["same flatten"]["parameters"] > 2 * found["valid flatten"]["parameters"]
        ),
    }


def draw(found: dict[str, Any], figure: Figure) -> None:
    left, right = panels(figure, 2)
    right.sharey(left)
    for axes, ending in zip((left, right), ENDINGS, strict=True):
        for index, padding in enumerate(PADDINGS):
            of = found[f"{padding} {ending}"]
            for place, name in enumerate(PLACES):
                each = of[name]["each"]
                axes.plot(
                    [place + 0.12 * (index - 0.5)] * len(each),
                    each,
                    "o",
                    color=COLOURS[index],
                    alpha=0.6,
                    markersize=5,
                )
            means = [of[name]["mean"] for name in PLACES]
            axes.plot(
                np.arange(3) + 0.12 * (index - 0.5), means, color=COLOURS[index], label=padding
            )
        axes.set_xticks(range(3), PLACES)
        axes.yaxis.set_major_formatter(lambda value, _place: f"{value:.1%}")
        words = {"global": "GlobalMaxPooling2D", "flatten": "Flatten"}
        axes.set_title(f"accuracy; at the end {words[ending]}")
        axes.legend()


if __name__ == "__main__":
    from experiments.program import work

    work(sys.modules[__name__])
