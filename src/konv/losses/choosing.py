"""Which loss: by name, from plain data, or from what the network ends in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from numpy.typing import ArrayLike, NDArray

from konv.constraints import Choice
from konv.errors import TrainingError
from konv.kinds import config_with_kind, from_config_with_kind
from konv.language import translate as _
from konv.losses.base import Loss, OutputActivation
from konv.losses.binary import BinaryCrossentropy
from konv.losses.categorical import CategoricalCrossentropy, SparseCategoricalCrossentropy
from konv.losses.squared_error import MeanSquaredError
from konv.losses.targets import as_numbers, fits, is_labels
from konv.parameters import check_value

__all__ = ["choose_loss", "get_loss", "loss_config", "loss_from_config"]

_BY_NAME: Mapping[str, type[Loss]] = MappingProxyType(
    {
        "categorical_crossentropy": CategoricalCrossentropy,
        "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
        "binary_crossentropy": BinaryCrossentropy,
        "mean_squared_error": MeanSquaredError,
        "mse": MeanSquaredError,
    }
)
_BY_KIND: Mapping[str, type[Loss]] = MappingProxyType(
    {kind.__name__: kind for kind in _BY_NAME.values()}
)


def get_loss(loss: str | Loss) -> Loss:
    """A loss by its name in Keras, with default fields; a loss is returned as it is.

    Args:
        loss: ``"categorical_crossentropy"``, ``"sparse_categorical_crossentropy"``,
            ``"binary_crossentropy"``, ``"mean_squared_error"`` or ``"mse"``; or a loss.

    Raises:
        ParameterError: K201, for any other name.

    Example:
        >>> get_loss("mse")
        MeanSquaredError()
    """
    if isinstance(loss, Loss):
        return loss
    name = check_value("loss", loss, Choice(tuple(_BY_NAME)), where="get_loss")
    return _BY_NAME[name]()


def loss_config(loss: Loss) -> dict[str, Any]:
    """A loss as plain data for JSON and YAML.

    Raises:
        ParameterError: K201, for a loss that is not one of konv's own.

    Example:
        >>> loss_config(CategoricalCrossentropy(label_smoothing=0.1))
        {'kind': 'CategoricalCrossentropy', 'label_smoothing': 0.1}
    """
    return config_with_kind(loss, _BY_KIND)


def loss_from_config(config: Mapping[str, Any]) -> Loss:
    """What :func:`loss_config` wrote, checked again field by field.

    Raises:
        ParameterError: for an unknown kind or field, or a value that a field cannot hold.

    Example:
        >>> loss_from_config({"kind": "BinaryCrossentropy", "from_logits": True})
        BinaryCrossentropy(from_logits=True)
    """
    return from_config_with_kind(config, _BY_KIND, where="loss")


def choose_loss(
    activation: OutputActivation, output_shape: tuple[int, ...], targets: ArrayLike
) -> Loss:
    """The loss that follows from the network's last activation and the targets: ``loss="auto"``.

    =========  ==============================================  =====================================
    ends in    targets                                         loss
    =========  ==============================================  =====================================
    softmax    class numbers, one per picture                  SparseCategoricalCrossentropy()
    softmax    one row of K shares per picture                 CategoricalCrossentropy()
    sigmoid    any                                             BinaryCrossentropy()
    linear     floating numbers in the shape of the output     MeanSquaredError()
    linear     class numbers, and K ≥ 2 outputs                SparseCategoricalCrossentropy(
                                                               from_logits=True)
    =========  ==============================================  =====================================

    Args:
        activation: that of the last layer.
        output_shape: of one picture, without the batch.
        targets: of N pictures.

    Raises:
        TrainingError: K801, when no loss follows.
        DataError: K505, when the targets are not numbers.
    """
    array = as_numbers(targets)
    loss = _following(activation.name, output_shape, array)
    if loss is None:
        raise _nothing_follows(activation.name, output_shape, array)
    loss.check(activation, output_shape)
    return loss


def _following(
    activation: str, output_shape: tuple[int, ...], targets: NDArray[Any]
) -> Loss | None:
    same_shape = fits(targets.shape, output_shape)
    several_classes = len(output_shape) == 1 and output_shape[0] > 1
    if activation == "sigmoid":
        return BinaryCrossentropy()
    if activation == "softmax" and is_labels(targets):
        return SparseCategoricalCrossentropy()
    if activation == "softmax" and same_shape:
        return CategoricalCrossentropy()
    if activation == "linear" and targets.dtype.kind == "f" and same_shape:
        return MeanSquaredError()
    if activation == "linear" and is_labels(targets) and several_classes:
        return SparseCategoricalCrossentropy(from_logits=True)
    return None


def _nothing_follows(
    activation: str, output_shape: tuple[int, ...], targets: NDArray[Any]
) -> TrainingError:
    return TrainingError(
        _(
            "no loss follows from {activation} outputs of shape {output_shape} and targets of "
            "shape {targets_shape}, {kind}",
            activation=activation,
            output_shape=output_shape,
            targets_shape=targets.shape[1:],
            kind=targets.dtype,
        ),
        code="K801",
        where='loss="auto"',
        details=[
            ("softmax", _("takes class numbers, one per picture, or rows with the sum 1")),
            ("sigmoid", _("takes numbers from 0 to 1 in the shape of the output")),
            ("linear", _("takes floating numbers in the shape of the output, or class numbers")),
        ],
        fix=_(
            'give the loss by name, such as loss="mean_squared_error", or change the activation of '
            "the last layer or the targets"
        ),
    )
