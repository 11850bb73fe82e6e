"""Keras's Rescaling in front of a network is konv's preprocessing.

Rescaling makes ``p · scale + offset`` of a pixel p, konv ``(p / 255 − mean) / std``::

    std = 1 / (255 · scale)        mean = −offset · std
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from konv.data.preprocessing import Preprocessing
from konv.errors import KonvError
from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras.words import plain_value
from konv.formats.texts import printable
from konv.language import translate as _
from konv.network.graph import Network
from konv.parameters import short_text

__all__ = ["preprocessing_of"]

_IGNORED = ("name", "trainable", "dtype", "batch_input_shape", "input_shape")
_DIGITS = 12  # scale=1/255 is to be std=1, whatever it was rounded to


def preprocessing_of(
    config: Mapping[str, Any], network: Network, where: str, notes: list[Note], refused: Refusals
) -> Preprocessing | None:
    """What a Rescaling in front says about pictures.

    Args:
        config: its arguments.
        network: what comes behind it; its input says the size of the pictures.
        where: its place.
        notes, refused: what is to be known, or not supported, is added here.
    """
    for name, value in config.items():
        if name not in (*_IGNORED, "scale", "offset"):
            refused.add(where, printable(f"Rescaling({name[:40]}={short_text(value)})"))
    try:
        channels = network.picture_size[2] if len(network.input_shape) == 3 else 0
        scales = _per_channel(config.get("scale"), channels)
        offsets = _per_channel(config.get("offset", 0.0), channels)
        stds = [round(1 / (255 * scale), _DIGITS) for scale in scales]
        means = [
            round(0 - offset * std, _DIGITS) for offset, std in zip(offsets, stds, strict=True)
        ]
        height, width, channels = network.picture_size
        made = Preprocessing(
            height,
            width,
            channels,
            policy="stretch",
            mean=tuple(means) if any(means) else None,
            std=tuple(stds) if any(std != 1 for std in stds) else None,
        )
    except (KonvError, TypeError, ValueError, ArithmeticError):
        shown = (
            f"scale={short_text(config.get('scale'))}, offset={short_text(config.get('offset'))}"
        )
        refused.add(where, printable(f"Rescaling({shown})"))
        return None
    text = _("it is konv's preprocessing now: the network takes pixels as uint8, or from 0 to 1")
    notes.append(Note(where, text))
    return made


def _per_channel(value: Any, channels: int) -> list[float]:
    """One number for each channel; one alone stands for all."""
    value = plain_value(value)
    items = value if isinstance(value, list) else [value] * channels
    if len(items) != channels or not all(type(item) in (int, float) for item in items):
        raise ValueError
    return [float(item) for item in items]
