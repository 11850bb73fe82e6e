"""Rows on sizes, parameters and costs of layers and networks, and on what is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import konv
from oracles.tutorial_numbers import (
    DENSE_AGAINST_CNN,
    DROPPED,
    FIELDS,
    KERAS_1,
    LAYERS,
    LISTING,
    NETWORKS,
    SHAPES,
)
from tutorials.rows import Line, Row, config_of, file_name, network

__all__ = ["CODE", "FILES", "ROWS"]


def times(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


def tuples(shapes: Any) -> list[tuple[int, ...]]:
    return [tuple(shape) for shape in shapes]


def called(of: str | dict[str, Any]) -> str:
    """The same on the command line."""
    return of if isinstance(of, str) else "listing.json"


def report(of: str | dict[str, Any]) -> Any:
    return konv.Model.from_network(network(of)).report()


def layer_row(name, shape, layer, output, weights, with_biases, macs) -> Row:
    def of_json(answers):
        row = answers[0]["layers"][-1]
        known = tuple(row["output_shape"]), row["weights"], row["weights"] + row["biases"]
        return (*known, macs and row["macs"])

    def python():
        row = report(config_of(shape, layer)).rows[-1]
        known = row.output_shape, row.weights, row.weights + row.biases
        return (*known, macs and row.macs)

    numbers = (weights, with_biases - weights, *([] if macs is None else [macs]))
    shown = (times(output), *(f"{number:,}" for number in numbers))
    line = Line(("summary", f"{file_name(name)}.json"), shown)
    return Row(name, (output, weights, with_biases, macs), (line,), of_json, python)


def size_row(name, shape, layer, output) -> Row:
    """The same size without a network: one line of arithmetic for rows and columns."""
    [fields] = layer.values()
    first = fields.get("data_format") == "channels_first"
    side, made = (shape[1:], output[1:]) if first else (shape[:2], output[:2])
    window = {
        "kernel": fields.get("kernel_size") or fields["pool_size"],
        "stride": fields.get("strides", fields.get("pool_size", 1)),
        "padding": fields.get("padding", "valid"),
    }
    options = [word for key, value in window.items() for word in (f"--{key}", str(value))]
    line = Line(
        ("size", "x".join(map(str, side)), *options),
        tuple(f"{before} → {after}" for before, after in zip(side, made, strict=True)),
    )
    return Row(
        f"{name} size",
        tuple(made),
        (line,),
        lambda answers: (answers[0]["rows"]["output"], answers[0]["columns"]["output"]),
        lambda: tuple(konv.output_size(n, **window) for n in side),
    )


def dropped_row(name, dropped) -> Row:
    _name, shape, layer, *_rest = next(row for row in LAYERS if row[0] == name)
    shown = tuple(f"{some}" for some in dropped)
    return Row(
        f"{name} dropped",
        tuple(dropped),
        (Line(("summary", f"{file_name(name)}.json"), ("!", *shown)),),
        lambda answers: tuple(answers[0]["layers"][-1]["dropped"]),
        lambda: report(config_of(shape, layer)).rows[-1].dropped,
    )


def network_row(name, of, weights, with_biases, macs) -> Row:
    def of_json(answers):
        totals = answers[0]["totals"]
        return totals["weights"], totals["parameters"], totals["macs"]

    def python():
        totals = report(of).totals
        return totals.weights, totals.parameters, totals.macs

    numbers = (weights, with_biases, macs)
    line = Line(("summary", called(of)), tuple(f"{number:,}" for number in numbers))
    return Row(name, numbers, (line,), of_json, python)


def shapes_row(name, of) -> Row:
    return Row(
        f"{name} shapes",
        SHAPES[of],
        (Line(("summary", of), tuple(map(times, SHAPES[of]))),),
        lambda answers: tuples(row["output_shape"] for row in answers[0]["layers"]),
        lambda: [node.output_shape for node in network(of).nodes],
    )


def fields_row(name, of, fields) -> Row:
    sizes = [(n, n) for n in fields]

    def of_json(answers):
        layers = answers[0]["layers"][1 : len(fields) + 1]
        return tuples(row["receptive_field"] for row in layers)

    return Row(
        f"G26 {name}",
        sizes,
        (Line(("summary", called(of)), tuple(map(times, sizes))),),
        of_json,
        lambda: [row.receptive_field for row in report(of).rows[1 : len(fields) + 1]],
    )


def ratios(pair: Sequence[Any]) -> tuple[float, float]:
    """Weights and multiply-adds of the second over those of the first, with two decimals."""
    first, second = (one if isinstance(one, dict) else vars(one) for one in pair)
    return tuple(round(second[name] / first[name], 2) for name in ("weights", "macs"))


def against_dense() -> Row:
    cnn, dense = (of for name, of, *_rest in NETWORKS if name in ("G10", "G11"))
    shown = tuple(f"{ratio:.2f}" for ratio in DENSE_AGAINST_CNN)
    return Row(
        "G11 over G10",
        DENSE_AGAINST_CNN,
        (Line(("compare", cnn, "--dense"), shown), Line(("compare", cnn, dense), shown)),
        lambda answers: ratios(answers[0]["networks"]),
        lambda: ratios(konv.compare(network(cnn), konv.dense_counterpart(network(cnn))).networks),
    )


def column_that_is_dropped() -> Row:
    """Of G12: a note of the summary, and a finding of the check."""
    lines = (
        Line(("check", "tutorial-120x60"), ("D101", "max_pooling2d_3"), code=1),
        Line(("summary", "tutorial-120x60"), ("! max_pooling2d_3",)),
        Line(("explain-code", "D101"), ("D101",)),
    )
    return Row(
        "G12 dropped",
        {"max_pooling2d_3": (0, 1)},
        lines,
        lambda answers: {
            row["name"]: tuple(row["dropped"])
            for row in answers[1]["layers"]
            if any(row["dropped"])
        },
        lambda: {
            row.name: row.dropped for row in report("tutorial-120x60").rows if any(row.dropped)
        },
    )


def refusal(action: Callable[[], Any]) -> str:
    try:
        action()
    except konv.KonvError as error:
        return error.code
    return "accepted"


def channels_first_read_as_last() -> Row:
    shape = (1, 28, 28)
    said = 'data_format="channels_first"'
    lines = (
        Line(("summary", "g23.json"), ("K104", "(1, 28, 28)", said), code=2),
        Line(("explain-code", "K104"), ("K104",)),
    )
    return Row(
        "G23",
        "K104",
        lines,
        lambda answers: answers[0]["error"]["code"],
        lambda: refusal(lambda: konv.Conv2D(32, 5)(konv.Input(shape))),
    )


def listing_of_keras_1() -> Row:
    """Code of Keras 1: (kernel, stride) that come of it, with a note; a network file has no such
    layer, and says what it meant."""
    kind, numbers = KERAS_1
    said = f"{kind}({', '.join(map(str, numbers))})"
    filters, rows, columns = numbers
    noted = f"kernel_size=({rows}, {columns})"
    lines = (
        Line(("summary", "g24.py"), (f"{rows}×{columns}", f"×{filters}", said, noted)),
        Line(("summary", "g24.json"), ("K408", said, "kernel_size: [5, 5]"), code=2),
        Line(("explain-code", "K408"), (said,)),
    )

    def of_json(answers):
        layer = answers[0]["layers"][-1]
        return tuple(layer["kernel"]), tuple(layer["stride"])

    def python():
        found = konv.network_from_keras_code(CODE["g24"])
        assert any(noted in note.text for note in found.notes)
        layer = found.network.nodes[-1].layer
        return layer.kernel_size, layer.strides

    return Row("G24", ((5, 5), (1, 1)), lines, of_json, python)


ROWS = (
    *(layer_row(*row) for row in LAYERS),
    *(size_row(*row[:4]) for row in LAYERS if {"Conv2D", "MaxPooling2D"} & row[2].keys()),
    *(dropped_row(name, dropped) for name, dropped in DROPPED.items()),
    *(network_row(*row) for row in NETWORKS),
    *(shapes_row(name, of) for name, of, *_rest in NETWORKS if name in ("G11", "G12")),
    *(fields_row(*row) for row in FIELDS),
    against_dense(),
    column_that_is_dropped(),
    channels_first_read_as_last(),
    listing_of_keras_1(),
)
# name of a program -> what is in it
CODE = {
    "g24": f"""\
from keras.models import Sequential
from keras.layers import {KERAS_1[0]}

model = Sequential()
model.add({KERAS_1[0]}({", ".join(map(str, KERAS_1[1]))}, input_shape=(28, 28, 1)))
"""
}
# name of a network file -> what it describes
FILES = {
    **{file_name(name): config_of(shape, layer) for name, shape, layer, *_rest in LAYERS},
    "listing": LISTING,
    "g23": config_of((1, 28, 28), {"Conv2D": {"filters": 32, "kernel_size": 5}}),
    "g24": config_of((28, 28, 1), {KERAS_1[0]: {"nb_filter": 32, "nb_row": 5, "nb_col": 5}}),
}
