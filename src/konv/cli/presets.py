"""``konv train --preset``: recipes that were measured. What a person says wins over them.

A preset gives options other defaults. Two of them wait for the pictures: small grey ones get a
network of their own and others that of ``auto``, and only colours say that pictures may be photos,
which can be mirrored; digits and letters cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from konv.layers.base import Shape

__all__ = ["NO_PRESET", "PRESETS", "PRESET_NAMES", "Preset"]

# Sides for which ``small_grey_network`` was measured, and its pools leave something to look at.
_SMALL_SIDES_PX = range(20, 49)
# What suits one optimizer does not suit another.
_OF_THE_OPTIMIZER = frozenset({"learning_rate", "momentum", "weight_decay"})


@dataclass(frozen=True)
class Preset:
    """Other defaults for the options of ``konv train``.

    Args:
        options: the name of an option -> its value.
        small_grey_network: for grey pictures about as large as MNIST's; others get ``auto``.
        grey_augment, colour_augment: as in ``--augment``, for pictures of one channel and others.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    small_grey_network: str | None = None
    grey_augment: str | None = None
    colour_augment: str | None = None

    def choices(self, choices: Mapping[str, Any], given: Collection[str]) -> dict[str, Any]:
        """The choices with this preset's in place of those that were not given.

        Args:
            choices: the options of ``konv train`` by their names.
            given: the names of those that a person gave.

        Example:
            >>> preset = Preset({"epochs": 3, "batch_size": 128})
            >>> preset.choices({"epochs": 10, "batch_size": 8, "seed": 0}, {"batch_size"})
            {'epochs': 3, 'batch_size': 8, 'seed': 0}
        """
        another = choices.get("optimizer") != self.options.get("optimizer")
        kept = {*given, *(_OF_THE_OPTIMIZER if "optimizer" in given and another else ())}
        return {**choices, **{name: self.options[name] for name in self.options.keys() - kept}}

    def choices_for(
        self, shape: Shape, choices: Mapping[str, Any], given: Collection[str]
    ) -> dict[str, Any]:
        """The choices with this preset's for such pictures, (height, width, channels)."""
        height, width, channels = shape
        grey = channels == 1
        small = height in _SMALL_SIDES_PX and width in _SMALL_SIDES_PX
        suited = {
            "network": self.small_grey_network if grey and small else None,
            "augment": self.grey_augment if grey else self.colour_augment,
        }
        news = {name: value for name, value in suited.items() if value and name not in given}
        return {**choices, **news}


NO_PRESET = Preset()

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        # 99 % of MNIST in seconds. Augmentation costs time that three epochs cannot win back.
        "fast": Preset(
            MappingProxyType(
                {
                    "epochs": 3,  # with two, one seed in five stays below 99 %
                    "batch_size": 128,  # half the updates of 64, for the same accuracy
                    "optimizer": "adam",
                    "learning_rate": 0.005,  # five times the usual: a cycle allows it
                    "schedule": "one-cycle",  # the highest rate in the fewest epochs
                }
            ),
            small_grey_network="lenet-relu",
        ),
        # 99.4 % of MNIST, 92 % of Fashion-MNIST, in minutes.
        "accurate": Preset(
            MappingProxyType(
                {
                    "epochs": 12,
                    "batch_size": 128,
                    "optimizer": "adamw",  # weights shrink apart from what Adam divides by
                    "learning_rate": 0.004,
                    "schedule": "one-cycle",
                    "weight_decay": 0.05,  # times the rate: at most 0.0002 of a weight in an update
                }
            ),
            small_grey_network="vgg-grey",
            grey_augment="shift=0.08,rotate=10",  # two pixels of 28; a turn that makes no 7 a 1
            colour_augment="shift,flip",
        ),
    }
)
PRESET_NAMES = tuple(PRESETS)
