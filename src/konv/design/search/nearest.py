"""Where nothing keeps to all limits: which other limits would be kept to.

First one limit is let go at a time, and set to the nearest value at which there is a network.
Where that is not enough, those that must go together are. Costs grow with the width, so only the
narrowest networks have to be looked at; each answer is the cost of a network that was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from konv.design.search.limits import Limits
from konv.design.search.searching import Search, seeing

__all__ = ["nearest_limits"]


@dataclass(frozen=True)
class _Narrowest:
    """The narrowest networks of all outlines and variants, one entry for each.

    Args:
        parameters, macs: of each.
        fields: (entries, 2): what a place of the last maps sees.
    """

    parameters: NDArray[np.float64]
    macs: NDArray[np.float64]
    fields: NDArray[np.int64]

    @staticmethod
    def of(search: Search) -> _Narrowest:
        parameters, macs, fields = [], [], []
        for _variant, costs in search.costs():
            possible = costs.possible[:, 0]
            parameters.append(costs.parameters[possible, 0])
            macs.append(costs.macs[possible, 0])
            fields.append(search.fields[possible])
        return _Narrowest(*map(np.concatenate, (parameters, macs, fields)))

    def within(self, limits: Limits, *free: str) -> NDArray[np.bool_]:
        """Which keep to the limits, but for those that are free."""
        kept = np.ones(len(self.parameters), bool)
        if "parameters" not in free:
            kept &= self.parameters <= limits.parameters
        if "macs" not in free:
            kept &= self.macs <= limits.macs
        if "receptive_field" not in free:
            kept &= seeing(self.fields, limits)
        return kept


def nearest_limits(search: Search, limits: Limits) -> list[Limits]:
    """Limits that there are networks for, each near to those that there are none for.

    Returns:
        Nothing if there is no network whatever the limits are.
    """
    narrowest = _Narrowest.of(search)
    found = list(_with_one_other(narrowest, limits))
    if not found:
        found = list(_with_several_others(narrowest, limits))
    if limits.whole and _keeps_without_whole(search, limits):
        found.append(replace(limits, whole=False))
    return found


def _with_one_other(narrowest: _Narrowest, limits: Limits) -> Iterator[Limits]:
    kept = narrowest.within(limits, "parameters")
    if kept.any():
        yield replace(limits, parameters=int(narrowest.parameters[kept].min()))
    kept = narrowest.within(limits, "macs")
    if kept.any():
        yield replace(limits, macs=int(narrowest.macs[kept].min()))
    kept = narrowest.within(limits, "receptive_field")
    if kept.any():
        yield replace(limits, receptive_field=_widest(narrowest.fields[kept], limits))


def _with_several_others(narrowest: _Narrowest, limits: Limits) -> Iterator[Limits]:
    """The smallest network that sees enough, or as much as any: its parameters and its MACs."""
    if not len(narrowest.parameters):
        return
    if not seeing(narrowest.fields, limits).any():
        limits = replace(limits, receptive_field=_widest(narrowest.fields, limits))
    kept = np.flatnonzero(seeing(narrowest.fields, limits))
    costs = narrowest.parameters[kept], narrowest.macs[kept]
    smallest = np.lexsort(costs[::-1])[0]
    parameters, macs = (int(cost[smallest]) for cost in costs)
    yield replace(
        limits,
        parameters=max(parameters, limits.parameters),
        macs=max(macs, limits.macs),
    )


def _widest(fields: NDArray[np.int64], limits: Limits) -> tuple[int, int]:
    """The largest number of rows and columns that is seen on both axes, up to what was asked."""
    rows, columns = limits.receptive_field or (1, 1)
    # An axis on which all is seen that was asked for does not hold the other one back.
    enough = np.where(fields >= (rows, columns), max(rows, columns), fields)
    most = int(enough.min(axis=1).max())
    return min(most, rows), min(most, columns)


def _keeps_without_whole(search: Search, limits: Limits) -> bool:
    others = _Narrowest.of(replace(search, whole=False))
    return bool(others.within(limits).any())
