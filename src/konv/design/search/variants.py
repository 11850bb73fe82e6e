"""What an outline leaves open: how channels grow, what stands behind convolutions, how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

__all__ = ["GROWTHS", "HEADS", "MOST_CHANNELS", "VARIANTS", "WIDTHS", "Variant", "hidden_units"]

# How many times as many filters as the first stage the others have; widths are even, so that all
# are whole numbers. Stages beyond these have as many as the last.
GROWTHS = {
    "gentle": (1, 1.5, 2, 3, 4, 6, 8),
    "linear": (1, 2, 3, 4, 5, 6, 7, 8),
    "double": (1, 2, 4, 8),
}
WIDTHS = (2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64)  # filters of the first stage
MOST_CHANNELS = 512  # of a stage
HEADS = ("flatten", "average", "hidden")
_LEAST_HIDDEN, _MOST_HIDDEN, _HIDDEN_STEP = 64, 512, 32


@dataclass(frozen=True)
class Variant:
    """How stages become a network.

    Args:
        growth: a name of GROWTHS.
        normalized: whether a BatchNormalization stands behind each convolution.
        head: "flatten": Flatten, Dropout, Dense; "average": GlobalAveragePooling2D, Dense;
            "hidden": Flatten, a hidden Dense, Dropout, Dense.
    """

    growth: str
    normalized: bool
    head: str

    @property
    def averages(self) -> bool:
        """Whether no place of the last maps is told from another."""
        return self.head == "average"

    def factor(self, stage: int) -> float:
        """Filters of a stage, as a multiple of those of the first.

        Example:
            >>> [Variant("double", True, "flatten").factor(stage) for stage in range(5)]
            [1, 2, 4, 8, 8]
        """
        factors = GROWTHS[self.growth]
        return factors[min(stage, len(factors) - 1)]


VARIANTS = tuple(
    Variant(growth, normalized, head)
    for head, normalized, growth in product(HEADS, (True, False), GROWTHS)
)


def hidden_units(classes: int) -> int:
    """Of the hidden dense layer: 64, or as many as there are classes, in steps of 32, up to 512."""
    steps = -(-classes // _HIDDEN_STEP) * _HIDDEN_STEP
    return min(max(_LEAST_HIDDEN, steps), _MOST_HIDDEN)
