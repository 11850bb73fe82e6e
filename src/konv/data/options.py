"""What can be asked of :func:`konv.data.load`."""

from __future__ import annotations

from dataclasses import dataclass

from konv.constraints import Choice, Integer, Optional, Pair, Real
from konv.data.preprocessing import POLICIES, Channels
from konv.limits import MAX_PICTURE_SIDE_PX, MAX_PICTURES
from konv.parameters import Checked, parameter

__all__ = ["LoadOptions"]


@dataclass(frozen=True, repr=False)
class LoadOptions(Checked):
    """What is asked of :func:`load`; the fields are explained there."""

    size: tuple[int, int] | None = parameter(
        Optional(Pair(Integer(1, MAX_PICTURE_SIDE_PX))), default=None, keyword=True
    )
    channels: int | None = parameter(Optional(Channels()), default=None, keyword=True)
    policy: str = parameter(Choice(POLICIES), default="fit", keyword=True)
    validation: float = parameter(Real(0, 1, below_maximum=True), default=0.1, keyword=True)
    test: float = parameter(Real(0, 1, below_maximum=True), default=0.1, keyword=True)
    limit: int | None = parameter(Optional(Integer(1, MAX_PICTURES)), default=None, keyword=True)
    seed: int = parameter(Integer(0, 2**63 - 1), default=0, keyword=True)
