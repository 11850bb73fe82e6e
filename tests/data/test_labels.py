from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from konv.data.labels import class_labels
from konv.errors import DataError


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
