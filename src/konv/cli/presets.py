"""``konv train --preset``: recipes that were measured. What a person says wins over them.

A preset gives options of learning other defaults, and waits for the pictures to do so. Small grey
ones get a network of their own and others that of ``auto``; a few are seen more often, in smaller
batches, or there would be no more than some dozen updates; and only colours say that pictures may
be photos, which can be mirrored: digits and letters cannot.
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
_FEW_PICTURES = 10_000
# What suits one optimizer does not suit another.
_OF_THE_OPTIMIZER = frozenset({"learning_rate", "momentum", "weight_decay"})


@dataclass(frozen=True)
class Preset:
    """Other defaults for the options of ``konv train``.

    Args:
        options: the name of an option -> its value.
        with_few_pictures: the same where it differs for fewer than 10,000 pictures to learn from.
        small_grey_network: for grey pictures about as large as MNIST's; others get ``auto``.
        grey_augment, colour_augment: as in ``--augment``, for pictures of one channel and others.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    with_few_pictures: Mapping[str, Any] = field(default_factory=dict)
    small_grey_network: str | None = None
    grey_augment: str | None = None
    colour_augment: str | None = None

    def choices(
        self, asked: Mapping[str, Any], given: Collection[str], *, shape: Shape, pictures: int
    ) -> dict[str, Any]:
        """The choices of a person, with this preset's in place of those that were not given.

        Args:
            asked: the options of ``konv train`` by their names.
            given: the names of those that a person gave.
            shape: of a picture, (height, width, channels).
            pictures: how many there are to learn from.

        Example:
            >>> preset = Preset({"epochs": 3, "batch_size": 128})
            >>> asked = {"epochs": 10, "batch_size": 8, "seed": 0}
            >>> preset.choices(asked, {"batch_size"}, shape=(28, 28, 1), pictures=60_000)
            {'epochs': 3, 'batch_size': 8, 'seed': 0}
        """
        chosen = {**self.options, **self._suited_to(shape)}
        if pictures < _FEW_PICTURES:
            chosen |= self.with_few_pictures
        fixed = set(given)
        if "optimizer" in given and asked["optimizer"] != chosen.get("optimizer"):
            fixed |= _OF_THE_OPTIMIZER
        return {**asked, **{name: chosen[name] for name in chosen if name not in fixed}}

    def _suited_to(self, shape: Shape) -> dict[str, str]:
        """What depends on what a picture is like."""
        height, width, channels = shape
        grey = channels == 1
        small = height in _SMALL_SIDES_PX and width in _SMALL_SIDES_PX
        suited = {
            "network": self.small_grey_network if grey and small else None,
            "augment": self.grey_augment if grey else self.colour_augment,
        }
        return {name: value for name, value in suited.items() if value}


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
            with_few_pictures=MappingProxyType({"epochs": 10, "batch_size": 32}),
            small_grey_network="lenet-relu",
        ),
        # 99.4 % of MNIST, 92 % of Fashion-MNIST, in minutes.
        "accurate": Preset(
            MappingProxyType(
                {
                    "epochs": 20,  # twelve give 92.1 % on Fashion-MNIST, twenty 92.5 %
                    "batch_size": 128,
                    "optimizer": "adamw",  # weights shrink apart from what Adam divides by
                    "learning_rate": 0.004,
                    "schedule": "one-cycle",
                    "weight_decay": 0.05,  # times the rate: at most 0.0002 of a weight in an update
                }
            ),
            with_few_pictures=MappingProxyType({"epochs": 40, "batch_size": 32}),
            small_grey_network="vgg-grey",
            grey_augment="shift=0.08,rotate=10",  # two pixels of 28; a turn that makes no 7 a 1
            colour_augment="shift,flip",
        ),
    }
)
PRESET_NAMES = tuple(PRESETS)
