"""Rows on values: convolutions, pools, windows, and the slopes of activations.

Most are of typed matrices, which konv explain shows number by number, of a model that holds the
kernel.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

import konv
from oracles.tutorial_numbers import (
    CONVOLUTIONS,
    IM2COL,
    K2,
    NINE,
    NINES,
    PARTICIPATION,
    POOLS,
    SEEN,
    SIGMOIDS,
    SLOPES,
    WINDOW,
    K,
    X,
)
from tutorials.rows import Line, Row, config_of, file_name, network

__all__ = ["FILES", "MODELS", "ROWS", "TYPED"]

# What a command that takes matrices from the keyboard could show as well.
TYPED = ("V1", "V2", "V4", "V5", "V6", "V7", "V8", "V9", "V10", "V11", "V12", "V13")


def model_of(numbers, layer: dict[str, Any], kernel=None, bias=None) -> konv.Model:
    """One layer on one map; of a convolution with this kernel."""
    model = konv.Model.from_network(network(config_of((*numbers.shape, 1), layer)))
    if kernel is not None:
        model.set_weights([kernel[:, :, None, None], *([] if bias is None else [[bias]])])
    return model


def convolution(kernel, bias=None, **fields) -> dict[str, Any]:
    return {
        "Conv2D": {
            "filters": 1,
            "kernel_size": list(kernel.shape),
            "use_bias": bias is not None,
            **fields,
            "name": "layer",
        }
    }


def explain_lines(name, places, shown, *options) -> tuple[Line, ...]:
    """A command line for each place of a map."""
    model, numbers = f"{file_name(name)}.konv", f"{file_name(name)}.csv"
    return tuple(
        Line(
            ("explain", model, numbers, "--layer", "layer", "--at", f"{row},{column},0", *options),
            said,
        )
        for (row, column), said in zip(places, shown, strict=True)
    )


def map_row(name, numbers, model: Callable[[], konv.Model], expected, *first: str) -> Row:
    """Every number of a map, each as the sum that it is; ``first``: how its corner's reads."""
    places = list(np.ndindex(*np.shape(expected)))
    end = " (" if "bias" in name else "\n"  # a bias is added in a line that says so
    shown = [(f"= {np.array(expected)[place]}{end}",) for place in places]
    shown[0] += first
    return Row(
        name,
        expected,
        explain_lines(name, places, shown),
        lambda answers: np.reshape([a["sum"] for a in answers], np.shape(expected)).tolist(),
        lambda: model().predict(numbers[None])[0, :, :, 0].tolist(),
    )


# name -> (numbers, how its model is made): each becomes a .csv file and a .konv file
MODELS: dict[str, tuple[Any, Callable[[], konv.Model]]] = {
    **{
        name: (
            X,
            lambda fields=fields: model_of(X, convolution(K, **fields), K, fields.get("bias")),
        )
        for name, fields, _expected in CONVOLUTIONS
    },
    **{
        name: (NINE, lambda fields=fields: model_of(NINE, convolution(K2, **fields), K2))
        for name, fields, _expected in NINES
    },
    **{
        f"V11 {kind}": (
            X,
            lambda kind=kind: model_of(X, {kind: {"pool_size": 2, "name": "layer"}}),
        )
        for kind, _expected, _first in POOLS
    },
    **{
        f"V10 {padding}": (
            X,
            lambda padding=padding: model_of(X, convolution(K, padding=padding), K),
        )
        for padding, _expected in PARTICIPATION
    },
    "V9": (WINDOW[0], lambda: model_of(WINDOW[0], convolution(WINDOW[1]), WINDOW[1])),
    "V8": (X, lambda: model_of(X, convolution(K), K)),
    "V13": (NINE, lambda: model_of(NINE, convolution(K2), K2)),
}


def windows_as_rows() -> Row:
    """V8: each window is shown with its row of the im2col matrix."""
    places = list(np.ndindex(2, 2))
    shown = [("im2col", "  ".join(map(str, row))) for row in IM2COL]

    def of_json(answers):
        matrices = [answer["steps"][0]["im2col"] for answer in answers]
        return [matrix["rows"][str(matrix["row"])] for matrix in matrices]

    return Row(
        "V8",
        IM2COL,
        explain_lines("V8", places, shown, "--how", "im2col"),
        of_json,
        lambda: konv.im2col(X, 3).tolist(),
    )


