"""Shared weights against weights of one's own: what a convolution saves, and what it brings.

A tutorial compares a 2×2 convolution on 3×3 numbers (4 weights) with a dense layer (36). Here the
dense layer is given the weights that make it the same function; then convolutions and a dense layer
with as many outputs learn from few and from many pictures.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

import konv
from experiments.figures import COLOURS, panels
from experiments.measuring import Pictures, apart, moved, spread, text_of, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["EPOCHS", "LIMIT", "SEEDS", "claims", "draw", "measure", "table"]

SEEDS, EPOCHS, LIMIT = 5, 80, None
COUNTS = (100, 1000, 10000)
SEEN = 1000  # pictures in each epoch, however few different ones there are
LAYERS = ("convolution", "convolution and pool", "dense")
SHIFT = 2


def written_out(kernel: np.ndarray, size: int) -> np.ndarray:
    """The matrix [size², outputs²] of the dense layer that is this convolution."""
    rows, columns = kernel.shape
    made = size - rows + 1
    matrix = np.zeros((size, size, made, size - columns + 1))
    for row, column in np.ndindex(matrix.shape[2:]):
        matrix[row : row + rows, column : column + columns, row, column] = kernel
    return matrix.reshape(size * size, -1)


def same_function() -> dict[str, Any]:
    """A convolution of 2×2 on 3×3 and its dense layer, on many pictures: how far they differ."""
    kernel = np.array([[1.0, 2.0], [3.0, 4.0]])
    convolution = konv.Sequential([konv.Input((3, 3, 1)), konv.Conv2D(1, 2, use_bias=False)])
    convolution.set_weights([kernel[:, :, None, None]])
    dense = konv.Sequential([konv.Input((3, 3, 1)), konv.Flatten(), konv.Dense(4, use_bias=False)])
    matrix = written_out(kernel, 3)
    dense.set_weights([matrix])
    x = np.random.default_rng(0).integers(-9, 10, (1000, 3, 3, 1)).astype(np.float32)
    difference = convolution.predict(x).reshape(len(x), -1) - dense.predict(x)
    return {
        "weights": int(kernel.size),
        "dense weights": int(matrix.size),
        "not zero": int(np.count_nonzero(matrix)),
        "different": len(np.unique(matrix[matrix != 0])),
        "largest difference": float(np.abs(difference).max()),
    }


def network(shape: tuple[int, ...], layer: str) -> konv.Network:
    """One hidden layer; all kinds of it make as many numbers."""
    filters, kernel = 8, 5
    made = konv.output_size(shape[0], kernel=kernel, stride=2)
    hidden: list[Any] = {
        "convolution": [konv.Conv2D(filters, kernel, strides=2, activation="relu"), konv.Flatten()],
        "convolution and pool": [
            konv.Conv2D(filters, kernel, activation="relu"),
            konv.MaxPooling2D(2),
            konv.Flatten(),
        ],
        "dense": [konv.Flatten(), konv.Dense(filters * made**2, activation="relu")],
    }[layer]
    layers = [konv.Input(shape), *hidden, konv.Dense(10, activation="softmax")]
    return konv.Sequential(layers, name=layer.replace(" ", "-")).network


def some(pictures: Pictures, count: int, seed: int, seen: int) -> tuple[np.ndarray, np.ndarray]:
    """So many different pictures, repeated until ``seen`` of them are there."""
    chosen = np.random.default_rng(seed).permutation(len(pictures.x))[:count]
    chosen = np.resize(chosen, max(count, seen))
    return pictures.x[chosen], pictures.y[chosen]


def measure(pictures: Pictures, seeds: Iterable[int], epochs: int) -> dict[str, Any]:
    """For each layer and number of pictures: the accuracy as they are, and moved."""
    counts = [count for count in COUNTS if count <= len(pictures.x)]
    networks = {layer: network(pictures.shape, layer) for layer in LAYERS}
    found: dict[str, Any] = {"same function": same_function()}
    for layer, built in networks.items():
        node = next(node for node in built.nodes if node.macs)
        found[layer] = {
            "weights": sum(spec.size for spec in node.weight_specs if not spec.bias),
            "macs": node.macs,
            "still": {str(count): [] for count in counts},
            "moved": {str(count): [] for count in counts},
        }
    away = moved(pictures.x_test, 0, SHIFT)
    for seed in seeds:
        for count in counts:
            x, y = some(pictures, count, seed, SEEN)
            rounds = max(1, round(epochs * SEEN / len(x)))
            for layer, built in networks.items():
                trained = train(built, x, y, seed=seed, epochs=rounds)
                for name, views in (("still", pictures.x_test), ("moved", away)):
                    accuracy = trained.accuracy(views, pictures.y_test)
                    found[layer][name][str(count)].append(accuracy)
    for layer in LAYERS:
        for name in ("still", "moved"):
            each = found[layer][name]
            found[layer][name] = {count: spread(values) for count, values in each.items()}
    return found


def table(found: dict[str, Any]) -> list[list[str]]:
    head = ["different pictures", *LAYERS, *(f"{layer}, moved {SHIFT} px" for layer in LAYERS)]
    rows = [
        [
            f"{int(count):,}",
            *(text_of(found[layer]["still"][count]) for layer in LAYERS),
            *(f"{found[layer]['moved'][count]['mean']:.1%}" for layer in LAYERS),
        ]
        for count in found["dense"]["still"]
    ]
    return [head, *rows]


def claims(found: dict[str, Any]) -> dict[str, bool]:
    convolution, pooled, dense = (found[layer] for layer in LAYERS)
    few, *_others, many = sorted(dense["still"], key=int)
    same = found["same function"]
    return {
        "the dense layer can be the convolution, exactly": same["largest difference"] == 0,
        "36 weights, of which 16 are not zero and 4 different": (
            (same["dense weights"], same["not zero"], same["different"]) == (36, 16, 4)
        ),
        "from the fewest pictures no difference is found": not any(
            apart(a["still"][few], b["still"][few])
            for a in (convolution, pooled, dense)
            for b in (convolution, pooled, dense)
        ),
        "nowhere is the convolution alone ahead of the dense layer, nor two points behind": all(
            not apart(dense["still"][count], convolution["still"][count])
            and dense["still"][count]["mean"] - convolution["still"][count]["mean"] < 0.02
            for count in dense["still"]
        ),
        "with a pool the convolution has the best mean everywhere": all(
            pooled["still"][count]["mean"]
            == max(one["still"][count]["mean"] for one in (convolution, pooled, dense))
            for count in dense["still"]
        ),
        "but from the most pictures no difference to the dense layer is found": not apart(
            dense["still"][many], pooled["still"][many]
        ),
        "moved, both convolutions are ahead from the most pictures, that with a pool most": (
            apart(dense["moved"][many], convolution["moved"][many])
            and apart(convolution["moved"][many], pooled["moved"][many])
        ),
    }


def draw(found: dict[str, Any], figure: Figure) -> None:
    titles = {"still": "as they are", "moved": f"moved to the right by {SHIFT} pixels"}
    for axes, name in zip(panels(figure, 2), titles, strict=True):
        for colour, layer in zip(COLOURS, LAYERS, strict=False):
            counts = [int(count) for count in found[layer][name]]
            numbers = found[layer][name].values()
            axes.plot(counts, [n["mean"] for n in numbers], "o-", color=colour, label=layer)
            low, high = ([n[key] for n in numbers] for key in ("least", "most"))
            axes.fill_between(counts, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.set_xscale("log")
        axes.set_xticks(counts, [f"{count:,}" for count in counts])
        axes.minorticks_off()
        axes.set_xlabel("different pictures to learn from")
        axes.yaxis.set_major_formatter(lambda value, _place: f"{value:.0%}")
        axes.set_title(f"accuracy, test pictures {titles[name]}")
        axes.legend(loc="lower right")


if __name__ == "__main__":
    from experiments.program import work

    work(sys.modules[__name__])
