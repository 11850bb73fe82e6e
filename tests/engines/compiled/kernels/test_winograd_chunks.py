"""Filters in chunks of vectors."""

from __future__ import annotations

import pytest

from konv.engines.compiled.kernels.winograd_chunks import ChannelPart, FilterChunk, FilterChunks
from konv.engines.compiled.target import AARCH64, Target

WIDE = Target("avx512", "", "x86-64-v4", "", vector=16, registers=32)
FEW = Target("avx2", "", "x86-64-v3", "", vector=8, registers=16)


@pytest.mark.parametrize(
    ("filters", "target", "vector", "vectors", "count"),
    [
        (1, WIDE, 1, 1, 1),
        (5, WIDE, 8, 1, 1),
        (32, WIDE, 16, 2, 1),
        (40, WIDE, 16, 3, 1),
        (128, WIDE, 16, 2, 4),
        (80, WIDE, 16, 3, 2),
        (40, FEW, 8, 2, 3),
        (12, AARCH64, 4, 3, 1),
    ],
)
def test_no_chunk_is_much_smaller_than_the_others(
    filters: int, target: Target, vector: int, vectors: int, count: int
) -> None:
    chunks = FilterChunks.of(filters, target)
    assert (chunks.vector, chunks.vectors, chunks.count) == (vector, vectors, count)


def test_chunks_can_be_asked_to_be_small() -> None:
    assert FilterChunks.of(64, WIDE, 1).count == 4


def test_filters_are_padded_to_vectors_and_a_row_lies_between_points() -> None:
    chunk = FilterChunk(0, 20, 16)
    assert (chunk.width, [piece.whole for piece in chunk.padded]) == (32, [True, True])
    assert ChannelPart(0, 7, 9).pitch(chunk) == 10 * 32
    assert FilterChunks.of(20, WIDE).numbers(36, 9) == 36 * 10 * 32
    assert FilterChunks.of(70, WIDE).numbers(4, 1) == 4 * 2 * 80
