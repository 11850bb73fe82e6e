from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from konv.data.resemblance import pairs, thumbnail


def photograph(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Soft patches of colour, as photographs have."""
    rough = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(rough).resize(size, Image.Resampling.BICUBIC)


def as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue()))


COPIES = {
    "smaller": lambda image: image.resize((80, 64)),
    "larger": lambda image: image.resize((400, 300)),
    "compressed": lambda image: as_jpeg(image, 30),
    "grey": lambda image: image.convert("L"),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(0.8),
    "trimmed": lambda image: image.crop((1, 1, 159, 119)),
}


def found(images: list[Image.Image]) -> list[tuple[int, int]]:
    greys = [thumbnail(image) for image in images]
    return list(pairs([grey for grey in greys if grey is not None]))


@pytest.mark.parametrize("copy", sorted(COPIES))
def test_copies_are_found_among_others(copy: str) -> None:
    others = [photograph(seed) for seed in range(20)]
    assert found([*others, COPIES[copy](others[7])]) == [(7, 20)]


def test_different_photographs_are_no_pair() -> None:
    assert found([photograph(seed) for seed in range(300)]) == []


def test_the_second_thousand_is_compared_with_the_first() -> None:
    many = [photograph(seed, (64, 64)) for seed in range(1100)]
    many[1050] = many[3].convert("L")
    assert found(many) == [(3, 1050)]


def test_small_and_empty_pictures_resemble_nothing() -> None:
    assert thumbnail(Image.new("L", (63, 200))) is None
    assert thumbnail(Image.new("L", (200, 63))) is None
    assert found([Image.new("L", (64, 64), 9)] * 3) == []
    assert found([]) == []
