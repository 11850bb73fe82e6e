"""Changing pictures at random while training, so that a network sees more than there are."""

from konv.training.augmentation.base import Augmentation
from konv.training.augmentation.choosing import (
    augment,
    augmentation_config,
    augmentation_from_config,
    get_augmentations,
)
from konv.training.augmentation.moves import Crop, Flip, Shift
from konv.training.augmentation.pixels import Brightness, Cutout
from konv.training.augmentation.rotation import Rotate

__all__ = [
    "Augmentation",
    "Brightness",
    "Crop",
    "Cutout",
    "Flip",
    "Rotate",
    "Shift",
    "augment",
    "augmentation_config",
    "augmentation_from_config",
    "get_augmentations",
]
