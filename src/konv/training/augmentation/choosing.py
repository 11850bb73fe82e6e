"""Which augmentations: by what a person types, or from plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from konv.constraints import Choice
from konv.errors import ParameterError
from konv.kinds import config_with_kind, from_config_with_kind
from konv.language import translate as _
from konv.parameters import check_value
from konv.training.augmentation.base import Augmentation
from konv.training.augmentation.moves import Crop, Flip, Shift
from konv.training.augmentation.pixels import Brightness, Cutout
from konv.training.augmentation.rotation import Rotate

__all__ = ["augmentation_config", "augmentation_from_config", "get_augmentations"]

_BY_KIND: Mapping[str, type[Augmentation]] = MappingProxyType(
    {kind.__name__: kind for kind in (Shift, Flip, Crop, Rotate, Brightness, Cutout)}
)
_BY_NAME: Mapping[str, type[Augmentation]] = MappingProxyType(
    {name.lower(): kind for name, kind in _BY_KIND.items()}
)


def get_augmentations(
    augmentations: str | Augmentation | Sequence[str | Augmentation] | None,
) -> tuple[Augmentation, ...]:
    """Augmentations as a person types them, or as objects.

    Args:
        augmentations: names with commas between them, each with ``=`` and a value for its first
            field if its default does not suit; or a list of such names and of augmentations; None
            and an empty text are none.

    Raises:
        ParameterError: K201, for a name that does not exist or a value that cannot be.

    Example:
        >>> get_augmentations("shift, flip=both, rotate=15")
        (Shift(), Flip(vertical=True), Rotate(degrees=15.0))
        >>> get_augmentations(["cutout=4", Crop(2)])
        (Cutout(size=4), Crop(padding=2))
    """
    if augmentations is None:
        return ()
    if isinstance(augmentations, str):
        augmentations = augmentations.split(",") if augmentations.strip() else ()
    if isinstance(augmentations, Augmentation):
        return (augmentations,)
    if not isinstance(augmentations, Sequence):
        raise _not_an_augmentation(augmentations)
    return tuple(_augmentation(item) for item in augmentations)


def _augmentation(item: object) -> Augmentation:
    if isinstance(item, Augmentation):
        return item
    if not isinstance(item, str):
        raise _not_an_augmentation(item)
    name, equals, value = (part.strip() for part in item.partition("="))
    kind = _BY_NAME[check_value("augmentation", name, Choice(tuple(_BY_NAME)), where="augment")]
    return kind.from_text(value) if equals else kind()


def _not_an_augmentation(item: object) -> ParameterError:
    return ParameterError(
        _("{kind} is not an augmentation", kind=type(item).__name__),
        code="K201",
        where="augment",
        fix=_("names such as {names}, or Shift(0.1)", names='"shift,flip,rotate=15"'),
    )


def augmentation_config(augmentation: Augmentation) -> dict[str, Any]:
    """An augmentation as plain data for JSON and YAML.

    Raises:
        ParameterError: K201, for one that is not one of konv's own.

    Example:
        >>> augmentation_config(Rotate(15))
        {'kind': 'Rotate', 'degrees': 15.0}
    """
    return config_with_kind(augmentation, _BY_KIND)


def augmentation_from_config(config: Mapping[str, Any]) -> Augmentation:
    """What :func:`augmentation_config` wrote, checked again field by field.

    Raises:
        ParameterError: for an unknown kind or field, or a value that a field cannot hold.

    Example:
        >>> augmentation_from_config({"kind": "Cutout", "size": 4})
        Cutout(size=4)
    """
    return from_config_with_kind(config, _BY_KIND, where="augmentation")
