"""Each way of storing colour, with values worked out by hand."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from konv.data import read_picture
from konv.data.colours import is_grey, plain
from konv.errors import DataError


def stored(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def pixels(content: bytes) -> Any:
    image = read_picture(content)
    assert image.mode in ("L", "RGB")
    return np.asarray(image).tolist()


def png(
    bits: int, colour: int, rows: bytes, size: tuple[int, int], *chunks: tuple[bytes, bytes]
) -> bytes:
    """A PNG by its definition (ISO/IEC 15948)."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", *size, bits, colour, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def tiff(bits: int, photometric: int, strip: bytes, width: int, *more: tuple[int, int]) -> bytes:
    """A little-endian TIFF of one row, one sample per pixel, without compression (TIFF 6.0)."""
    tags = [
        (256, width),
        (257, 1),
        (258, bits),
        (259, 1),
        (262, photometric),
        (273, 0),
        (277, 1),
        (278, 1),
    ]
    tags += [(279, len(strip)), *more]
    start = 8 + 2 + 12 * len(tags) + 4
    body = struct.pack("<H", len(tags))
    for tag, value in tags:
        body += struct.pack("<HHII", tag, 4, 1, start if tag == 273 else value)
    return b"II*\x00" + struct.pack("<I", 8) + body + struct.pack("<I", 0) + strip


def test_grey_and_rgb_stay_as_they_are() -> None:
    for mode, value in (("L", 77), ("RGB", (1, 2, 3))):
        image = Image.new(mode, (2, 2), value)
        assert plain(image) is image


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # round(v / 257): 128 is just below half a level, 129 just above.
        ([0, 128, 129, 257, 32768, 65406, 65407, 65535], [0, 0, 1, 1, 128, 254, 255, 255]),
    ],
)
def test_16_bits_are_scaled_and_not_clipped(values: list[int], expected: list[int]) -> None:
    row = struct.pack(f">{len(values)}H", *values)
    assert pixels(png(16, 0, b"\0" + row, (len(values), 1))) == [expected]
    strip = struct.pack(f"<{len(values)}H", *values)
    assert pixels(tiff(16, 1, strip, len(values))) == [expected]
    inverted = [255 - value for value in expected]
    assert pixels(tiff(16, 0, strip, len(values))) == [inverted]


def test_12_bits_have_their_own_white() -> None:
    # Two values of 12 bits in three bytes: 0x000, 0xFFF, then 0x808, 0x001.
    assert pixels(tiff(12, 1, bytes([0x00, 0x0F, 0xFF, 0x80, 0x80, 0x01]), 4)) == [
        # 0x808 = 2056: 2056 · 255 / 4095 = 128.03; 1 · 255 / 4095 = 0.06
        [0, 255, 128, 0]
    ]


def test_16_bits_of_colour_keep_their_upper_half() -> None:
    row = struct.pack(">6H", 0x1234, 0xFFFF, 0, 0x8000, 0x7FFF, 0x00FF)
    assert pixels(png(16, 2, b"\0" + row, (2, 1))) == [[[0x12, 0xFF, 0], [0x80, 0x7F, 0]]]


def test_a_16_bit_grey_that_is_declared_transparent_is_white() -> None:
    row = struct.pack(">3H", 1000, 1001, 0)
    chunk = (b"tRNS", struct.pack(">H", 1000))
    assert pixels(png(16, 0, b"\0" + row, (3, 1), chunk)) == [[255, 4, 0]]


@pytest.mark.parametrize(
    ("bits", "row", "expected"),
    [
        (1, 0b10110000, [255, 0, 255, 255]),
        (2, 0b00011011, [0, 85, 170, 255]),
        (4, 0x0F, [0, 255]),
    ],
)
def test_few_bits_are_stretched(bits: int, row: int, expected: list[int]) -> None:
    assert pixels(png(bits, 0, bytes([0, row]), (len(expected), 1))) == [expected]


def test_one_bit_images_of_pillow_are_black_and_white() -> None:
    image = Image.new("1", (2, 1))
    image.putpixel((1, 0), 1)
    assert np.asarray(plain(image)).tolist() == [[0, 255]]


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        # 51 / 255 = 1/5: 0.2 · 100 + 0.8 · 255 = 224
        ("RGBA", (100, 0, 255, 51), (224, 204, 255)),
        ("LA", (10, 255), 10),
        ("LA", (10, 0), 255),
        ("LA", (100, 51), 224),
    ],
)
def test_alpha_is_laid_on_white(mode: str, value: Any, expected: Any) -> None:
    image = Image.new(mode, (1, 1), value)
    assert plain(image).getpixel((0, 0)) == expected
    assert read_picture(stored(image, "PNG")).getpixel((0, 0)) == expected


def test_palettes_give_their_colours_and_their_transparency() -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    for place in range(3):
        image.putpixel((place, 0), place)
    red, green, blue, white = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]
    assert pixels(stored(image, "PNG")) == [[red, green, blue]]
    assert pixels(stored(image, "PNG", transparency=1)) == [[red, white, blue]]
    assert pixels(stored(image, "PNG", transparency=bytes([255, 255, 0]))) == [[red, green, white]]
    assert pixels(stored(image, "GIF", transparency=2)) == [[red, green, white]]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_colour_that_is_declared_transparent_is_white(mode: str) -> None:
    key = 5 if mode == "L" else (5, 5, 5)
    image = Image.new(mode, (2, 1), key)
    image.putpixel((1, 0), 9 if mode == "L" else (9, 9, 9))
    expected = [[255, 9]] if mode == "L" else [[[255] * 3, [9] * 3]]
    assert pixels(stored(image, "PNG", transparency=key)) == expected


def test_cmyk_is_ink_on_white() -> None:
    # Ink of 255 leaves nothing; r = 255 · (1 − 51/255) · (1 − 0) = 204.
    inks = [(0, 0, 0, 0), (255, 0, 0, 0), (0, 0, 0, 255), (51, 102, 0, 0)]
    image = Image.new("CMYK", (len(inks), 1))
    for place, ink in enumerate(inks):
        image.putpixel((place, 0), ink)
    expected = [[[255, 255, 255], [0, 255, 255], [0, 0, 0], [204, 153, 255]]]
    assert pixels(stored(image, "TIFF")) == expected


def test_a_cmyk_jpeg_is_read() -> None:
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    red, green, blue = read_picture(stored(image, "JPEG", quality=100)).getpixel((4, 4))
    assert red > 250
    assert max(green, blue) < 5


@pytest.mark.parametrize(
    ("mode", "form", "word"),
    [("F", "TIFF", "floating-point"), ("I", "TIFF", "32-bit whole"), ("LAB", "TIFF", "LAB")],
)
def test_what_has_no_agreed_black_and_white_is_refused(mode: str, form: str, word: str) -> None:
    content = stored(Image.new(mode, (2, 2)), form)
    with pytest.raises(DataError, match=word) as caught:
        read_picture(content)
    assert caught.value.code == "K502"
    assert "8 or 16 bits" in caught.value.fix


@pytest.mark.parametrize(
    ("mode", "grey"),
    [
        ("1", True),
        ("L", True),
        ("LA", True),
        ("I;16", True),
        ("RGB", False),
        ("P", False),
        ("CMYK", False),
    ],
)
def test_grey_is_told_by_the_form_alone(mode: str, grey: bool) -> None:
    assert is_grey(Image.new(mode, (1, 1))) is grey


def test_signed_numbers_are_refused() -> None:
    sample_format = (339, 2)
    with pytest.raises(DataError, match="signed"):
        read_picture(tiff(16, 1, struct.pack("<2h", -5, 5), 2, sample_format))
