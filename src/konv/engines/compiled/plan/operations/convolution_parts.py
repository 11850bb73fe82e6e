"""What a convolution is, whichever way it goes."""

from __future__ import annotations

from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.engines.compiled.plan.builder import Builder
from konv.engines.compiled.plan.operations.folding import Folding
from konv.engines.compiled.plan.values import Value
from konv.engines.compiled.record import record

__all__ = ["ConvolutionParts", "winners_of"]


@record
class ConvolutionParts:
    """What a convolution is, beside the values.

    Args:
        window: how its windows lie.
        groups: how many groups its channels are divided into.
        flipped: whether kernels are turned by 180°.
        kernel, bias: the names of the weights; "": no bias.
        rectifier: what follows the sums.
        pool: what follows that; (1, 1): nothing.
        map: rows and columns before the pool.
        shared: whether another operation uses the same weights.
        folding: the normalization that is folded into the weights.
    """

    window: Window
    groups: int
    flipped: bool
    kernel: str
    bias: str
    rectifier: Rectifier
    pool: tuple[int, int]
    map: tuple[int, int]
    shared: bool
    folding: Folding | None = None

    @property
    def biased(self) -> bool:
        """Whether anything is added to the sums."""
        return bool(self.bias or self.folding)

    @property
    def pooled(self) -> bool:
        """Whether a pool follows."""
        return self.pool != (1, 1)


def winners_of(b: Builder, output: Value) -> str:
    """The slot of which element of its pool window each output is."""
    return b.per_picture(f"winners of {output.name}", output.elements)
