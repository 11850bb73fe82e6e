"""How large the slopes of activations are, and what ten layers leave of a gradient.

A tutorial says that the gradients of sigmoid and tanh vanish and that those of ReLU do not. Here is
each activation with its slope; then the gradients of every layer of a network of ten dense layers
before it has learned anything; then what such a network learns.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

import konv
from experiments.figures import COLOURS, panels
from experiments.measuring import Pictures, apart, spread, text_of, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EPOCHS", "LIMIT", "SEEDS", "claims", "draw", "measure", "table"]

SEEDS, EPOCHS, LIMIT = 5, 3, 20_000
CURVES = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "silu", "gelu")
DEEP = ("sigmoid", "tanh", "relu", "leaky_relu")
DEPTH, UNITS = 10, 64
PICTURES = 256
BOUND = 0.25  # no slope of a sigmoid is larger
Z = np.linspace(-6, 6, 241)


def curve(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The activation of z = −6 … 6, and its slope."""
    function = konv.Activation(name).function
    value = function.forward(Z)
    return value, function.backward(Z, value, np.ones_like(Z))


def network(shape: tuple[int, ...], activation: str) -> konv.Network:
    """Ten dense layers of as many units, and one for the classes."""
    hidden = [konv.Dense(UNITS, activation=activation) for _layer in range(DEPTH)]
    ending = konv.Dense(10, activation="softmax")
    layers = [konv.Input(shape), konv.Flatten(), *hidden, ending]
    return konv.Sequential(layers, name=activation).network


def gradients(built: konv.Network, pictures: Pictures, seed: int) -> list[float]:
    """The size (root mean square) of the gradient of each hidden kernel, before training."""
    model = konv.Model.from_network(built, seed=seed)
    x, y = pictures.x[:PICTURES], pictures.y[:PICTURES]
    loss = konv.SparseCategoricalCrossentropy()
    program = model.program(x, loss)
    step = program.loss_and_gradients(model.weights, x, y, key=0)
    kernels = (step.gradients[f"dense_{n}/kernel"] for n in range(1, DEPTH + 1))
    return [float(np.sqrt(np.mean(np.square(kernel, dtype=float)))) for kernel in kernels]


def slopes(built: konv.Network, activation: str, pictures: Pictures, seed: int) -> list[float]:
    """The mean slope of each hidden layer's activation, from what the layer makes."""
    model = konv.Model.from_network(built, seed=seed)
    means = []
    for n in range(1, DEPTH + 1):
        part = konv.Model.from_network(built.up_to(f"dense_{n}"))
        part.set_weights({name: model.weights[name] for name in part.weights})
        means.append(float(slope_of_value(activation, part.predict(pictures.x[:PICTURES])).mean()))
    return means


def slope_of_value(activation: str, y: np.ndarray) -> np.ndarray:
    """The slope where the activation has the value y."""
    return {
        "sigmoid": y * (1 - y),
        "tanh": 1 - y**2,
        "relu": np.where(y > 0, 1.0, 0.0),
        "leaky_relu": np.where(y > 0, 1.0, konv.LeakyReLU().negative_slope),
    }[activation]


def measure(pictures: Pictures, seeds: Iterable[int], epochs: int) -> dict[str, Any]:
    """Curves; and of each deep network the gradients, the slopes and the accuracy."""
    found: dict[str, Any] = {"curves": {}, "deep": {}}
    for name in CURVES:
        _value, slope = curve(name)
        ends = (float(slope[np.abs(Z - z).argmin()]) for z in (-5, 5))
        low, high = (round(end, 6) for end in ends)
        found["curves"][name] = {"largest": round(float(slope.max()), 6), "at": [low, high]}
    for name in DEEP:
        found["deep"][name] = _deep(network(pictures.shape, name), name, pictures, seeds, epochs)
    return found


