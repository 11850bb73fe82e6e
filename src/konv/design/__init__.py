"""Is a network right, and what would be: rules with their reasons, and repairs."""

from konv.design.checking import check
from konv.design.draft import Draft
from konv.design.examining import examined, read_draft
from konv.design.findings import Finding, Findings
from konv.design.repairing import Repair, repaired, repaired_draft

__all__ = [
    "Draft",
    "Finding",
    "Findings",
    "Repair",
    "check",
    "examined",
    "read_draft",
    "repaired",
    "repaired_draft",
]
