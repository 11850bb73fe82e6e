"""The options of ``konv train``; what a value may be is said by the constraints it goes to."""

from __future__ import annotations

from typing import Any

import click

from konv.cli.run_plan import TrainingOptions
from konv.cli.values import SIZE, Value
from konv.constraints import Choice, Constraint, Integer, Real
from konv.data.options import LoadOptions
from konv.language import marked
from konv.limits import MAX_THREADS
from konv.optimizers.fields import POSITIVE

__all__ = ["TRAIN_OPTIONS", "WITH_RESUME"]

_DATA = LoadOptions.constraints()
_TRAINING = TrainingOptions.constraints()
_OPTIMIZERS = Choice(("adam", "adamw", "sgd"))
_SCHEDULES = Choice(("constant", "step", "cosine", "one-cycle", "warm-up"))

# What may stand beside --resume: nothing that decides a bit.
WITH_RESUME = frozenset({"resume", "threads", "cache", "checkpoint_every_s", "doctor"})


def _text(name: str, metavar: str, help: str, default: str | None = None) -> click.Option:
    return click.Option([name], metavar=metavar, help=help, default=default)


def _value(
    name: str, metavar: str, constraint: Constraint, help: str, default: Any = None
) -> click.Option:
    return click.Option([name], metavar=metavar, type=Value(constraint), help=help, default=default)


def _switch(name: str, help: str) -> click.Option:
    return click.Option([f"--{name}/--no-{name}"], default=True, help=help)


_WHERE = (
    _text(
        "--out", "FOLDER", marked("where the run is kept; without it, a new folder run, run-2, …")
    ),
    _text("--resume", "FOLDER", marked("go on with the run in this folder")),
)
_NETWORK = (
    _value(
        "--preset",
        "NAME",
        _TRAINING["preset"],
        marked("fast or accurate: other defaults; options that are given win"),
    ),
    _text(
        "--network",
        "NAME|FILE|auto",
        marked("a name of konv networks, a .yaml or .json file, or auto"),
        "auto",
    ),
)
_LEARNING = (
    _value(
        "--epochs",
        "N",
        _TRAINING["epochs"],
        marked("how often all pictures are seen"),
        TrainingOptions.epochs,
    ),
    _value(
        "--batch-size",
        "N",
        _TRAINING["batch_size"],
        marked("pictures per update"),
        TrainingOptions.batch_size,
    ),
    _value("--optimizer", "NAME", _OPTIMIZERS, marked("adam, adamw or sgd"), "adam"),
    _value(
        "--learning-rate",
        "X",
        POSITIVE,
        marked("the highest learning rate; without it, that of the optimizer"),
    ),
    _value(
        "--schedule",
        "NAME",
        _SCHEDULES,
        marked("how the learning rate moves: constant, step, cosine, one-cycle or warm-up"),
        "cosine",
    ),
    _value("--momentum", "X", Real(0, 1), marked("of sgd")),
    _value(
        "--weight-decay",
        "X",
        Real(0),
        marked("how much weights shrink in each update, as a part of the learning rate"),
    ),
    _value("--clip-norm", "X", POSITIVE, marked("the largest norm of all gradients together")),
    _text("--augment", "LIST", marked("change pictures at random: shift,flip,rotate=15"), ""),
    _value(
        "--class-weight",
        "balanced",
        _TRAINING["class_weight"],
        marked("count pictures of rare classes more"),
    ),
    _value(
        "--patience",
        "N",
        _TRAINING["patience"],
        marked("stop after so many epochs without a better one"),
    ),
    _value(
        "--seed",
        "N",
        _TRAINING["seed"],
        marked("decides all that is random"),
        TrainingOptions.seed,
    ),
)
_PICTURES = (
    click.Option(
        ["--size"],
        metavar="HxW",
        type=SIZE,
        help=marked("of the pictures; without it, the network's, or what suits the pictures"),
    ),
    _value(
        "--channels",
        "1|3",
        _DATA["channels"],
        marked("grey or colour; without it, as the pictures are"),
    ),
    _value(
        "--policy",
        "NAME",
        _DATA["policy"],
        marked("how other sizes are brought to it: fit, crop or stretch"),
        LoadOptions.policy,
    ),
    _value(
        "--validation",
        "X",
        _DATA["validation"],
        marked("the part kept for validation, if DATA has none of its own"),
        LoadOptions.validation,
    ),
    _value(
        "--test",
        "X",
        _DATA["test"],
        marked("the part kept for the test, if DATA has none of its own"),
        LoadOptions.test,
    ),
    _value("--limit", "N", _DATA["limit"], marked("train on at most so many pictures")),
    _switch("standardize", marked("bring pixels to mean 0 and deviation 1, or not")),
    _switch("cache", marked("keep decoded pictures for the next time, or not")),
)
_RUNNING = (
    _value(
        "--engine",
        "NAME",
        _TRAINING["engine"],
        marked("what runs the network"),
        TrainingOptions.engine,
    ),
    _value(
        "--threads",
        "N",
        Integer(1, MAX_THREADS),
        marked("how many threads work; results do not depend on it"),
    ),
    _switch("doctor", marked("look for what keeps networks from learning, or not")),
    click.Option(["--checkpoint-every-s"], type=Value(Real(0)), default=30.0, hidden=True),
)

TRAIN_OPTIONS = (*_WHERE, *_NETWORK, *_LEARNING, *_PICTURES, *_RUNNING)
