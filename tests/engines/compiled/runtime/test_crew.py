"""Threads at the edges of a process: its end, a fork, an interruption, no further threads."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from konv.engines.compiled.plan.structure import Call, Phase
from konv.engines.compiled.runtime import crew as crew_module
from konv.engines.compiled.runtime.crew import Crew, crew
from konv.engines.compiled.runtime.execution import Executable
from konv.engines.compiled.target import host_target
from oracles.toy_kernels import Mark, marking, plan_of

TESTS = Path(__file__).parents[3]
BEFORE = f"""
import os, signal, sys, threading, time
sys.path.insert(0, {str(TESTS)!r})
import numpy as np
from konv.engines.compiled.runtime.crew import crew
from konv.engines.compiled.runtime.execution import Executable
from konv.engines.compiled.target import host_target
from oracles.toy_kernels import marking

def run(program, pictures=64, threads=3):
    x = np.zeros(pictures, np.float32)
    program.run({{"x": x}}, pictures=pictures, threads=threads)
    return set(x.tolist())

program = Executable(marking(turns=30), host_target())
assert run(program) == {{30}}
assert crew.size == 2
"""


def in_a_process(program):
    """Run it; it must end by itself, without a word of complaint."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BEFORE + program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    "state",
    [
        "",  # helpers still listen
        "time.sleep(0.05)",  # they sleep
        "threading.Thread(target=lambda: [run(program) for _ in range(2000)], daemon=True).start()",
        "threading.Thread(target=lambda: [run(program) for _ in range(200)]).start()",
        "import atexit; atexit.register(lambda: run(program))",
        "program = None",
    ],
)
def test_a_process_ends_whatever_its_helpers_do(state):
    for _turn in range(3):
        in_a_process(state)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")


@needs_fork
@pytest.mark.parametrize("pause_s", [0, 0.05])
def test_a_child_has_helpers_of_its_own(pause_s):
    said = in_a_process(f"""
time.sleep({pause_s})
child = os.fork()
if not child:
    assert crew.size == 0
    for turn in range(20):
        assert run(program) == {{30}}
    assert crew.size == 2
    other = Executable(marking(turns=31), host_target())
    assert run(other) == {{31}}
    os._exit(7)
for turn in range(20):
    assert run(program) == {{30}}
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""")
    assert said == "7\n"


@needs_fork
def test_a_child_can_run_what_another_thread_was_running():
    said = in_a_process("""
program = Executable(marking(turns=2_000_000), host_target())
thread = threading.Thread(target=run, args=(program, 64, 1))
thread.start()
while not program._lock.locked():
    time.sleep(0)
child = os.fork()
if not child:
    x = np.zeros(1, np.float32)
    program.run({"x": x}, pictures=1, threads=1)
    os._exit(int(x[0]) // 1_000_000)
thread.join()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""")
    assert said == "2\n"


@needs_fork
def test_a_pool_of_processes_computes():
    in_a_process("""
import multiprocessing

def work(_number):
    return run(program)

with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(work, range(20)) == [{30}] * 20
""")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_helpers_survive_interruptions():
    in_a_process("""
pid, runs, interrupted = os.getpid(), 0, 0
stop = threading.Event()

def interrupt():
    while not stop.wait(0.002):
        os.kill(pid, signal.SIGINT)

threading.Thread(target=interrupt, daemon=True).start()
until = time.monotonic() + 1.5
while time.monotonic() < until:
    try:
        while time.monotonic() < until:
            assert run(program) == {30}
            runs += 1
    except KeyboardInterrupt:
        interrupted += 1
signal.signal(signal.SIGINT, signal.SIG_IGN)
stop.set()
assert runs > 50 and interrupted > 50, (runs, interrupted)
assert not program._lock.locked()
assert crew.size == 2 and sum(t.name.startswith("konv-") for t in threading.enumerate()) == 2
assert run(program) == {30}
""")


def test_where_the_system_gives_no_further_thread_fewer_do_it(monkeypatch):
    own = Crew()
    program = Executable(marking(), host_target())
    started = []

    def start(thread):
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        original(thread)

    original = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setattr("konv.engines.compiled.runtime.execution.crew", own)
    for _turn in range(5):
        x = np.zeros(64, np.float32)
        program.run({"x": x}, pictures=64, threads=4)
        assert set(x) == {1}
    assert own.size == 1
    own.dismiss()
    assert not started[0].is_alive()


def test_helpers_are_hired_once_and_leave_when_they_are_dismissed(monkeypatch):
    own = Crew()
    monkeypatch.setattr("konv.engines.compiled.runtime.execution.crew", own)
    program = Executable(marking(), host_target())
    for threads, size in ((1, 0), (2, 1), (4, 3), (2, 3), (4, 3)):
        program.run({"x": np.zeros(64, np.float32)}, pictures=64, threads=threads)
        assert own.size == size
    own.dismiss()
    x = np.zeros(64, np.float32)
    program.run({"x": x}, pictures=64, threads=4)  # by this thread alone
    assert set(x) == {1}


def test_helpers_without_work_take_no_time():
    program = Executable(marking(), host_target())
    program.run({"x": np.zeros(64, np.float32)}, pictures=64, threads=3)
    time.sleep(0.2)
    begun_s = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - begun_s < 0.1
    assert crew.size >= 2


@pytest.mark.parametrize(
    ("operations", "gaps_s", "woken"),
    [
        (400_000, [0, 0.01, 0.01], [True, True, True]),  # large: every time
        (100_000, [0, 0.01, 0.01], [False, False, False]),  # small, and far between
        (100_000, [0, 0.0002, 0.0002], [False, True, False]),  # small, but the next follows soon
        (100_000, [0, 0.0002, 0.0002, 0.0005, 0.0005], [False, True, False, False, True]),
    ],
)
def test_helpers_are_woken_where_it_pays(operations, gaps_s, woken, monkeypatch):
    class Costly(Mark):
        """A kernel that says what it costs."""

    Costly.operations = operations
    own, now_s = Crew(), 100.0
    monkeypatch.setattr("konv.engines.compiled.runtime.execution.crew", own)
    monkeypatch.setattr(crew_module.time, "monotonic", lambda: now_s)
    calls = []
    monkeypatch.setattr(crew_module._Helper, "wake", lambda helper: calls.append(helper))
    program = Executable(plan_of(Phase("mark", (Call(Costly(), ("x",)),))), host_target())
    found = []
    for gap_s in gaps_s:
        now_s += gap_s
        calls.clear()
        program.run({"x": np.zeros(24, np.float32)}, pictures=24, threads=3)
        found.append(bool(calls))
    assert found == woken
    monkeypatch.undo()
    own.dismiss()
