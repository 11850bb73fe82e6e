"""Fresh processes: their cache is the one that is given, and aims are for all of compiling."""

import gc
from pathlib import Path

import pytest
from benchmarks.suite.fresh import Fresh, fresh_table
from benchmarks.suite.networks import make_job
from benchmarks.suite.peers.konv import make
from benchmarks.suite.process import Launch

from konv import Dense, Flatten, Input, Sequential, compile_info
from konv.files import cache_folder


def test_a_worker_keeps_machine_code_where_it_is_told(tmp_path, monkeypatch):
    launch = Launch("konv", Path("python"), 2, tmp_path, "compiled")
    for name, value in launch.environment({"XDG_CACHE_HOME": "/elsewhere"}).items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == tmp_path / "konv"


def test_a_worker_may_keep_byte_code_as_installed_packages_do(tmp_path):
    launch = Launch("konv", Path("python"), 2, tmp_path, "compiled")
    variables = launch.environment({"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/home"})
    assert "PYTHONDONTWRITEBYTECODE" not in variables
    assert variables["HOME"] == "/home"


@pytest.mark.parametrize(
    ("cold", "warm", "said"),
    [
        (1.4, 0.14, ["1.40 ✓≤1.5", "2.000", "0.140 ✓≤0.15", "0.060"]),
        (1.6, 0.16, ["1.60 ✗≤1.5", "2.000", "0.160 ✗≤0.15", "0.060"]),
    ],
)
def test_compiling_has_an_aim_and_the_first_step_is_said_beside_it(cold, warm, said):
    figures = [Fresh("A", "konv", "train", cold, 2.0, warm, 0.06, 10**7, 10**8)]
    (row,) = (line for line in fresh_table(figures).splitlines() if line.endswith("konv"))
    assert row.split("  ")[-1].strip() == "konv"
    for part in said:
        assert part in row


@pytest.mark.parametrize("task", ["train", "infer"])
def test_what_is_prepared_is_compiled(task, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = Sequential([Input((4, 4, 1)), Flatten(), Dense(3, activation="softmax")])
    job = make_job(model.network, 2)
    library = make(threads=1, cache=tmp_path, engine="compiled")
    gc.collect()  # programs that others left behind
    before = len(compile_info()["programs"])
    ready = library.prepare(job, task, "float32")
    assert len(compile_info()["programs"]) == before + 1
    ready.run(0)
    assert len(compile_info()["programs"]) == before + 1


def test_others_have_no_aims():
    figures = [Fresh("A", "pytorch", "train", 1.0, 9.0, 1.0, 9.0, 10**7, 10**8)]
    assert "≤" not in fresh_table(figures)
