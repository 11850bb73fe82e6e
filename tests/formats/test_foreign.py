"""A file of another kind is named, so that a person sees what went wrong."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile

import numpy as np
import pytest
from PIL import Image

from konv.formats.foreign import HEAD_BYTES, looks_like


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (20, 10), (200, 10, 10)).save(file, kind)
    return file.getvalue()


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        for name in names:
            zipped.writestr(name, b"x" * 100)
    return file.getvalue()


def saved(save: object, *values: object) -> bytes:
    file = io.BytesIO()
    save(file, *values)  # type: ignore[operator]
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "an empty file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"),
        (archive("archive/data.pkl", "archive/version"), "PyTorch"),
        (archive("metadata.json", "config.json", "model.weights.h5"), "Keras"),
        (archive("config.json"), "Keras"),
        (saved(np.savez, np.zeros(3)), ".npz"),
        (saved(np.save, np.zeros(3)), ".npy"),
        (archive("readme.txt"), "a ZIP archive"),
        (archive(), "a ZIP archive"),
        *((pickle.dumps({"weights": [1.0]}, protocol), "pickle") for protocol in range(2, 6)),
        (pickle.dumps(np.zeros(2), 0), "pickle"),
        (pickle.dumps(print, 0), "pickle"),
        (pickle.dumps({"a": 1}, 0), "pickle"),
        (b'\x08\x03\x12\x04CNTK\x1a\x052.5.1"\x07ai.cntk(\x01', "ONNX"),
        (b"\x1c\x00\x00\x00TFL3" + bytes(20), "TensorFlow Lite"),
        *((picture(kind), "a picture") for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")),
        (b"%PDF-1.7\n", "PDF"),
        (gzip.compress(b"x", mtime=0), "compressed"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "Git LFS"),
        (b"<!DOCTYPE html><html><title>404", "a web page"),
        (b"  <HTML><body>", "a web page"),
        (b'{"layers": []}', "a text"),
        ("이름: 고양이\n".encode() * 100, "a text"),
        (bytes(range(128, 256)) * 2, "nothing that konv knows"),
        (bytes(100), "nothing that konv knows"),
    ],
)
def test_the_kind_of_file_is_named(content, kind):
    assert kind in looks_like(content[:HEAD_BYTES])


@pytest.mark.parametrize("length", range(HEAD_BYTES - 4, HEAD_BYTES + 1))
def test_a_text_that_is_cut_inside_a_character_is_still_a_text(length):
    assert looks_like(("한" * 200).encode()[:length]) == "a text"
