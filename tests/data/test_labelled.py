from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from konv.data.labelled import ArrayPart, FilePart, Labelled, frozen
from konv.data.preprocessing import Preprocessing


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


def test_what_is_frozen_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        frozen(np.zeros(1))[0] = 1


def test_the_splits_have_one_order() -> None:
    part = ArrayPart(np.zeros((2, 1, 1, 1), np.uint8), np.zeros(2, np.int64))
    source = Labelled(("a",), {"test": part, "validation": part, "train": part})
    assert list(source.parts) == ["train", "validation", "test"]
    assert source.count == 6
