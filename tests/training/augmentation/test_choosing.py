"""Augmentations from what a person types, and their use on batches."""

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
    augmentation_config,
    augmentation_from_config,
    get_augmentations,
)

ALL = (Shift(), Flip(), Crop(1), Rotate(), Brightness(), Cutout(2))
PLACE = {"seed": 3, "epoch": 2, "batch": 1}


def pictures(shape=(5, 8, 9, 3)):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ()),
        ("", ()),
        ("  ", ()),
        ((), ()),
        ("shift", (Shift(),)),
        (
            "shift,flip,crop,rotate,brightness,cutout",
            (Shift(), Flip(), Crop(), Rotate(), Brightness(), Cutout()),
        ),
        ("shift,flip,rotate=15,cutout=8", (Shift(), Flip(), Rotate(15), Cutout(8))),
        (" shift = 0.25 , flip = both ", (Shift(0.25), Flip(True, True))),
        ("crop=2,brightness=1e-1", (Crop(2), Brightness(0.1))),
        (["flip=vertical", Rotate(3)], (Flip(False, True), Rotate(3))),
        (Cutout(3), (Cutout(3),)),
        ("flip,flip", (Flip(), Flip())),
    ],
    ids=repr,
)
def test_augmentations_are_what_a_person_types(given, expected):
    assert get_augmentations(given) == expected


@pytest.mark.parametrize(
    ("given", "pieces"),
    [
        ("shfit", ["shfit", 'did you mean "shift"']),
        ("shift;flip", ["shift;flip", "one of"]),
        ("shift,", ["''", "one of"]),
        ("shift,,flip", ["''", "one of"]),
        ("rotate=", ["degrees", "0 and ≤ 180"]),
        ("rotate=much", ["degrees='much'", "≤ 180"]),
        ("rotate=200", ["degrees=200", "≤ 180"]),
        ("rotate=nan", ["degrees=nan", "≤ 180"]),
        ("cutout=2.5", ["size=2.5", "a whole number"]),
        ("cutout=0", ["size=0", "from 1"]),
        ("flip=horizontl", ['did you mean "horizontal"']),
        ("Shift", ['did you mean "shift"']),
        ([0.1], ["float is not an augmentation", "shift,flip"]),
        (7, ["int is not an augmentation", "shift,flip"]),
        (Shift, ["is not an augmentation", "shift,flip"]),
        ([None], ["NoneType is not an augmentation"]),
    ],
    ids=repr,
)
def test_what_cannot_be_is_refused_with_what_can(given, pieces):
    with pytest.raises(ParameterError, match="K201") as caught:
        get_augmentations(given)
    for piece in pieces:
        assert piece in str(caught.value)


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


def test_an_augmentation_of_ones_own_is_used_but_not_stored():
    assert get_augmentations([Draws()]) == (Draws(),)
    with pytest.raises(ParameterError, match="Draws"):
        augmentation_config(Draws())


@pytest.mark.parametrize(
    "config",
    [{}, {"kind": "Shfit"}, {"kind": "Shift", "amount": 1}, {"kind": "Shift", "fraction": "a"}],
)
def test_plain_data_that_is_wrong_is_refused(config):
    with pytest.raises(ParameterError, match="K20"):
        augmentation_from_config(config)
