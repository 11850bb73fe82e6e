"""How a picture becomes the network's input. This travels in the model file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from konv.constraints import Choice, Constraint, Integer, Optional, Real, RefusalError, Tuple
from konv.data.colours import plain
from konv.data.pictures import read_picture
from konv.errors import ParameterError
from konv.language import translate as _
from konv.limits import MAX_PICTURE_PIXELS, MAX_PICTURE_SIDE_PX
from konv.parameters import Checked, parameter

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["POLICIES", "Channels", "Preprocessing"]

POLICIES = ("fit", "crop", "stretch")
# Twice the pixels that are needed leave enough for a careful last shrinking.
_SPARE = 2


@dataclass(frozen=True)
class Channels(Constraint):
    """1 (grey) or 3 (red, green, blue)."""

    def accept(self, value: Any) -> int:
        try:
            number = Integer(1, 3).accept(value)
        except RefusalError:
            raise RefusalError(self.describe()) from None
        if number == 2:
            raise RefusalError(self.describe())
        return number

    def describe(self) -> str:
        return _("1 (grey) or 3 (red, green, blue)")

    def bad_values(self) -> tuple[Any, ...]:
        return (None, 0, 2, 4, -1, 2**31, 2**62, True, 1.0, "3", b"3", [], {}, object())


@dataclass(frozen=True, repr=False)
class Preprocessing(Checked):
    """A picture of any size and colour → uint8 (height, width, channels) → float input.

    The float input is (p / 255 − mean) / std, per channel, of the pixels p.

    A picture that already has the size passes unchanged, bit by bit. Others are resized with
    triangle weights over the area that a pixel covers (Pillow's BILINEAR). Grey from colour is
    0.299 r + 0.587 g + 0.114 b; colour from grey repeats it.

    Args:
        height: rows of the input, in pixels.
        width: columns of the input, in pixels.
        channels: 1 (grey) or 3 (red, green, blue).
        policy: ``"fit"``: the whole picture, scaled to fit inside and centred, the rest black;
            ``"crop"``: scaled to cover, what stands out cut off evenly on both sides;
            ``"stretch"``: both sides scaled on their own.
        mean: one number per channel, of pixels between 0 and 1; None is 0.
        std: one number per channel, of pixels between 0 and 1; None is 1.

    Raises:
        ParameterError: K201 for a value that a field cannot hold, K205 for fields that contradict.

    Example:
        >>> from PIL import Image
        >>> wide = Image.new("L", (4, 2), 200)
        >>> Preprocessing(4, 4, 1).picture(wide)[:, :, 0].tolist()
        [[0, 0, 0, 0], [200, 200, 200, 200], [200, 200, 200, 200], [0, 0, 0, 0]]
    """

    height: int = parameter(Integer(1, MAX_PICTURE_SIDE_PX))
    width: int = parameter(Integer(1, MAX_PICTURE_SIDE_PX))
    channels: int = parameter(Channels())
    policy: str = parameter(Choice(POLICIES), default="fit", keyword=True)
    mean: tuple[float, ...] | None = parameter(
        Optional(Tuple(Real(-1e6, 1e6), lengths=(1, 3))), default=None, keyword=True
    )
    std: tuple[float, ...] | None = parameter(
        Optional(Tuple(Real(1e-6, 1e6), lengths=(1, 3))), default=None, keyword=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, values in (("mean", self.mean), ("std", self.std)):
            if values is not None and len(values) != self.channels:
                raise self._contradiction(
                    _("{count} values of {name}", count=len(values), name=name),
                    _("{channels}, one per channel", channels=self.channels),
                )
        if self.height * self.width > MAX_PICTURE_PIXELS:
            raise self._contradiction(
                _("{height:,} × {width:,} pixels", height=self.height, width=self.width),
                _("at most {most:,} pixels", most=MAX_PICTURE_PIXELS),
            )

    def _contradiction(self, what: str, fix: str) -> ParameterError:
        return ParameterError(what, code="K205", where=type(self).__name__, fix=fix)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return (self.height, self.width, self.channels)

    def picture(self, image: Image.Image) -> npt.NDArray[np.uint8]:
        """One picture, uint8 (height, width, channels).

        Args:
            image: a Pillow image in any mode, upright.

        Raises:
            DataError: K502, for a mode that :mod:`konv.data.colours` has no rule for.
        """
        coloured = plain(image)
        mode = "L" if self.channels == 1 else "RGB"
        if coloured.mode != mode:
            coloured = coloured.convert(mode)
        return np.array(self._resized(coloured), dtype=np.uint8).reshape(self.shape)

    def read(self, source: str | os.PathLike[str] | bytes) -> npt.NDArray[np.uint8]:
        """The same from a path or from the bytes of a file; see :func:`read_picture`."""
        enough_px = (self.height * _SPARE, self.width * _SPARE)
        return self.picture(read_picture(source, enough_px=enough_px))

    def scale_and_offset(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Two float32 (channels,): input = uint8 · scale + offset.

        Example:
            >>> scale, offset = Preprocessing(8, 8, 1, mean=(0.5,), std=(0.25,)).scale_and_offset()
            >>> [round(float(255 * scale[0] + offset[0]), 6), float(offset[0])]
            [2.0, -2.0]
        """
        mean = np.array(self.mean or (0.0,) * self.channels)
        std = np.array(self.std or (1.0,) * self.channels)
        # 0 − mean keeps the zero of an offset free of a sign.
        return (1 / (255 * std)).astype(np.float32), ((0 - mean) / std).astype(np.float32)

    def _resized(self, image: Image.Image) -> Image.Image:
        from PIL import Image

        target = (self.width, self.height)
        if image.size == target:
            return image
        bilinear = Image.Resampling.BILINEAR
        if self.policy == "stretch":
            return image.resize(target, bilinear)
        if self.policy == "crop":
            return image.resize(target, bilinear, box=self._cover_box(*image.size))
        width, height = self._inner_size(*image.size)
        canvas = Image.new(image.mode, target)
        inner = image.resize((width, height), bilinear)
        canvas.paste(inner, ((self.width - width) // 2, (self.height - height) // 2))
        return canvas

    def _inner_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of a picture that is scaled until it touches two sides."""
        if width * self.height >= height * self.width:
            return self.width, max(1, round(height * self.width / width))
        return max(1, round(width * self.height / height)), self.height

    def _cover_box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the largest middle part with the input's proportions."""
        if width * self.height >= height * self.width:
            part = height * self.width / self.height
            return ((width - part) / 2, 0, (width + part) / 2, height)
        part = width * self.height / self.width
        return (0, (height - part) / 2, width, (height + part) / 2)
