"""A worker with a library that only counts."""

import io
import json

import numpy as np
import pytest
from benchmarks.suite.job import read_job, write_job
from benchmarks.suite.networks import make_job
from benchmarks.suite.peers.base import Runnable
from benchmarks.suite.worker import Worker, serve

from konv import layers
from konv.network import sequential


class Counting:
    """Training: the loss falls by 1 with every step since the last reset."""

    def __init__(self):
        self.steps, self.resets, self.batches = 0, 0, []
        self.versions = {"counting": "1"}

    def configurations(self, task):
        return ["plain"] if task == "train" else ["plain", "odd"]

    def further_configurations(self, task, best):
        return [f"{best}, compiled"]

    def prepare(self, job, task, configuration):
        if configuration == "odd":
            raise ArithmeticError("an odd one\nwith more lines")

        def run(number):
            self.steps += 1
            self.batches.append(number)
            return 10.0 - self.steps if task == "train" else np.full((2, 1), number)

        return Runnable(run, self.reset)

    def reset(self):
        self.steps, self.resets = 0, self.resets + 1


def network(*middle):
    return sequential([layers.Input((4,)), *middle, layers.Dense(2, activation="softmax")])


@pytest.fixture
def folder(tmp_path):
    write_job(make_job(network(), 3), tmp_path)
    return str(tmp_path)


def answers_to(library, *requests):
    answers = io.StringIO()
    lines = [json.dumps(request) + "\n" for request in requests]
    serve(Worker(library), iter(lines), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def test_a_worker_says_what_it_can_prepares_and_times_bursts(folder):
    library = Counting()
    answers = answers_to(
        library,
        {"do": "describe"},
        {"do": "load", "folder": folder, "task": "train"},
        {"do": "further", "best": "plain"},
        {"do": "prepare", "configuration": "plain"},
        {"do": "burst", "configuration": "plain", "calls": 3, "warm_up": 2},
    )
    assert answers[0] == {"versions": {"counting": "1"}}
    assert answers[1] == {"configurations": ["plain"]}
    assert answers[2] == {"configurations": ["plain, compiled"]}
    assert set(answers[3]) == {"prepare_s", "first_s"}
    assert answers[4]["seconds"] >= 0
    assert library.steps == 5, "counted since the burst began from the first weights"
    assert library.batches == [0, 0, 1, 2, 3, 4]


def test_in_training_the_loss_and_its_fall_are_compared(folder):
    answers = answers_to(
        Counting(),
        {"do": "load", "folder": folder, "task": "train"},
        {"do": "prepare", "configuration": "plain"},
        {"do": "check", "configuration": "plain"},
    )
    assert answers[-1] == {"groups": [[9.0], [-1.0, -2.0, -3.0, -4.0, -5.0]]}


def test_in_inference_the_outputs_of_the_first_batch_are_compared(folder):
    answers = answers_to(
        Counting(),
        {"do": "load", "folder": folder, "task": "infer"},
        {"do": "prepare", "configuration": "plain"},
        {"do": "check", "configuration": "plain"},
    )
    assert answers[-1] == {"groups": [[0.0, 0.0]]}


def test_steps_that_draw_random_numbers_are_not_compared(tmp_path):
    write_job(make_job(network(layers.Dropout(0.5)), 3), tmp_path)
    answers = answers_to(
        Counting(),
        {"do": "load", "folder": str(tmp_path), "task": "train"},
        {"do": "prepare", "configuration": "plain"},
        {"do": "check", "configuration": "plain"},
    )
    assert answers[-1] == {"groups": []}


def test_what_a_library_raises_is_its_answer_and_the_worker_goes_on(folder, capsys):
    answers = answers_to(
        Counting(),
        {"do": "prepare", "configuration": "plain"},
        {"do": "load", "folder": folder, "task": "infer"},
        {"do": "prepare", "configuration": "odd"},
        {"do": "describe"},
        {"do": "quit"},
        {"do": "describe"},
    )
    assert answers[0] == {"error": "LookupError: no job was loaded"}
    assert answers[2] == {"error": "ArithmeticError: an odd one"}
    assert answers[3:] == [{"versions": {"counting": "1"}}]
    assert "with more lines" in capsys.readouterr().err


def test_a_job_is_read_as_it_was_written(tmp_path):
    job = make_job(network(), 3)
    write_job(job, tmp_path)
    read = read_job(tmp_path)
    assert (read.network, read.graph) == (job.network, job.graph)
    np.testing.assert_array_equal(read.pictures.pixels, job.pictures.pixels)
    np.testing.assert_array_equal(read.pictures.targets, job.pictures.targets)
    for name, weight in job.weights.items():
        np.testing.assert_array_equal(read.weights[name], weight)


def test_pictures_are_the_same_as_bytes_and_as_numbers():
    pictures = make_job(network(), 3).pictures
    np.testing.assert_array_equal(np.rint(pictures.images * 255), pictures.pixels)
    assert pictures.images.dtype == np.float32


def test_a_job_depends_on_nothing_but_network_and_batch():
    first, second = make_job(network(), 3), make_job(network(), 3)
    np.testing.assert_array_equal(first.pictures.pixels, second.pictures.pixels)
    for name, weight in first.weights.items():
        np.testing.assert_array_equal(weight, second.weights[name])
