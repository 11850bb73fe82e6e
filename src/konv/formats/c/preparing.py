"""How pixels become the input of a network: as a call, and in words."""

from __future__ import annotations

import math

import numpy as np

from konv.formats.c.inference import Call, Constant, Place
from konv.formats.contents import ModelContents

__all__ = ["preparation", "preparation_text"]


def preparation(contents: ModelContents) -> Call:
    """The call that makes the input of pixels (height, width, channels), uint8."""
    network, known = contents.network, contents.preprocessing
    size, turned = math.prod(network.input_shape), False
    if len(network.input_shape) == 3:
        channels = network.picture_size[2]
        turned = network.data_format == "channels_first"
    else:
        channels = 1 if known is None else known.channels
    scale, offset = (
        (np.full(channels, 1 / 255, np.float32), np.zeros(channels, np.float32))
        if known is None
        else known.scale_and_offset()
    )
    places = size // channels
    constants = (
        Constant(f"pixel:{name}", np.ascontiguousarray(values, np.float32))
        for name, values in (("scale", scale), ("offset", offset))
    )
    steps = (1, places) if turned else (channels, 1)
    pixels, prepared = Place(size, "pixels"), Place(size, "in")
    return Call("scale_pixels", (places, channels, *steps, pixels, *constants, prepared), "")


def preparation_text(contents: ModelContents) -> list[str]:
    """The same in some lines of English, for the comment above the code."""
    known = contents.preprocessing
    if known is None:
        return [
            "How pictures become the input was not recorded. konv_prepare does what konv does with",
            "pixels then: it divides them by 255.",
        ]
    fitted = {
        "fit": "scaled to fit inside and centred, the rest black",
        "crop": "scaled to cover, what stands out cut off evenly on both sides",
        "stretch": "both sides scaled on their own",
    }[known.policy]
    colours = "grey (0.299 r + 0.587 g + 0.114 b)" if known.channels == 1 else "red, green, blue"
    lines = [
        f"A picture becomes {known.height} rows of {known.width} pixels, {fitted};",
        f"{colours}; from 0 to 255. konv_prepare makes the input of these pixels:",
    ]
    mean, std = known.mean or (0.0,) * known.channels, known.std or (1.0,) * known.channels
    numbers = (", ".join(f"{number:.9g}" for number in values) for values in (mean, std))
    return [*lines, "(pixel / 255 - mean) / std, with mean {} and std {}.".format(*numbers)]
