"""Pictures that lie, that are cut, that are broken in any bit: an error, quickly, for no memory."""

from __future__ import annotations

import io
import os
import random
import struct
import subprocess
import sys
import textwrap
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from konv.data import load, read_picture
from konv.errors import DataError, KonvError, LimitError

SECONDS = 5  # for any single file


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def stored(form: str, mode: str = "RGB", **options: Any) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6
    if form in ("JPEG", "PNG", "WEBP"):
        options["exif"] = exif
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


SAMPLES = {
    "jpeg": stored("JPEG", quality=60),
    "jpeg progressive": stored("JPEG", quality=60, progressive=True),
    "jpeg grey": stored("JPEG", "L", quality=60),
    "jpeg cmyk": stored("JPEG", "CMYK", quality=60),
    "png": stored("PNG"),
    "png palette": stored("PNG", "P", transparency=3),
    "png 1 bit": stored("PNG", "1"),
    "png alpha": stored("PNG", "RGBA"),
    "gif": stored("GIF", "P"),
    "gif animated": stored(
        "GIF", "P", save_all=True, append_images=[Image.new("P", (16, 12), 7)], interlace=0
    ),
    "bmp": stored("BMP"),
    "bmp palette": stored("BMP", "P"),
    "webp": stored("WEBP", quality=60),
    "webp lossless": stored("WEBP", "RGBA", lossless=True),
    "tiff": stored("TIFF"),
    "tiff lzw": stored("TIFF", compression="tiff_lzw"),
    "tiff deflate": stored("TIFF", compression="tiff_deflate"),
    "tiff jpeg": stored("TIFF", compression="jpeg"),
    "tiff fax": stored("TIFF", "1", compression="group4"),
}


def outcome(content: bytes) -> bytes | None:
    """The pixels, or None for an error of konv; anything else fails the test."""
    start = time.monotonic()
    try:
        image = read_picture(content)
    except (DataError, LimitError):
        result = None
    else:
        assert image.mode in ("L", "RGB")
        result = image.tobytes()
    assert time.monotonic() - start < SECONDS
    return result


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_cut_at_every_byte_it_is_an_error_or_nothing_is_lost(name: str) -> None:
    content = SAMPLES[name]
    whole = outcome(content)
    assert whole is not None
    kept = [length for length in range(len(content)) if outcome(content[:length]) is not None]
    # Only what comes behind the pixels may be missing: an end mark, a checksum, a second frame.
    assert all(outcome(content[:length]) == whole for length in kept)
    assert outcome(content[: len(content) // 2]) is None or "animated" in name


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_with_a_bit_flipped_it_is_an_error_or_a_picture(name: str) -> None:
    content = SAMPLES[name]
    generator = random.Random(name)
    for _time in range(250):
        changed = bytearray(content)
        for _flip in range(generator.choice((1, 1, 2, 8))):
            place = generator.randrange(len(changed))
            # Headers are short; they get their share.
            place = generator.choice((place, place % 64))
            changed[place] ^= 1 << generator.randrange(8)
        outcome(bytes(changed))


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_behind_a_true_beginning_any_bytes_are_an_error_or_a_picture(name: str) -> None:
    generator = random.Random(name)
    for length in (4, 8, 16, 32, 64, 128):
        for _time in range(15):
            outcome(SAMPLES[name][:length] + generator.randbytes(generator.randrange(600)))


def chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks or [chunk(b"IDAT", b"")])


def bmp(width: int, height: int) -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 30, 0, 0, 54) + info + bytes(30)


def gif(width: int, height: int) -> bytes:
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00;"
    return b"GIF89a" + screen + frame


def tiff(width: int, height: int, *more: tuple[int, int, int, int]) -> bytes:
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1)]
    tags += [(262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, 9)]
    tags = sorted([*tags, *more])
    body = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    # The next directory is this one again.
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + struct.pack("<I", 8)


def jpeg(width: int, height: int) -> bytes:
    content = SAMPLES["jpeg"]
    place = content.index(b"\xff\xc0") + 5
    return content[:place] + struct.pack(">HH", height, width) + content[place + 4 :]


