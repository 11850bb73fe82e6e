from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from konv.data import Dataset, Preprocessing, Split


def dataset(**changes: Any) -> Dataset:
    images = np.arange(6 * 4, dtype=np.uint8).reshape(6, 2, 2, 1)
    labels = np.array([0, 0, 1, 1, 1, 0])
    facts = {
        "train": Split(images[:4], labels[:4]),
        "validation": None,
        "test": Split(images[4:], labels[4:]),
        "class_names": ("장미", "b"),
        "source": "here",
        "skipped": (),
        "notes": (),
        "preprocessing": Preprocessing(2, 2, 1),
    }
    return Dataset(**{**facts, **changes})


def test_the_splits_that_there_are() -> None:
    assert list(dataset().splits) == ["train", "test"]
    assert len(dataset().train) == 4


def test_the_fingerprint_is_the_same_for_the_same_pictures() -> None:
    elsewhere = dataset(source="there", notes=("x",), skipped=((Path("a"), "b"),))
    assert dataset().fingerprint == elsewhere.fingerprint
    assert len(dataset().fingerprint) == 64
    reversed_twice = dataset().train.images[::-1].copy()[::-1]  # other strides
    train = Split(reversed_twice, dataset().train.labels.astype(np.int32))
    assert dataset(train=train).fingerprint == dataset().fingerprint


def changed_pixel() -> Split:
    images = dataset().train.images.copy()
    images[3, 1, 1, 0] ^= 1
    return Split(images, dataset().train.labels)


@pytest.mark.parametrize(
    "changes",
    [
        {"train": changed_pixel()},
        {"train": Split(dataset().train.images, dataset().train.labels[::-1])},
        {"train": Split(dataset().train.images.reshape(4, 1, 4, 1), dataset().train.labels)},
        {"validation": dataset().test, "test": None},
        {"test": None},
        {"class_names": ("b", "장미")},
    ],
)
def test_the_fingerprint_changes_with_what_is_learned(changes: dict[str, Any]) -> None:
    assert dataset(**changes).fingerprint != dataset().fingerprint


def test_many_pictures_are_hashed_as_one() -> None:
    images = np.random.default_rng(0).integers(0, 256, (9000, 2, 2, 1), dtype=np.uint8)
    whole = dataset(train=Split(images, np.zeros(9000, np.int64)))
    images = images.copy()
    images[8999] ^= 1
    assert dataset(train=Split(images, np.zeros(9000, np.int64))).fingerprint != whole.fingerprint


def test_the_summary_counts_and_remarks() -> None:
    skipped = tuple((Path(f"a/{number}.png"), "it is broken") for number in range(12))
    assert dataset(notes=("mind this",), skipped=skipped).summary().splitlines() == [
        "here: 2 classes, 2×2 grey",
        "       train  test",
        "장미       2     1",
        "b          2     1",
        "total      4     2",
        "mind this",
        "12 pictures could not be read:",
        *(f"  a/{number}.png: it is broken" for number in range(10)),
        "  …",
    ]


def test_it_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset().source = "there"  # type: ignore[misc]


def test_the_summary_of_many_classes_is_cut_and_shows_no_control_characters() -> None:
    names = ("a\x1b[2J", *(f"class {number}" for number in range(1, 100)))
    lines = dataset(class_names=names).summary().splitlines()
    assert lines[2].startswith("a�[2J")
    assert lines[42] == "… 60 more"
    assert lines[43].startswith("total")
    assert len(lines) == 44
