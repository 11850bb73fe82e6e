"""Thousands of networks, held against the reference between guard pages.

``KONV_RANDOM_NETWORKS=5000:9000`` takes the networks of those seeds instead of the usual few.
"""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from konv.engines.compiled import check
from konv.engines.compiled.check import differences, main
from konv.engines.compiled.problem import Problem
from konv.engines.compiled.runtime.training_step import TrainingStep
from konv.engines.compiled.target import target_names
from konv.engines.contract import Step
from konv.layers import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    LeakyReLU,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    SeparableConv2D,
)
from konv.network.graph import functional, sequential
from oracles.random_networks import random_problem

FIRST, LAST = map(int, os.environ.get("KONV_RANDOM_NETWORKS", "0:90").split(":"))


@pytest.mark.parametrize("seed", range(FIRST, LAST))
def test_random_networks_are_the_references(seed):
    problem = random_problem(seed)
    assert not differences(problem), problem.line


LARGE = {
    "one pixel": ([Input((1, 1, 1)), Conv2D(1, 1), Flatten(), Dense(1)], 1),
    "one pixel of 1024 channels": ([Input((1, 1, 1024)), Conv2D(3, 1), Flatten()], 2),
    "1024 filters": (
        [Input((3, 3, 5)), Conv2D(1024, 3, activation="relu"), Flatten(), Dense(2)],
        3,
    ),
    "1024 to 1024": (
        [
            Input((2, 2, 3)),
            Conv2D(1024, 1, activation="relu"),
            Conv2D(1024, 1),
            Flatten(),
            Dense(2),
        ],
        2,
    ),
    "1024 channels by themselves": ([Input((4, 4, 1024)), DepthwiseConv2D(3), Flatten()], 2),
    "a large picture": (
        [
            Input((512, 512, 1)),
            Conv2D(2, 3, strides=2, activation="relu"),
            MaxPooling2D(2),
            Conv2D(4, 5, strides=3, activation="relu"),
            GlobalMaxPooling2D(),
        ],
        1,
    ),
    "a wide picture": (
        [Input((1, 2000, 2)), Conv2D(3, (1, 5)), MaxPooling2D((1, 7)), Flatten()],
        2,
    ),
    "a high picture": ([Input((2000, 1, 2)), Conv2D(3, (5, 1)), GlobalAveragePooling2D()], 2),
    "a batch of 4096": (
        [Input((2, 3, 1)), Conv2D(2, 2, activation="relu"), Flatten(), Dense(2)],
        4096,
    ),
    "a batch of 4095 with batch sums": (
        [Input((3,)), Dense(5), BatchNormalization(), ReLU(), Dropout(0.5), Dense(2)],
        4095,
    ),
    "a divided matrix": (
        [Input((40, 40, 1)), Flatten(), Dense(260, activation="relu"), Dense(2)],
        19,
    ),
    "a divided matrix behind a pool": (
        [
            Input((24, 24, 3)),
            Conv2D(20, 3, activation="relu"),
            MaxPooling2D(2),
            Flatten(),
            Dense(100, activation="relu"),
            Dense(4),
        ],
        9,
    ),
    "as wide as the picture": ([Input((9, 7, 3)), Conv2D(5, (9, 7)), Flatten()], 5),
    "no weights": ([Input((4, 4, 2)), MaxPooling2D(2), Flatten()], 3),
    "nothing at all": ([Input((4, 4, 2))], 3),
    "only softmax": ([Input((4,)), Activation("softmax")], 3),
}


@pytest.mark.parametrize("name", LARGE)
def test_networks_of_any_size_are_the_references(name):
    layers, pictures = LARGE[name]
    problem = Problem.of(sequential(layers), pictures=pictures, seed=1, threads=2)
    assert not differences(problem), problem.line


# Networks that were wrong once.


def two_ways():
    x = Input((6, 6, 4))
    conv = Conv2D(4, 3, padding="same", activation="relu")
    y = conv(x)
    return functional(x, Flatten()(Add()([y, conv(ReLU()(conv(y)))])))


def normalized_twice():
    x = Input((4, 4, 3))
    normal = BatchNormalization()
    y = normal(Conv2D(3, 1)(x))
    return functional(x, Flatten()(Concatenate()([y, normal(ReLU()(y))])))


def dense_twice():
    x = Input((300,))
    dense = Dense(300, activation="relu")
    return functional(x, Dense(2)(dense(dense(x))))


def pooled_in_two():
    x = Input((6, 6, 3))
    y = Conv2D(9, 3, activation="relu")(x)
    parts = [MaxPooling2D(2)(y), AveragePooling2D(2)(y), MinPooling2D(2)(y)]
    return functional(x, Flatten()(Concatenate()(parts)))


WIRED = {
    "one convolution three times": two_ways,
    "one normalization twice": normalized_twice,
    "one large matrix twice": dense_twice,
    "one map in three pools": pooled_in_two,
    # 17 filters: one lane of a vector of narrowed numbers
    "winners of one lane": lambda: sequential(
        [Input((6, 4, 2)), Conv2D(17, 1), MaxPooling2D(2), Flatten(), Dense(2)]
    ),
    # all gradients are summed up in another order than the weights'
    "only a sparse convolution": lambda: sequential(
        [Input((8, 8, 2)), Conv2D(3, 3, use_bias=False, activation="relu"), MaxPooling2D(2)]
    ),
    "saturated": lambda: sequential(
        [Input((4, 4, 3)), SeparableConv2D(9, 3, activation="sigmoid"), LeakyReLU(), Flatten()]
    ),
}


