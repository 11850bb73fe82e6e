"""Which pool: the largest, the mean or the smallest number of each window.

The tutorials say that the largest is taken mostly, since sharp features suit classification, and
that a pool makes small changes of place unimportant. Three networks that differ in the pool alone
learn the same pictures in the same order, and are asked about pictures that were moved.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import konv
from experiments.figures import COLOURS, panels, points
from experiments.measuring import Pictures, Trained, apart, moved, spread, text_of, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "EPOCHS",
    "LIMIT",
    "SEEDS",
    "SHIFTS",
    "claims",
    "draw",
    "draw_accuracies",
    "measure",
    "shifted_accuracies",
    "table",
]

SEEDS, EPOCHS, LIMIT = 5, 3, 20_000
POOLS = {
    "max": konv.MaxPooling2D,
    "average": konv.AveragePooling2D,
    "min": konv.MinPooling2D,
}
SHIFTS = (0, 1, 2, 3)
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1))


def network(shape: tuple[int, ...], pool: str) -> konv.Network:
    """Two convolutions, each with a pool behind it."""
    kind = POOLS[pool]
    layers = [
        konv.Input(shape),
        konv.Conv2D(8, 3, padding="same", activation="relu"),
        kind(2),
        konv.Conv2D(16, 3, padding="same", activation="relu"),
        kind(2),
        konv.Flatten(),
        konv.Dense(10, activation="softmax"),
    ]
    return konv.Sequential(layers, name=pool).network


def shifted_accuracies(trained: Trained, pictures: Pictures) -> list[float]:
    """For each number of pixels the accuracy, the mean of four directions."""
    x, y = pictures.x_test, pictures.y_test
    return [
        sum(trained.accuracy(moved(x, shift * a, shift * b), y) for a, b in _sides(shift))
        / len(_sides(shift))
        for shift in SHIFTS
    ]


def _sides(shift: int) -> Sequence[tuple[int, int]]:
    return _SIDES if shift else _SIDES[:1]


def measure(pictures: Pictures, seeds: Iterable[int], epochs: int) -> dict[str, Any]:
    """For each pool, the accuracy on the test pictures, moved by 0, 1, … pixels."""
    accuracies: dict[str, list[list[float]]] = {pool: [] for pool in POOLS}
    for seed in seeds:
        for pool, found in accuracies.items():
            built = network(pictures.shape, pool)
            trained = train(built, pictures.x, pictures.y, seed=seed, epochs=epochs)
            found.append(shifted_accuracies(trained, pictures))
    return {
        pool: {
            str(shift): spread(values)
            for shift, values in zip(SHIFTS, zip(*found, strict=True), strict=True)
        }
        for pool, found in accuracies.items()
    }


def table(found: dict[str, Any]) -> list[list[str]]:
    head = ["pool", "accuracy", *(f"moved {shift} px" for shift in SHIFTS[1:])]
    rows = [
        [pool, text_of(of["0"]), *(f"{of[str(shift)]['mean']:.1%}" for shift in SHIFTS[1:])]
        for pool, of in found.items()
    ]
    return [head, *rows]


def claims(found: dict[str, Any]) -> dict[str, bool]:
    most, mean, least = (found[pool] for pool in POOLS)
    return {
        "the largest is better than the mean, the mean than the smallest": (
            apart(mean["0"], most["0"]) and apart(least["0"], mean["0"])
        ),
        "however far they are moved, the largest is ahead": all(
            apart(other[str(shift)], most[str(shift)])
            for shift in SHIFTS
            for other in (mean, least)
        ),
        "moved by 1 pixel, every pool loses, max less than two points": (
            all(apart(of["1"], of["0"]) for of in found.values())
            and most["0"]["mean"] - most["1"]["mean"] < 0.02
        ),
        "moved by 3 pixels, every pool loses more than 20 points": all(
            of["0"]["mean"] - of["3"]["mean"] > 0.2 for of in found.values()
        ),
    }


def draw(found: dict[str, Any], figure: Figure) -> None:
    draw_accuracies(found, figure)


def draw_accuracies(accuracies: dict[str, dict[str, Any]], figure: Figure) -> None:
    """The accuracy of each network, beside what moved pictures leave of it.

    Args:
        accuracies: name of a network -> number of pixels -> spread of its accuracies.
        figure: empty.
    """
    left, right = panels(figure, 2)
    points(left, list(accuracies), [of["0"] for of in accuracies.values()])
    left.set_title("accuracy: each seed, and the mean")
    left.xaxis.set_major_formatter(lambda value, _place: f"{value:.2%}")
    for colour, (name, of) in zip(COLOURS, accuracies.items(), strict=False):
        means = [of[str(shift)]["mean"] for shift in SHIFTS]
        right.plot(SHIFTS, means, "o-", color=colour, label=name)
    right.set_xticks(SHIFTS)
    right.set_xlabel("test pictures moved by … pixels")
    right.set_title("accuracy, mean of the seeds")
    right.yaxis.set_major_formatter(lambda value, _place: f"{value:.0%}")
    right.legend()


if __name__ == "__main__":
    from experiments.program import work

    work(sys.modules[__name__])
