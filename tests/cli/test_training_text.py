"""What training takes, in words: in units that suit, and whether it was measured."""

import pytest

from konv.cli.training_text import training_facts, training_lines
from konv.engines.compiled.forecast.estimate import TrainingEstimate
from konv.engines.compiled.forecast.trial import Trial
from konv.engines.compiled.plan.training_memory import TrainingMemory


def estimate(**settings):
    known = {
        "loss": "SparseCategoricalCrossentropy",
        "optimizer": "Adam",
        "pixels": "uint8",
        "batch_size": 64,
        "threads": 2,
        "kernels": 25,
        "cached": False,
        "compile_s": 0.72,
        "code_bytes": 1024,
        "memory": TrainingMemory(1024, 2048, 1024, 512, 512),
        "predicted_s": 0.0000331,
        "trial": Trial(64, 35, 0.0064),
    }
    return TrainingEstimate(**{**known, **settings})


def text(pictures=60_000, **settings):
    return " ".join(" ".join(training_lines(estimate(**settings), pictures)).split())


def test_memory_is_told_by_its_parts():
    assert "6.0 KiB: weights 1.0 KiB, optimizer 2.0 KiB, gradients 1.0 KiB" in text()
    assert training_facts(estimate(), 10)["memory_bytes"] == 6 * 1024


def test_what_was_measured_is_said_to_be():
    said = text()
    assert "6.4 ms for 64 pictures, measured here just now: the median of 35 steps" in said
    assert "100 µs per picture, where the plan predicts 33.1 µs" in said
    assert "6 s for 60,000 pictures" in said


def test_what_was_not_measured_is_said_not_to_be():
    said = text(trial=None)
    assert "33.1 µs per picture, predicted from the plan; not measured" in said
    assert "1.99 s for 60,000 pictures" in said
    assert training_facts(estimate(trial=None), 10)["measured"] is False


@pytest.mark.parametrize(
    ("pictures", "said"),
    [(1, "100 µs for 1 "), (50, "5 ms for"), (6_000_000, "600 s"), (60_000_000, "100 min")],
)
def test_times_are_in_the_unit_that_suits(pictures, said):
    # 600 s are ten minutes
    assert said.replace("600 s", "10 min") in text(pictures)


def test_code_is_new_or_kept():
    assert "720 ms: 25 kernels, compiled for the first time" in text()
    assert "kept from an earlier time" in text(cached=True)


def test_the_lines_fit_the_screen():
    assert max(map(len, training_lines(estimate(), 50_000_000))) <= 80
