"""How far what another program computes is from what konv computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.errors import FormatError
from konv.language import translate as _
from konv.layers.base import shape_text

__all__ = ["Agreement", "agreement"]

Array = np.ndarray[Any, np.dtype[Any]]

# Of the largest output. Sums of thousands of products of float32 that are added up in another order
# differ by a few 1e-6 of it; another ε, another padding, another order of weights by far more.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Agreement:
    """Two programs, the same pictures.

    Args:
        program: the other one, with its version.
        pictures: how many there were.
        same_classes: for how many both have the same class; None: the outputs are not classes.
        largest_difference: of any two outputs.
        largest_output: the largest absolute value that konv gave.
    """

    program: str
    pictures: int
    same_classes: int | None
    largest_difference: float
    largest_output: float

    @property
    def relative_difference(self) -> float:
        """The largest difference as a share of the largest output."""
        return self.largest_difference / self.largest_output if self.largest_output else 0.0

    @property
    def holds(self) -> bool:
        """Whether the difference is one of rounding."""
        return self.largest_difference <= TOLERANCE * self.largest_output

    def text(self) -> str:
        """One line for a person."""
        differ = _(
            "largest difference {difference:.2g} of outputs up to {largest:.4g}",
            difference=self.largest_difference,
            largest=self.largest_output,
        )
        if self.same_classes is None:
            return _(
                "{program}, {count:,} pictures: {differ}",
                program=self.program,
                count=self.pictures,
                differ=differ,
            )
        return _(
            "{program}, {count:,} pictures: the same class for {same:,}, {differ}",
            program=self.program,
            count=self.pictures,
            same=self.same_classes,
            differ=differ,
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as data."""
        return {
            "program": self.program,
            "pictures": self.pictures,
            "same_classes": self.same_classes,
            "largest_difference": self.largest_difference,
            "largest_output": self.largest_output,
        }

    def check(self, where: str, fix: str = "") -> None:
        """Refuse what is more than rounding.

        Args:
            where: the file, for the error.
            fix: what to do about it; empty: to report it.

        Raises:
            FormatError: K413.
        """
        if not self.holds:
            raise FormatError(
                _("{program} gives other numbers than konv", program=self.program),
                code="K413",
                where=where,
                details=[
                    (_("measured"), self.text()),
                    (
                        _("allowed"),
                        f"{TOLERANCE:g} · {self.largest_output:.4g} = "
                        f"{TOLERANCE * self.largest_output:.2g}",
                    ),
                ],
                fix=fix or _to_report(),
            )


def agreement(
    program: str,
    ours: Array,
    theirs: Array,
    class_indices: Callable[[Array], Array] | None = None,
    *,
    where: str = "",
    fix: str = "",
) -> Agreement:
    """Compare outputs [N, …] of the same pictures.

    Args:
        program: the other one, with its version.
        ours: what konv makes of the pictures.
        theirs: what the other program makes of them.
        class_indices: outputs [N, …] -> the number of each picture's class, if they are classes.
        where: the file, for errors.
        fix: what to do about the error; empty: to report it.

    Raises:
        FormatError: K413, the outputs have another shape, or are not numbers.

    Example:
        >>> ours, theirs = np.array([[1.0, 2.0]]), np.array([[1.0, 2.5]])
        >>> agreement("other 1.0", ours, theirs).largest_difference
        0.5
    """
    if ours.shape != theirs.shape or not np.isfinite(theirs).all():
        raise FormatError(
            _("{program} gives no numbers like konv's", program=program),
            code="K413",
            where=where,
            details=[("konv", shape_text(ours.shape)), (program, shape_text(theirs.shape))],
            fix=fix or _to_report(),
        )
    same = None
    if class_indices is not None:
        same = int((class_indices(ours) == class_indices(theirs)).sum())
    difference = np.abs(ours.astype(np.float64) - theirs)
    return Agreement(
        program=program,
        pictures=len(ours),
        same_classes=same,
        largest_difference=float(difference.max(initial=0)),
        largest_output=float(np.abs(ours).max(initial=0)),
    )


def _to_report() -> str:
    return _("nothing was written; please report the network with this message")
