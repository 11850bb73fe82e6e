from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from konv.data.cifar import CifarFolder
from konv.data.digits import Digits
from konv.data.folders import ClassFolders
from konv.data.idx import IdxFolder
from konv.data.npz import NpzFile
from konv.data.sources import open_source
from konv.errors import DataError, ParameterError

Write = Callable[..., Path]


def test_each_kind_is_recognised(
    write_classes: Write, write_idx: Write, write_bytes: Write, tmp_path: Path
) -> None:
    write_idx("idx/train-images-idx3-ubyte", np.zeros((1, 2, 2), np.uint8))
    write_bytes("cifar/data_batch_1.bin", bytes(3073))
    np.savez(tmp_path / "a.npz", x=np.zeros((1, 2, 2)), y=np.zeros(1))
    kinds = {
        "idx": IdxFolder,
        "cifar": CifarFolder,
        "a.npz": NpzFile,
        "folders": ClassFolders,
    }
    write_classes("folders", {"a": 1})
    for name, kind in kinds.items():
        source = open_source(tmp_path / name)
        assert isinstance(source, kind)
        assert source.name == str(tmp_path / name)
        assert all(file.is_relative_to(source.root) for file in source.files)


def test_digits_is_a_word_and_a_folder_of_that_name_is_a_path(
    write_classes: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_classes("digits", {"a": 1})
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_source("digits"), Digits)
    assert isinstance(open_source("./digits"), ClassFolders)
    assert isinstance(open_source(Path("digits")), ClassFolders)


@pytest.mark.parametrize("source", [None, 5, b"digits", ["a"], np.zeros(3)])
def test_what_is_no_path_is_refused(source: Any) -> None:
    with pytest.raises(ParameterError, match="K201 in load"):
        open_source(source)


def hint(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        open_source(path)
    assert caught.value.code == "K501"
    return caught.value.fix


def test_a_folder_without_pictures_shows_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as caught:
        open_source(tmp_path / "empty")
    text = str(caught.value)
    for layout in ("daisy/1.jpg", "train/daisy/1.jpg", "idx3-ubyte", "data_batch_1.bin", ".npz"):
        assert layout in text
    assert caught.value.where == str(tmp_path / "empty")


def test_pictures_that_lie_too_deep_are_found(write_classes: Write, tmp_path: Path) -> None:
    write_classes("outer/꽃/사진", {"a": 1, "b": 1})
    assert f"did you mean {tmp_path / 'outer/꽃/사진'}?" in hint(tmp_path / "outer")


def test_files_of_arrays_that_lie_too_deep_are_found(write_idx: Write, tmp_path: Path) -> None:
    write_idx("outer/MNIST/raw/train-images-idx3-ubyte", np.zeros((1, 2, 2), np.uint8))
    assert f"did you mean {tmp_path / 'outer/MNIST/raw'}?" in hint(tmp_path / "outer")


def test_the_folder_of_one_class_leads_to_the_one_above(write_classes: Write) -> None:
    root = write_classes("set", {"a": 1, "b": 1})
    assert f"did you mean {root}?" in hint(root / "a")


def test_pictures_without_class_folders_are_told_so(write_picture: Write, tmp_path: Path) -> None:
    write_picture("outer/set/1.png")
    assert "make a folder for each class" in hint(tmp_path / "outer/set")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x.png", "one picture"),
        ("x.zip", "unpack it"),
        ("x.tar.gz", "unpack it"),
        ("x.npy", "numpy.savez"),
        ("x.txt", "make a folder for each class"),
    ],
)
def test_a_file_is_told_what_to_do(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    assert words in hint(tmp_path / name)


def test_a_file_of_a_set_leads_to_its_folder(write_idx: Write) -> None:
    path = write_idx("set/train-images-idx3-ubyte.gz", np.zeros((1, 2, 2), np.uint8))
    assert f"did you mean its folder, {path.parent}?" in hint(path)


def test_pictures_in_a_format_that_is_not_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "set/a").mkdir(parents=True)
    (tmp_path / "set/a/IMG_0001.HEIC").touch()
    assert hint(tmp_path / "set") == "save IMG_0001.HEIC and the like as JPEG or PNG"


@pytest.mark.parametrize("name", ["gone", "x" * 300, "a\0b", "a\nb", "\udcff"])
def test_a_path_that_is_not_there_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="K501"):
        open_source(tmp_path / name)
