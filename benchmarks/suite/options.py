"""The command line of the benchmark."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.suite.coordinator import Budget, Pace
from benchmarks.suite.environments import ALL_PEERS, DEFAULT_PEERS
from benchmarks.suite.networks import NETWORKS
from benchmarks.suite.processors import available_processors
from konv.cli.presets import PRESETS
from konv.engines import DEFAULT_ENGINE, ENGINE_NAMES, get_threads

__all__ = ["BATCHES", "TASKS", "budget_of", "pace_of", "read_options"]

# Task -> the batches it is measured with.
BATCHES = {"train": (32, 128), "infer": (1, 32, 128)}
TASKS = tuple(BATCHES)
_FULL = Pace(rounds=15, burst_s=0.12, case_s=12.0)
_FAST = PRESETS["fast"]  # the recipe for MNIST
_QUICK = Pace(rounds=7, burst_s=0.05, case_s=3.0)


def _words(allowed: Sequence[str]) -> object:
    def read(text: str) -> list[str]:
        words = [word.strip() for word in text.split(",") if word.strip()]
        wrong = [word for word in words if word not in allowed]
        if wrong:
            raise argparse.ArgumentTypeError(f"{', '.join(wrong)}: not of {', '.join(allowed)}")
        return words

    return read


def _numbers(text: str) -> list[int]:
    try:
        numbers = [int(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError("whole numbers from 1 on, such as 32,128")
    return numbers


def _interpreter(text: str) -> tuple[str, Path]:
    peer, _equals, path = text.partition("=")
    if peer not in ALL_PEERS or not path:
        raise argparse.ArgumentTypeError(f"PEER=PATH, with PEER of {', '.join(ALL_PEERS)}")
    return peer, Path(path).expanduser().absolute()


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says; ends the program with a message if it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="konv and its peers in one session."
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="about 2 minutes: short, without what takes long")
    add("--all", action="store_true", help="with Keras, OpenVINO and tinygrad")
    add("--networks", type=_words(NETWORKS), default=list(NETWORKS), help="such as A,D")
    add("--tasks", type=_words(TASKS), default=list(TASKS), help="train, infer or both")
    add("--peers", type=_words((*ALL_PEERS, "none")), help=f"of {', '.join(ALL_PEERS)}; or none")
    add("--batch", type=_numbers, help="batches, such as 32,128")
    add("--rounds", type=int, help="how many bursts of each")
    add("--engine", choices=ENGINE_NAMES, default=DEFAULT_ENGINE, help="konv's engine")
    add("--threads", type=int, default=get_threads(), help="of every library")
    add("--layers", action="store_true", help="single layers instead of networks")
    add("--mnist", type=Path, metavar="FOLDER", help="learn the pictures in FOLDER")
    add("--only-mnist", action="store_true", help="nothing but that")
    add("--mnist-network", default=_FAST.small_grey_network, help="a name of konv networks")
    add("--mnist-epochs", type=int, default=_FAST.options["epochs"], help="of the whole recipe")
    add("--compile-budget-s", type=float, help="for torch.compile, all networks together")
    add("--json", type=Path, metavar="FILE", help="write everything into FILE")
    add("--environments", type=Path, default=Path(".venv-bench"), help="where peers are installed")
    add("--python", type=_interpreter, action="append", default=[], metavar="PEER=PATH",
        help="an interpreter that has the peer")  # fmt: skip
    options = parser.parse_args(arguments)
    _check(parser, options)
    return options


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    most = len(available_processors())
    if not 1 <= options.threads <= most:
        parser.error(f"--threads {options.threads}: this machine has {most} processors")
    if options.only_mnist and options.mnist is None:
        parser.error("--only-mnist needs --mnist FOLDER")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds: a whole number from 1 on")
    if options.peers is None:
        options.peers = list(ALL_PEERS if options.all else DEFAULT_PEERS)
    elif "none" in options.peers:
        options.peers = []


def pace_of(options: argparse.Namespace) -> Pace:
    """How long is measured."""
    pace = _QUICK if options.quick else _FULL
    if options.rounds is None:
        return pace
    return Pace(options.rounds, pace.burst_s, pace.case_s * max(1, options.rounds / pace.rounds))


def budget_of(options: argparse.Namespace) -> Budget:
    """How long what takes long to prepare may take."""
    if options.compile_budget_s is not None:
        return Budget(options.compile_budget_s)
    return Budget(0.0 if options.quick else 240.0)
