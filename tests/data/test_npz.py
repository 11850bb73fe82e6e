from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from konv.data.archive import open_archive
from konv.data.npz import NpzFile
from konv.errors import DataError, FormatError, KonvError, LimitError

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 3, 5), dtype=np.uint8)
LABELS = np.array([1, 0, 1, 0])


def read(path: Path) -> Any:
    source = NpzFile.found(path)
    assert source is not None
    return source.read()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    ("pictures", "labels", "split"),
    [
        ("x_train", "y_train", "train"),
        ("train_images", "train_labels", "train"),
        ("X_train", "Y_train", "train"),
        ("x", "y", "train"),
        ("images", "labels", "train"),
        ("data", "target", "train"),
        ("x_val", "y_val", "validation"),
        ("valid_images", "valid_labels", "validation"),
        ("x_test", "y_test", "test"),
    ],
)
def test_every_usual_name_is_understood(
    save: Any, pictures: str, labels: str, split: str, tmp_path: Path
) -> None:
    members = {pictures: IMAGES, labels: LABELS}
    if split != "train":
        members |= {"x_train": IMAGES[:2], "y_train": LABELS[:2]}
    save(tmp_path / "a.npz", **members)
    part = read(tmp_path / "a.npz").parts[split]
    assert np.array_equal(part.images[..., 0], IMAGES)
    assert part.labels.tolist() == LABELS.tolist()


def test_class_names_may_be_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=IMAGES, y=LABELS, class_names=np.array(["장미", "튤립", "국화"]))
    assert read(path).class_names == ("장미", "튤립", "국화")
    np.savez(path, x=IMAGES, y=np.array(["b", "a", "b", "a"]), class_names=np.array(["z"]))
    assert read(path).class_names == ("a", "b")
    np.savez(path, x=IMAGES, y=LABELS, class_names=np.array(["one"]))
    with pytest.raises(DataError, match="K507"):
        read(path)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["u1", "<f4", ">f8", "<i2", "?"])
def test_arrays_come_back_in_any_order_and_type(order: Any, dtype: str, tmp_path: Path) -> None:
    array = np.asarray(np.arange(24).reshape(2, 3, 4), dtype=dtype, order=order)
    np.savez(tmp_path / "a.npz", array=array)
    back = open_archive(tmp_path / "a.npz").read("array")
    assert np.array_equal(back, array)
    assert back.dtype == array.dtype


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"x": IMAGES}, "K503"),
        ({"y": LABELS}, "K503"),
        ({"a": IMAGES, "b": LABELS}, "K503"),
        ({"x": IMAGES, "y": LABELS, "x_test": IMAGES}, "K503"),
        ({"x": IMAGES, "y": LABELS[:3]}, "K503"),
        ({"x_test": IMAGES, "y_test": LABELS}, "K503"),
        ({"x": IMAGES.reshape(4, 15), "y": LABELS}, "K507"),
        ({"x": IMAGES, "y": LABELS + 0.5}, "K507"),
        ({"x": IMAGES[:0], "y": LABELS[:0]}, "K401"),
        ({"x": IMAGES.astype(complex), "y": LABELS}, "K401"),
        ({"x": IMAGES, "y": LABELS.astype("M8[s]")}, "K401"),
    ],
)
def test_what_is_missing_or_does_not_belong_together_is_refused(
    members: dict[str, np.ndarray], code: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "a.npz", **members)
    with pytest.raises(KonvError) as caught:
        read(tmp_path / "a.npz")
    assert caught.value.code == code
    assert "a.npz" in caught.value.where


class Touch:
    """Unpickling this makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_objects_are_refused_and_never_run(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    np.savez(tmp_path / "a.npz", x=np.array([Touch(touched)], dtype=object), y=LABELS)
    with pytest.raises(FormatError, match="Python objects"):
        read(tmp_path / "a.npz")
    # The same under the name of plain numbers: the bytes are no array.
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("x.npy", pickle.dumps(Touch(touched)))
        archive.writestr("y.npy", pickle.dumps(Touch(touched)))
    with pytest.raises(FormatError, match="K401"):
        read(tmp_path / "b.npz")
    assert not touched.exists()


def member(header: str, content: bytes = b"", version: int = 1) -> bytes:
    """A .npy file with any header (NEP 1)."""
    text = header.encode("latin-1") + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + content


def described(descr: str, shape: str) -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x09\x00" + bytes(100),
        member(""),
        member("__import__('os').system('true')"),
        member("(" * 500),
        member("{" * 200 + "}" * 200),
        member("-" * 900 + "1"),
        member(described("'|u1'", "(-1,)"), b"x"),
        member(described("'|u1'", "(-1, -1)"), b"x"),
        member(described("'|u1'", "(1, 1, 1, 1, 1)"), b"x"),
        member(described("'|u1'", "()"), b"x"),
        member(described("'|u1'", "(0,)")),
        member(described("'|u1'", "(2,)"), b"x"),
        member(described("'|u1'", "(2,)"), b"xyz"),
        member(described("'|u1'", "(True,)"), b"xy"),
        member(described("'|u1'", f"({2**62}, 4)"), b"x"),
        member(described("'|u1'", f"({10**30},)"), b"x"),
        member(described("'<U0'", f"({10**9},)")),
        member(described("'|V8'", "(1,)"), bytes(8)),
        member(described("[('a', '|u1')]", "(1,)"), b"x"),
        member(described("'|O'", "(1,)"), pickle.dumps([1])),
        member(described("'no such type'", "(1,)"), b"x"),
        member(described("'|u1'", "(1,)") + " " * 5000, b"x"),
        member(described("'|u1'", "(1,)"), b"x", version=3),
    ],
)
def test_a_member_with_a_false_header_is_refused(content: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", content)
    with pytest.raises(KonvError) as caught:
        open_archive(tmp_path / "a.npz").read("x")
    assert caught.value.code in ("K401", "K602")
    assert "a.npz" in caught.value.where


def test_a_true_header_of_either_version_is_read(tmp_path: Path) -> None:
    for version in (1, 2):
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
            archive.writestr("x.npy", member(described("'|u1'", "(3,)"), b"abc", version))
        assert open_archive(tmp_path / "a.npz").read("x").tobytes() == b"abc"


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x.npy", b"2")
    with pytest.raises(FormatError, match="the same name"):
        open_archive(tmp_path / "a.npz")


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_numpy_does_not_write_are_refused(packing: int, tmp_path: Path) -> None:
    file = io.BytesIO()
    np.save(file, IMAGES)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", packing) as archive:
        archive.writestr("x.npy", file.getvalue())
    with pytest.raises(FormatError, match="packed in a way"):
        open_archive(tmp_path / "a.npz").read("x")


def test_an_index_of_many_members_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for number in range(25_000):
            archive.writestr(f"{number}.npy", b"")
    with pytest.raises(FormatError, match="index"):
        open_archive(tmp_path / "a.npz")


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros((100, 1000, 1000), np.uint8), y=LABELS)
    with pytest.raises(LimitError, match="K602"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\5\6" + bytes(18), bytes(1000)])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(KonvError, match=r"K401|K503"):
        read(tmp_path / "a.npz")


def test_other_names_are_none(tmp_path: Path) -> None:
    assert NpzFile.found(tmp_path / "a.npz") is None
    (tmp_path / "a.zip").touch()
    assert NpzFile.found(tmp_path / "a.zip") is None
