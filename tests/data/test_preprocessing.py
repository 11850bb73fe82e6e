from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from konv.data import Preprocessing
from konv.errors import DataError, ParameterError

GOOD = {
    "height": 4,
    "width": 6,
    "channels": 3,
    "policy": "fit",
    "mean": (0.1, 0.2, 0.3),
    "std": (1, 2, 3),
}


@pytest.mark.parametrize("field", sorted(GOOD))
def test_every_field_refuses_what_it_cannot_hold(field: str) -> None:
    Preprocessing(**GOOD)
    for value in Preprocessing.constraints()[field].bad_values():
        with pytest.raises(ParameterError) as caught:
            Preprocessing(**{**GOOD, field: value})
        assert caught.value.code == "K201"


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"channels": 1}, "3 values of mean"),
        ({"mean": (0.5,)}, "1 values of mean"),
        ({"std": (0.5,)}, "1 values of std"),
        ({"height": 16_384, "width": 16_384}, "16,384 × 16,384 pixels"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(changed: dict[str, Any], what: str) -> None:
    with pytest.raises(ParameterError, match=what) as caught:
        Preprocessing(**{**GOOD, **changed})
    assert caught.value.code == "K205"


@pytest.mark.parametrize(
    "preprocessing",
    [
        Preprocessing(1, 2, 3),
        Preprocessing(28, 28, 1, policy="crop", mean=(0.13,), std=(0.31,)),
        Preprocessing(**GOOD),
    ],
)
def test_it_travels_as_plain_data(preprocessing: Preprocessing) -> None:
    text = json.dumps(preprocessing.to_config())
    assert Preprocessing.from_config(json.loads(text)) == preprocessing


@pytest.mark.parametrize("policy", ["fit", "crop", "stretch"])
@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3)])
def test_a_picture_of_the_size_passes_bit_by_bit(policy: str, mode: str, channels: int) -> None:
    shape = (5, 7) if mode == "L" else (5, 7, 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    result = Preprocessing(5, 7, channels, policy=policy).picture(Image.fromarray(pixels))
    assert result.dtype == np.uint8
    assert np.array_equal(result, pixels.reshape(5, 7, channels))


# A picture of 8×4 whose left half is 100 and whose right half is 200.
HALVES = Image.fromarray(np.repeat(np.uint8([[100] * 4 + [200] * 4]), 4, axis=0))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        # All of it at half the size in the middle of black; triangle weights of four pixels,
        # 1 3 3 1, let the neighbours of the edge have 1/8 of the other side.
        ("fit", [[0] * 4, [100, 113, 188, 200], [100, 113, 188, 200], [0] * 4]),
        # Its middle 4×4, as it is.
        ("crop", [[100, 100, 200, 200]] * 4),
        ("stretch", [[100, 113, 188, 200]] * 4),
    ],
)
def test_the_policies(policy: str, expected: list[list[int]]) -> None:
    result = Preprocessing(4, 4, 1, policy=policy).picture(HALVES)
    assert np.abs(result[:, :, 0].astype(int) - expected).max() <= 1


def test_an_odd_rest_is_larger_below_and_to_the_right() -> None:
    white = Image.new("L", (2, 1), 255)
    result = Preprocessing(2, 2, 1).picture(white)[:, :, 0]
    assert result.tolist() == [[255, 255], [0, 0]]
    result = Preprocessing(2, 2, 1).picture(white.rotate(90, expand=True))[:, :, 0]
    assert result.tolist() == [[255, 0], [255, 0]]


@settings(deadline=None)  # the machine may be busy
@given(
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    target=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    policy=st.sampled_from(["fit", "crop", "stretch"]),
    mode=st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "YCbCr"]),
    channels=st.sampled_from([1, 3]),
)
def test_any_picture_becomes_the_input(
    size: tuple[int, int], target: tuple[int, int], policy: str, mode: str, channels: int
) -> None:
    result = Preprocessing(*target, channels, policy=policy).picture(Image.new(mode, size))
    assert result.shape == (*target, channels)
    assert result.dtype == np.uint8


@settings(deadline=None)  # the machine may be busy
@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    target=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_fit_touches_two_sides_and_crop_leaves_no_black(
    size: tuple[int, int], target: tuple[int, int]
) -> None:
    white = Image.new("L", size, 255)
    fitted = Preprocessing(*target, 1).picture(white)[:, :, 0] == 255
    rows, columns = fitted.any(axis=1), fitted.any(axis=0)
    assert rows.all() or columns.all()
    assert fitted.sum() == rows.sum() * columns.sum()  # one white rectangle
    # In the middle: the black on both sides differs by one pixel at most.
    for line in (rows, columns):
        first, last = np.flatnonzero(line)[[0, -1]]
        assert 0 <= (len(line) - 1 - last) - first <= 1
    assert (Preprocessing(*target, 1, policy="crop").picture(white) == 255).all()


def test_grey_and_colour_become_each_other() -> None:
    colour = Image.new("RGB", (1, 1), (10, 100, 200))
    # 0.299 · 10 + 0.587 · 100 + 0.114 · 200 = 84.49
    assert Preprocessing(1, 1, 1).picture(colour).tolist() == [[[84]]]
    assert Preprocessing(1, 1, 3).picture(Image.new("L", (1, 1), 9)).tolist() == [[[9, 9, 9]]]


def test_a_mode_without_a_rule_is_refused() -> None:
    with pytest.raises(DataError, match="floating-point"):
        Preprocessing(4, 4, 1).picture(Image.new("F", (4, 4)))


def test_a_large_jpeg_differs_by_a_level_at_most_from_its_full_decoding() -> None:
    rough = np.random.default_rng(1).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(rough).resize((1600, 1200), Image.Resampling.BICUBIC).save(file, "JPEG")
    preprocessing = Preprocessing(32, 32, 3)
    whole = preprocessing.picture(Image.open(io.BytesIO(file.getvalue())))
    quick = preprocessing.read(file.getvalue())
    assert np.abs(whole.astype(int) - quick).max() <= 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [[0.0, 1.0]] * 3),
        ({"mean": (0.5, 0, 1)}, [[-0.5, 0.5], [0, 1], [-1, 0]]),
        ({"std": (0.5, 1, 2)}, [[0, 2], [0, 1], [0, 0.5]]),
        ({"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.25, 1)}, [[-1, 1], [-2, 2], [-0.5, 0.5]]),
    ],
)
def test_scale_and_offset_give_the_float_of_black_and_white(
    fields: dict[str, Any], expected: list[list[float]]
) -> None:
    scale, offset = Preprocessing(2, 2, 3, **fields).scale_and_offset()
    assert scale.dtype == offset.dtype == np.float32
    for channel, (black, white) in enumerate(expected):
        assert offset[channel] == black
        assert 255 * scale[channel] + offset[channel] == pytest.approx(white, abs=1e-6)
