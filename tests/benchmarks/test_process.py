"""Real processes, with konv as the library."""

import sys
from pathlib import Path

import pytest
from benchmarks.suite.job import write_job
from benchmarks.suite.networks import make_job
from benchmarks.suite.process import Launch, WorkerError, WorkerProcess

from konv import layers
from konv.network import sequential


def launch(tmp_path, peer="konv"):
    return Launch(peer, Path(sys.executable), 1, tmp_path / "cache", "reference")


@pytest.fixture
def job(tmp_path):
    network = sequential([
        layers.Input((6, 6, 1)), layers.Conv2D(2, 3), layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    write_job(make_job(network, 4), tmp_path / "job")
    return str(tmp_path / "job")


def test_bytes_and_float32_give_the_same_numbers_and_bursts_take_time(tmp_path, job):
    groups = {}
    for peer, configuration in (("konv", "float32"), ("konv-uint8", "uint8")):
        with WorkerProcess(launch(tmp_path, peer), tmp_path / "log") as worker:
            assert worker.ask("load", folder=job, task="train")["configurations"] == [configuration]
            worker.ask("prepare", configuration=configuration)
            groups[peer] = worker.ask("check", configuration=configuration)["groups"]
            burst = worker.ask("burst", configuration=configuration, calls=5, warm_up=1)
            assert burst["seconds"] > 0
            assert worker.ask("memory")["peak_bytes"] > 10_000_000
    assert groups["konv"][0] == pytest.approx(groups["konv-uint8"][0], rel=1e-5)
    assert groups["konv"][1][-1] < 0, "the loss falls"


def test_a_request_that_fails_says_why_and_the_worker_goes_on(tmp_path, job):
    with WorkerProcess(launch(tmp_path), tmp_path / "log") as worker:
        with pytest.raises(WorkerError, match="AttributeError") as raised:
            worker.ask("dance")
        assert not raised.value.gone
        assert "konv" in worker.ask("describe")["versions"]


def test_an_answer_that_takes_too_long_ends_the_worker(tmp_path, job):
    with WorkerProcess(launch(tmp_path), tmp_path / "log") as worker:
        worker.ask("load", folder=job, task="infer")
        worker.ask("prepare", configuration="float32")
        with pytest.raises(WorkerError, match="no answer within 0 s") as raised:
            worker.ask("burst", timeout_s=0.05, configuration="float32", calls=10**9, warm_up=0)
        assert raised.value.gone
        with pytest.raises(WorkerError, match="no more"):
            worker.ask("describe")


def test_an_engine_that_does_not_exist_is_an_answer(tmp_path):
    other = Launch("konv", Path(sys.executable), 1, tmp_path, "no-such-engine")
    with WorkerProcess(other, tmp_path / "log") as worker:
        folder = tmp_path / "job"
        network = sequential([layers.Input((2,)), layers.Dense(2)])
        write_job(make_job(network, 2), folder)
        worker.ask("load", folder=str(folder), task="infer")
        with pytest.raises(WorkerError, match="EngineError"):
            worker.ask("prepare", configuration="float32")


def test_a_process_that_ends_at_once_says_its_last_words(tmp_path):
    with pytest.raises(WorkerError, match="KeyError: 'nobody'") as raised:
        WorkerProcess(launch(tmp_path, "nobody"), tmp_path / "log")
    assert raised.value.gone
