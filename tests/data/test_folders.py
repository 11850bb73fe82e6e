from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from konv import limits
from konv.data import folders
from konv.data.folders import ClassFolders
from konv.errors import DataError, LimitError

Write = Callable[..., Path]
NFD = unicodedata.normalize("NFD", "장미")


def found(path: Path) -> ClassFolders:
    source = ClassFolders.found(path)
    assert source is not None
    return source


def test_a_folder_for_each_class(write_classes: Write) -> None:
    root = write_classes("꽃 사진", {"10": 1, "2": 2, "튤립": 1, "장미": 3})
    read = found(root).read()
    assert read.class_names == ("2", "10", "장미", "튤립")
    part = read.parts["train"]
    assert [path.relative_to(root).as_posix() for path in part.paths] == [
        "2/0.png",
        "2/1.png",
        "10/0.png",
        "장미/0.png",
        "장미/1.png",
        "장미/2.png",
        "튤립/0.png",
    ]
    assert part.labels.tolist() == [0, 0, 1, 2, 2, 2, 3]


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [("train", "val", "test"), ("Train", "Valid", "TEST"), ("training", "validation", "testing")],
)
def test_splits_of_their_own(
    train: str, validation: str, test: str, write_classes: Write, tmp_path: Path
) -> None:
    write_classes(f"set/{train}", {"a": 3, "b": 2})
    write_classes(f"set/{validation}", {"b": 1})
    write_classes(f"set/{test}", {"a": 1, "b": 1})
    read = found(tmp_path / "set").read()
    assert read.class_names == ("a", "b")
    assert {split: part.labels.tolist() for split, part in read.parts.items()} == {
        "train": [0, 0, 0, 1, 1],
        "validation": [1],
        "test": [0, 1],
    }


def test_hangul_in_pieces_and_composed_is_one_class(write_classes: Write) -> None:
    root = write_classes("set", {NFD: 2, "튤립": 1})
    assert found(root).read().class_names == ("장미", "튤립")
    write_classes("set", {"장미": 1})
    read = found(root).read()
    assert read.class_names == ("장미", "튤립")
    assert read.parts["train"].labels.tolist() == [0, 0, 0, 1]


def test_what_is_hidden_or_no_picture_is_left_out_and_noted(
    write_classes: Write, write_picture: Write, tmp_path: Path
) -> None:
    root = write_classes("set", {"a": 1, "b": 1, "empty": 0})
    for name in (".git/x.png", "__MACOSX/a/x.png", "a/.hidden.png", "a/._0.png"):
        write_picture(f"set/{name}")
    for name in ("a/Thumbs.db", "a/list.txt", "b/photo.heic", "b/no_ending"):
        (root / name).touch()
    write_picture("set/a/deeper/x.png")
    write_picture("set/lost.png")
    (root / "README.md").touch()
    source = found(root)
    assert [path.name for path in source.files] == ["0.png", "0.png"]
    assert source.read().class_names == ("a", "b")
    assert source.notes == (
        "class folders without a picture: empty",
        "folders inside class folders were left out: a/deeper",
        "files that are no pictures were left out: .txt × 1, ? × 1, .heic × 1",
        "beside the class folders lie: lost.png",
    )


@pytest.mark.parametrize("ending", sorted(folders.ENDINGS))
def test_pictures_are_told_by_their_ending_in_any_case(ending: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in (f"1{ending}", f"2{ending.upper()}"):
        (tmp_path / "a" / name).touch()
    assert len(found(tmp_path).files) == 2


def test_classes_may_be_called_as_splits_are(write_classes: Write) -> None:
    root = write_classes("vehicles", {"train": 2, "bus": 1, "test": 1})
    assert found(root).read().class_names == ("bus", "test", "train")
    root = write_classes("two", {"train": 1, "test": 1})
    assert found(root).read().class_names == ("test", "train")


def test_splits_without_one_to_train_on_are_refused(write_classes: Write, tmp_path: Path) -> None:
    write_classes("set/test", {"a": 1})
    write_classes("set/val", {"a": 1})
    with pytest.raises(DataError, match=r"K506.*no folder train/ beside test/, val/"):
        ClassFolders.found(tmp_path / "set")


def test_two_folders_for_one_split_are_refused(write_classes: Write, tmp_path: Path) -> None:
    for split in ("train", "val", "valid"):
        write_classes(f"set/{split}", {"a": 1})
    with pytest.raises(DataError, match=r"K506.*two are the same split"):
        ClassFolders.found(tmp_path / "set")


def test_a_class_that_the_training_lacks_is_refused(write_classes: Write, tmp_path: Path) -> None:
    write_classes("set/train", {"rose": 1, "tulip": 1, "empty": 0})
    write_classes("set/test", {"roses": 1, "empty": 0})
    source = found(tmp_path / "set")
    with pytest.raises(DataError, match=r'K507.*roses; did you mean "rose"'):
        source.read()
    assert source.strangers() == {"test": ["roses"]}


def test_folders_without_a_picture_are_none(write_classes: Write, tmp_path: Path) -> None:
    assert ClassFolders.found(write_classes("set", {"a": 0})) is None
    assert ClassFolders.found(tmp_path / "gone") is None


def test_too_many_classes_are_refused(
    write_classes: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_classes("set", {"a": 1, "b": 1, "c": 1})
    assert limits.MAX_CLASSES > 3
    monkeypatch.setattr(folders, "MAX_CLASSES", 2)
    with pytest.raises(LimitError, match=r"K603.* 3 classes"):
        found(root).read()


def test_links_to_pictures_and_classes_are_followed(write_classes: Write, tmp_path: Path) -> None:
    root = write_classes("set", {"a": 1})
    (root / "b").symlink_to(root / "a", target_is_directory=True)
    (root / "a" / "1.png").symlink_to(root / "a" / "0.png")
    (root / "a" / "up").symlink_to(root, target_is_directory=True)
    assert len(found(root).files) == 4
