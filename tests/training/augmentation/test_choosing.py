"""Augmentations from what a person types, and as plain data."""

from dataclasses import dataclass

import pytest

from konv.errors import ParameterError
from konv.training.augmentation import (
    Augmentation,
    Brightness,
    Crop,
    Cutout,
    Flip,
    Rotate,
    Shift,
    augmentation_config,
    augmentation_from_config,
    get_augmentations,
)


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


@dataclass(frozen=True, repr=False)
class Own(Augmentation):
    """One of the user's."""

    def _changed(self, images, generator):
        return images.copy()


def test_an_augmentation_of_ones_own_is_used_but_not_stored():
    assert get_augmentations([Own()]) == (Own(),)
    with pytest.raises(ParameterError, match="Own"):
        augmentation_config(Own())


@pytest.mark.parametrize(
    "config",
    [{}, {"kind": "Shfit"}, {"kind": "Shift", "amount": 1}, {"kind": "Shift", "fraction": "a"}],
)
def test_plain_data_that_is_wrong_is_refused(config):
    with pytest.raises(ParameterError, match="K20"):
        augmentation_from_config(config)
