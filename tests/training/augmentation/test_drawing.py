"""Augmentations of batches: what is drawn, from which random numbers, and when it is done."""

from dataclasses import dataclass

import numpy as np
import pytest

from konv.errors import DataError, ParameterError
from konv.training.augmentation import (
    Augmentation,
    Brightness,
    Crop,
    Cutout,
    Flip,
    Rotate,
    Shift,
    augment,
    changed,
    drawn,
)

ALL = (Shift(), Flip(), Crop(1), Rotate(), Brightness(), Cutout(2))
PLACE = {"seed": 3, "epoch": 2, "batch": 1}


def pictures(shape=(5, 8, 9, 3)):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_augmentations_follow_each_other_in_their_order():
    images = pictures((1, 1, 8, 1))
    hole_then_flip = augment(images, (Cutout(2), Flip()), **PLACE)
    cut = augment(images, (Cutout(2),), **PLACE)
    assert (hole_then_flip == cut).all() or (hole_then_flip == cut[:, :, ::-1]).all()


@dataclass(frozen=True, repr=False)
class Draws(Augmentation):
    """Replaces every picture by random numbers, to show which generator it was given."""

    def _changed(self, images, generator):
        return generator.random(images.shape)


def draws(augmentations=(Draws(),), **place):
    return augment(np.zeros((2, 2, 2, 1)), augmentations, **{**PLACE, **place}).tobytes()


def test_a_batch_is_a_function_of_seed_epoch_and_number():
    places = [{}, {"seed": 4}, {"seed": 2**32 + 3}, {"epoch": 1}, {"batch": 0}, {"batch": 2}]
    places += [{"seed": 2, "epoch": 3}, {"epoch": 1, "batch": 2}, {"seed": 2**63 - 1}]
    results = [draws(**place) for place in places]
    assert len(set(results)) == len(places)
    assert results == [draws(**place) for place in places]


def test_each_augmentation_of_a_batch_draws_other_numbers():
    assert draws((Draws(),)) != draws((Flip(), Draws())) != draws((Flip(), Flip(), Draws()))


def test_other_parts_of_training_draw_other_numbers_from_the_same_seed():
    # NumPy fills a short key with zeros: [3] and [3, 0, 0, 0] are the same one.
    keys = ([3], [3, 0], [3, 0, 0], [3, 0, 0, 0])
    others = {np.random.default_rng(key).random((2, 2, 2, 1)).tobytes() for key in keys}
    assert len(others) == 1
    assert draws(seed=3, epoch=0, batch=0) not in others


@pytest.mark.parametrize("name", ["seed", "epoch", "batch"])
@pytest.mark.parametrize("bad", [-1, 1.5, None, "3", 2**64, True])
def test_a_place_in_training_is_a_whole_number(name, bad):
    with pytest.raises(ParameterError, match=f"K201 in augment: {name}="):
        draws(**{name: bad})


def test_channels_first_is_the_same_the_other_way_round():
    images = pictures()
    expected = augment(images, ALL, **PLACE)
    turned = np.ascontiguousarray(np.moveaxis(images, -1, 1))
    result = augment(turned, ALL, **PLACE, channels_first=True)
    np.testing.assert_array_equal(np.moveaxis(result, 1, -1), expected)
    assert result.flags.c_contiguous
    assert (expected != images).any()


def in_two_parts(images, augmentations):
    return changed(images, drawn(augmentations, images.shape, images.dtype, **PLACE))


def test_what_can_be_drawn_is_left_to_whoever_reads_the_pictures():
    images = pictures()
    same, changes = in_two_parts(images, (Shift(), Flip(), Cutout(2), Brightness()))
    assert same is images
    assert changes.kinds == ("move", "mirror", "blank", "brighten")
    same, changes = in_two_parts(images, ())
    assert same is images
    assert changes is None


@pytest.mark.parametrize("own", [Rotate(), Draws()], ids=repr)
def test_what_comes_before_one_that_cannot_be_drawn_is_done_before_it(own):
    images = pictures().astype(np.float64)
    done, left = in_two_parts(images, (Shift(), own, Flip(), Crop(1)))
    assert left.kinds == ("mirror", "move")
    np.testing.assert_array_equal(done, augment(images, (Shift(), own), **PLACE))
    done, left = in_two_parts(images, (Shift(), own))
    np.testing.assert_array_equal(done, augment(images, (Shift(), own), **PLACE))
    assert left is None


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_drawn_or_one_by_one_it_is_the_same(dtype):
    """Each by itself, with the random numbers of its place in the list."""
    images = pictures().astype(dtype)
    expected = images
    for place, augmentation in enumerate((*ALL, *ALL)):
        purpose = int.from_bytes(b"augment", "big")
        generator = np.random.default_rng([*PLACE.values(), place, purpose])
        expected = augmentation.apply(expected, generator)
    np.testing.assert_array_equal(augment(images, (*ALL, *ALL), **PLACE), expected)


def test_pictures_are_not_modified_and_without_augmentations_not_copied():
    images = pictures()
    before = images.copy()
    augment(images, ALL, **PLACE)
    np.testing.assert_array_equal(images, before)
    assert augment(images, (), **PLACE) is images


@pytest.mark.parametrize("channels_first", [False, True])
def test_flat_inputs_are_refused(channels_first):
    with pytest.raises(DataError, match="K508"):
        augment(np.zeros((5, 64)), (Flip(),), **PLACE, channels_first=channels_first)
