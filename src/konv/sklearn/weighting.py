"""How much each picture counts: what a person gives for samples and for classes, as one array.

Only the proportions count: a weight of 2 is as good as the same picture twice, and a weight of 0 as
leaving it out; see :mod:`konv.sklearn.layout`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from konv.engines.contract import Array
from konv.errors import DataError
from konv.language import translate as _
from konv.training.fitting import class_factors, sample_weights

__all__ = ["picture_weights"]

# The sum of larger ones might be infinite.
_LARGE = 1e100


def picture_weights(
    indices: Array,
    classes: Array,
    sample_weight: Any,
    class_weight: Mapping[Any, float] | str | None,
) -> Array | None:
    """[N], numbers ≥ 0; None if all pictures count the same.

    Args:
        indices: [N], the class of each picture.
        classes: the labels.
        sample_weight: [N], or None.
        class_weight: label -> weight, 1 for those left out; "balanced": each class counts the same
            in all; None: each picture does.

    Raises:
        DataError: K503, K505: weights that do not suit the pictures or the classes.

    Example:
        >>> classes = np.array(["cat", "dog"])
        >>> picture_weights(np.array([0, 1, 1, 1]), classes, None, "balanced").round(3).tolist()
        [1.0, 0.333, 0.333, 0.333]
    """
    weights = np.ones(len(indices))
    if sample_weight is not None:
        weights = sample_weights(sample_weight, len(indices))
    if isinstance(class_weight, str):
        counts = np.bincount(indices, weights, len(classes))
        weights = np.divide(weights, counts[indices], out=weights * 0, where=weights > 0)
    elif class_weight is not None:
        weights = weights * class_factors(class_weight, classes.tolist())[indices]
    if not weights.any():
        raise DataError(
            _("no picture counts: all weights are zero"),
            code="K503",
            fix=_("a weight > 0 for the pictures to learn from"),
        )
    if (weights == weights[0]).all():
        return None
    return weights / weights.max() if weights.max() > _LARGE else weights
