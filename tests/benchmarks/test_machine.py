import os
import subprocess
from pathlib import Path

import pytest
from benchmarks.suite import environments, peak, processors
from benchmarks.suite.environments import PEERS, Environments, NotInstalledError
from benchmarks.suite.machine import machine_text
from benchmarks.suite.memory import peak_bytes
from benchmarks.suite.others import Ticks, others_part, read_ticks
from benchmarks.suite.processors import chosen_processors, siblings


def test_threads_go_to_cores_before_they_share_one(monkeypatch):
    pairs = {0: [0, 2], 2: [0, 2], 1: [1, 3], 3: [1, 3]}
    monkeypatch.setattr(processors, "available_processors", lambda: [0, 1, 2, 3])
    monkeypatch.setattr(processors, "siblings", pairs.__getitem__)
    assert chosen_processors(2) == (0, 1)
    assert chosen_processors(3) == (0, 1, 2)
    with pytest.raises(ValueError, match="5 threads on 4"):
        chosen_processors(5)


@pytest.mark.parametrize(
    ("text", "expected"), [("0-1\n", [0, 1]), ("1,5\n", [1, 5]), ("3\n", [3]), (None, [3])]
)
def test_the_processors_of_a_core_are_read_as_linux_lists_them(
    monkeypatch, tmp_path, text, expected
):
    if text is not None:
        (tmp_path / "3").write_text(text)
    monkeypatch.setattr(processors, "_TOPOLOGY", str(tmp_path / "{number}"))
    assert siblings(3) == expected


def test_the_loop_of_the_peak_runs_and_counts_its_multiply_adds(monkeypatch):
    monkeypatch.setattr(peak, "_ROUNDS", 100_000)
    monkeypatch.setattr(peak, "_TRIALS", 2)
    assert 0.5 < peak.peak_gflops(1) < 2000


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_the_loop_is_valid_for_every_width(lanes):
    import llvmlite.binding as llvm

    llvm.parse_assembly(peak.loop_text(lanes)).verify()


def test_a_process_knows_its_largest_size():
    before = peak_bytes()
    ballast = bytearray(os.urandom(1 << 20) * 64)
    assert peak_bytes() >= before
    assert peak_bytes() > len(ballast)


def test_a_busy_machine_is_said_to_be_busy():
    machine = {
        "processor": "P", "threads": 2, "processors": 4, "instruction_sets": ["avx2"],
        "peak_gflops": 100.0, "sgemm_gflops": 90.0, "bandwidth_gb_s": 10.0, "others": 0.05,
    }  # fmt: skip
    assert "BUSY" not in machine_text(machine)
    assert "others use 60 %" in machine_text({**machine, "others": 0.6})
    assert "unknown" in machine_text({**machine, "peak_gflops": None, "others": None})


def test_an_interpreter_that_is_given_needs_no_environment(tmp_path):
    given = Environments(tmp_path / "none", {"pytorch": Path("/x/python")})
    assert given.python("pytorch") == Path("/x/python")
    assert not (tmp_path / "none").exists()


def test_an_environment_is_made_once(tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(environments.venv, "create", lambda folder, with_pip: folder.mkdir())
    monkeypatch.setattr(
        environments.subprocess, "run", lambda command, **_options: commands.append(command)
    )
    places = Environments(tmp_path, {})
    assert places.python("pytorch") == places.python("onnxruntime"), "they share one"
    assert len(commands) == 1
    assert set(PEERS["pytorch"].requirements) <= set(commands[0])


def test_an_environment_that_cannot_be_made_says_pips_last_line(tmp_path, monkeypatch):
    def fail(command, **_options):
        raise subprocess.CalledProcessError(1, command, stderr="looking\nERROR: no such wheel\n")

    monkeypatch.setattr(environments.venv, "create", lambda folder, with_pip: folder.mkdir())
    monkeypatch.setattr(environments.subprocess, "run", fail)
    with pytest.raises(NotInstalledError, match="no such wheel"):
        Environments(tmp_path, {}).python("tinygrad")


def test_others_have_what_was_neither_idle_nor_ours():
    before, after = Ticks(idle=100, total=1000, ours=10), Ticks(idle=140, total=1100, ours=35)
    assert others_part(before, after) == pytest.approx(0.35)
    assert others_part(before, before) is None
    assert others_part(None, after) is None


@pytest.mark.skipif(not os.path.exists("/proc/stat"), reason="only Linux keeps count")
def test_the_time_of_our_process_is_counted():
    before = read_ticks([os.getpid()])
    while (after := read_ticks([os.getpid()])).ours < before.ours + 3:
        sum(range(10_000))
    assert after.total > before.total
    assert 0 <= others_part(before, after) <= 1


def test_a_process_that_is_gone_leaves_no_count():
    assert read_ticks([2**30]) is None
