"""Small changes after which a layer that does not fit may fit: one file per kind of misfit."""

from __future__ import annotations

from collections.abc import Iterator

from konv.design.mends.axes import axis_mends
from konv.design.mends.base import Mend, Misfit
from konv.design.mends.merges import merge_mends
from konv.design.mends.ranks import rank_mends
from konv.design.mends.windows import window_mends

__all__ = ["Mend", "Misfit", "mends"]

_BY_CODE = {
    "K101": merge_mends,
    "K102": rank_mends,
    "K103": axis_mends,
    "K104": window_mends,
    "K105": window_mends,
    "K106": merge_mends,
    "K107": axis_mends,
    "K108": axis_mends,
    "K306": axis_mends,
}


def mends(misfit: Misfit) -> Iterator[Mend]:
    """What may be tried, in a fixed order; to leave the layer out comes last."""
    kinds = _BY_CODE.get(misfit.error.code)
    if kinds is not None:
        yield from kinds(misfit)
    if misfit.part.inputs:
        yield misfit.left_out(misfit.part, effort=4)
