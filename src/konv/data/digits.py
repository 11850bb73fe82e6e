"""The word ``digits``: 1,797 handwritten digits of 8×8 pixels, which come with scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from konv.data.labelled import ArrayPart, Labelled

__all__ = ["Digits"]

_INK = 16  # the set counts the ink of a pixel from 0 to 16


@dataclass(frozen=True)
class Digits:
    """The digits of scikit-learn (Alpaydin and Kaynak, 1998, the test part), as uint8.

    p = ⌊(255 · ink + 8) / 16⌋
    """

    name: str = "digits"
    root: None = None
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def found(cls, path: Path) -> Self | None:
        """Nowhere: it is a word, not a path."""
        return None

    def read(self) -> Labelled:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        ink = bunch.images.astype(np.uint16)
        pixels = ((255 * ink + _INK // 2) // _INK).astype(np.uint8)
        part = ArrayPart(pixels[..., np.newaxis], bunch.target.astype(np.int64))
        return Labelled(tuple(str(digit) for digit in range(10)), {"train": part})
