"""Fields with declared constraints: said once, they check every value and generate bad ones.

A class whose fields a person fills in (a layer, a loss, an optimizer, a callback) is a frozen
dataclass that inherits :class:`Checked` and declares each field with :func:`parameter`::

    @dataclass(frozen=True, repr=False)
    class Dense(Checked):
        units: int = parameter(Integer(1, MAX_UNITS))
        use_bias: bool = parameter(Boolean(), default=True, keyword=True)

``Dense(0)`` then raises a :class:`~konv.errors.ParameterError` that names the class, the field, the
value and what is allowed; ``Dense(unit=3)`` one that names the field that was probably meant.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from abc import ABCMeta
from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any, ClassVar, Self, cast

from konv.constraints import Constraint, RefusalError, nearest_word
from konv.errors import ParameterError
from konv.language import translate as _

__all__ = ["Checked", "check_value", "parameter", "short_text"]

_SHORT_CHARACTERS = 60


def parameter(constraint: Constraint, *, default: Any = MISSING, keyword: bool = False) -> Any:
    """A dataclass field that holds only what ``constraint`` accepts.

    ``keyword=True`` keeps the field out of the positional arguments.
    """
    return dataclasses.field(default=default, kw_only=keyword, metadata={"constraint": constraint})


def check_value(name: str, value: Any, constraint: Constraint, *, where: str) -> Any:
    """``value`` in its normal form, or a :class:`~konv.errors.ParameterError` K201 that teaches."""
    try:
        return constraint.accept(value)
    except RefusalError as refusal:
        raise ParameterError(
            f"{name}={short_text(value)}",
            code="K201",
            where=where,
            fix=_("{name} must be {allowed}", name=name, allowed=refusal),
        ) from None


class CheckedType(ABCMeta):
    """Turns Python's own argument errors into ones that teach, before a field is looked at."""

    def __call__(cls, /, *args: Any, **values: Any) -> Any:
        kind = cast("type[Checked]", cls)
        kind._check_names(args, values)
        return super().__call__(*args, **values)

    @property
    def __signature__(cls) -> inspect.Signature:
        """What ``help`` and editors show: the fields, which ``__call__`` would hide."""
        whole = inspect.signature(cast(Any, cls).__init__)
        fields = [given for name, given in whole.parameters.items() if name != "self"]
        return inspect.Signature(fields)


class Checked(metaclass=CheckedType):
    """A frozen dataclass (``repr=False``) whose every field is declared with :func:`parameter`."""

    # Words of other versions and libraries -> the field here, or a sentence: what to write instead.
    _former_names: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def constraints(cls) -> dict[str, Constraint]:
        """Field name -> constraint: positional fields first, each in the order of declaration."""
        fields = sorted(dataclasses.fields(cast(Any, cls)), key=lambda field: bool(field.kw_only))
        return {
            field.name: field.metadata["constraint"]
            for field in fields
            if "constraint" in field.metadata
        }

    def __post_init__(self) -> None:
        where = type(self).__name__
        for name, constraint in self.constraints().items():
            value = check_value(name, getattr(self, name), constraint, where=where)
            object.__setattr__(self, name, value)

    @classmethod
    def _check_names(cls, args: tuple[Any, ...], values: Mapping[str, Any]) -> None:
        fields = [f for f in dataclasses.fields(cast(Any, cls)) if f.init]
        positional = [f.name for f in fields if not f.kw_only]
        if len(args) > len(positional):
            raise ParameterError(
                _(
                    "{given} values without a name, of which it takes {taken}",
                    given=len(args),
                    taken=len(positional),
                ),
                code="K204",
                where=cls.__name__,
                details=[(_("given"), ", ".join(short_text(value) for value in args))],
                fix=cls._positional_fix(positional),
            )
        for name in values:
            if name not in {f.name for f in fields}:
                raise cls._unknown_name(name, [f.name for f in fields])
            if name in positional[: len(args)]:
                raise ParameterError(
                    _("{name} is given twice, once without its name", name=name),
                    code="K206",
                    where=cls.__name__,
                    fix=_("give {name} once", name=name),
                )
        given = {*positional[: len(args)], *values}
        missing = [
            f.name
            for f in fields
            if f.default is MISSING and f.default_factory is MISSING and f.name not in given
        ]
        if missing:
            allowed = cls.constraints()[missing[0]].describe()
            raise ParameterError(
                _("{names} missing", names=", ".join(missing)),
                code="K203",
                where=cls.__name__,
                fix=_("{name} must be {allowed}", name=missing[0], allowed=allowed),
            )

    @classmethod
    def _positional_fix(cls, positional: list[str]) -> str:
        taken = ", ".join(f"{name}=…" for name in positional) or _("none")
        return _("give the rest by name; without a name it takes {taken}", taken=taken)

    @classmethod
    def _unknown_name(cls, name: str, names: list[str]) -> ParameterError:
        former = cls._former_names.get(name, "")
        if former in names:
            fix = _("it is called {name} here", name=former)
        elif former and not former.isidentifier():
            fix = _(former)
        else:
            close = nearest_word(name, names)
            fix = _("did you mean {word}?", word=close) if close else ""
            fix = fix or _("the fields are {names}", names=", ".join(names) or _("none"))
        return ParameterError(
            _("there is no field {name}", name=_shortened(name)),
            code="K202",
            where=cls.__name__,
            fix=fix,
        )

    def to_config(self) -> dict[str, Any]:
        """The fields that differ from their defaults, as plain data for YAML and JSON."""
        defaults = {field.name: field.default for field in dataclasses.fields(cast(Any, self))}
        config: dict[str, Any] = {}
        for name, constraint in self.constraints().items():
            value = getattr(self, name)
            if defaults[name] is MISSING or value != constraint.accept(defaults[name]):
                config[name] = constraint.plain(value)
        return config

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.to_config().items())
        return f"{type(self).__name__}({values})"

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """What :meth:`to_config` wrote, checked again field by field."""
        return cls(**{_as_name(name): value for name, value in config.items()})


def short_text(value: Any) -> str:
    """A value as a message shows it: never longer than a line, whatever it is."""
    if isinstance(value, int) and abs(value) >= 10**30:
        digits = int(value.bit_length() * math.log10(2))
        return _("a whole number of about {digits} digits", digits=digits)
    try:
        return _shortened(repr(value))
    except Exception:  # such as a list of whole numbers too long for Python to write out
        return f"<{type(value).__name__}>"


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHORT_CHARACTERS else text[: _SHORT_CHARACTERS - 1] + "…"


def _as_name(key: Any) -> str:
    """A key of a mapping as the name of a field; one that is no text is the name of none."""
    return key if isinstance(key, str) else short_text(key)
