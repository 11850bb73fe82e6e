import ast
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from konv.engines.compiled.jit import cache
from konv.engines.compiled.jit.cache import (
    cached_code,
    code_folder,
    entry_name,
    is_kept,
    kept_code,
)
from konv.engines.compiled.target import AARCH64, target_names, target_of

CODE = [bytes(range(50)), b"", b"second"]
OTHER = [b"other"]
posix_only = pytest.mark.skipif(os.name != "posix", reason="users and modes of POSIX")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "konv" / "code"


@pytest.fixture
def entry(folder):
    cached_code("name", lambda: CODE)
    (path,) = folder.iterdir()
    return path


def read_again(name="name"):
    """What an entry gives: its own code, or that of whoever must make it anew."""
    return cached_code(name, lambda: OTHER)


def test_the_folder_is_that_of_konv(folder, monkeypatch):
    assert code_folder() == folder
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert code_folder() == Path("/home/someone/.cache/konv/code")


def test_code_is_made_once(folder):
    first = cached_code("name", lambda: CODE)
    assert (first.objects, first.cached) == (CODE, False)
    again = cached_code("name", lambda: pytest.fail("made twice"))
    assert (again.objects, again.cached) == (CODE, True)
    assert kept_code() == (1, sum(path.stat().st_size for path in folder.iterdir()))


def test_only_what_is_whole_is_kept(entry):
    assert is_kept("name")
    assert not is_kept("other")
    entry.write_bytes(entry.read_bytes()[:-1])
    assert not is_kept("name")


def test_without_a_folder_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(cache, "cache_folder", lambda: None)
    assert not is_kept("name")


def test_empty_code_is_code(folder):
    cached_code("name", list)
    assert read_again().cached


def test_what_fails_to_be_made_is_not_kept(folder):
    with pytest.raises(ZeroDivisionError):
        cached_code("name", lambda: 1 // 0)
    assert read_again().objects == OTHER


def test_any_flipped_byte_is_noticed_and_the_entry_made_anew(entry):
    whole = entry.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        entry.write_bytes(damaged)
        assert read_again().objects == OTHER, place
        assert entry.read_bytes() != bytes(damaged)


def test_any_truncation_is_noticed(entry):
    whole = entry.read_bytes()
    for length in range(len(whole)):
        entry.write_bytes(whole[:length])
        assert read_again().objects == OTHER, length
    entry.write_bytes(whole + b"\0")
    assert read_again().objects == OTHER


def test_an_entry_under_another_name_is_not_used(entry):
    entry.rename(entry.with_name("other.konv-code"))
    assert read_again("other").objects == OTHER


@posix_only
def test_only_their_user_may_look_at_entries(entry):
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700


@posix_only
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o777])
def test_what_others_may_write_is_not_run(mode, entry):
    entry.chmod(mode)
    assert read_again().objects == OTHER
    # It is made anew, so that only its user may write it.
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert read_again().cached


@posix_only
def test_what_belongs_to_another_user_is_not_run(entry, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: entry.stat().st_uid + 1)
    assert read_again().objects == OTHER


@posix_only
@pytest.mark.parametrize("kind", ["pipe", "folder", "link to nowhere", "link to itself"])
def test_something_else_in_the_place_of_an_entry_only_costs_time(kind, entry):
    entry.unlink()
    if kind == "pipe":
        os.mkfifo(entry)
    elif kind == "folder":
        (entry / "inside").mkdir(parents=True)
    else:
        entry.symlink_to(entry if "itself" in kind else entry.parent / "nowhere")
    assert read_again().objects == OTHER


@pytest.mark.parametrize("where", ["", "konv", "konv/code"])
def test_a_file_in_the_place_of_the_folder_only_costs_time(where, tmp_path, monkeypatch):
    base = tmp_path / "base"
    path = base / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(base))
    for _turn in range(2):
        code = cached_code("name", lambda: CODE)
        assert (code.objects, code.cached) == (CODE, False)
    assert path.read_bytes() == b""
    assert kept_code() == (0, 0)


@posix_only
def test_a_folder_that_cannot_be_written_only_costs_time(folder):
    program = """
import os
from konv.engines.compiled.jit.cache import cached_code
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
for turn in range(2):
    code = cached_code("name", lambda: [b"code"])
    assert (code.objects, code.cached) == ([b"code"], False)
"""
    folder.mkdir(parents=True)
    for mode in (0o500, 0o000):
        folder.chmod(mode)
        subprocess.run([sys.executable, "-c", program], check=True)
    folder.chmod(0o700)
    assert list(folder.iterdir()) == []


