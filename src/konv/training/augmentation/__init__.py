"""Changing pictures at random while training, so that a network sees more than there are."""

from konv.training.augmentation.base import Augmentation, DrawnAugmentation
from konv.training.augmentation.choosing import (
    augmentation_config,
    augmentation_from_config,
    get_augmentations,
)
from konv.training.augmentation.drawing import augment, changed, drawn
from konv.training.augmentation.moves import Crop, Flip, Shift
from konv.training.augmentation.pixels import Brightness, Cutout
from konv.training.augmentation.rotation import Rotate

__all__ = [
    "Augmentation",
    "Brightness",
    "Crop",
    "Cutout",
    "DrawnAugmentation",
    "Flip",
    "Rotate",
    "Shift",
    "augment",
    "augmentation_config",
    "augmentation_from_config",
    "changed",
    "drawn",
    "get_augmentations",
]
