"""What ``konv size`` says: windows along one axis, and settings that make a size of another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from konv.design.window_settings import WindowSetting
from konv.language import translate as _
from konv.language.tables import table
from konv.layers.size import WindowAxis

__all__ = ["axis_facts", "axis_text", "setting_facts", "settings_text"]


def axis_text(axis: WindowAxis) -> str:
    """One axis: the sizes, and how they follow from each other."""
    rows = [
        [_("size"), axis.arithmetic()],
        [_("zeros"), _zeros(axis)],
        [_("not seen"), _not_seen(axis)],
    ]
    return "\n".join(
        [f"{axis.size} → {axis.output}", *(f"  {line}" for line in table(rows, left=2))]
    )


def axis_facts(axis: WindowAxis) -> dict[str, Any]:
    """The same as data."""
    return {
        "size": axis.size,
        "output": axis.output,
        "kernel": axis.kernel,
        "stride": axis.stride,
        "dilation": axis.dilation,
        "before": axis.before,
        "after": axis.after,
        "unseen": axis.unseen,
        "arithmetic": axis.arithmetic(),
    }


def settings_text(settings: Iterable[WindowSetting]) -> str:
    """A line for each setting."""
    head = [_("kernel"), _("stride"), _("padding"), _("dilation"), _("zeros"), _("not seen")]
    rows = [
        [
            str(setting.axis.kernel),
            str(setting.axis.stride),
            str(setting.padding),
            str(setting.axis.dilation),
            _zeros(setting.axis),
            _not_seen(setting.axis),
        ]
        for setting in settings
    ]
    return "\n".join(f"  {line}".rstrip() for line in table([head, *rows]))


def setting_facts(setting: WindowSetting) -> dict[str, Any]:
    """A setting as data."""
    return {**axis_facts(setting.axis), "padding": setting.padding}


def _zeros(axis: WindowAxis) -> str:
    if not (axis.before or axis.after):
        return _("none")
    return _("{before} before, {after} after", before=axis.before, after=axis.after)


def _not_seen(axis: WindowAxis) -> str:
    if not axis.unseen:
        return _("none")
    return _("{count} of {size}", count=axis.unseen, size=axis.size)
