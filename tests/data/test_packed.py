from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from konv.data import packed
from konv.data.packed import packed_file, read_lines, unpacked_name
from konv.errors import FormatError, KonvError, LimitError

Write = Callable[..., Path]
ENDINGS = ["", ".gz", ".xz"]


def accept(_count: int) -> None:
    pass


def read(path: Path, at_most: int = 2**62) -> bytes:
    return packed_file(path).read(accept, at_most=at_most).tobytes()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_bytes_come_back(ending: str, size: int, write_bytes: Write) -> None:
    content = (np.random.default_rng(0).bytes(997) * (size // 997 + 1))[:size]
    path = write_bytes(f"file{ending}", content)
    assert read(path) == content
    assert packed_file(path).head(100) == content[:100]


def test_several_members_behind_each_other_are_one(tmp_path: Path) -> None:
    (tmp_path / "two.gz").write_bytes(gzip.compress(b"one") + gzip.compress(b"two"))
    (tmp_path / "two.xz").write_bytes(lzma.compress(b"one") + b"\0" * 4 + lzma.compress(b"two"))
    (tmp_path / "far.xz").write_bytes(lzma.compress(b"one") + b"\0" * 2**21 + lzma.compress(b"two"))
    for name in ("two.gz", "two.xz", "far.xz"):
        assert read(tmp_path / name) == b"onetwo"


def test_what_does_not_fit_beside_the_file_is_counted_first(
    write_bytes: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_SPARE_BYTES", 0)
    for ending in (".gz", ".xz"):
        path = write_bytes(f"zeros{ending}", bytes(5 * 2**20))
        counts = []
        values = packed_file(path).read(counts.append, at_most=2**62)
        assert counts == [5 * 2**20] == [len(values)]
        assert not values.any()


@pytest.mark.parametrize("ending", ENDINGS)
def test_one_byte_too_many_is_told(ending: str, write_bytes: Write) -> None:
    path = write_bytes(f"file{ending}", bytes(1000))

    def check(count: int) -> None:
        assert count > 999
        raise FormatError("more", code="K401")

    with pytest.raises(FormatError, match="more"):
        packed_file(path).read(check, at_most=999)


@pytest.mark.parametrize("ending", [".gz", ".xz"])
def test_a_bomb_is_refused(
    ending: str, write_bytes: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "FREE_EXPANSION_BYTES", 2**20)
    path = write_bytes(f"bomb{ending}", bytes(2**24))
    with pytest.raises(LimitError, match="unpack to more than") as caught:
        read(path)
    assert caught.value.code == "K602"
    with pytest.raises(LimitError, match="K602"):
        packed_file(path).check_claim(2**24)
    packed_file(path).check_claim(2**20)


@pytest.mark.parametrize("ending", [".gz", ".xz"])
def test_a_packed_file_that_is_cut_is_an_error(ending: str, write_bytes: Write) -> None:
    content = np.random.default_rng(0).integers(0, 256, 300, dtype=np.uint8).tobytes()
    path = write_bytes(f"file{ending}", content)
    stored = path.read_bytes()
    for length in range(1, len(stored)):
        path.write_bytes(stored[:length])
        with pytest.raises(FormatError, match="K401") as caught:
            read(path)
        assert caught.value.where == str(path)


def test_an_xz_file_may_not_ask_for_any_amount_of_memory(tmp_path: Path) -> None:
    # The block header follows the 12 bytes of the stream's: its length / 4 − 1, flags, the filter
    # (0x21, one byte of properties: the size of the dictionary), padding, a checksum.
    stored = bytearray(lzma.compress(b"x" * 100))
    end = 12 + (stored[12] + 1) * 4
    stored[stored.index(b"\x21\x01", 12, end) + 2] = 40  # 4 GiB
    stored[end - 4 : end] = zlib.crc32(stored[12 : end - 4]).to_bytes(4, "little")
    path = tmp_path / "greedy.xz"
    path.write_bytes(stored)
    with pytest.raises(FormatError, match=r"[Mm]emory"):
        read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="K404"):
        packed_file(tmp_path / "gone")


@pytest.mark.parametrize(
    ("name", "unpacked"),
    [("a.bin.xz", "a.bin"), ("a.gz", "a"), ("a.GZ", "a"), ("a.bin", "a.bin"), ("a", "a")],
)
def test_the_name_without_the_packing(name: str, unpacked: str) -> None:
    assert unpacked_name(Path("folder") / name) == unpacked


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("a\nb\n", ["a", "b"]),
        ("\ufeff장미\r\n\r\n  튤립  \n", ["장미", "튤립"]),
        ("", []),
    ],
)
def test_lines_of_names(content: str, lines: list[str], tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text(content, encoding="utf-8", newline="")
    assert read_lines(path) == lines


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\xff\xfe\xff", FormatError), (b"a" * (2**20 + 1), LimitError)],
)
def test_names_that_are_no_short_text_are_refused(
    content: bytes, kind: type[KonvError], tmp_path: Path
) -> None:
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    with pytest.raises(kind):
        read_lines(path)
