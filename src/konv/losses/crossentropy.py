"""What all cross-entropies share: they judge probabilities, or the logits these come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from konv.constraints import Boolean, Real
from konv.errors import TrainingError
from konv.language import translate as _
from konv.losses.base import Floats, Loss, OutputActivation
from konv.parameters import parameter

__all__ = ["LABEL_SMOOTHING", "Crossentropy", "negative_log"]

LABEL_SMOOTHING = Real(0, 1, below_maximum=True)


@dataclass(frozen=True, repr=False)
class Crossentropy(Loss):
    """A loss of probabilities.

    Args:
        from_logits: the network ends in a linear activation, and the loss itself turns its
            numbers into probabilities. The gradient is the same either way.
    """

    from_logits: bool = parameter(Boolean(), default=False, keyword=True)

    # The activation that makes the probabilities of this loss.
    probabilities_by: ClassVar[str]

    def check(self, activation: OutputActivation, output_shape: tuple[int, ...]) -> None:
        needed = "linear" if self.from_logits else self.probabilities_by
        if activation.name != needed:
            raise TrainingError(
                _(
                    "the network ends in {given}, and this loss needs {needed}",
                    given=activation.name,
                    needed=needed,
                ),
                code="K801",
                where=type(self).__name__,
                fix=self._fix_for(activation.name, needed),
            )

    def _fix_for(self, given: str, needed: str) -> str:
        if self.from_logits and given == self.probabilities_by:
            return _("leave from_logits=True out: {given} makes probabilities", given=given)
        fix = _('activation="{needed}" in the last layer', needed=needed)
        if given == "linear":
            fix += _(", or from_logits=True in the loss")
        return fix


def negative_log(probabilities: Floats) -> Floats:
    """−ln p, with p not below the smallest normal number of its dtype."""
    smallest = np.finfo(probabilities.dtype).smallest_normal
    logarithms: Floats = -np.log(np.maximum(probabilities, smallest))
    return logarithms
