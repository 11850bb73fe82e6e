"""The folder doctor: what is wrong with labelled pictures before anything is trained on them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

import numpy as np

from konv.data.decoding import Progress
from konv.data.diagnoses import class_findings, picture_findings
from konv.data.findings import LEVELS, Finding, Findings, Statistics
from konv.data.folder_diagnoses import folder_findings
from konv.data.folders import ClassFolders
from konv.data.inspection import Look, Unreadable, look_at_all
from konv.data.reasons import attributed
from konv.data.sources import open_source

__all__ = ["check"]


def check(source: str | os.PathLike[str], progress: Progress | None = None) -> Findings:
    """Look at every picture of a source, and say what would harm the training.

    Args:
        source: what :func:`konv.data.load` takes.
        progress: called as progress(done, total), in pictures.

    Returns:
        The findings; files that cannot be read are among them.

    Raises:
        DataError: K501, when there are no labelled pictures; and whatever else
            :func:`konv.data.load` raises for files of arrays that are damaged.

    Example:
        >>> report = check("digits")
        >>> report.statistics.commonest_px, report.of_kind("imbalance")
        (((8, 8), 1797), None)
    """
    opened = open_source(source)
    folders = opened if isinstance(opened, ClassFolders) else None
    with attributed(opened.name):
        labelled = folders.labelled() if folders else opened.read()
        seen = list(look_at_all(labelled, opened.root, progress))
    names = labelled.class_names
    looks = [look for look in seen if isinstance(look, Look)]
    bad = [look for look in seen if isinstance(look, Unreadable)]
    counts = {
        split: np.bincount(
            [look.label for look in looks if look.split == split], minlength=len(names)
        )
        for split in labelled.parts
    }
    findings: list[Finding] = [
        *picture_findings(looks, bad, names),
        *class_findings(names, counts["train"]),
        *(folder_findings(folders) if folders else ()),
    ]
    return Findings(
        opened.name,
        {split: dict(zip(names, own.tolist(), strict=True)) for split, own in counts.items()},
        _statistics(looks) if looks else None,
        tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level))),
    )


def _statistics(looks: Sequence[Look]) -> Statistics:
    heights = sorted(look.size[0] for look in looks)
    widths = sorted(look.size[1] for look in looks)
    total = np.sum([look.moments for look in looks], axis=0)
    count, first, second = total[: 1 if all(look.colourless for look in looks) else 3].T
    mean = first / count
    # Rounding may take the variance of a single colour below zero.
    variance = np.maximum(second / count - mean**2, 0)
    return Statistics(
        (heights[0], float(np.median(heights)), heights[-1]),
        (widths[0], float(np.median(widths)), widths[-1]),
        Counter(look.size for look in looks).most_common(1)[0],
        dict(Counter(look.stored for look in looks).most_common()),
        sum(look.alpha for look in looks),
        tuple(mean.tolist()),
        tuple(np.sqrt(variance).tolist()),
    )
