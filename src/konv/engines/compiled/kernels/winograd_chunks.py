"""Filters in chunks of some vectors, and how transformed weights lie: chunk by chunk.

In each chunk they are [point, channel, filter of the chunk], as those who multiply pass through
them. Filters are padded with zeros to whole vectors. A point begins one row behind the end of the
one before: otherwise all points of a channel might lie in the same places of the cache.
"""

from __future__ import annotations

from collections.abc import Iterator

from konv.engines.compiled.emit.function import Function, Index, Piece
from konv.engines.compiled.record import record
from konv.engines.compiled.target import Target

__all__ = ["ChannelPart", "FilterChunk", "FilterChunks"]

_MANY_REGISTERS = 32


@record
class FilterChunk:
    """Some neighbouring filters.

    Args:
        first: of them.
        filters: how many.
        vector: numbers of a vector.
    """

    first: Index
    filters: int
    vector: int

    @property
    def width(self) -> int:
        """How many filters there is room for."""
        return -(-self.filters // self.vector) * self.vector

    @property
    def padded(self) -> list[Piece]:
        """The vectors with what is padded."""
        return [
            Piece(start, self.vector, self.vector) for start in range(0, self.width, self.vector)
        ]

    def row(self, f: Function) -> Iterator[tuple[Index, Piece]]:
        """Vector by vector: (how far behind the first filter it begins, how much of it is filters).

        The consumer's body is written at most twice.
        """
        whole, rest = divmod(self.filters, self.vector)
        if whole:
            with f.loop(whole) as turn:
                piece = Piece(0, self.vector, self.vector)
                yield f.multiply(turn.index, self.vector), piece
        if rest:
            yield whole * self.vector, Piece(0, rest, self.vector)


@record
class ChannelPart:
    """Some neighbouring channels, whose weights lie together.

    Args:
        first: of them.
        count: how many.
        room: for how many there is room.
    """

    first: Index
    count: Index
    room: int

    def pitch(self, chunk: FilterChunk) -> int:
        """From one point to the next in transformed weights."""
        return (self.room + 1) * chunk.width


@record
class FilterChunks:
    """All filters.

    Args:
        filters: how many.
        vector: numbers of a vector.
        vectors: of a chunk.
    """

    filters: int
    vector: int
    vectors: int

    @staticmethod
    def of(filters: int, target: Target, most: int | None = None) -> FilterChunks:
        """Chunks of two vectors, or of three where that leaves none alone and there is room.

        Args:
            filters: how many.
            target: the processor.
            most: vectors of a chunk.
        """
        vector = min(target.vector, 1 << (filters - 1).bit_length())
        vectors = -(-filters // vector)
        size = 3 if vectors % 2 and target.registers >= _MANY_REGISTERS else 2
        return FilterChunks(filters, vector, min(vectors, most or size))

    @property
    def size(self) -> int:
        """Filters of a chunk; the last may have fewer."""
        return self.vector * self.vectors

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return -(-self.filters // self.size)

    def each(self, f: Function) -> Iterator[FilterChunk]:
        """All of them; the consumer's body is written at most twice."""
        for first, filters in f.blocks(self.filters, self.size):
            yield FilterChunk(first, filters, self.vector)

    def numbered(self, f: Function, number: Index) -> Iterator[FilterChunk]:
        """One of them; the consumer's body is written twice if the last has fewer filters."""
        whole, rest = divmod(self.filters, self.size)
        chunk = FilterChunk(f.multiply(number, self.size), self.size, self.vector)
        last = FilterChunk(whole * self.size, rest, self.vector)
        if not rest:
            yield chunk
        elif not whole:
            yield last
        else:
            with f.when(f.builder.icmp_signed("<", number, f.index(whole))):
                yield chunk
            with f.when(f.builder.icmp_signed(">=", number, f.index(whole))):
                yield last

    def numbers(self, points: int, channels: int) -> int:
        """What all transformed weights take."""
        whole, rest = divmod(self.filters, self.size)
        padded = whole * self.size + -(-rest // self.vector) * self.vector
        return padded * points * (channels + 1)
