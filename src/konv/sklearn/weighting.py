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

__all__ = ["picture_weights"]

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
        weights = _of_samples(sample_weight, len(indices))
    if class_weight is not None:
        by_class = _by_class(indices, classes, weights, class_weight)
        weights = weights * by_class[indices]
    if not weights.any():
        raise DataError(
            _("no picture counts: all weights are zero"),
            code="K503",
            fix=_("a weight > 0 for the pictures to learn from"),
        )
    if (weights == weights[0]).all():
        return None
    # No sum of huge weights shall be infinite.
    return weights / weights.max() if weights.max() > _LARGE else weights


def _of_samples(sample_weight: Any, pictures: int) -> Array:
    try:
        weights = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        weights = np.empty(0)
    if weights.shape != (pictures,) or not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError(
            _("sample_weight of shape {shape}", shape=np.shape(sample_weight)),
            code="K503",
            fix=_("{pictures} finite numbers ≥ 0, one for each picture", pictures=pictures),
        )
    return weights


def _by_class(
    indices: Array, classes: Array, weights: Array, class_weight: Mapping[Any, float] | str
) -> Array:
    if isinstance(class_weight, str):
        counts = np.bincount(indices, weights, len(classes))
        return np.divide(1.0, counts, out=np.zeros(len(classes)), where=counts > 0)
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown:
        raise DataError(
            _("class_weight of {label}, which is no class", label=repr(unknown[0])[:60]),
            code="K505",
            details=[(_("classes"), ", ".join(map(str, labels))[:200])],
            fix=_("weights of these classes; those left out count 1"),
        )
    return np.array([class_weight.get(label, 1.0) for label in labels])
