from __future__ import annotations

import io
import os
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from konv import limits
from konv.data import pictures, read_picture
from konv.data.pictures import picture_form
from konv.data.quiet import QUIET
from konv.errors import DataError, KonvError, LimitError, ParameterError

# Which corner of an upright picture lies at the stored (first row, first column), then at
# (first row, last column): EXIF 2.32, 4.6.4 A, "Orientation".
UPRIGHT_CORNERS = {
    1: ("top left", "top right"),
    2: ("top right", "top left"),
    3: ("bottom right", "bottom left"),
    4: ("bottom left", "bottom right"),
    5: ("top left", "bottom left"),
    6: ("top right", "bottom right"),
    7: ("bottom right", "top right"),
    8: ("bottom left", "top left"),
}
AT = {
    "top left": (0, 0),
    "top right": (0, -1),
    "bottom left": (-1, 0),
    "bottom right": (-1, -1),
}


def stored(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    shape = (height, width, 3)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


@pytest.mark.parametrize("form", limits.PICTURE_FORMATS)
def test_every_allowed_format_is_read_from_a_file_and_from_bytes(form: str, tmp_path: Path) -> None:
    image = Image.new("RGB", (20, 10), (200, 100, 50))
    content = stored(image, form)
    path = tmp_path / "그림 1.bin"  # the name says nothing about the format
    path.write_bytes(content)
    for source in (content, path, str(path)):
        read = read_picture(source)
        assert read.size == (20, 10)
        off = np.abs(np.asarray(read.convert("RGB")).astype(int) - (200, 100, 50))
        assert off.max() <= (6 if form in ("JPEG", "WEBP", "GIF") else 0)


@pytest.mark.parametrize("form", ["PPM", "ICO", "TGA", "PCX", "JPEG2000", "EPS"])
def test_other_formats_are_refused(form: str) -> None:
    with pytest.raises(DataError, match="it is not a JPEG, PNG, WEBP, BMP, GIF or TIFF picture"):
        read_picture(stored(noise(32, 32), form))


@pytest.mark.parametrize("form", ["GIF", "TIFF", "WEBP", "PNG"])
def test_of_several_frames_the_first_is_taken(form: str) -> None:
    frames = [Image.new("RGB", (6, 4), colour) for colour in ("red", "blue")]
    options = {"lossless": True} if form == "WEBP" else {}
    content = stored(frames[0], form, save_all=True, append_images=frames[1:], **options)
    assert read_picture(content).convert("RGB").getpixel((3, 2)) == (255, 0, 0)


@pytest.mark.parametrize("orientation", sorted(UPRIGHT_CORNERS))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pictures_are_put_upright(form: str, orientation: int, tmp_path: Path) -> None:
    # Stored: red at the top left, blue at the top right; 64 wide, 32 high.
    image = Image.new("RGB", (64, 32), "white")
    image.paste("red", (0, 0, 16, 16))
    image.paste("blue", (48, 0, 64, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "picture"
    path.write_bytes(stored(image, form, exif=exif))
    pixels = np.asarray(read_picture(path)).astype(int)
    assert pixels.shape == ((64, 32, 3) if orientation >= 5 else (32, 64, 3))
    form_read = picture_form(path)
    assert (form_read.height, form_read.width) == pixels.shape[:2]
    for corner, colour in zip(
        UPRIGHT_CORNERS[orientation], [(255, 0, 0), (0, 0, 255)], strict=True
    ):
        assert np.abs(pixels[AT[corner]] - colour).max() < 12


@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"garbage"])
def test_broken_exif_costs_no_picture(exif: bytes) -> None:
    assert read_picture(stored(noise(8, 8), "JPEG", exif=exif)).size == (8, 8)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_none(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert read_picture(stored(noise(16, 8), "JPEG", exif=exif)).size == (16, 8)


def test_a_large_jpeg_may_be_decoded_smaller_but_never_below_what_is_enough() -> None:
    content = stored(noise(20, 10).resize((800, 400)), "JPEG", quality=95)
    assert read_picture(content).size == (800, 400)
    assert read_picture(content, enough_px=(50, 100)).size == (100, 50)
    assert read_picture(content, enough_px=(51, 100)).size == (200, 100)
    assert read_picture(content, enough_px=(1, 1)).size == (100, 50)
    assert read_picture(content, enough_px=(401, 1)).size == (800, 400)
    assert read_picture(stored(noise(80, 40), "PNG"), enough_px=(1, 1)).size == (80, 40)


def test_enough_is_meant_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = stored(noise(20, 10).resize((800, 400)), "JPEG", exif=exif)
    assert read_picture(content, enough_px=(100, 50)).size == (50, 100)
    assert read_picture(content, enough_px=(400, 50)).size == (200, 400)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b"\0" * 100, "it is not a JPEG"),
        (b"<!DOCTYPE html><html></html>", "it is not a JPEG"),
        (b"\x89PNG\r\n\x1a\n", "it is not a JPEG|damaged"),
        (b"\xff\xd8\xff\xe0", "it is not a JPEG|damaged"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_place(
    content: bytes, what: str, tmp_path: Path
) -> None:
    path = tmp_path / "사진.jpg"
    path.write_bytes(content)
    for read in (read_picture, picture_form):
        with pytest.raises(DataError, match=what) as caught:
            read(path)
        assert caught.value.code == "K502"
        assert caught.value.where == str(path)
        assert caught.value.fix
    with pytest.raises(DataError, match="K502 in bytes"):
        read_picture(content)


@pytest.mark.parametrize("source", [None, 5, bytearray(b"x"), ["a.png"]])
def test_what_is_neither_a_path_nor_bytes_is_refused(source: Any) -> None:
    with pytest.raises(ParameterError, match="K201 in read_picture"):
        read_picture(source)


@pytest.mark.parametrize("form", limits.PICTURE_FORMATS)
def test_half_a_picture_is_an_error(form: str) -> None:
    content = stored(noise(64, 64), form)
    with pytest.raises(DataError, match="K502"):
        read_picture(content[: len(content) // 2])


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("make", [Path.mkdir, make_pipe, make_loop, lambda path: None])
def test_what_is_no_file_is_refused_at_once(make: Callable[[Path], Any], tmp_path: Path) -> None:
    make(tmp_path / "picture.png")
    for read in (read_picture, picture_form):
        with pytest.raises(DataError, match="K502"):
            read(tmp_path / "picture.png")


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests may run as root, whom no permission stops.
    path = tmp_path / "secret.png"
    path.write_bytes(stored(noise(4, 4), "PNG"))

    def refuse(*_args: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(DataError, match="it cannot be read: Permission denied") as caught:
        read_picture(path)
    assert caught.value.where == str(path)


def test_a_file_of_too_many_bytes_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with open(path, "wb") as file:
        file.truncate(10**12)  # a hole: no disk is used
    for read in (read_picture, picture_form):
        with pytest.raises(LimitError, match="K602"):
            read(path)


@pytest.mark.parametrize(
    ("limit", "value", "size"),
    [("MAX_PICTURE_SIDE_PX", 10, (11, 1)), ("MAX_PICTURE_PIXELS", 20, (7, 3))],
)
def test_the_limits_are_exact(
    limit: str, value: int, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, limit, value)
    width, height = size
    with pytest.raises(LimitError, match=f"K601 in bytes: {width} × {height} pixels"):
        read_picture(stored(noise(width, height), "PNG"))
    assert read_picture(stored(noise(width - 1, height), "PNG")).size == (width - 1, height)


def test_a_header_gives_the_form_without_the_pixels(tmp_path: Path) -> None:
    content = stored(Image.new("LA", (300, 200)), "PNG")
    path = tmp_path / "cut.png"
    path.write_bytes(content[:60])
    form = picture_form(path)
    assert (form.height, form.width, form.grey, form.mode, form.has_alpha) == (
        200,
        300,
        True,
        "LA",
        True,
    )


def test_pillow_does_not_warn_and_keeps_its_filters() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        # A palette with transparency for each colour, which Pillow warns about.
        image = Image.new("P", (2, 2))
        image.putpalette([1, 2, 3] * 2)
        read_picture(stored(image, "PNG", transparency=bytes([255, 0])))
        with pytest.raises(KonvError):
            read_picture(stored(noise(8, 8), "TIFF")[:150])
        assert warnings.filters == before
    assert heard == []


def test_readers_in_many_threads_leave_the_filters_as_they_were() -> None:
    before = list(warnings.filters)
    together = threading.Barrier(8)

    def read(number: int) -> None:
        together.wait()
        for _time in range(50):
            with QUIET:
                assert any(entry[0] == "ignore" for entry in warnings.filters), number

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read, range(8)))
    assert list(warnings.filters) == before
