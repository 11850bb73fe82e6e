"""Stages: a layer with those behind it that only change its numbers, not how many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from konv.explain.drawing.captions import Caption

__all__ = ["Stage", "stages_of"]


@dataclass(frozen=True)
class Stage:
    """A layer and its followers: normalization, activation, dropout.

    Args:
        captions: the layer, then its followers.
    """

    captions: tuple[Caption, ...]

    @property
    def first(self) -> Caption:
        """The layer that makes the shape."""
        return self.captions[0]

    @property
    def last(self) -> Caption:
        """The layer whose output others take."""
        return self.captions[-1]

    @property
    def numbers(self) -> str:
        """The numbers of its layers, as the summary has them: of one, or from the first on."""
        first, last = self.first.row.index, self.last.row.index
        return str(first) if first == last else f"{first}–{last}"  # noqa: RUF001 (from … to)


def stages_of(captions: Sequence[Caption]) -> list[Stage]:
    """The layers of a network, put together in stages."""
    readers = Counter(name for caption in captions for name in caption.row.inputs)
    groups: list[list[Caption]] = []
    for caption in captions:
        before = groups[-1][-1] if groups else None
        follows = (
            before is not None
            and caption.family == "activation"
            and caption.follows
            and readers[before.row.name] == 1
            and before.row.output_shape == caption.row.output_shape
        )
        if follows:
            groups[-1].append(caption)
        else:
            groups.append([caption])
    return [Stage(tuple(group)) for group in groups]
