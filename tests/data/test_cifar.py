from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from konv.data.cifar import CifarFolder, read_batch
from konv.errors import DataError, FormatError

Write = Callable[..., Path]


def records(*labels: tuple[int, ...]) -> bytes:
    """Records whose red is 1, green 2 and blue 3, but for one red pixel in row 2, column 5."""
    planes = np.repeat(np.uint8([1, 2, 3]), 1024)
    planes[2 * 32 + 5] = 99
    return b"".join(bytes(label) + planes.tobytes() for label in labels)


def test_planes_become_pixels(write_bytes: Write) -> None:
    labels, images = read_batch(write_bytes("data_batch_1.bin", records((7,), (0,))))
    assert labels.tolist() == [7, 0]
    assert images.shape == (2, 32, 32, 3)
    assert images[0, 2, 5].tolist() == [99, 2, 3]
    assert images[1, 5, 2].tolist() == [1, 2, 3]


def test_of_two_labels_the_fine_one_is_read(write_bytes: Write) -> None:
    labels, images = read_batch(write_bytes("train.bin", records((3, 41))))
    assert labels.tolist() == [41]
    assert images[0, 2, 5].tolist() == [99, 2, 3]


@pytest.mark.parametrize("ending", ["", ".gz", ".xz"])
@pytest.mark.parametrize("names_file", ["class_names.txt", "batches.meta.txt"])
def test_batches_are_joined_in_natural_order(
    ending: str, names_file: str, write_bytes: Write, tmp_path: Path
) -> None:
    for number in (10, 2, 1):
        write_bytes(f"set/data_batch_{number}.bin{ending}", records((number - 1,)))
    write_bytes(f"set/test_batch_first1000.bin{ending}", records((4,)))
    names = [f"이름 {number}" for number in range(10)]
    (tmp_path / "set" / names_file).write_text("\n".join(names) + "\n\n", encoding="utf-8")
    source = CifarFolder.found(tmp_path / "set")
    assert source is not None
    read = source.read()
    assert read.class_names == tuple(names)
    assert read.parts["train"].labels.tolist() == [0, 1, 9]
    assert read.parts["test"].labels.tolist() == [4]
    assert read.parts["train"].images.shape == (3, 32, 32, 3)
    assert len(source.files) == 5


def test_without_names_the_form_tells_the_number_of_classes(
    write_bytes: Write, tmp_path: Path
) -> None:
    write_bytes("ten/data_batch_1.bin", records((9,)))
    write_bytes("hundred/train.bin", records((1, 99)))
    for name, count in (("ten", 10), ("hundred", 100)):
        source = CifarFolder.found(tmp_path / name)
        assert source is not None
        assert source.read().class_names == tuple(str(label) for label in range(count))


@pytest.mark.parametrize(
    ("name", "content"), [("data_batch_1.bin", records((10,))), ("train.bin", records((0, 100)))]
)
def test_a_label_out_of_range_is_refused(
    name: str, content: bytes, write_bytes: Write, tmp_path: Path
) -> None:
    write_bytes(f"set/{name}", content)
    source = CifarFolder.found(tmp_path / "set")
    assert source is not None
    with pytest.raises(DataError, match="K507"):
        source.read()


@pytest.mark.parametrize("content", [b"", b"x", records((1,))[:-1], records((1,)) + b"x"])
def test_a_part_of_a_record_is_refused(content: bytes, write_bytes: Write) -> None:
    for ending in ("", ".gz", ".xz"):
        path = write_bytes(f"data_batch_1.bin{ending}", content)
        with pytest.raises(FormatError, match=f"K401.*{len(content):,} bytes are not a whole"):
            read_batch(path)


def test_of_a_batch_and_its_packed_form_one_is_read(write_bytes: Write, tmp_path: Path) -> None:
    write_bytes("set/data_batch_1.bin", records((1,)))
    write_bytes("set/data_batch_1.bin.xz", records((1,)))
    source = CifarFolder.found(tmp_path / "set")
    assert source is not None
    assert [path.name for path in source.files] == ["data_batch_1.bin"]


def test_without_a_batch_to_train_on_it_is_refused(write_bytes: Write, tmp_path: Path) -> None:
    write_bytes("set/test_batch.bin", records((1,)))
    source = CifarFolder.found(tmp_path / "set")
    assert source is not None
    with pytest.raises(DataError, match="K506"):
        source.read()


@pytest.mark.parametrize("name", ["data_batch_1", "test_batch", "batches.meta"])
def test_pickles_are_refused_unread(name: str, write_bytes: Write, tmp_path: Path) -> None:
    # Unpickling this would make a folder.
    touched = tmp_path / "touched"
    write_bytes(f"set/{name}", f"cos\nmkdir\n(V{touched}\ntR.".encode())
    with pytest.raises(FormatError, match="pickled") as caught:
        CifarFolder.found(tmp_path / "set")
    assert "binary version" in caught.value.fix
    assert not touched.exists()


def test_another_folder_is_none(tmp_path: Path, write_bytes: Write) -> None:
    write_bytes("set/firmware.bin", b"x")
    assert CifarFolder.found(tmp_path / "set") is None
    assert CifarFolder.found(tmp_path / "set/firmware.bin") is None
