"""Pictures that are changed while they are read: bit for bit what NumPy makes of them before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konv.engines.changes import Changes
from konv.engines.compiled.jit.machine_code import object_code
from konv.engines.compiled.jit.single import kernel_text
from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.changed_pixels import ReadChangedPixels
from konv.engines.compiled.kernels.picture_changes import change_table
from konv.engines.compiled.target import AARCH64
from oracles.machine import TARGETS, in_layout, run_guarded

PICTURES = 12
LAYOUTS = {
    "grey": MapLayout(9, 28, 1),
    "grey with a border": MapLayout(5, 37, 1, 1, 2, 3, 1),
    "colour": MapLayout(7, 13, 3),
    "colour with a border": MapLayout(6, 33, 3, 1, 1, 2, 2),
    "four channels": MapLayout(3, 8, 4, 1, 0, 0, 1),
    "many channels": MapLayout(3, 4, 131, 0, 0, 1, 0),
    "narrow": MapLayout(20, 2, 1),
    "one pixel": MapLayout(1, 1, 1),
    "one pixel of five channels": MapLayout(1, 1, 5),
}
STEPS = ("move", "mirror", "move", "hole", "mirror", "brighten", "move", "hole", "brighten")


def changes_of(size: tuple[int, int], steps: tuple[str, ...], seed: int) -> Changes:
    """Changes of every kind, as far as they may go."""
    random = np.random.default_rng(seed)
    changes = Changes.none((PICTURES, *size))
    for step in steps:
        places = random.integers(-np.array(size), np.array(size) + 1, (PICTURES, 2))
        if step == "move":
            changes = changes.moved(*(places // 2).T)
        elif step == "mirror":
            changes = changes.mirrored(*(random.random((2, PICTURES)) < 0.5))
        elif step == "hole":
            changes = changes.blanked(*places.T, *(places + random.integers(0, 4, (PICTURES, 2))).T)
        else:
            changes = changes.brightened(random.uniform(0, 2, PICTURES))
    return changes


def images_of(layout: MapLayout, kind: str) -> np.ndarray:
    random = np.random.default_rng(layout.size)
    shape = (PICTURES, layout.height, layout.width, layout.channels)
    if kind == "uint8":
        return random.integers(0, 256, shape, dtype=np.uint8)
    images = random.normal(size=shape).astype(np.float32)
    images.flat[:: max(1, images.size // 3)] = -0.0
    return images


def scaling_of(layout: MapLayout, alike: bool) -> dict[str, tuple[float, ...]]:
    if alike:
        return {"scale": (1 / 255,), "offset": (-0.5,)}
    random = np.random.default_rng(layout.channels)
    return {name: tuple(random.normal(size=layout.channels)) for name in ("scale", "offset")}


def check(kernel: ReadChangedPixels, changes: Changes, target: str) -> None:
    images, layout = images_of(kernel.output, kernel.kind), kernel.output
    scale, offset = (np.array(values, np.float32) for values in (kernel.scale, kernel.offset))
    numbers = changes.apply(images).astype(np.float32) * scale + offset
    expected = in_layout(numbers, layout, border=np.nan)
    stored = np.ascontiguousarray(images.transpose(0, 3, 1, 2)) if kernel.channels_first else images
    poisoned = np.full_like(expected, np.nan)
    *_given, x = run_guarded(
        kernel, stored, change_table(changes), poisoned, target=target, count=len(images)
    )
    np.testing.assert_array_equal(x.view(np.uint32), expected.view(np.uint32))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("kind", ["uint8", "float32"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_all_changes_after_one_another(
    name: str, kind: str, channels_first: bool, target: str
) -> None:
    layout = LAYOUTS[name]
    changes = changes_of((layout.height, layout.width), STEPS, seed=len(name))
    scaling = scaling_of(layout, alike=False)
    check(
        ReadChangedPixels(kind, channels_first, layout, **scaling, changes=changes.kinds),
        changes,
        target,
    )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("kind", ["uint8", "float32"])
@pytest.mark.parametrize("name", ["grey with a border", "colour"])
@pytest.mark.parametrize("step", sorted(set(STEPS)))
def test_one_change_alone(
    step: str, name: str, kind: str, channels_first: bool, target: str
) -> None:
    layout = LAYOUTS[name]
    changes = changes_of((layout.height, layout.width), (step,), seed=7)
    scaling = scaling_of(layout, alike=True)
    check(
        ReadChangedPixels(kind, channels_first, layout, **scaling, changes=changes.kinds),
        changes,
        target,
    )


@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("name", ["grey", "colour with a border"])
@given(steps=st.lists(st.sampled_from(sorted(set(STEPS))), max_size=5), seed=st.integers(0, 99))
@settings(max_examples=8, deadline=None)
def test_any_changes_in_any_order(
    name: str, channels_first: bool, steps: list[str], seed: int
) -> None:
    layout = LAYOUTS[name]
    changes = changes_of((layout.height, layout.width), tuple(steps), seed)
    scaling = scaling_of(layout, alike=True)
    kernel = ReadChangedPixels("uint8", channels_first, layout, **scaling, changes=changes.kinds)
    check(kernel, changes, TARGETS[-1])


@pytest.mark.parametrize("target", TARGETS)
def test_bytes_are_rounded_to_the_even_one_and_end_at_white(target: str) -> None:
    layout = MapLayout(1, 256, 1)
    kernel = ReadChangedPixels("uint8", False, layout, changes=("brighten",))
    images = np.arange(256, dtype=np.uint8).reshape(1, 1, 256, 1).repeat(4, axis=0)
    changes = Changes.none(images.shape).brightened([0.5, 1.5, 2, 0])
    *_given, x = run_guarded(
        kernel,
        images,
        change_table(changes),
        np.zeros(images.shape, np.float32),
        target=target,
        count=4,
    )
    for factor, numbers in zip((0.5, 1.5, 2, 0), x[:, 0, :, 0].tolist(), strict=True):
        assert numbers == [min(255, round(pixel * factor)) for pixel in range(256)]


def test_what_is_not_seen_is_0_whatever_was_there() -> None:
    layout = MapLayout(1, 3, 1)
    kernel = ReadChangedPixels("float32", False, layout, changes=("blank", "move", "brighten"))
    images = np.array([np.nan, 2, np.inf], np.float32).reshape(1, 1, 3, 1)
    changes = (
        Changes.none(images.shape).blanked([0], [2], [1], [3]).moved([0], [-1]).brightened([3])
    )
    *_given, x = run_guarded(
        kernel, images, change_table(changes), np.empty_like(images), target=TARGETS[-1]
    )
    assert x.ravel().tolist() == [6, 0, 0]


@pytest.mark.parametrize("channels_first", [False, True])
def test_code_for_another_processor(channels_first: bool) -> None:
    kernel = ReadChangedPixels(
        "uint8",
        channels_first,
        LAYOUTS["colour with a border"],
        (1.0, 2.0, 3.0),
        (0.0,),
        ("move", "mirror", "blank", "brighten"),
    )
    assert object_code(kernel_text(kernel, AARCH64), AARCH64)