def _deep(
    built: konv.Network, name: str, pictures: Pictures, seeds: Iterable[int], epochs: int
) -> dict[str, Any]:
    sizes, means, accuracies = [], [], []
    for seed in seeds:
        sizes.append(gradients(built, pictures, seed))
        means.append(slopes(built, name, pictures, seed))
        trained = train(built, pictures.x, pictures.y, seed=seed, epochs=epochs)
        accuracies.append(trained.accuracy(pictures.x_test, pictures.y_test))
    return {
        "gradients": np.mean(sizes, axis=0).tolist(),
        # From the last hidden layer to the second: both have 64×64 weights.
        "kept": spread([row[1] / row[-1] for row in sizes]),
        "slopes": np.mean(means, axis=0).tolist(),
        "slopes together": spread([math.prod(row) for row in means]),
        "accuracy": spread(accuracies),
    }


def table(found: dict[str, Any]) -> list[list[str]]:
    head = ["ten layers of", "largest slope", "slopes together", "gradient kept", "accuracy"]
    rows = [
        [
            name,
            f"{found['curves'][name]['largest']:.2f}",
            f"{of['slopes together']['mean']:.1e}",
            f"{of['kept']['mean']:.1e}",
            text_of(of["accuracy"]),
        ]
        for name, of in found["deep"].items()
    ]
    return [head, *rows]


def claims(found: dict[str, Any]) -> dict[str, bool]:
    curves, deep = found["curves"], found["deep"]
    return {
        "no slope of a sigmoid is above 1/4, none of a tanh above 1": (
            curves["sigmoid"]["largest"] <= BOUND and curves["tanh"]["largest"] <= 1
        ),
        "the slope of a ReLU is 0 or 1": curves["relu"]["at"] == [0, 1],
        "the slopes of ten sigmoids stay below the bound": (
            deep["sigmoid"]["slopes together"]["most"] < BOUND**DEPTH
        ),
        "sigmoid: eight layers back less than a hundred-thousandth of the gradient is left": (
            deep["sigmoid"]["kept"]["most"] < 1e-5
        ),
        "tanh: eight layers back more than a third of the gradient is left": (
            deep["tanh"]["kept"]["least"] > 1 / 3
        ),
        "every gradient of the ReLU network is less than a tenth of the tanh network's": all(
            10 * one < other
            for one, other in zip(deep["relu"]["gradients"], deep["tanh"]["gradients"], strict=True)
        ),
        "in every layer about half of the ReLUs let a gradient through": all(
            0.4 < slope < 0.6 for slope in deep["relu"]["slopes"]
        ),
        "the deep sigmoid network stays below 25 %, the others reach 94 %": (
            deep["sigmoid"]["accuracy"]["most"] < 0.25
            and all(deep[name]["accuracy"]["least"] > 0.94 for name in DEEP[1:])
        ),
        "ReLU is ahead of tanh, by less than two points": (
            apart(deep["tanh"]["accuracy"], deep["relu"]["accuracy"])
            and deep["relu"]["accuracy"]["mean"] - deep["tanh"]["accuracy"]["mean"] < 0.02
        ),
    }


def draw(found: dict[str, Any], figure: Figure) -> None:
    values, changes, layers = panels(figure, 3)
    for colour, name in zip(COLOURS, CURVES, strict=True):
        value, slope = curve(name)
        values.plot(Z, value, color=colour, label=name)
        changes.plot(Z, slope, color=colour)
    values.set_ylim(-1.3, 3)
    values.set_title("activation f(z)")
    values.legend(fontsize=8, loc="upper left")
    changes.axhline(BOUND, color="#666666", linestyle=":")
    changes.set_title("slope f'(z); dotted: 1/4")
    for axes in (values, changes):
        axes.set_xlabel("z")
    numbers = np.arange(1, DEPTH + 1)
    for colour, name in zip(COLOURS, DEEP, strict=False):
        layers.plot(numbers, found["deep"][name]["gradients"], "o-", color=colour, markersize=4)
    # As if only slopes of 1/4 lay between: what the bound allows, from the last layer back.
    last = found["deep"]["sigmoid"]["gradients"][-1]
    layers.plot(numbers, last * BOUND ** (DEPTH - numbers), ":", color="#666666")
    layers.set_yscale("log")
    layers.set_xticks(numbers)
    layers.set_xlabel("hidden layer")
    layers.set_title("first gradient; dotted: 0.25ⁿ")


if __name__ == "__main__":
    from experiments.program import work

    work(sys.modules[__name__])