def webp(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    body += SAMPLES["webp lossless"][30:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


CLAIMS: dict[str, Callable[[int, int], bytes]] = {
    "png": png,
    "bmp": bmp,
    "gif": gif,
    "tiff": tiff,
    "jpeg": jpeg,
    "webp": webp,
}
LONGEST = {"gif": 65_535, "jpeg": 65_535, "webp": 16_383}


SIDES = [(100_000, 100_000), (2**31 - 1, 2**31 - 1), (16_385, 1), (1, 16_385), (8_001, 8_000)]


@pytest.mark.parametrize(
    ("form", "width", "height"),
    [
        (form, min(width, LONGEST.get(form, width)), min(height, LONGEST.get(form, height)))
        for form in sorted(CLAIMS)
        for width, height in SIDES
        if (form, min(width, height)) != ("webp", 1)  # no side of that format is too long
    ],
)
def test_a_header_that_claims_too_much_is_refused(form: str, width: int, height: int) -> None:
    assert outcome(CLAIMS[form](width, height)) is None


@pytest.mark.parametrize("form", ["png", "bmp", "gif", "tiff", "jpeg"])
def test_the_claim_is_named(form: str) -> None:
    with pytest.raises(LimitError, match="9,000 × 9,000 pixels") as caught:
        read_picture(CLAIMS[form](9_000, 9_000))
    assert caught.value.code == "K601"


ENORMOUS = 2**32 - 1
TAGS = {
    "rows of a strip": (278, 4, 1, ENORMOUS),
    "many strips": (273, 4, ENORMOUS, 8),
    "samples": (277, 3, 1, 65_535),
    "tile": (322, 4, 1, ENORMOUS),
    "text of 4 GB": (270, 2, ENORMOUS, 8),
    "colour map": (320, 3, ENORMOUS, 8),
    "unknown type": (270, 99, 1, 8),
}


@pytest.mark.parametrize("tag", sorted(TAGS))
def test_tags_that_lie_are_an_error_or_ignored(tag: str) -> None:
    outcome(tiff(3, 3, TAGS[tag]))


# Each gives the bytes of one file; none may cost memory or time.
BOMBS = """
    packer = zlib.compressobj()
    zeros = b"".join(packer.compress(bytes(2**20)) for _ in range(300)) + packer.flush()
    small = chunk(b"IDAT", zlib.compress(bytes(3 * (1 + 9))))
    bombs = {
        "text": png(3, 3, chunk(b"zTXt", b"a\\0\\0" + zeros), small, chunk(b"IEND", b"")),
        "profile": png(3, 3, chunk(b"iCCP", b"a\\0\\0" + zeros), small, chunk(b"IEND", b"")),
        "pixels behind the picture": png(3, 3, chunk(b"IDAT", zeros), chunk(b"IEND", b"")),
        "no pixels": png(8_000, 8_000, chunk(b"IDAT", b""), chunk(b"IEND", b"")),
        "lying png": png(100_000, 100_000, chunk(b"IDAT", zeros), chunk(b"IEND", b"")),
        "lying bmp": bmp(8_000, 7_999),
        "lying gif": gif(60_000, 60_000),
        "lying tiff": tiff(8_000, 8_000),
        "lying webp": webp(16_383, 16_383),
        "strips": tiff(3, 3, TAGS["many strips"]),
        "tag": tiff(3, 3, TAGS["text of 4 GB"]),
    }
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from Linux")
def test_no_bomb_takes_memory_or_time() -> None:
    code = (
        textwrap.dedent("""
        import importlib.util, resource, sys, time, zlib
        spec = importlib.util.spec_from_file_location("attack", sys.argv[1])
        attack = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(attack)
        globals().update(vars(attack))
    """)
        + textwrap.dedent(BOMBS)
        + textwrap.dedent("""
        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

        outcome(SAMPLES["png"])
        for name, content in bombs.items():
            before = peak()
            outcome(content)
            print(name, peak() - before - len(content), sep=":")
    """)
    )
    printed = subprocess.run(
        [sys.executable, "-c", code, __file__], capture_output=True, text=True, check=True
    )
    growth = {
        name: int(size) for name, size in (line.split(":") for line in printed.stdout.splitlines())
    }
    assert len(growth) == 11
    assert {name: size for name, size in growth.items() if size > 64 * 2**20} == {}


def test_one_of_each_kind_of_bad_file_among_many_is_skipped_and_counted(tmp_path: Path) -> None:
    folder = tmp_path / "set/좋은 사진"
    folder.mkdir(parents=True)
    for number in range(300):
        pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.bmp")
    bad: dict[str, bytes] = {
        "empty": b"",
        "text": b"hello",
        "cut": SAMPLES["jpeg"][:200],
        "claim": png(100_000, 100_000),
        "float": stored("TIFF", "F"),
    }
    for name, content in bad.items():
        (folder / f"{name}.png").write_bytes(content)
    with open(folder / "huge.jpg", "wb") as file:
        file.truncate(10**10)
    (folder / "loop.png").symlink_to(folder / "loop.png")
    (folder / "gone.png").symlink_to(tmp_path / "gone")
    names = {*(f"{name}.png" for name in bad), "huge.jpg", "loop.png", "gone.png"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.png")
        names.add("pipe.png")
    start = time.monotonic()
    dataset = load(tmp_path / "set")
    assert time.monotonic() - start < SECONDS
    assert {path.name for path, _reason in dataset.skipped} == names
    assert all(reason for _path, reason in dataset.skipped)
    assert sum(len(split) for split in dataset.splits.values()) == 300
    assert dataset.preprocessing.shape == (8, 8, 3)


def test_a_folder_of_nothing_but_bad_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "set/a").mkdir(parents=True)
    for number, content in enumerate(SAMPLES.values()):
        (tmp_path / f"set/a/{number}.png").write_bytes(content[:20])
    with pytest.raises(KonvError, match="K501"):
        load(tmp_path / "set")
