"""Where a training begins: which network, what it takes the numbers for, its first weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from konv.engines.contract import Array
from konv.layers.base import Shape
from konv.model import Model
from konv.sklearn.classes import names_of
from konv.sklearn.learning import Learning, Lesson
from konv.sklearn.networks import fixed_network, network_for
from konv.sklearn.scaling import AS_THEY_ARE, channel_axis, learn_scaling
from konv.sklearn.settings import Settings
from konv.sklearn.tables import picture_shape
from konv.training.labels import Labels

__all__ = ["begun"]

_LARGEST_SEED = 2**31 - 1


def begun(
    lesson: Lesson,
    seen: Shape | None,
    classes: Array,
    settings: Settings,
    *,
    network: Any,
    random_state: Any,
) -> Learning:
    """A new model for these samples, with its first weights.

    Args:
        lesson: the samples.
        seen: the shape of a picture, if X held pictures.
        classes: the labels.
        settings: what a person chose.
        network, random_state: the parameters of these names.

    Raises:
        DataError, NetworkError, ParameterError: samples, network and parameters do not suit.
    """
    count, features = lesson.table.shape
    fixed = fixed_network(network)
    known = None if fixed is None else fixed.input_shape
    shape = picture_shape(features, seen, settings.image_shape, known)
    chosen = network_for(network, shape, len(classes), count)
    scaling = AS_THEY_ARE
    if settings.standardize:
        pictures = lesson.table.reshape(count, *shape)
        scaling = learn_scaling(pictures, lesson.weights, channel_axis(chosen))
    seed = check_random_state(random_state).randint(_LARGEST_SEED, dtype=np.int64)
    model = Model.from_network(chosen, seed=int(seed), engine=settings.engine)
    model.labels = Labels(names_of(classes))
    model.preprocessing = scaling.preprocessing(chosen)
    return Learning(model, scaling, len(classes))
