from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from konv.data.labelled import ArrayPart, FilePart, check_count, class_labels, frozen, within_memory
from konv.data.preprocessing import Preprocessing
from konv.errors import DataError, LimitError


@pytest.mark.parametrize(
    ("parts", "names", "expected_names", "expected"),
    [
        ({"train": [0, 1, 0]}, ["a", "b"], ("a", "b"), {"train": [0, 1, 0]}),
        ({"train": [0, 0]}, ["a", "b"], ("a", "b"), {"train": [0, 0]}),
        ({"train": [7, 3], "test": [3]}, [], ("3", "7"), {"train": [1, 0], "test": [0]}),
        ({"train": [-1, 10, 2]}, [], ("-1", "2", "10"), {"train": [0, 2, 1]}),
        ({"train": ["b10", "b2"]}, [], ("b2", "b10"), {"train": [1, 0]}),
        # The first is composed, the second in pieces: one class.
        ({"train": ["\uac00", "\u1100\u1161"]}, [], ("\uac00",), {"train": [0, 0]}),
    ],
)
def test_labels_of_any_kind_become_indices(
    parts: dict[str, Any], names: list[str], expected_names: Any, expected: Any
) -> None:
    given = {split: np.array(labels) for split, labels in parts.items()}
    found, labels = class_labels(given, names, "here")
    assert found == expected_names
    assert {split: own.tolist() for split, own in labels.items()} == expected
    assert all(own.dtype == np.int64 for own in labels.values())


@pytest.mark.parametrize("label", [-1, 2, 255])
def test_a_label_without_a_name_is_an_error(label: int) -> None:
    with pytest.raises(DataError, match=f"K507 in here: label {label} of picture 1") as caught:
        class_labels({"train": np.array([0, label])}, ["a", "b"], "here")
    assert caught.value.fix == "labels from 0 to 1"


def test_a_part_of_files_leaves_out_what_cannot_be_read(write_picture: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no")
    paths = (write_picture("0.png", 0), bad, write_picture("2.png", 2, mode="L"))
    part = FilePart(paths, np.zeros(3, dtype=np.int64))
    batch = part.batch(0, 10, Preprocessing(7, 9, 3))
    assert batch.images.shape == (2, 7, 9, 3)
    assert batch.places == (0, 2)
    assert [path for path, _reason in batch.skipped] == [bad]
    assert part.forms(0, 3, ()) == {(7, 9, False), (7, 9, True)}
    assert part.forms(1, 2, ()) == set()
    assert part.forms(0, 3, {paths[2]}) == {(7, 9, False)}


def test_a_part_of_files_may_be_all_bad(tmp_path: Path) -> None:
    part = FilePart((tmp_path / "gone.png",), np.zeros(1, dtype=np.int64))
    assert part.batch(0, 1, Preprocessing(2, 3, 1)).images.shape == (0, 2, 3, 1)


def test_a_part_in_an_array_is_given_as_it_is_or_resized() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), dtype=np.uint8)
    part = ArrayPart(images, np.zeros(5, dtype=np.int64))
    same = part.batch(1, 9, Preprocessing(4, 4, 3))
    assert np.array_equal(same.images, images[1:])
    assert same.places == (1, 2, 3, 4)
    assert part.batch(0, 2, Preprocessing(8, 6, 1)).images.shape == (2, 8, 6, 1)
    assert part.forms(0, 5, ()) == {(4, 4, False)}


def test_too_many_pictures_are_refused() -> None:
    check_count(50_000_000, "here")
    with pytest.raises(LimitError, match="K603 in here: 50,000,001 pictures"):
        check_count(50_000_001, "here")


def test_a_lack_of_memory_is_an_error_that_says_what_to_do() -> None:
    expected = pytest.raises(LimitError, match="K603 in here: the pictures do not fit")
    with expected as caught, within_memory("here"):
        np.empty(2**60, dtype=np.uint8)
    assert "smaller size" in caught.value.fix


def test_what_is_frozen_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        frozen(np.zeros(1))[0] = 1
