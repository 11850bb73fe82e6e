"""The option ``--precision``, and what another precision changes: measured on the pictures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from konv.cli.base import option
from konv.cli.values import Value
from konv.constraints import Choice
from konv.engines.contract import PRECISIONS, Precision
from konv.language import marked
from konv.language import translate as _
from konv.language.tables import WIDTH, wrapped
from konv.model import Model

__all__ = ["PRECISION", "Difference", "measured_difference"]

_EXACT: Precision = "float32"

PRECISION = option(
    "--precision",
    type=Value(Choice(PRECISIONS)),
    metavar="KIND",
    default=_EXACT,
    help=marked(
        "of products: float32, or bf16, which is faster on processors that have it; what it "
        "changes is measured and printed"
    ),
)


@dataclass(frozen=True)
class Difference:
    """How far predictions are from those in float32.

    Args:
        precision: theirs.
        count: pictures that were looked at.
        changed: pictures that are taken for another class.
        largest: difference of an output; of a probability, where they are such.
    """

    precision: str
    count: int
    changed: int
    largest: float

    def text(self, total: int) -> str:
        """For a person; ``total``: how many pictures there are."""
        pictures = _("{count:,} pictures", count=self.count)
        if self.count < total:
            pictures = _("the first {count:,} of {total:,} pictures", count=self.count, total=total)
        text = _(
            "{precision} against float32, on {pictures}: {changed:,} are taken for another class; "
            "outputs differ by up to {largest:.2g}",
            precision=self.precision,
            pictures=pictures,
            changed=self.changed,
            largest=self.largest,
        )
        return "\n".join(wrapped(text, WIDTH))

    @property
    def facts(self) -> dict[str, Any]:
        """The same as data."""
        return asdict(self)


def measured_difference(
    model: Model, images: npt.NDArray[Any], outputs: npt.NDArray[np.float32], precision: Precision
) -> Difference | None:
    """What a precision changed; None for float32 itself.

    Args:
        model: whose outputs they are.
        images: that they were made of.
        outputs: in that precision.
        precision: which.
    """
    if precision == _EXACT:
        return None
    exact = model.predict(images)
    changed = model.class_indices(outputs) != model.class_indices(exact)
    largest = np.abs(outputs - exact).max(initial=0)
    return Difference(precision, len(images), int(np.count_nonzero(changed)), float(largest))