def participation_row(padding, expected) -> Row:
    rows = tuple("  ".join(map(str, row)) for row in expected)
    return Row(
        f"V10 {padding}",
        expected,
        explain_lines(f"V10 {padding}", [(0, 0)], [rows], "--participation"),
        lambda answers: answers[0]["participation"],
        lambda: konv.participation(4, 3, padding=padding).tolist(),
    )


def seen_row() -> Row:
    """V13: of the numbers 0…8, each at the place of its own number."""
    (_name, _fields, [[first, *_], *_]) = NINES[0]
    products = " + ".join(f"{n}*{k}" for n, k in zip(SEEN, K2.ravel().astype(int), strict=True))
    return Row(
        "V13",
        SEEN,
        explain_lines("V13", [(0, 0)], [(f"{products} = {first}", "2×2")]),
        lambda answers: answers[0]["steps"][0]["parts"][0]["numbers"],
        lambda: konv.im2col(NINE, 2)[0].tolist(),
    )


def steepest(activation: str) -> float:
    """The largest slope of an activation between −8 and 8."""
    function = konv.Activation(activation).function
    z = np.linspace(-8, 8, 4001)
    return round(float(function.backward(z, function.forward(z), np.ones_like(z)).max()), 9)


def slopes_row() -> Row:
    """V14: the bounds stand on the page of the rule on them."""
    said = {
        "sigmoid": r"slope of a sigmoid is at most\s1/(4)",
        "tanh": r"slope of a tanh is at most\s(1),",
        "relu": r"slope of a ReLU is\s(1) for positive numbers and\s0",
    }

    def of_json(answers):
        numbers = {name: int(re.search(said[name], answers[0]["body"])[1]) for name in said}
        return {name: 1 / number for name, number in numbers.items()}

    return Row(
        "V14 slopes",
        dict(SLOPES),
        (Line(("explain-code", "D204"), ("1/4", "tanh", "ReLU", "0.25¹⁰ = 9.5e-07")),),
        of_json,
        lambda: {activation: steepest(activation) for activation, _bound in SLOPES},
    )


def ten_sigmoids() -> Row:
    count, left = SIGMOIDS
    [(_sigmoid, bound), *_rest] = SLOPES

    def left_in(text: str) -> float:
        return float(f"{float(text.rpartition('= ')[2]):.1e}")

    def python():
        finding = konv.check(network(deep_sigmoids(count))).of_code("D204")[0]
        return left_in(dict(finding.to_dict()["details"])["slope"])

    return Row(
        "V14 sigmoids",
        left,
        (Line(("check", "v14.json"), ("D204", f"{bound}^{count} = 9.54e-07"), code=1),),
        lambda answers: left_in(answers[0]["findings"][0]["details"][0][1]),
        python,
    )


def deep_sigmoids(count: int) -> dict[str, Any]:
    hidden = [{"Dense": {"units": 6, "activation": "sigmoid"}}] * count
    ending = {"Dense": {"units": 3, "activation": "softmax"}}
    return {"konv": 1, "layers": [{"Input": {"shape": [6]}}, *hidden, ending]}


ROWS = (
    *(map_row(name, *MODELS[name], expected) for name, _fields, expected in CONVOLUTIONS),
    windows_as_rows(),
    map_row("V9", *MODELS["V9"], [[WINDOW[3]]], WINDOW[2]),
    *(participation_row(*row) for row in PARTICIPATION),
    *(map_row(f"V11 {kind}", *MODELS[f"V11 {kind}"], made, first) for kind, made, first in POOLS),
    *(map_row(name, *MODELS[name], expected) for name, _fields, expected in NINES),
    seen_row(),
    slopes_row(),
    ten_sigmoids(),
)
# name of a network file -> what it describes
FILES = {"v14": deep_sigmoids(SIGMOIDS[0])}
