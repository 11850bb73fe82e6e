"""What every augmentation keeps, whichever it is."""

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konv.errors import DataError, ParameterError
from konv.training.augmentation import (
    Brightness,
    Crop,
    Cutout,
    Flip,
    Rotate,
    Shift,
    augmentation_config,
    augmentation_from_config,
)

KINDS = (Shift, Flip, Crop, Rotate, Brightness, Cutout)
FIELDS = [
    (kind, name, constraint) for kind in KINDS for name, constraint in kind.constraints().items()
]
# Such as suit pictures of 3 × 3 and more.
EXAMPLES = (
    Shift(0.5),
    Flip(),
    Flip(vertical=True),
    Crop(2),
    Rotate(180),
    Brightness(1),
    Cutout(2),
)
DTYPES = ("uint8", "float16", "float32", "float64")
every_example = pytest.mark.parametrize("augmentation", EXAMPLES, ids=repr)


@pytest.mark.parametrize(("kind", "name", "constraint"), FIELDS)
def test_every_field_refuses_what_it_cannot_hold(kind, name, constraint):
    for bad in constraint.bad_values():
        with pytest.raises(ParameterError, match="K201") as caught:
            kind(**{name: bad})
        assert caught.value.where == kind.__name__
        assert name in caught.value.fix


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_does_not_exist_is_refused(kind):
    with pytest.raises(ParameterError, match="K202"):
        kind(no_such_field=1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_description_does_not_change(kind):
    with pytest.raises(FrozenInstanceError):
        setattr(kind(), next(iter(kind.constraints())), 1)


@pytest.mark.parametrize("augmentation", [*EXAMPLES, *(kind() for kind in KINDS)], ids=repr)
def test_plain_data_gives_the_same_augmentation_again(augmentation):
    config = json.loads(json.dumps(augmentation_config(augmentation)))
    assert augmentation_from_config(config) == augmentation


@every_example
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_pictures_keep_shape_and_dtype_and_range_and_are_not_modified(augmentation, data):
    shape = data.draw(st.tuples(*map(st.integers, (0, 3, 3, 1), (4, 9, 9, 4))))
    dtype = data.draw(st.sampled_from(DTYPES))
    seed = data.draw(st.integers(0, 2**32))
    images = np.random.default_rng(seed).uniform(0, 255, shape).astype(dtype)
    before = images.copy()
    images.setflags(write=False)
    changed = augmentation.apply(images, np.random.default_rng(seed))
    assert (changed.shape, changed.dtype) == (shape, np.dtype(dtype))
    assert not np.shares_memory(changed, images)
    np.testing.assert_array_equal(images, before)
    most = 2.001 if isinstance(augmentation, Brightness) else 1
    assert ((changed >= 0) & (changed <= most * before.max(initial=0))).all()
    again = augmentation.apply(images, np.random.default_rng(seed))
    np.testing.assert_array_equal(changed, again)


@every_example
def test_pictures_that_are_not_contiguous_are_changed_likewise(augmentation):
    images = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3), dtype=np.uint8)
    expected = augmentation.apply(images, np.random.default_rng(1))
    for strange in (
        np.asfortranarray(images),
        np.moveaxis(np.ascontiguousarray(np.moveaxis(images, -1, 1)), 1, -1),
        np.repeat(images, 2, axis=2)[:, :, ::2],
    ):
        changed = augmentation.apply(strange, np.random.default_rng(1))
        np.testing.assert_array_equal(changed, expected)


@every_example
def test_each_picture_is_changed_on_its_own(augmentation):
    picture = np.random.default_rng(0).integers(1, 256, (1, 9, 9, 1), dtype=np.uint8)
    changed = augmentation.apply(np.repeat(picture, 50, axis=0), np.random.default_rng(1))
    assert len({image.tobytes() for image in changed}) > 1


@every_example
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_floating_pictures_move_like_whole_ones(augmentation, dtype):
    images = np.random.default_rng(0).integers(0, 100, (8, 6, 7, 2)).astype(dtype)
    changed = augmentation.apply(images, np.random.default_rng(1))
    exact = augmentation.apply(images.astype(np.float64), np.random.default_rng(1))
    # uint8 is rounded to the nearest whole number; these stay below 255.
    tolerance = 0.5 + 1e-4 if dtype == "uint8" else 1e-4
    np.testing.assert_allclose(changed, exact, rtol=0, atol=tolerance)


@every_example
@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 4, 4), np.uint8),
        np.zeros((4, 4), np.uint8),
        np.zeros((2, 4, 4, 1), np.int32),
        np.zeros((2, 4, 4, 1), bool),
        np.zeros((2, 4, 4, 1), complex),
        np.full((2, 4, 4, 1), "a"),
        "a text",
        None,
    ],
    ids=str,
)
def test_what_is_not_pictures_is_refused(augmentation, images):
    with pytest.raises(DataError, match="K508") as caught:
        augmentation.apply(images, np.random.default_rng(0))
    assert "uint8" in caught.value.fix
