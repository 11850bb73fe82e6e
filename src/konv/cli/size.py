"""``konv size``: how many windows fit, and which windows make so many."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from konv.cli.base import argument, command, option
from konv.cli.size_text import axis_facts, axis_text, setting_facts, settings_text
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.cli.values import SIZE, Value
from konv.constraints import Integer
from konv.design.window_settings import window_settings
from konv.errors import ShapeError
from konv.language import marked
from konv.language import translate as _
from konv.layers.size import AxisPadding, AxisPaddingConstraint, checked_axis
from konv.limits import MAX_SIDE
from konv.parameters import check_value

__all__ = ["size"]

_POSITIVE = Value(Integer(1, MAX_SIDE))
_USUAL, _ALL = 12, 1000  # settings that are shown, and looked through
_DEFAULTS = MappingProxyType({"stride": 1, "padding": "valid", "dilation": 1})


@command(
    "size",
    help=marked(
        "How large is what a convolution or a pool makes, with the arithmetic; or, with --to, "
        "which kernels, strides and paddings make that of it, the simplest first.\n\n"
        "A size is a number of rows, or rows × columns, such as 39x31."
    ),
    examples=(
        "konv size 28 --kernel 5 --padding 2",
        "konv size 39x31 --kernel 2 --stride 2",
        "konv size 28 --to 14",
        "konv size 28 --to 14 --kernel 3",
    ),
)
@argument("input", type=SIZE, metavar="SIZE", help=marked("rows of the input, or rows × columns"))
@option("--kernel", type=_POSITIVE, metavar="N", help=marked("rows of the kernel or pool"))
@option("--stride", type=_POSITIVE, metavar="N", help=marked("from one window to the next"))
@option("--padding", metavar="P", help=marked("valid, same, full, or zeros at each end"))
@option("--dilation", type=_POSITIVE, metavar="N", help=marked("from one element to the next"))
@option("--to", "output", type=SIZE, metavar="SIZE", help=marked("the size that is wanted"))
@option(
    "--most",
    type=Value(Integer(1, 1000)),
    metavar="N",
    help=marked("how many answers to --to; 12 without it"),
)
@click.pass_context
def size(context: click.Context, /, input: tuple[int, int], **values: Any) -> None:
    """Print what comes out, or what would make it."""
    terminal = context.ensure_object(Terminal)
    wanted, most = values.pop("output"), values.pop("most")
    settled = {name: value for name, value in values.items() if value is not None}
    if "padding" in settled:
        settled["padding"] = _padding(settled["padding"], context)
    if wanted is not None:
        try:
            _show_settings(terminal, (input, wanted), settled, most or _USUAL)
        except ShapeError as error:
            raise error.located(context.command_path) from None
        return
    if "kernel" not in settled or most is not None:
        raise misused(
            context,
            _("--most needs --to") if most is not None else _("--kernel is missing, or --to"),
            "konv size 28 --kernel 5, konv size 28 --to 14",
        )
    _show_axes(terminal, input, {**_DEFAULTS, **settled}, context.command_path)


def _padding(text: str, context: click.Context) -> AxisPadding:
    value: AxisPadding = check_value(
        "--padding",
        int(text) if text.isascii() and text.isdigit() else text,
        AxisPaddingConstraint(),
        where=context.command_path,
    )
    return value


def _show_axes(
    terminal: Terminal, input: tuple[int, int], fields: Mapping[str, Any], where: str
) -> None:
    """What the windows make of the input; of a square once."""
    axes = [checked_axis(where, side, **fields) for side in input]
    names = [""] if axes[0] == axes[1] else [_("rows"), _("columns")]
    texts = (f"{name} {axis_text(axis)}".lstrip() for name, axis in zip(names, axes, strict=False))
    terminal.say("\n\n".join(texts))
    terminal.answer({"rows": axis_facts(axes[0]), "columns": axis_facts(axes[1])})


def _show_settings(
    terminal: Terminal,
    sizes: tuple[tuple[int, int], tuple[int, int]],
    settled: Mapping[str, Any],
    most: int,
) -> None:
    """Which windows make the one size of the other: the same on both axes, or for each its own."""
    (rows, columns), (high, wide) = sizes
    for_rows, for_columns = (
        window_settings(size, output, **settled, most=_ALL)
        for size, output in ((rows, high), (columns, wide))
    )
    fields = [setting.fields for setting in for_columns]
    same = [setting for setting in for_rows if setting.fields in fields][:most]
    facts: dict[str, Any] = {"input": sizes[0], "output": sizes[1]}
    if same:
        square = rows == columns and high == wide
        terminal.say(f"{rows} → {high}" if square else f"{rows}×{columns} → {high}×{wide}")
        terminal.say(settings_text(same))
        facts["settings"] = [setting.fields for setting in same]
    else:
        terminal.say(_("no kernel does both; for each axis its own:"))
        for name, size, output, found in (
            (_("rows"), rows, high, for_rows),
            (_("columns"), columns, wide, for_columns),
        ):
            terminal.say(f"\n{name} {size} → {output}\n{settings_text(found[:most])}")
    facts["rows"], facts["columns"] = (
        [setting_facts(setting) for setting in found[:most]] for found in (for_rows, for_columns)
    )
    terminal.answer(facts)
