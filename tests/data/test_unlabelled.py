from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from konv.data import Preprocessing, find_pictures, read_arrays
from konv.errors import DataError

Write = Callable[..., Path]


def test_files_and_folders_stand_for_pictures(write_picture: Write, tmp_path: Path) -> None:
    for name in ("10.png", "9.png", "안쪽/1.jpg", "안쪽/더 안/2.png", ".hidden/3.png", "._4.png"):
        write_picture(f"in/{name}")
    (tmp_path / "in/notes.txt").touch()
    odd = write_picture("odd.png").rename(tmp_path / "odd.picture")
    found = find_pictures([odd, str(tmp_path / "in"), tmp_path / "in/9.png"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "odd.picture",
        "in/9.png",
        "in/10.png",
        "in/안쪽/1.jpg",
        "in/안쪽/더 안/2.png",
    ]


def test_links_to_folders_are_not_followed_into_loops(write_picture: Write, tmp_path: Path) -> None:
    write_picture("in/a/1.png")
    (tmp_path / "in/a/up").symlink_to(tmp_path / "in", target_is_directory=True)
    assert len(find_pictures([tmp_path / "in"])) == 1
    # A link that is given by name is meant.
    assert len(find_pictures(tmp_path / "in/a/up")) == 1


def test_folders_are_looked_into_to_a_depth_that_no_collection_has(
    write_picture: Write, tmp_path: Path
) -> None:
    write_picture("in/" + "d/" * 64 + "found.png")
    write_picture("in/" + "d/" * 65 + "lost.png")
    assert [path.name for path in find_pictures([tmp_path / "in"])] == ["found.png"]


def test_nothing_found_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"K501.*no pictures here"):
        find_pictures([tmp_path / "empty"])
    with pytest.raises(DataError, match="K501"):
        find_pictures([])
    with pytest.raises(DataError, match=r"K501.*nothing at this path"):
        find_pictures([tmp_path / "gone.png"])


def test_pictures_are_read_in_order_and_bad_ones_skipped(
    write_picture: Write, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no")
    paths = [write_picture(f"{number}.png", number, (5 + number, 6)) for number in range(40)]
    paths.insert(3, bad)
    preprocessing = Preprocessing(8, 8, 3)
    told: list[tuple[int, int]] = []
    images, good, skipped = read_arrays(
        paths, preprocessing, progress=lambda done, total: told.append((done, total))
    )
    assert good == [path for path in paths if path != bad]
    assert np.array_equal(images, [preprocessing.read(path) for path in good])
    assert [path for path, _reason in skipped] == [bad]
    assert told[-1] == (41, 41)


def test_all_bad_gives_no_picture(tmp_path: Path) -> None:
    images, good, skipped = read_arrays([tmp_path / "gone.png"], Preprocessing(4, 5, 1))
    assert images.shape == (0, 4, 5, 1)
    assert good == []
    assert len(skipped) == 1
