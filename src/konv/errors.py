"""The tree of exceptions. Every error teaches: where, what, the arithmetic, the fix, a code.

::

    KonvError
    ├── ShapeError      (ValueError)             a layer does not fit its input           K1xx
    ├── ParameterError  (ValueError, TypeError)  a field holds a value it cannot          K2xx
    ├── NetworkError    (ValueError)             layers are wired in a way that cannot be K3xx
    ├── FormatError     (ValueError)             a file is not what it should be          K4xx
    ├── DataError       (ValueError)             pictures or labels cannot be used        K5xx
    ├── LimitError      (ValueError)             a safety limit would be crossed          K6xx
    ├── EngineError     (RuntimeError)           a network cannot be run                  K7xx
    └── TrainingError   (RuntimeError)           training cannot start or go on           K8xx

A message reads::

    K104 in layer 3 conv2d_2: a 5×5 kernel does not fit a 4×3 input
      height  (4 + 2·0 − 5) / 1 + 1 = 0
      width   (3 + 2·0 − 5) / 1 + 1 = −1
      fix     kernel_size=3, or padding="same", or remove max_pooling2d_1 before it

The command line prints the class and this message, never a traceback, and exits with code 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from konv.codes import CODES
from konv.language import translate as _
from konv.language.tables import padded, places

__all__ = [
    "DataError",
    "EngineError",
    "FormatError",
    "KonvError",
    "LimitError",
    "NetworkError",
    "ParameterError",
    "ShapeError",
    "TrainingError",
]


class KonvError(Exception):
    """What every error of konv is.

    Args:
        what: one sentence without a full stop: what happened, with the values.
        code: a code of :data:`konv.codes.CODES`.
        where: the place, such as ``"layer 3 conv2d_2"`` or a path with a line.
        details: (label, text) lines, such as the arithmetic that fails.
        fix: what to do instead.

    Example:
        >>> print(ParameterError("filters=0", code="K201", where="Conv2D", fix="filters=1 or more"))
        K201 in Conv2D: filters=0
          fix  filters=1 or more
    """

    def __init__(
        self,
        what: str,
        *,
        code: str,
        where: str = "",
        details: Sequence[tuple[str, str]] = (),
        fix: str = "",
    ) -> None:
        if code not in CODES:
            raise KeyError(f"{code} is not in konv.codes.CODES")
        super().__init__(what)
        self.what = what
        self.code = code
        self.where = where
        self.details = tuple(details)
        self.fix = fix
        # Lines that lead up to the error, shown last; filled in by a caller that knows them.
        self.trail: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        place = _(" in {where}", where=self.where) if self.where else ""
        lines = list(self.details)
        if self.fix:
            lines.append((_("fix"), self.fix))
        lines.extend(self.trail)
        width = max((places(label) for label, _text in lines), default=0)
        body = [f"  {padded(label, width)}  {text}".rstrip() for label, text in lines]
        return "\n".join([f"{self.code}{place}: {self.what}", *body])

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders (joblib, multiprocessing) with everything they know.
        return (_rebuild, (type(self), self.what, self.code, self.__dict__))

    def located(self, where: str) -> Self:
        """The same error, with the place filled in by a caller that knows it."""
        self.where = where
        return self


def _rebuild(kind: type[KonvError], what: str, code: str, state: dict[str, Any]) -> KonvError:
    error = kind(what, code=code)
    error.__dict__.update(state)
    return error


class ShapeError(KonvError, ValueError):
    """A layer does not fit its input.

    ``report`` holds one row per layer that did fit, up to the failing one.
    """

    report: tuple[dict[str, Any], ...] = ()


class ParameterError(KonvError, ValueError, TypeError):
    """A field of a layer, optimizer, … holds a value it cannot hold."""


class NetworkError(KonvError, ValueError):
    """Layers are wired in a way that cannot be."""


class FormatError(KonvError, ValueError):
    """A file is not what it should be."""


class DataError(KonvError, ValueError):
    """Pictures or labels cannot be used."""


class LimitError(KonvError, ValueError):
    """A safety limit of :mod:`konv.limits` would be crossed."""


class EngineError(KonvError, RuntimeError):
    """A network cannot be run."""


class TrainingError(KonvError, RuntimeError):
    """Training cannot start or go on."""
