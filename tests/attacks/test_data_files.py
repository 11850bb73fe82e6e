"""Files of arrays that lie, that are cut, that are bombs: an error, quickly, and for no memory."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import struct
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from konv.data import Dataset, check, find_pictures, load
from konv.errors import KonvError

SECONDS = 5  # for any single file


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def idx(values: np.ndarray) -> bytes:
    lengths = struct.pack(f">{values.ndim}I", *values.shape)
    return bytes([0, 0, 8, values.ndim]) + lengths + values.tobytes()


IMAGES = np.random.default_rng(0).integers(0, 256, (6, 3, 4), dtype=np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2], dtype=np.uint8)
RECORDS = b"".join(bytes([label]) + bytes(range(256)) * 12 for label in (3, 1, 4))


def npz(save: Callable[..., None]) -> bytes:
    file = io.BytesIO()
    save(file, x_train=IMAGES, y_train=LABELS)
    return file.getvalue()


# The name of the file under attack → its sound bytes.
SAMPLES = {
    "train-images-idx3-ubyte": idx(IMAGES),
    "train-labels-idx1-ubyte": idx(LABELS),
    "train-images-idx3-ubyte.gz": gzip.compress(idx(IMAGES), mtime=0),
    "train-labels-idx1-ubyte.gz": gzip.compress(idx(LABELS), mtime=0),
    "train-images-idx3-ubyte.xz": lzma.compress(idx(IMAGES)),
    "data_batch_1.bin.gz": gzip.compress(RECORDS, mtime=0),
    "data_batch_1.bin.xz": lzma.compress(RECORDS),
    "set.npz": npz(np.savez),
    "packed.npz": npz(np.savez_compressed),
}


@pytest.fixture
def attacked(tmp_path: Path) -> Callable[[str, bytes], Dataset | None]:
    """Load the set in which one file has these bytes: the set, or None for an error of konv."""

    def attack(name: str, content: bytes) -> Dataset | None:
        folder = tmp_path / "set"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        if "images" in name:
            (folder / "train-labels-idx1-ubyte").write_bytes(idx(LABELS))
        elif "labels" in name:
            (folder / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
        start = time.monotonic()
        dataset = where = None
        try:
            dataset = load(folder / name if ".npz" in name else folder, cache=False)
        except KonvError as error:
            where = error.where
        assert dataset is not None or (where and str(tmp_path) in where)
        assert time.monotonic() - start < SECONDS
        return dataset

    return attack


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_cut_at_every_byte_it_is_an_error(
    name: str, attacked: Callable[[str, bytes], Dataset | None]
) -> None:
    content = SAMPLES[name]
    assert attacked(name, content) is not None
    assert [n for n in range(len(content)) if attacked(name, content[:n]) is not None] == []


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_with_bits_flipped_it_is_an_error_or_a_set(
    name: str, attacked: Callable[[str, bytes], Dataset | None]
) -> None:
    content = SAMPLES[name]
    generator = random.Random(name)
    for _time in range(150):
        changed = bytearray(content)
        for _flip in range(generator.choice((1, 1, 2, 8))):
            place = generator.randrange(len(changed))
            changed[generator.choice((place, place % 32))] ^= 1 << generator.randrange(8)
        dataset = attacked(name, bytes(changed))
        if dataset is not None:
            labels = np.concatenate([split.labels for split in dataset.splits.values()])
            assert labels.min() >= 0
            assert labels.max() < len(dataset.class_names)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_behind_a_true_beginning_any_bytes_are_an_error_or_a_set(
    name: str, attacked: Callable[[str, bytes], Dataset | None]
) -> None:
    generator = random.Random(name)
    for length in (0, 4, 10, 20, 40, 100):
        for _time in range(8):
            attacked(name, SAMPLES[name][:length] + generator.randbytes(generator.randrange(300)))


@pytest.mark.parametrize("place", range(46 * 2 + 22))
def test_every_byte_of_a_zip_index_may_be_its_greatest(
    place: int, attacked: Callable[[str, bytes], Dataset | None]
) -> None:
    content = bytearray(SAMPLES["packed.npz"])
    content[-1 - place] = 0xFF
    attacked("packed.npz", bytes(content))


def test_a_zip_may_not_name_members_outside(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../x_train.npy", b"x")
        archive.writestr("/etc/y_train.npy", b"y")
    with pytest.raises(KonvError, match="K503"):
        load(path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


BOMBS = """
    import gzip, lzma, struct, sys, zlib
    from pathlib import Path

    folder = Path(sys.argv[1])

    def idx(*lengths):
        return bytes([0, 0, 8, len(lengths)]) + struct.pack(f">{len(lengths)}I", *lengths)

    def put(name, content):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def zeros(pieces, head=b""):
        packer = zlib.compressobj(1, wbits=31)
        parts = [packer.compress(head)]
        parts += [packer.compress(bytes(2**24)) for _ in range(pieces)]
        return b"".join([*parts, packer.flush()])

    labels = idx(6) + bytes(6)
    bombs = {
        "true claim": ("train-images-idx3-ubyte.gz", zeros(8, idx(2**13, 128, 128))),
        "claims less": ("train-images-idx3-ubyte.gz", zeros(8, idx(6, 3, 4))),
        "claims more": ("train-images-idx3-ubyte.gz", zeros(8, idx(2**20, 128, 128))),
        "claims 60 GB": ("train-images-idx3-ubyte.gz", gzip.compress(idx(2**18, 480, 480))),
        "claims 60 MB": ("train-images-idx3-ubyte.gz", gzip.compress(idx(60, 1000, 1000))),
        "claims 60 MB, plain": ("train-images-idx3-ubyte", idx(60, 1000, 1000)),
        "records": ("data_batch_1.bin.gz", zeros(8)),
        "records of xz": ("data_batch_1.bin.xz", lzma.compress(bytes(2**27), preset=0)),
        "not whole": ("data_batch_1.bin.gz", gzip.compress(bytes(63 * 2**20 + 1), 1)),
    }
    for name, (file, content) in bombs.items():
        put(f"{name}/train-labels-idx1-ubyte", labels) if "idx" in file else None
        put(f"{name}/{file}", content)
