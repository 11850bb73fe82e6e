"""Saving a model costs nothing that was there before, wherever it is cut short."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from formats.example_models import assert_same, renamed, simple
from konv.errors import FormatError
from konv.formats import read_model, write_model

TESTS = Path(__file__).parents[1]

FORMER, LATTER = simple(), renamed()


def run(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )


# Forks a saving process that is killed at its nth call into Python's own code from konv/files.py,
# for n = 1, 2, … until one is not killed any more. Prints which of the two models each left behind.
KILLED_AT_EVERY_STEP = """
import os, signal, sys
import konv.files
from formats.example_models import renamed, simple
from konv.formats import read_model, write_model

path, FORMER, LATTER = sys.argv[1], simple(), renamed()

def killed_at(step):
    calls = 0
    def count(frame, event, function):
        nonlocal calls
        if event == "c_call" and frame.f_code.co_filename == konv.files.__file__:
            calls += 1
            if calls == step:
                os.kill(os.getpid(), signal.SIGKILL)
    return count

step, status = 0, signal.SIGKILL
while status == signal.SIGKILL:
    step += 1
    write_model(path, FORMER)
    child = os.fork()
    if not child:
        sys.setprofile(killed_at(step))
        write_model(path, LATTER)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    found = read_model(path).class_names
    print({FORMER.class_names: "former", LATTER.class_names: "latter"}[found], flush=True)
"""


def test_killed_at_any_step_either_the_former_or_the_whole_new_model_is_there(tmp_path):
    process = run(KILLED_AT_EVERY_STEP, tmp_path / "model.konv")
    lines = process.communicate(timeout=60)[0].split()
    assert process.returncode == 0
    assert len(lines) > 10, "the steps of writing were not seen"
    turn = lines.index("latter")
    assert lines == ["former"] * turn + ["latter"] * (len(lines) - turn)
    assert 5 < turn < len(lines) - 1, "kills before and after the renaming are needed"


SAVING_AGAIN_AND_AGAIN = """
import sys
from formats.example_models import large
from konv.formats import write_model

models = large(1), large(2)
for turn in range(10**9):
    write_model(sys.argv[1], models[turn % 2])
    if not turn:
        print("saved", flush=True)
"""


@pytest.mark.parametrize("wait_s", [0.0, 0.004, 0.011, 0.023, 0.05])
def test_killed_at_any_time_a_whole_model_is_there(wait_s, tmp_path):
    path = tmp_path / "model.konv"
    process = run(SAVING_AGAIN_AND_AGAIN, path)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "saved\n"
    time.sleep(wait_s)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    kernel = read_model(path).weights["dense_1/kernel"]
    assert kernel[0, 0] in (1, 2)
    assert (kernel == kernel[0, 0]).all()
    write_model(path, FORMER)
    assert_same(read_model(path), FORMER)


NO_MORE_ROOM = """
import resource, signal, sys
from formats.example_models import large
from konv.errors import FormatError
from konv.formats import write_model

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_model(sys.argv[1], large(1))
except FormatError as error:
    print(error)
"""


def test_a_file_that_may_not_grow_leaves_the_former_model_and_nothing_else(tmp_path):
    path = tmp_path / "model.konv"
    write_model(path, FORMER)
    process = run(NO_MORE_ROOM, path)
    message = process.communicate(timeout=60)[0]
    assert message.startswith(f"K405 in {path}: cannot be written: ")
    assert "unchanged" in message
    assert_same(read_model(path), FORMER)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
def test_a_disk_that_fails_leaves_the_former_model_and_nothing_else(
    call, number, tmp_path, monkeypatch
):
    path = tmp_path / "model.konv"
    write_model(path, FORMER)

    def failing(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing)
        with pytest.raises(FormatError, match="K405") as caught:
            write_model(path, LATTER)
    assert os.strerror(number) in str(caught.value)
    assert_same(read_model(path), FORMER)
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_is_an_error_with_the_path(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "model.konv"
    with pytest.raises(FormatError, match="K405") as caught:
        write_model(path, FORMER)
    assert str(path) in str(caught.value)


def test_what_is_loaded_does_not_follow_the_file(tmp_path):
    """A model in use must not change, or crash the process, when its file is replaced or cut."""
    path = tmp_path / "model.konv"
    write_model(path, FORMER)
    found = read_model(path)
    path.write_bytes(b"")
    assert_same(found, FORMER)
