from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from konv.data import Dataset, cache, load
from konv.errors import DataError
from konv.language import using_language

Write = Callable[..., Path]


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.pictures"))


def same(first: Dataset, second: Dataset) -> bool:
    paths = [dataset.train.paths for dataset in (first, second)]
    facts = [
        (d.class_names, d.skipped, d.notes, d.preprocessing, d.fingerprint) for d in (first, second)
    ]
    return paths[0] == paths[1] and facts[0] == facts[1]


def repaint(path: Path, seed: int, *, keep_time: bool) -> None:
    """Other pixels in a file of the same size, and of the same time if asked."""
    status = path.stat()
    pixels = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    assert path.stat().st_size == status.st_size
    if keep_time:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.fixture
def root(write_classes: Write) -> Path:
    # BMP, so that all files have one size.
    names = {unicodedata.normalize("NFD", "장미"): 6, "튤립": 6}
    path = write_classes("꽃", names)
    for file in list(path.rglob("*.png")):
        Image.open(file).save(file.with_suffix(".bmp"))
        file.unlink()
    (path / "튤립/bad.bmp").write_bytes(b"no")
    return path


def test_what_was_decoded_is_read_again_and_not_decoded(root: Path, cache_folder: Path) -> None:
    first = load(root)
    assert len(entries(cache_folder)) == 1
    # Only someone who does not look at the pictures can miss this.
    for seed, file in enumerate(root.rglob("[0-9].bmp")):
        repaint(file, 100 + seed, keep_time=True)
    second = load(root)
    assert same(first, second)
    assert not second.train.images.flags.writeable
    assert len(second.skipped) == 1


def test_a_changed_file_is_decoded_again(root: Path) -> None:
    first = load(root)
    file = next(root.rglob("0.bmp"))
    repaint(file, 77, keep_time=False)
    os.utime(file, ns=(1, 1))
    assert load(root).fingerprint != first.fingerprint


@pytest.mark.parametrize("change", ["add", "remove", "rename", "rename class"])
def test_other_files_are_another_entry(change: str, root: Path, cache_folder: Path) -> None:
    first = load(root)
    file = root / "튤립/0.bmp"
    if change == "add":
        (root / "튤립/9.bmp").write_bytes(file.read_bytes())
    elif change == "remove":
        file.unlink()
    elif change == "rename":
        file.rename(file.with_name("8.bmp"))
    else:
        file.parent.rename(root / "국화")
    second = load(root)
    assert not same(first, second)
    assert len(entries(cache_folder)) == 2
    if change == "rename class":
        assert second.class_names == ("국화", "장미")


def test_a_folder_that_moved_is_known_again(root: Path, cache_folder: Path, tmp_path: Path) -> None:
    first = load(root)
    root.rename(tmp_path / "moved")
    second = load(tmp_path / "moved")
    assert len(entries(cache_folder)) == 1
    assert second.fingerprint == first.fingerprint
    assert second.train.paths is not None
    assert all(path.is_file() for path in second.train.paths)


@pytest.mark.parametrize(
    "other", [{"size": 5}, {"size": (7, 5)}, {"channels": 1}, {"size": 5, "policy": "crop"}]
)
def test_what_is_asked_of_the_pictures_is_part_of_the_entry(
    other: dict[str, Any], root: Path, cache_folder: Path
) -> None:
    load(root)
    load(root, **other)
    assert len(entries(cache_folder)) == 2


@pytest.mark.parametrize("other", [{"seed": 5}, {"limit": 4}, {"validation": 0, "test": 0.4}])
def test_how_they_are_split_is_not(other: dict[str, Any], root: Path, cache_folder: Path) -> None:
    load(root)
    load(root, **other)
    assert len(entries(cache_folder)) == 1


def damage_at(place: int) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        changed = bytearray(content)
        changed[place] ^= 1
        return bytes(changed)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        *(damage_at(place) for place in (0, 1000, -300, -40, -35, -30, -20, -15, -10, -5, -1)),
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content + b"x",
        lambda content: bytes(len(content)),
        lambda content: b"x" * 10,
    ],
)
def test_an_entry_that_is_damaged_is_built_again(
    damage: Callable[[bytes], bytes], root: Path, cache_folder: Path
) -> None:
    first = load(root)
    (entry,) = entries(cache_folder)
    sound = entry.read_bytes()
    entry.unlink()  # the mapped file of the first load stays as it is
    entry.write_bytes(damage(sound))
    assert same(first, load(root))
    assert entry.read_bytes() == sound


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(root)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert same(first, load(root))