"""
MEASURED = """
    import resource, time
    from konv.data import load
    from konv.errors import KonvError

    load("digits")
    for name, (file, content) in bombs.items():
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        try:
            load(folder / name)
        except KonvError as error:
            code = error.code
        took = time.monotonic() - start
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        print(name, code, took, grown - len(content), sep=":")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from Linux")
def test_no_bomb_takes_memory_or_time(tmp_path: Path) -> None:
    code = textwrap.dedent(BOMBS) + textwrap.dedent(MEASURED)
    command = [sys.executable, "-c", code, str(tmp_path)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.split(":") for line in printed.splitlines()]
    assert len(lines) == 9
    for name, code, seconds, grown in lines:
        assert code in ("K401", "K602", "K503"), name
        assert float(seconds) < SECONDS, name
        assert int(grown) < 64 * 2**20, name


def test_folders_that_lead_in_circles_end(tmp_path: Path) -> None:
    loop = tmp_path / "set/a/loop"
    loop.parent.mkdir(parents=True)
    loop.symlink_to(tmp_path / "set", target_is_directory=True)
    (tmp_path / "set/self").symlink_to(tmp_path / "set/self")
    for function in (load, check, lambda path: find_pictures([path])):
        with pytest.raises(KonvError, match="K501"):
            function(tmp_path / "set")


def test_a_tower_of_folders_is_no_danger(tmp_path: Path) -> None:
    (tmp_path / "set" / "/".join(["d"] * 400)).mkdir(parents=True)
    start = time.monotonic()
    for function in (load, check, lambda path: find_pictures([path])):
        with pytest.raises(KonvError, match="K501"):
            function(tmp_path / "set")
    assert time.monotonic() - start < SECONDS


def test_a_folder_that_may_not_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests may run as root, whom no permission stops.
    (tmp_path / "set/a").mkdir(parents=True)

    def refuse(_path: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(KonvError, match=r"K501.*cannot be listed: Permission denied"):
        load(tmp_path / "set")