@pytest.mark.parametrize("isa", target_names())
@pytest.mark.parametrize("name", WIRED)
def test_networks_that_share_or_branch_are_the_references(name, isa):
    problem = Problem.of(WIRED[name](), pictures=9, seed=2, isa=isa, threads=2)
    assert not differences(problem), problem.line


FIRST_ENDINGS = {
    "a convolution": [Conv2D(3, 3, data_format="channels_first")],
    "a softmax": [Conv2D(3, 1, data_format="channels_first", activation="softmax")],
    "a pool": [MaxPooling2D(2, data_format="channels_first")],
    "a normalization": [
        Conv2D(3, 2, data_format="channels_first"),
        BatchNormalization(1),
        ReLU(),
    ],
}


@pytest.mark.parametrize("name", FIRST_ENDINGS)
def test_networks_that_end_in_a_channels_first_map_are_the_references(name):
    network = sequential([Input((2, 8, 6)), *FIRST_ENDINGS[name]])
    problem = Problem.of(network, pictures=9, seed=1, threads=2)
    assert not differences(problem), problem.line


# What the check itself notices


def small(**settings):
    network = sequential([Input((3, 3, 1)), Conv2D(2, 2, activation="relu"), Flatten(), Dense(2)])
    return Problem.of(network, **{"pictures": 4, **settings})


@pytest.fixture
def spoiled(monkeypatch):
    """Let every step give other numbers."""

    def spoil(change):
        run = TrainingStep.run

        def changed(self, *arguments, **settings):
            step = run(self, *arguments, **settings)
            return change(step) or step

        monkeypatch.setattr(TrainingStep, "run", changed)

    return spoil


def one_more(name):
    def change(step):
        step.gradients[name].ravel()[-1] += 1

    return change


def one_not_a_number(step):
    step.outputs[2, 1] = np.nan


def one_missing(step):
    gradients = {name: array for name, array in step.gradients.items() if "bias" not in name}
    return Step(step.losses, step.outputs, gradients, step.state)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            one_more("conv2d_1/kernel"),
            r"gradient of conv2d_1/kernel: 1 of 8 wrong; at \(1, 1, 0, 1\)",
        ),
        (one_more("dense_1/bias"), r"gradient of dense_1/bias: 1 of 2 wrong; at \(1,\)"),
        (one_not_a_number, r"outputs in training: 1 of 8 wrong; at \(2, 1\) .*nan"),
        (one_missing, "results are"),
    ],
)
def test_a_single_wrong_number_is_noticed(spoiled, change, said):
    assert not differences(small())
    spoiled(change)
    (found,) = differences(small())
    assert re.match(said, found)


def test_exact_networks_are_compared_bit_by_bit(spoiled):
    def change(step):
        step.gradients["dense_1/kernel"] += np.float32(2**-10)

    spoiled(change)
    assert differences(small())


def test_threads_are_as_before_afterwards():
    before = check.get_threads()
    differences(small(threads=before + 1))
    assert check.get_threads() == before


# The command


def test_a_line_that_is_equal_says_so(capsys):
    assert main([small().line, small(seed=3).line]) == 0
    assert capsys.readouterr().out == "equal\nequal\n"


def test_a_line_that_differs_says_where(spoiled, capsys):
    spoiled(one_more("dense_1/bias"))
    assert main([small().line]) == 1
    assert capsys.readouterr().out.startswith("gradient of dense_1/bias: 1 of 2 wrong")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "K401"),
        ("garbage", "K401"),
        ("[" * 100_000, "K401"),
        ("3", "K401"),
        ("{}", "K203"),
        ('{"network": 3}', "K201"),
        ('{"network": {}}', "K4"),
        ('{"network": {"konv": 1, "layers": [{"Input": {"shape": [0]}}]}}', "K"),
        (small().line.replace('"pictures":4', '"pictures":0'), "K201"),
        (small().line.replace('"pictures":4', '"picture":4'), "K202"),
        (small().line.replace('"isa":null', '"isa":"mmx"'), "K201"),
    ],
)
def test_a_line_that_is_no_problem_is_refused_with_a_text(line, code, capsys):
    assert main([line]) == 2
    said = capsys.readouterr()
    assert f"Error {code}" in said.err
    assert "Traceback" not in said.err


def test_lines_come_from_arguments_or_from_the_standard_input():
    def run(*arguments, lines=""):
        command = [sys.executable, "-m", "konv.engines.compiled.check", *arguments]
        return subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60)

    line = small().line
    assert (run(line).returncode, run(line).stdout) == (0, "equal\n")
    piped = run(lines=f"{line}\n{line}\n")
    assert (piped.returncode, piped.stdout, piped.stderr) == (0, "equal\nequal\n", "")
    refused = run("garbage")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("FormatError K401")
