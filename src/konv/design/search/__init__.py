"""Networks under limits: which there are, what they cost, and which are the most promising.

::

    stages → outlines     sizes alone: convolutions and pools that fit a picture
    variants → costs      channels, endings; parameters and multiply-adds of all at once
    merit → searching     the order, and the best that keep to the limits
    nearest → impossible  the limits that would do, where none keeps to them
    building → proposing  the networks themselves, with reasons
"""

from konv.design.search.limits import Limits
from konv.design.search.proposing import propose
from konv.design.search.results import Proposal, Proposals

__all__ = ["Limits", "Proposal", "Proposals", "propose"]
