"""Outlines: the stages of a network without their channels; all of them, counted before.

How many outlines begin on a map is the sum over its stages of those that end there and of those
that go on behind the pool. It depends on the size of the map alone, so it is known in a moment,
however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from konv.design.search.stages import Stage, stages_on

__all__ = ["Outline", "Plan"]

Pair = tuple[int, int]


@dataclass(frozen=True)
class Outline:
    """The stages of a network.

    Args:
        stages: in their order; each on the maps of the one before it.
    """

    stages: tuple[Stage, ...]

    @property
    def maps(self) -> Pair:
        """Rows and columns of the last maps."""
        return self.stages[-1].output

    @property
    def convolutions(self) -> int:
        """How many there are in all stages."""
        return sum(stage.convolutions for stage in self.stages)

    @cached_property
    def field(self) -> Pair:
        """Rows and columns of the picture that a place of the last maps sees.

        ``r' = r + (span − 1)·j`` and ``j' = j·stride``, as in
        :mod:`konv.network.receptive_field`.

        Example:
            >>> Outline((Stage((28, 28), 2, (3, 3), "same", (2, 2)),)).field
            (6, 6)
        """
        rows, columns = (_axis_field(self.stages, axis) for axis in (0, 1))
        return rows, columns


def _axis_field(stages: tuple[Stage, ...], axis: int) -> int:
    seen, jump = 1, 1
    for stage in stages:
        seen += stage.convolutions * (stage.kernel[axis] - 1) * jump
        seen += (stage.pool[axis] - 1) * jump
        jump *= stage.pool[axis]
    return seen


class Plan:
    """All outlines for pictures of a size.

    Args:
        picture: its rows and columns.
        kind: of stages; one of :data:`~konv.design.search.stages.KINDS`.
        detail: how many stages are looked at; one of :data:`~konv.design.search.stages.DETAILS`.
    """

    def __init__(self, picture: Pair, *, kind: str, detail: str = "all") -> None:
        self.picture, self.kind, self.detail = picture, kind, detail
        self._stages: dict[tuple[Pair, bool], list[Stage]] = {}
        self._counts: dict[tuple[Pair, bool], int] = {}

    def count(self) -> int:
        """How many there are.

        Example:
            >>> Plan((4, 4), kind="usual").count() == len(list(Plan((4, 4), kind="usual")))
            True
        """
        return self._count(self.picture, True)

    def __iter__(self) -> Iterator[Outline]:
        """They, those that begin with the simplest stages first."""
        return map(Outline, self._from(self.picture, True))

    def _stages_on(self, size: Pair, first: bool) -> list[Stage]:
        if (size, first) not in self._stages:
            self._stages[size, first] = stages_on(
                size, first=first, kind=self.kind, detail=self.detail
            )
        return self._stages[size, first]

    def _count(self, size: Pair, first: bool) -> int:
        if (size, first) not in self._counts:
            self._counts[size, first] = sum(
                stage.may_be_last + (self._count(stage.output, False) if stage.pools else 0)
                for stage in self._stages_on(size, first)
            )
        return self._counts[size, first]

    def _from(self, size: Pair, first: bool) -> Iterator[tuple[Stage, ...]]:
        for stage in self._stages_on(size, first):
            if stage.may_be_last:
                yield (stage,)
            if stage.pools:
                for rest in self._from(stage.output, False):
                    yield (stage, *rest)
