from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from konv.data.idx import IdxFolder, read_images, read_labels
from konv.errors import DataError, FormatError, KonvError

Write = Callable[..., Path]


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, dtype=np.uint8)


def labels(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint8)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train-{}-idx{}-ubyte", "t10k-{}-idx{}-ubyte"),
        ("train-{}.idx{}-ubyte", "t10k-{}.idx{}-ubyte"),
        ("train-{}-idx{}-ubyte.gz", "t10k-{}-idx{}-ubyte.gz"),
        ("train-{}-idx{}-ubyte.xz", "test-{}-idx{}-ubyte"),
        ("emnist-letters-train-{}-idx{}-ubyte.gz", "emnist-letters-test-{}-idx{}-ubyte.gz"),
        ("Train-{}-IDX{}-UBYTE", "T10K-{}-IDX{}-UBYTE"),
    ],
)
def test_every_usual_name_is_understood(
    train: str, test: str, write_idx: Write, tmp_path: Path
) -> None:
    pixels = {"train": noise(6, 4, 5), "test": noise(3, 4, 5)}
    for split, name in (("train", train), ("test", test)):
        write_idx("set/" + name.format("images", 3), pixels[split])
        write_idx("set/" + name.format("labels", 1), labels(*range(len(pixels[split]))))
    source = IdxFolder.found(tmp_path / "set")
    assert source is not None
    read = source.read()
    assert read.class_names == tuple("012345")
    for split, expected in pixels.items():
        assert np.array_equal(read.parts[split].images[..., 0], expected)
        assert read.parts[split].labels.tolist() == list(range(len(expected)))


def test_of_a_file_and_its_packed_form_the_file_is_read(write_idx: Write, tmp_path: Path) -> None:
    for ending, value in (("", 1), (".gz", 2)):
        write_idx(f"set/train-images-idx3-ubyte{ending}", np.full((2, 3, 3), value, np.uint8))
        write_idx(f"set/train-labels-idx1-ubyte{ending}", labels(0, 1))
    source = IdxFolder.found(tmp_path / "set")
    assert source is not None
    assert (source.read().parts["train"].images == 1).all()


def test_two_sets_in_one_folder_are_refused(write_idx: Write, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_idx(f"set/{name}-train-images-idx3-ubyte", noise(2, 3, 3))
    with pytest.raises(DataError, match=r"K507.* same part of two sets"):
        IdxFolder.found(tmp_path / "set")


def test_names_come_from_a_file_and_bound_the_labels(write_idx: Write, tmp_path: Path) -> None:
    write_idx("set/train-images-idx3-ubyte", noise(3, 2, 2))
    write_idx("set/train-labels-idx1-ubyte", labels(1, 0, 1))
    (tmp_path / "set/class_names.txt").write_text("셔츠\n바지\n", encoding="utf-8")
    source = IdxFolder.found(tmp_path / "set")
    assert source is not None
    assert source.read().class_names == ("셔츠", "바지")
    assert tmp_path / "set/class_names.txt" in source.files
    write_idx("set/train-labels-idx1-ubyte", labels(1, 2, 1))
    with pytest.raises(DataError, match=r"K507.* label 2 of picture 1"):
        source.read()


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        (["train-images-idx3-ubyte"], "train-labels-idx1-ubyte"),
        (["train-labels-idx1-ubyte"], "train-images-idx3-ubyte"),
        (["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"], "train-images-idx3-ubyte"),
        (
            ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte"],
            "t10k-labels-idx1-ubyte",
        ),
    ],
)
def test_what_is_missing_is_named(
    present: list[str], missing: str, write_idx: Write, tmp_path: Path
) -> None:
    for name in present:
        write_idx(f"set/{name}", noise(2, 2, 2) if "images" in name else labels(0, 1))
    source = IdxFolder.found(tmp_path / "set")
    assert source is not None
    with pytest.raises(DataError, match="K503") as caught:
        source.read()
    assert missing in caught.value.fix


def test_pictures_and_labels_of_different_number_are_refused(
    write_idx: Write, tmp_path: Path
) -> None:
    write_idx("set/train-images-idx3-ubyte", noise(3, 2, 2))
    write_idx("set/train-labels-idx1-ubyte", labels(0, 1))
    source = IdxFolder.found(tmp_path / "set")
    assert source is not None
    with pytest.raises(DataError, match=r"K503.* 3 pictures and 2 labels"):
        source.read()


def test_colour_is_the_fourth_dimension(write_idx: Write) -> None:
    pixels = noise(2, 4, 5, 3)
    assert np.array_equal(read_images(write_idx("colour", pixels)), pixels)


def header(kind: int, *lengths: int) -> bytes:
    return bytes([0, 0, kind, len(lengths)]) + b"".join(n.to_bytes(4, "big") for n in lengths)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "does not begin as an IDX file"),
        (b"\0\0\x08", "does not begin as an IDX file"),
        (b"\x01\0\x08\x03" + bytes(12), "does not begin as an IDX file"),
        (header(8), "does not begin as an IDX file"),
        (header(8, 1, 1, 1, 1, 1) + b"x", "does not begin as an IDX file"),
        (header(13, 1, 1, 1) + bytes(4), "type 13"),
        (header(8, 2, 2, 2)[:-1], "ends inside its header"),
        (header(8, 0, 28, 28), "holds nothing"),
        (header(8, 2, 2, 2) + bytes(7), "16 \\+ 2 × 2 × 2 = 24 bytes, but it holds 23"),
        (header(8, 2, 2, 2) + bytes(9), "= 24 bytes, but it holds more"),
        (header(8, 1, 20_000, 1) + bytes(20_000), "shape"),
        (header(8, 2, 2) + bytes(4), "shape"),
        (header(8, 2, 2, 2, 2) + bytes(16), "shape"),
    ],
)
def test_what_is_no_idx_file_of_pictures_is_refused(
    content: bytes, what: str, write_bytes: Write
) -> None:
    for ending in ("", ".gz"):
        path = write_bytes(f"train-images-idx3-ubyte{ending}", content)
        with pytest.raises(FormatError, match=what) as caught:
            read_images(path)
        assert caught.value.code == "K401"
        assert caught.value.where == str(path)


@pytest.mark.parametrize("lengths", [(2**32 - 1,), (2**32 - 1,) * 3, (2**20, 2**10, 2**10)])
def test_a_header_that_claims_the_world_is_refused(
    lengths: tuple[int, ...], write_bytes: Write
) -> None:
    for ending in ("", ".gz", ".xz"):
        path = write_bytes(f"labels{ending}", header(8, *lengths) + bytes(10))
        with pytest.raises(KonvError, match=r"K602|K603"):
            read_labels(path)


def test_labels_have_one_dimension(write_idx: Write) -> None:
    assert read_labels(write_idx("labels", labels(3, 1))).tolist() == [3, 1]
    with pytest.raises(FormatError, match="shape"):
        read_labels(write_idx("pictures", noise(2, 2, 2)))
