"""kill −9 at every step and at any moment, and readers while writers race: no half file, ever."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from konv.files import write_atomically

FORMER = b"what was there before"


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "model.konv"
    target.write_bytes(FORMER)
    return target


KILLED_AT = ["first piece", "last piece", "fsync", "replace", "folder"]
KILLED = """
import os, signal, stat, sys
from konv.files import write_atomically

path, moment = sys.argv[1:]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def pieces():
    if moment == "first piece":
        die()
    yield b"n" * 100_000
    if moment == "last piece":
        die()
    yield b"w" * 100_000

def fsync(descriptor, fsync=os.fsync):
    is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
    if moment == ("folder" if is_folder else "fsync"):
        die()
    fsync(descriptor)

def replace(source, target, replace=os.replace):
    if moment == "replace":
        die()
    replace(source, target)

os.fsync, os.replace = fsync, replace
write_atomically(path, pieces())
"""


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_kill_at_any_step_leaves_the_former_file_or_the_new_one(path, moment):
    done = subprocess.run([sys.executable, "-c", KILLED, path, moment], check=False)
    assert done.returncode == -signal.SIGKILL
    new = b"n" * 100_000 + b"w" * 100_000
    assert path.read_bytes() == (new if moment == "folder" else FORMER)
    write_atomically(path, b"after the crash")
    assert path.read_bytes() == b"after the crash"


WRITER = """
import itertools, sys
from konv.files import write_atomically

for number in itertools.count(int(sys.argv[2])):
    text = b"%012d" % number
    write_atomically(sys.argv[1], (text * 5_000 for _ in range(10)))
"""


def number_in(content):
    """The number of which a complete file holds nothing but repetitions."""
    assert len(content) == 12 * 5_000 * 10
    assert content == content[:12] * 50_000
    return int(content[:12])


def test_kills_at_random_moments_never_leave_half_a_file(tmp_path):
    target, moments, number = tmp_path / "counter", random.Random(0), 0
    for _ in range(12):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, target, str(number)])
        while not target.exists() or number_in(target.read_bytes()) < number:
            assert writer.poll() is None
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.1))
        writer.kill()
        assert writer.wait() == -signal.SIGKILL
        found = number_in(target.read_bytes())
        assert found >= number, "a former file never comes back"
        number = found + 1
    assert number > 12


def test_readers_never_see_half_a_file_while_writers_race(tmp_path):
    target = tmp_path / "counter"
    write_atomically(target, b"%012d" % 0 * 50_000)

    def write(start):
        for number in range(start, start + 15):
            write_atomically(target, [b"%012d" % number * 5_000] * 10)

    writers = [threading.Thread(target=write, args=(start,)) for start in (100, 200, 300)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        number_in(target.read_bytes())
    for writer in writers:
        writer.join()
    assert number_in(target.read_bytes()) in (114, 214, 314)
    assert os.listdir(tmp_path) == ["counter"]
