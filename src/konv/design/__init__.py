"""Is a network right, and what would be: rules, repairs, sizes, networks side by side,
and networks under limits."""

from konv.design.checking import check
from konv.design.comparison import ComparedNetwork, Comparison, compare
from konv.design.dense_counterpart import dense_counterpart
from konv.design.draft import Draft
from konv.design.examining import examined, read_draft
from konv.design.findings import Finding, Findings
from konv.design.repairing import Repair, repaired, repaired_draft
from konv.design.search import Proposal, Proposals, propose
from konv.design.window_settings import WindowSetting, window_settings

__all__ = [
    "ComparedNetwork",
    "Comparison",
    "Draft",
    "Finding",
    "Findings",
    "Proposal",
    "Proposals",
    "Repair",
    "WindowSetting",
    "check",
    "compare",
    "dense_counterpart",
    "examined",
    "propose",
    "read_draft",
    "repaired",
    "repaired_draft",
    "window_settings",
]
