"""Every test has a cache of its own, and small pictures and files to read."""

from __future__ import annotations

import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where decoded pictures are kept during a test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "konv"


@pytest.fixture
def write_picture(tmp_path: Path) -> Write:
    """Write a picture of noise from a seed: the same seed, the same pixels."""

    def write(
        name: str, seed: int = 0, size: tuple[int, int] = (9, 7), mode: str = "RGB", **options: Any
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        width, height = size
        shape = (height, width) if mode == "L" else (height, width, len(mode))
        pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(pixels).save(path, **options)
        return path

    return write


@pytest.fixture
def write_classes(tmp_path: Path, write_picture: Write) -> Write:
    """Write a folder of class folders: name of the class → number of pictures, all different."""

    def write(name: str, counts: dict[str, int], **options: Any) -> Path:
        for number, (label, count) in enumerate(counts.items()):
            (tmp_path / name / label).mkdir(parents=True, exist_ok=True)
            for index in range(count):
                seed = 1000 * number + index
                write_picture(f"{name}/{label}/{index}.png", seed, **options)
        return tmp_path / name

    return write


def idx_bytes(values: np.ndarray) -> bytes:
    """An IDX file by its definition: 0, 0, type 8, rank, lengths, values."""
    return (
        bytes([0, 0, 8, values.ndim])
        + struct.pack(f">{values.ndim}I", *values.shape)
        + values.tobytes()
    )


def packed_bytes(content: bytes, name: str) -> bytes:
    """``content`` packed as the ending of ``name`` says."""
    if name.endswith(".gz"):
        return gzip.compress(content, mtime=0)
    return lzma.compress(content) if name.endswith(".xz") else content


@pytest.fixture
def write_idx(tmp_path: Path) -> Write:
    """Write an array as an IDX file, packed as its name says."""

    def write(name: str, values: np.ndarray) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed_bytes(idx_bytes(values), name))
        return path

    return write


@pytest.fixture
def write_bytes(tmp_path: Path) -> Write:
    """Write bytes, packed as the name says."""

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed_bytes(content, name))
        return path

    return write
