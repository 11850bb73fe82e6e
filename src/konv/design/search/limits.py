"""What a proposed network must keep to: what was asked for, and what is assumed where nothing was.

Without any limit the widest network would always come first. So where nothing is said of the
parameters, 200,000 are assumed and 64 more for each class; where nothing is said of multiply-adds,
10 million, or 2,000 for each pixel of a large picture (200 for each of its numbers, if that is
more). A network of that size learns within minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from konv.constraints import Choice, Constraint, Integer, RefusalError
from konv.language import translate as _
from konv.layers.base import Shape
from konv.limits import MAX_SIDE
from konv.parameters import check_value

__all__ = ["Limits", "ReceptiveFieldConstraint", "limits_for"]

Pair = tuple[int, int]

_COUNT = Integer(1, 2**62)
_PARAMETERS, _PARAMETERS_PER_CLASS = 200_000, 64
_MACS, _MACS_PER_PIXEL, _MACS_PER_NUMBER = 10_000_000, 2_000, 200


@dataclass(frozen=True)
class Limits:
    """What every proposal keeps to.

    Args:
        parameters: all numbers of the weights, at most.
        macs: multiply-adds for one picture, at most.
        receptive_field: rows and columns of the picture that a place of the last maps sees, at
            least; None: any.
        whole: whether every division of the size formula must be whole.
        assumed: which of "parameters" and "macs" nobody has asked for.
    """

    parameters: int
    macs: int
    receptive_field: Pair | None = None
    whole: bool = False
    assumed: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return asdict(self)

    def words(self) -> list[str]:
        """Each in words."""
        words = [
            self._marked("parameters", _("at most {count:,} parameters", count=self.parameters)),
            self._marked("macs", _("at most {count:,} MACs", count=self.macs)),
        ]
        if self.receptive_field is not None:
            rows, columns = self.receptive_field
            words.append(_("a receptive field of at least {field}", field=f"{rows}×{columns}"))
        if self.whole:
            words.append(_("every division whole"))
        return words

    def _marked(self, name: str, words: str) -> str:
        return _("{limit} (assumed)", limit=words) if name in self.assumed else words


class ReceptiveFieldConstraint(Constraint):
    """How much a place of the last maps must see: ``"full"``, or rows and columns."""

    _rows, _full = Integer(1, MAX_SIDE), Choice(("full",))

    def accept(self, value: Any) -> int | str:
        try:
            accepted: int | str = (
                self._full.accept(value) if isinstance(value, str) else self._rows.accept(value)
            )
        except RefusalError:
            raise RefusalError(self.describe()) from None
        return accepted

    def describe(self) -> str:
        return _('"full", or {number}', number=self._rows.describe())

    def bad_values(self) -> tuple[Any, ...]:
        return ("", "all", 0, -1, 1.5, True, None, MAX_SIDE + 1)


def limits_for(input_shape: Shape, classes: int, asked: Mapping[str, Any], *, where: str) -> Limits:
    """What was asked for, checked, with the rest filled in.

    Args:
        asked: max_parameters, max_macs, min_receptive_field (None: nothing was said) and whole.

    Raises:
        ParameterError: K201, a value is no such limit.

    Example:
        >>> asked = dict(max_parameters=None, max_macs=9, min_receptive_field="full", whole=True)
        >>> limits_for((12, 9, 1), 10, asked, where="propose").words()[1:]
        ['at most 9 MACs', 'a receptive field of at least 12×9', 'every division whole']
    """
    height, width, channels = input_shape
    usual = {
        "parameters": _PARAMETERS + _PARAMETERS_PER_CLASS * classes,
        "macs": max(
            _MACS, _MACS_PER_PIXEL * height * width, _MACS_PER_NUMBER * height * width * channels
        ),
    }
    values: dict[str, int] = {}
    for name in usual:
        value = asked[f"max_{name}"]
        if value is not None:
            values[name] = check_value(f"max_{name}", value, _COUNT, where=where)
    field = asked["min_receptive_field"]
    if field is not None:
        constraint = ReceptiveFieldConstraint()
        field = check_value("min_receptive_field", field, constraint, where=where)
    return Limits(
        **{**usual, **values},
        receptive_field=None if field is None else field_needed(field, (height, width)),
        whole=bool(asked["whole"]),
        assumed=tuple(name for name in usual if name not in values),
    )


def field_needed(field: int | str, picture: Pair) -> Pair:
    """Rows and columns that must be seen: as asked, or the whole picture where that is smaller.

    Example:
        >>> field_needed(20, (39, 12)), field_needed("full", (39, 12))
        ((20, 12), (39, 12))
    """
    if isinstance(field, str):
        return picture
    return min(field, picture[0]), min(field, picture[1])
