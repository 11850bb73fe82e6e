import os
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konv.data.names import is_hidden, list_folder, missing, natural_key, written
from konv.errors import DataError


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        (".DS_Store", True),
        (".ipynb_checkpoints", True),
        ("._1.jpg", True),
        ("Thumbs.db", True),
        ("THUMBS.DB", True),
        ("desktop.ini", True),
        ("__MACOSX", True),
        ("@eaDir", True),
        ("daisy", False),
        ("thumbs.jpg", False),
        ("_", False),
    ],
)
def test_what_tools_leave_behind_is_hidden(name: str, hidden: bool) -> None:
    assert is_hidden(name) is hidden


@pytest.mark.parametrize(
    "ordered",
    [
        ["1", "2", "10", "11", "100"],
        ["img1", "img2", "img10"],
        ["a", "B", "c"],
        ["a1b2", "a1b10", "a2b1"],
        ["007", "7", "8"],
        ["-1", "a"],
        ["가", "나", "다2", "다10"],
        ["9" * 40, "9" * 41],
    ],
)
def test_numbers_in_names_sort_as_numbers(ordered: list[str]) -> None:
    shuffled = ordered[::-1]
    assert sorted(shuffled, key=natural_key) == ordered


def test_names_that_differ_always_have_different_keys() -> None:
    names = ["a", "A", "a0", "a00", "한글", unicodedata.normalize("NFD", "한글")]
    assert len({natural_key(name) for name in names}) == len(names)


@given(st.lists(st.text(st.sampled_from("aB1 2-٣"), max_size=5)))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    keys = sorted(map(natural_key, names))
    assert all(first <= second for first, second in pairwise(keys))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("장미", "장미"),
        (unicodedata.normalize("NFD", "장미"), "장미"),
        (os.fsdecode(b"caf\xe9"), "caf�"),
        ("a\x1b[31mb\nc\u2028", "a�[31mb�c�"),
        ("full\u3000width \u200d joined", "full\u3000width \u200d joined"),
    ],
)
def test_names_are_written_composed_and_without_control_characters(name: str, text: str) -> None:
    assert written(name) == text


def test_a_folder_is_listed_in_natural_order_with_links_followed(tmp_path: Path) -> None:
    for name in ("b10", "b2", ".git"):
        (tmp_path / name).mkdir()
    for name in ("10.png", "9.png", "Thumbs.db"):
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to(tmp_path / "b2", target_is_directory=True)
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    listing = list_folder(tmp_path)
    assert [path.name for path in listing.folders] == ["b2", "b10", "link"]
    assert [path.name for path in listing.files] == ["9.png", "10.png", "loop", "nowhere"]
    assert [path.name for path in listing.hidden] == [".git", "Thumbs.db"]


def test_what_is_no_folder_cannot_be_listed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="K501"):
        list_folder(tmp_path / "file")


def test_a_path_that_is_not_there_offers_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "flowers").mkdir()
    assert 'did you mean "flowers"?' in str(missing(tmp_path / "flower"))
    assert "does not exist either" in str(missing(tmp_path / "no" / "flowers"))
