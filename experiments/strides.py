"""Strides instead of pools: what is lost, what is saved.

A tutorial says that newer networks leave pools out and use strides alone, since a pool loses the
place of what it has seen. Three networks make the same sizes: with pools; with strides in the
convolutions that are there; with a convolution of stride 2 in place of each pool.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import konv
from experiments.measuring import TIMED, Pictures, apart, spread, text_of, times, train
from experiments.poolings import SHIFTS, draw_accuracies, shifted_accuracies

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EPOCHS", "LIMIT", "SEEDS", "claims", "draw", "measure", "table"]

SEEDS, EPOCHS, LIMIT = 5, 3, 20_000
WAYS = ("pool", "stride", "convolution")


def network(shape: tuple[int, ...], way: str) -> konv.Network:
    """Two convolutions; each side becomes a half behind each of them."""
    layers: list[Any] = [konv.Input(shape)]
    for filters in (8, 16):
        strides = 2 if way == "stride" else 1
        layers.append(_convolution(filters, strides))
        if way == "pool":
            layers.append(konv.MaxPooling2D(2))
        elif way == "convolution":
            layers.append(_convolution(filters, 2))
    layers += [konv.Flatten(), konv.Dense(10, activation="softmax")]
    return konv.Sequential(layers, name=way).network


def _convolution(filters: int, strides: int) -> konv.Conv2D:
    return konv.Conv2D(filters, 3, strides=strides, padding="same", activation="relu")


def measure(pictures: Pictures, seeds: Iterable[int], epochs: int) -> dict[str, Any]:
    """For each way: cost, accuracy on the test pictures, moved by 0, 1, … pixels, and time."""
    networks = {way: network(pictures.shape, way) for way in WAYS}
    found: dict[str, Any] = {
        way: {
            "parameters": built.parameters,
            "macs": built.macs,
            "accuracy": {str(shift): [] for shift in SHIFTS},
        }
        for way, built in networks.items()
    }
    for seed in seeds:
        for way, built in networks.items():
            trained = train(built, pictures.x, pictures.y, seed=seed, epochs=epochs)
            accuracies = shifted_accuracies(trained, pictures)
            for shift, accuracy in zip(SHIFTS, accuracies, strict=True):
                found[way]["accuracy"][str(shift)].append(accuracy)
    x, y = pictures.x[:TIMED], pictures.y[:TIMED]
    measured = times([(built, x, y) for built in networks.values()])
    for of, time in zip(found.values(), measured, strict=True):
        of["accuracy"] = {shift: spread(values) for shift, values in of["accuracy"].items()}
        of["training_us"] = time["training_us"]
    return found


def table(found: dict[str, Any]) -> list[list[str]]:
    head = ["instead of the pool", "parameters", "MACs", "µs", "accuracy"]
    head += [f"moved {shift} px" for shift in SHIFTS[1:]]
    rows = []
    for way, of in found.items():
        moves = (f"{of['accuracy'][str(shift)]['mean']:.1%}" for shift in SHIFTS[1:])
        cost = f"{of['parameters']:,}", f"{of['macs']:,}", f"{of['training_us']:.1f}"
        rows.append([way, *cost, text_of(of["accuracy"]["0"]), *moves])
    return [head, *rows]


def claims(found: dict[str, Any]) -> dict[str, bool]:
    pool, stride, convolution = (found[way] for way in WAYS)
    return {
        "a stride alone is worse than a pool, however far they are moved": all(
            apart(stride["accuracy"][str(shift)], pool["accuracy"][str(shift)]) for shift in SHIFTS
        ),
        "a stride alone takes less than a third of the multiply-adds, and less time": (
            stride["macs"] < pool["macs"] / 3 and stride["training_us"] < pool["training_us"]
        ),
        "between a pool and a convolution no difference is found, however far they are moved": (
            not any(
                apart(a["accuracy"][str(shift)], b["accuracy"][str(shift)])
                for a, b in ((pool, convolution), (convolution, pool))
                for shift in SHIFTS
            )
        ),
        "a convolution takes more parameters, more multiply-adds and more time": all(
            convolution[key] > pool[key] for key in ("parameters", "macs", "training_us")
        ),
    }


def draw(found: dict[str, Any], figure: Figure) -> None:
    draw_accuracies({way: of["accuracy"] for way, of in found.items()}, figure)


if __name__ == "__main__":
    from experiments.program import work

    work(sys.modules[__name__])
