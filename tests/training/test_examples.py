"""Batches: functions of seed, epoch and number, however many of them are drawn at once."""

import numpy as np
import pytest

from konv.engines.changes import Changes
from konv.errors import DataError
from konv.training.augmentation import augment, get_augmentations
from konv.training.examples import Examples, batches
from training.problems import pictures, plan

COUNT, SIZE = 150, 4  # 38 batches, the last of two pictures


def examples(channels_first=False):
    images, labels = pictures(COUNT)
    images = np.repeat(images, 2, axis=-1)
    if channels_first:
        images = np.ascontiguousarray(np.moveaxis(images, -1, 1))
    weight = np.arange(COUNT, dtype=float)
    return Examples(images, labels, sample_weight=weight, channels_first=channels_first)


def settings(augmentations="shift,flip", **changes):
    return plan(batch_size=SIZE, augmentations=get_augmentations(augmentations), **changes)


def content(batch, *, channels_first=False):
    """What a network sees of a batch, as comparable data."""
    images = batch.images
    if batch.changes is not None:
        images = batch.changes.apply(images, channels_first=channels_first)
    return images.tobytes(), batch.targets.tobytes(), batch.sample_weight.tobytes()


@pytest.mark.parametrize("augmentations", ["", "shift,flip", "shift,rotate,flip", "rotate"])
def test_batches_from_any_number_on_are_those_of_the_whole_epoch(augmentations):
    the_plan = settings(augmentations)
    whole = [content(batch) for batch in batches(examples(), the_plan, 1, 0)]
    assert len(whole) == 38
    assert len(set(whole)) == 38
    for first in (1, 15, 16, 17, 33, 37, 38):
        rest = [content(batch) for batch in batches(examples(), the_plan, 1, first)]
        assert rest == whole[first:]


@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("augmentations", ["shift,flip", "brightness,rotate,cutout=2"])
def test_pictures_are_those_that_augment_makes(augmentations, channels_first):
    the_plan, given = settings(augmentations, shuffle=False), examples(channels_first)
    for number, batch in enumerate(batches(given, the_plan, 2, 0)):
        place = slice(number * SIZE, (number + 1) * SIZE)
        expected = augment(
            given.images[place],
            the_plan.augmentations,
            seed=the_plan.seed,
            epoch=2,
            batch=number,
            channels_first=channels_first,
        )
        seen, targets, weight = content(batch, channels_first=channels_first)
        assert seen == expected.tobytes()
        assert targets == given.targets[place].tobytes()
        assert weight == given.sample_weight[place].tobytes()


def test_what_can_be_drawn_is_left_to_the_engine():
    given = examples()
    for batch in batches(given, settings(shuffle=False), 0, 0):
        assert isinstance(batch.changes, Changes)
        assert batch.changes.kinds == ("move", "mirror")
        assert batch.changes.pictures == len(batch.images)
        break
    assert batch.images.tobytes() == given.images[:SIZE].tobytes()
    assert next(batches(given, settings(""), 0, 0)).changes is None
    assert next(batches(given, settings("flip,rotate"), 0, 0)).changes is None


@pytest.mark.parametrize("augmentations", ["flip", "rotate", "rotate,flip"])
def test_rows_of_numbers_are_no_pictures(augmentations):
    flat = Examples(np.zeros((9, 4), np.float32), np.zeros(9, int))
    with pytest.raises(DataError, match="K508"):
        next(batches(flat, settings(augmentations), 0, 0))