@posix_only
def test_entries_that_can_only_be_read_are_used(entry, monkeypatch):
    def refused(*_arguments):
        raise PermissionError

    monkeypatch.setattr(os, "utime", refused)
    assert read_again().cached


def test_without_a_home_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(cache, "cache_folder", lambda: None)
    for _turn in range(2):
        assert cached_code("name", lambda: CODE).objects == CODE
    assert kept_code() == (0, 0)


@pytest.fixture
def compiler(tmp_path, monkeypatch):
    """A copy of the compiler's files, taken for them."""
    source = Path(cache.__file__).parents[1]
    copy = tmp_path / "compiled"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache, "__file__", str(copy / "jit" / "cache.py"))
    yield copy
    cache._writer.cache_clear()


def test_names_change_with_everything_that_code_depends_on(compiler, monkeypatch):
    target = target_of(target_names()[0])

    def name(description="plan", target=target):
        cache._writer.cache_clear()
        return entry_name(description, target)

    names = [name(), name("another plan"), name("plan", AARCH64)]
    names.append(name("plan", replace(target, features="+x")))
    with monkeypatch.context() as changed:
        changed.setattr("llvmlite.__version__", "0.0")
        names.append(name())
    with monkeypatch.context() as changed:
        changed.setattr(sys, "platform", "another")
        names.append(name())
    assert name() == names[0]
    (compiler / "new.py").write_bytes(b"")
    names.append(name())
    (compiler / "new.py").rename(compiler / "newer.py")
    names.append(name())
    (compiler / "newer.py").write_bytes(b"#")
    names.append(name())
    assert len(set(names)) == len(names)


def test_what_is_not_used_for_longest_is_removed_first(folder, monkeypatch):
    for number in range(4):
        cached_code(f"{number}", lambda: CODE)
        os.utime(folder / f"{number}.konv-code", (number, number))
    assert read_again("0").cached  # and so it is the latest
    one = kept_code()[1] // 4
    monkeypatch.setattr(cache, "MAX_CODE_CACHE_BYTES", 3 * one)
    cached_code("4", lambda: CODE)
    assert sorted(path.name for path in folder.iterdir()) == [
        "0.konv-code",
        "3.konv-code",
        "4.konv-code",
    ]


def test_what_a_crash_left_half_written_is_removed_too(folder, monkeypatch):
    folder.mkdir(parents=True)
    (folder / ".crashed.konv-part").write_bytes(bytes(64))
    os.utime(folder / ".crashed.konv-part", (0, 0))
    monkeypatch.setattr(cache, "MAX_CODE_CACHE_BYTES", 150)
    cached_code("name", lambda: CODE)
    assert [path.name for path in folder.iterdir()] == ["name.konv-code"]


def test_what_others_have_put_there_is_left_alone(folder, monkeypatch):
    folder.mkdir(parents=True)
    (folder / "letter.txt").write_bytes(bytes(1000))
    os.utime(folder / "letter.txt", (0, 0))
    monkeypatch.setattr(cache, "MAX_CODE_CACHE_BYTES", 10)
    cached_code("name", lambda: CODE)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]
    assert kept_code() == (0, 0)


def test_threads_that_remove_and_write_at_once_get_what_they_ask_for(folder, monkeypatch):
    monkeypatch.setattr(cache, "MAX_CODE_CACHE_BYTES", 3000)
    wrong = []

    def work():
        for turn in range(60):
            number = turn % 7
            code = cached_code(f"{number}", lambda number=number: [bytes([number]) * 1000])
            if code.objects != [bytes([number]) * 1000]:
                wrong.append(number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert not list(folder.glob(".*.konv-part"))


PROCESS = """
import sys, time
from konv.engines.compiled.jit import cache
cache.MAX_CODE_CACHE_BYTES = 400_000
until = time.monotonic() + 1.0
used = set()
while time.monotonic() < until:
    for number in range(6):
        content = [bytes([number]) * 100_000]
        code = cache.cached_code(str(number), lambda: content)
        assert code.objects == content
        used.add(code.cached)
print(sorted(used))
"""


def test_processes_share_a_folder(folder):
    processes = [
        subprocess.Popen([sys.executable, "-c", PROCESS], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in processes:
        said, _errors = process.communicate(timeout=60)
        assert process.returncode == 0
        assert ast.literal_eval(said) == [False, True]


def test_nothing_waits_for_the_disk(folder, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _file: pytest.fail("waits"))
    cached_code("name", lambda: CODE)
    assert read_again().cached


def test_code_is_read_within_milliseconds(folder):
    large = [os.urandom(3_000)] * 100
    cached_code("name", lambda: large)
    seconds = []
    for _turn in range(5):
        begun = time.perf_counter()
        assert read_again().objects == large
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 0.02
