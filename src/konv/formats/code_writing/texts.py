"""Calls and constants as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["call_text", "text_of"]


def call_text(called: str, fields: Mapping[str, object], positional: Sequence[str] = ()) -> str:
    """A call with its arguments: those of ``positional`` that come first without a name.

    Example:
        >>> call_text("Conv2D", {"padding": "same", "kernel_size": 3, "filters": 8}, ["filters"])
        'Conv2D(8, kernel_size=3, padding="same")'
    """
    plain = []
    for name in positional:
        if name not in fields:
            break
        plain.append(name)
    arguments = [text_of(fields[name]) for name in plain]
    arguments += [
        f"{name}={text_of(fields[name])}"
        for name in sorted(fields, key=_place_of)
        if name not in plain
    ]
    return f"{called}({', '.join(arguments)})"


# The order in which people expect arguments with names; the others stand before the name.
_ORDER = (
    *("filters", "kernel_size", "pool_size", "strides", "padding", "data_format"),
    *("dilation_rate", "groups", "depth_multiplier", "activation", "use_bias"),
)


def _place_of(name: str) -> int:
    if name == "name":
        return len(_ORDER) + 1
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def text_of(value: object) -> str:
    """A constant as a person writes it: texts in double quotes, lists as tuples.

    Example:
        >>> text_of([1, [2.5, None]]), text_of('a"b')
        ('(1, (2.5, None))', '"a\\\\"b"')
    """
    if isinstance(value, str):
        inner = "".join(_escaped(sign) for sign in value)
        return f'"{inner}"'
    if isinstance(value, (list, tuple)):
        items = ", ".join(map(text_of, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    return repr(value)


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else repr(sign)[1:-1]
