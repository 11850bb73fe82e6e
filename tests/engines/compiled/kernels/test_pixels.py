"""Reading pixels: bit for bit what NumPy computes, and nothing written outside the map."""

from __future__ import annotations

import numpy as np
import pytest

from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.pixels import ReadPixels
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, in_layout, run_guarded

PROBLEMS = {
    "gray": MapLayout(28, 28, 1),
    "gray with a border": MapLayout(5, 7, 1, 1, 2, 3, 1),
    "color": MapLayout(9, 13, 3),
    "color with a border": MapLayout(6, 35, 3, 1, 1, 2, 2),
    "four channels": MapLayout(3, 8, 4, 1, 0, 0, 1),
    "seven channels": MapLayout(2, 9, 7),
    "many channels": MapLayout(2, 3, 131, 0, 0, 1, 0),
    "a table too long to repeat": MapLayout(2, 2, 1031),
    "a vector": MapLayout(1, 1, 10),
    "one number": MapLayout(1, 1, 1),
}


def _images(layout: MapLayout, kind: str, pictures: int) -> np.ndarray:
    random = np.random.default_rng(layout.size)
    shape = (pictures, layout.height, layout.width, layout.channels)
    if kind == "uint8":
        return random.integers(0, 256, shape, dtype=np.uint8)
    return random.normal(size=shape).astype(np.float32)


def _per_channel(channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    random = np.random.default_rng(channels)
    return tuple(random.normal(size=channels)), tuple(random.normal(size=channels))


def _check(kernel: ReadPixels, target: str, pictures: int = 3) -> None:
    layout = kernel.output
    images = _images(layout, kernel.kind, pictures)
    scale, offset = (np.array(values, np.float32) for values in (kernel.scale, kernel.offset))
    expected = in_layout(images.astype(np.float32) * scale + offset, layout, border=np.nan)
    stored = np.ascontiguousarray(images.transpose(0, 3, 1, 2)) if kernel.channels_first else images
    poisoned = np.full_like(expected, np.nan)
    _images_after, x = run_guarded(kernel, stored, poisoned, target=target, count=pictures)
    np.testing.assert_array_equal(x, expected)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("kind", ["uint8", "float32"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_each_channel_has_its_own_scale_and_offset(
    name: str, kind: str, channels_first: bool, target: str
) -> None:
    layout = PROBLEMS[name]
    _check(ReadPixels(kind, channels_first, layout, *_per_channel(layout.channels)), target)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("name", ["gray", "color with a border", "one number"])
def test_one_scale_may_serve_all_channels(name: str, channels_first: bool, target: str) -> None:
    _check(ReadPixels("uint8", channels_first, PROBLEMS[name], (1 / 255,), (-0.5,)), target)


@pytest.mark.parametrize("target", TARGETS)
def test_one_scale_may_stand_beside_many_offsets(target: str) -> None:
    _check(ReadPixels("uint8", False, PROBLEMS["color"], (1 / 255,), (-0.1, -0.2, -0.3)), target)


def test_product_and_sum_are_rounded_one_after_the_other() -> None:
    # (1 + 2⁻²³)² − 1 keeps its last bit only if the product is not rounded.
    near_one = float(np.float32(1 + 2**-23))
    kernel = ReadPixels("float32", False, MapLayout(1, 1, 1), (near_one,), (-1.0,))
    image = np.full((1, 1, 1, 1), near_one, np.float32)
    _image, x = run_guarded(kernel, image, np.zeros_like(image), target=TARGETS[-1])
    assert x.item() == 2**-22


@pytest.mark.parametrize("channels_first", [False, True])
def test_code_for_another_processor(channels_first: bool) -> None:
    kernel = ReadPixels(
        "uint8", channels_first, PROBLEMS["color with a border"], (1.0, 2.0, 3.0), (0.0,)
    )
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
