"""What konv sets out to be, as ratios on two cores: the floors, not the ceiling."""

from __future__ import annotations

from benchmarks.suite.results import Case

__all__ = ["aim_of"]

_AIMS: dict[tuple[str, str], dict[str, float]] = {
    ("train", "pytorch"): {"A": 3, "B": 2.5, "C": 3, "D": 1.4, "E": 1, "F": 1},
    ("train", "keras-tensorflow"): {"A": 8, "B": 4, "C": 3.5, "D": 2},
    ("infer", "onnxruntime"): {"A": 1.6, "B": 1.3, "C": 1.5, "D": 1.1, "E": 1, "F": 1},
}
_ONE_PICTURE = {"A": 1.3, "B": 1.1, "C": 1.6, "D": 1, "E": 1, "F": 1}


def aim_of(case: Case, peer: str) -> float | None:
    """How many times faster than a peer konv wants to be; None if nothing was said."""
    if (case.task, peer, case.batch) == ("infer", "onnxruntime", 1):
        return _ONE_PICTURE.get(case.letter)
    return _AIMS.get((case.task, peer), {}).get(case.letter)
