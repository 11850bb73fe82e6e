"""The search: every outline, with every variant, at every width; the best that keep to the limits.

All costs come from arithmetic over whole arrays, so a million networks take about a second. Of the
networks that keep to the limits the merit decides; of those with the same merit, the one with the
simpler stages. Networks with as many stages and the same ending are relatives: the best of them
stands for all, so that proposals differ in more than a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from konv.design.search.building import Candidate
from konv.design.search.costs import Costs, Skeletons, costs_of, skeletons
from konv.design.search.limits import Limits
from konv.design.search.merit import merits, outline_merits
from konv.design.search.outlines import Outline, Plan
from konv.design.search.stages import KINDS
from konv.design.search.variants import VARIANTS, WIDTHS, Variant
from konv.layers.base import Shape

__all__ = ["Search"]

_MOST_OUTLINES = 40_000  # that are looked at: a few seconds
# How much detail of each kind of stages, from all to the least.
_DETAILS = (
    {"usual": "all", "whole": "all"},
    {"usual": "all", "whole": "kernels"},
    {"usual": "all", "whole": "pools"},
    *({"usual": detail, "whole": "pools"} for detail in ("kernels", "pools")),
    {"usual": "convolutions", "whole": "convolutions"},
)


@dataclass(frozen=True)
class Search:
    """Networks for pictures of a shape and a number of classes.

    Args:
        input_shape: (height, width, channels) of a picture.
        classes: how many there are.
        whole: whether every division of the size formula must be whole.
    """

    input_shape: Shape
    classes: int
    whole: bool

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Those with the most detail that can be gone through; usual stages lose it last."""
        for details in _DETAILS:
            plans = tuple(
                Plan(self._picture, kind=kind, detail=detail)
                for kind, detail in details.items()
                if kind == "whole" or not self.whole
            )
            if sum(plan.count() for plan in plans) <= _MOST_OUTLINES:
                break
        return plans

    @property
    def all_outlines(self) -> int:
        """How many there are, those included that are not looked at."""
        of_kind = {kind: Plan(self._picture, kind=kind).count() for kind in KINDS}
        if self.whole:
            return of_kind["whole"]
        return of_kind["usual"] + of_kind["whole"] - of_kind["both"]

    @cached_property
    def outlines(self) -> list[Outline]:
        """Those that are looked at."""
        return list(dict.fromkeys(chain.from_iterable(self.plans)))

    @cached_property
    def fields(self) -> NDArray[np.int64]:
        """Rows and columns that a place of the last maps sees: (outlines, 2)."""
        return np.array([outline.field for outline in self.outlines], np.int64).reshape(-1, 2)

    @cached_property
    def _outline_merits(self) -> dict[bool, NDArray[np.float64]]:
        return outline_merits(self.outlines, self._picture)

    @property
    def examined(self) -> int:
        """Networks whose costs are worked out."""
        return len(self.outlines) * len(VARIANTS) * len(WIDTHS)

    @property
    def _picture(self) -> tuple[int, int]:
        return self.input_shape[0], self.input_shape[1]

    def costs(self) -> Iterator[tuple[Variant, Costs]]:
        """Of each variant, those of all outlines at all widths."""
        of_growth: dict[str, Skeletons] = {}
        for variant in VARIANTS:
            if variant.growth not in of_growth:
                of_growth[variant.growth] = skeletons(self.outlines, variant, self.input_shape[2])
            yield variant, costs_of(of_growth[variant.growth], variant, self.classes)

    def best(self, limits: Limits, most: int) -> tuple[list[Candidate], int]:
        """(the best that keep to the limits, no two of them relatives; how many keep to them)."""
        found, fitting = [], 0
        seen = seeing(self.fields, limits)
        for number, (variant, costs) in enumerate(self.costs()):
            fits = costs.possible & seen[:, None]
            fits &= (costs.parameters <= limits.parameters) & (costs.macs <= limits.macs)
            fitting += int(fits.sum())
            merit = merits(self._outline_merits[variant.averages], variant, costs)
            merit = np.where(fits, merit, -np.inf)
            width = merit.argmax(axis=1)
            best = merit[np.arange(len(width)), width]
            rows = np.flatnonzero(np.isfinite(best))
            found.append(
                np.column_stack([-best[rows], rows, np.full(len(rows), number), width[rows]])
            )
        ranked = np.concatenate(found)
        order = np.lexsort(ranked.T[::-1])
        return self._unrelated(ranked[order], most), fitting

    def _unrelated(self, ranked: NDArray[np.float64], most: int) -> list[Candidate]:
        chosen: dict[tuple[int, str], Candidate] = {}
        for negative_merit, row, number, width in ranked:
            outline, variant = self.outlines[int(row)], VARIANTS[int(number)]
            family = len(outline.stages), variant.head
            if family not in chosen:
                chosen[family] = Candidate(
                    outline, variant, WIDTHS[int(width)], -float(negative_merit)
                )
            if len(chosen) == most:
                break
        return list(chosen.values())


def seeing(fields: NDArray[np.int64], limits: Limits) -> NDArray[np.bool_]:
    """Which outlines see enough of the picture."""
    enough: NDArray[np.bool_] = fields >= (limits.receptive_field or (1, 1))
    return np.logical_and(enough[:, 0], enough[:, 1])