def test_a_relative_cache_folder_is_ignored(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    load(root)
    assert not (tmp_path / "here").exists()
    assert len(entries(tmp_path / "home/.cache/konv")) == 1


def test_without_a_home_nothing_is_kept(
    root: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", no_home)
    assert len(load(root).train) == 10
    assert not cache_folder.exists()


def test_it_can_be_turned_off(root: Path, cache_folder: Path) -> None:
    first = load(root, cache=False)
    assert not cache_folder.exists()
    assert same(first, load(root))


def test_the_word_digits_needs_no_cache(cache_folder: Path) -> None:
    load("digits")
    assert not cache_folder.exists()


def test_the_entries_used_longest_ago_make_room(
    write_classes: Write, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = [write_classes(name, {"a": 2, "b": 2}) for name in ("one", "two", "three")]
    made: list[Path] = []
    for number, root in enumerate(roots[:2]):
        load(root)
        (new,) = set(entries(cache_folder)) - set(made)
        os.utime(new, (number, number))
        made.append(new)
    load(roots[0])  # used, so that the second is now the oldest
    room_for_two = sum(path.stat().st_size for path in made)
    monkeypatch.setattr(cache, "MAX_CACHE_BYTES", room_for_two)
    load(roots[2])
    kept = entries(cache_folder)
    assert len(kept) == 2
    assert made[0] in kept
    assert made[1] not in kept


def test_a_set_larger_than_the_cache_is_not_kept(
    root: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_CACHE_BYTES", 1000)
    assert len(load(root).train) == 10
    assert not cache_folder.exists()


def test_what_a_killed_writer_left_is_swept_up_after_a_day(root: Path, cache_folder: Path) -> None:
    cache_folder.mkdir(parents=True)
    old, new = cache_folder / ".a.pictures.1.part", cache_folder / ".b.pictures.2.part"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    load(root)
    assert not old.exists()
    assert new.exists()


def test_files_of_others_in_the_folder_are_left_alone(
    root: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache_folder.mkdir(parents=True)
    other = cache_folder / "kernels.bin"
    other.write_bytes(bytes(10_000))
    os.utime(other, (1, 1))
    monkeypatch.setattr(cache, "MAX_CACHE_BYTES", 5000)
    load(root)
    assert other.exists()


def test_reasons_are_told_in_the_language_of_who_asks(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(root)
    monkeypatch.setattr("konv.data.pictures._", lambda text, **values: f"<{text.format(**values)}>")
    assert load(root).skipped == first.skipped  # as kept
    with using_language("ko"):
        ((_path, reason),) = load(root).skipped
    assert reason.startswith("<")


def test_nothing_readable_is_an_error_each_time(write_classes: Write) -> None:
    root = write_classes("set", {"a": 0})
    (root / "a/1.png").write_bytes(b"no")
    for _time in range(2):
        with pytest.raises(DataError, match="K501"):
            load(root)


def run(code: str, *arguments: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_a_disk_that_fills_up_costs_nothing_but_time(root: Path, cache_folder: Path) -> None:
    code = """
        import resource, sys
        from konv.data import load
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))  # bytes: a part of the entry
        print(load(sys.argv[1]).fingerprint)
    """
    process = run(code, root)
    printed, _errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert list(cache_folder.iterdir()) == []
    assert printed.strip() == load(root).fingerprint


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_process_that_is_killed_leaves_no_entry(root: Path, cache_folder: Path) -> None:
    code = """
        import os, signal, sys
        from konv.data import load
        die = lambda done, total: done and os.kill(os.getpid(), signal.SIGKILL)
        load(sys.argv[1], progress=die)
    """
    process = run(code, root)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert entries(cache_folder) == []
    assert same(load(root, cache=False), load(root))


def test_processes_that_decode_at_once_agree(root: Path, cache_folder: Path) -> None:
    code = """
        import sys
        from konv.data import load
        print(load(sys.argv[1]).fingerprint)
    """
    processes = [run(code, root) for _number in range(4)]
    printed = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert all(process.returncode == 0 for process in processes)
    assert printed == {load(root).fingerprint}
    assert len(list(cache_folder.iterdir())) == 1
