"""Is a network right, and what would be: rules with their reasons, and repairs."""

from konv.design.checking import check
from konv.design.findings import Finding, Findings

__all__ = ["Finding", "Findings", "check"]
