"""The training record: where a model comes from. It travels in the model file."""

from __future__ import annotations

import math
import numbers
import operator
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.constraints import Constraint, RefusalError
from konv.formats.json_text import write_json
from konv.formats.texts import is_text
from konv.language import translate as _
from konv.limits import MAX_RECORD_BYTES
from konv.parameters import short_text
from konv.version import __version__

__all__ = ["PlainObject", "running_versions", "training_record"]

_MAX_DEPTH = 8
_LARGEST_WHOLE = 2**63


@dataclass(frozen=True)
class PlainObject(Constraint):
    """A dict of plain data; None stands for an empty one.

    NumPy's numbers become Python's, tuples become lists. What is accepted is a copy.
    """

    def accept(self, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise RefusalError(self.describe())
        plain: dict[str, Any] = self._plain(value, "", 0)
        count_bytes = len(write_json(plain).encode("utf-8"))
        if count_bytes > MAX_RECORD_BYTES:
            raise RefusalError(
                _("at most {most} bytes as JSON", most=f"{MAX_RECORD_BYTES:,}")
                + _("; these are {count}", count=f"{count_bytes:,}")
            )
        return plain

    def describe(self) -> str:
        return _(
            "a dict of finite numbers, texts, True, False, None, lists and dicts with texts as "
            "keys, nested at most {most} deep",
            most=_MAX_DEPTH,
        )

    def bad_values(self) -> tuple[Any, ...]:
        nested: Any = 0
        for _level in range(_MAX_DEPTH + 1):
            nested = {"a": nested}
        bad = (math.nan, math.inf, -(2**64), 2**64, b"x", object(), {1: 2}, {1}, "\ud800", 1j)
        too_much = {"a": "x" * MAX_RECORD_BYTES}
        return ("", 0, 1.5, [], (), nested, too_much, *({"a": [value]} for value in bad))

    def _plain(self, value: Any, place: str, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise self._refusal(place, value)
        if isinstance(value, Mapping):
            return {
                self._key(key, place): self._plain(item, f"{place}.{key}", depth + 1)
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [
                self._plain(item, f"{place}[{index}]", depth + 1)
                for index, item in enumerate(value)
            ]
        return self._scalar(value, place)

    def _key(self, key: Any, place: str) -> str:
        if not is_text(key):
            raise self._refusal(place, key)
        return str(key)

    def _scalar(self, value: Any, place: str) -> Any:
        if value is None or is_text(value):
            return value if value is None else str(value)
        if isinstance(value, (bool, np.bool_)):
            return bool(value)
        if isinstance(value, numbers.Integral):
            whole = operator.index(value)
            if -_LARGEST_WHOLE <= whole < _LARGEST_WHOLE:
                return whole
        elif isinstance(value, numbers.Real) and math.isfinite(value):
            return float(value)
        raise self._refusal(place, value)

    def _refusal(self, place: str, value: Any) -> RefusalError:
        found = _("; not {value} at {place}", value=short_text(value), place=short_text(place))
        return RefusalError(self.describe() + found)


def training_record(
    *,
    data_fingerprint: str | None = None,
    seed: int | None = None,
    metrics: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    date: str | None = None,
) -> dict[str, Any]:
    """Where a model comes from, as plain data: what is given, and the versions of what is running.

    Args:
        data_fingerprint: what identifies the pictures and labels.
        seed: what the randomness came from.
        metrics: name -> number, or lists of them.
        options: how it was trained.
        date: when, as ISO 8601. No clock is asked: a date makes equal models different files.

    Example:
        >>> record = training_record(seed=7, metrics={"accuracy": 0.98})
        >>> sorted(record), sorted(record["versions"])
        (['metrics', 'seed', 'versions'], ['konv', 'numpy', 'python'])
    """
    given = {
        "data_fingerprint": data_fingerprint,
        "seed": seed,
        "metrics": metrics,
        "options": options,
        "date": date,
    }
    known = {name: value for name, value in given.items() if value is not None}
    return {**known, "versions": running_versions()}


def running_versions() -> dict[str, str]:
    """The versions of what is running: konv, Python, NumPy."""
    return {"konv": __version__, "python": platform.python_version(), "numpy": np.__version__}
