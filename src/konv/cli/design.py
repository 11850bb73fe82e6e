"""``konv design``: networks that keep to limits, the most promising first."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path
from typing import Any, ClassVar

import click

from konv.cli.base import command, option
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.cli.values import Typed, Value, typed_sides
from konv.constraints import Integer, RefusalError
from konv.design.search.limits import ReceptiveFieldConstraint
from konv.design.search.proposing import MOST_PROPOSALS, proposals_for
from konv.language import marked
from konv.language import translate as _
from konv.limits import MAX_CLASSES, MAX_ELEMENTS_PER_MAP, MAX_SIDE
from konv.network.reading import unknown_ending

__all__ = ["design"]

_WRITTEN_AS = (".yaml", ".yml", ".json")
_USUAL = 5  # proposals that are shown
# Limits as they are written here: what the search names where nothing keeps to them.
_WORDS = {
    "parameters": "--max-params {}",
    "macs": "--max-macs {}",
    "receptive_field": "--min-receptive-field {}",
    "whole": marked("no --whole"),
}


class _Shape(Typed):
    """Height, width and channels, as a person types them: ``39x31x1``."""

    def accept(self, value: Any) -> tuple[int, ...]:
        sides = typed_sides(value)
        if len(sides) != 3:
            raise RefusalError(self.describe())
        if min(sides) < 1 or max(sides) > MAX_SIDE or math.prod(sides) > MAX_ELEMENTS_PER_MAP:
            raise RefusalError(self.describe())
        return sides

    def describe(self) -> str:
        return _(
            "height x width x channels, such as 39x31x1 (1: grey, 3: colour): each a whole number "
            "from 1 to {side}, together at most {most} numbers",
            side=f"{MAX_SIDE:,}",
            most=f"{MAX_ELEMENTS_PER_MAP:,}",
        )

    def bad_values(self) -> tuple[Any, ...]:
        return (
            "",
            "28",
            "28x28",
            "28x28x",
            "0x28x1",
            "28x28x1x1",
            "20000x2x1",
            "16384x16384x2",
            "1.5x2x1",
            "a",
            "²x2x1",
        )


class _Count(Typed):
    """A number, as a person types large ones: ``70000``, ``70,000``, ``70k``, ``1.5M``."""

    _most = 10**15
    _suffixes: ClassVar = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}

    def accept(self, value: Any) -> int:
        match = re.fullmatch(
            r"([0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{1,16})(?:\.([0-9]{1,9}))?([kKmMgG]?)",
            str(value),
            re.ASCII,
        )
        if match is None:
            raise RefusalError(self.describe())
        digits, fraction, suffix = match[1].replace(",", ""), match[2] or "", match[3].lower()
        number, rest = divmod(int(digits + fraction) * self._suffixes[suffix], 10 ** len(fraction))
        if rest or not 1 <= number <= self._most:
            raise RefusalError(self.describe())
        return number

    def describe(self) -> str:
        return _("a whole number from 1 to 1000000G, such as 70000, 70k, 1.5M or 2G")

    def bad_values(self) -> tuple[Any, ...]:
        return ("", "0", "-1", "k", "70kk", "70 k", "1.5", "0.0001k", "7,00", "many", "1e5", "²")


@command(
    "design",
    help=marked(
        "Propose networks for pictures of a size that keep to all limits, the most promising "
        "first: stages of convolutions and pools, normalized or not, with a small ending. All of "
        "them are looked at where that takes seconds; the answer says whether it was so. The "
        "order is a rule of thumb, made from networks that were trained; docs/how-to/design.md "
        "tells it.\n\n"
        "A number may end in k, M or G: 70k is 70,000."
    ),
    examples=(
        "konv design --input 39x31x1 --classes 100 --max-params 70k --whole",
        "konv design --input 28x28x1 --classes 10 --max-params 20k --out net.yaml",
        "konv train DATA --network net.yaml",
        "konv design --input 32x32x3 --classes 10 --min-receptive-field full",
    ),
)
@option(
    "--input",
    type=Value(_Shape()),
    required=True,
    metavar="HxWxC",
    help=marked("height, width and channels of a picture, such as 39x31x1"),
)
@option(
    "--classes",
    type=Value(Integer(2, MAX_CLASSES)),
    required=True,
    metavar="N",
    help=marked("how many are to be told apart"),
)
@option(
    "--max-params",
    "max_parameters",
    type=Value(_Count()),
    metavar="N",
    help=marked("parameters at most; 200k and 64 for each class without it"),
)
@option(
    "--max-macs",
    type=Value(_Count()),
    metavar="N",
    help=marked("multiply-adds for one picture at most; 10M, or more for large pictures"),
)
@option(
    "--min-receptive-field",
    type=Value(ReceptiveFieldConstraint()),
    metavar="full|N",
    help=marked("rows and columns that a place of the last maps sees at least, or all"),
)
@option("--whole", is_flag=True, help=marked("every division of the size formula must be whole"))
@option(
    "--limit",
    "most",
    type=Value(Integer(1, MOST_PROPOSALS)),
    metavar="N",
    help=marked("how many proposals are shown; 5 without it"),
)
@option("--out", metavar="FILE", help=marked("write a proposal as a network file: .yaml or .json"))
@option(
    "--pick",
    type=Value(Integer(1, MOST_PROPOSALS)),
    metavar="N",
    help=marked("which proposal --out writes; the first without it"),
)
@click.pass_context
def design(
    context: click.Context,
    /,
    input: tuple[int, ...],
    classes: int,
    out: str | None,
    pick: int | None,
    **asked: Any,
) -> None:
    """Print the proposals; write one."""
    terminal = context.ensure_object(Terminal)
    _check_writing(context, out, pick)
    asked["most"] = max(asked["most"] or _USUAL, pick or 1)
    words = {name: _(text) for name, text in _WORDS.items()}
    proposals = proposals_for(input, classes, asked, words=words, where=context.command_path)
    if pick is not None and pick > len(proposals):
        raise misused(
            context,
            _("--pick {pick}, but there are {count} proposals", pick=pick, count=len(proposals)),
            _("--pick 1 to {count}", count=len(proposals)),
        )
    facts = proposals.to_dict()
    facts["written"] = out
    if out is not None:
        proposals.proposals[(pick or 1) - 1].network.to_file(out)
    terminal.say(proposals.text())
    terminal.answer(facts)
    if out is not None:
        terminal.note(
            _("written: {path}", path=out) + "\n" + f"konv train DATA --network {shlex.quote(out)}"
        )


def _check_writing(context: click.Context, out: str | None, pick: int | None) -> None:
    if out is None:
        if pick is not None:
            raise misused(context, _("--pick says nothing without --out"), "--pick 2 --out FILE")
    elif Path(out).suffix.lower() not in _WRITTEN_AS:
        raise unknown_ending(Path(out))
