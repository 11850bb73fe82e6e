"""``konv convolve``: a kernel or a pool that slides over a matrix, step by step."""

from __future__ import annotations

import re
from typing import Any

import click

from konv.cli.base import Command, argument, command, option
from konv.cli.terminal import Terminal
from konv.cli.typed_matrices import is_typed, matrix_of
from konv.cli.usage import misused
from konv.cli.values import Value
from konv.cli.window_values import PADDING, PAIR, STEP_COUNT, StepCount
from konv.constraints import Choice, Integer, Real
from konv.errors import KonvError, ParameterError
from konv.explain.sliding.gif import MOST_FRAMES, shown_steps
from konv.explain.sliding.kernels import KERNELS
from konv.explain.sliding.saving import check_ending
from konv.explain.sliding.sliding import ACTIVATION, POOLS, pool
from konv.explain.sliding.sliding import convolve as convolved
from konv.explain.sliding.window import SHOWN_STEPS, SlidingWindow
from konv.language import marked
from konv.language import translate as _
from konv.layers.base import Array
from konv.limits import MAX_SLID_SIDE
from konv.parameters import short_text

__all__ = ["convolve"]

_EXAMPLE_KERNEL = '--kernel "1,0,1;0,1,0;1,0,1"'
_SIZE = re.compile(r"[0-9]+ *[x×] *[0-9]+")
_NEGATIVE = re.compile(r"-[0-9.]")
# What only a convolution has.
_OF_CONVOLUTIONS = ("dilation", "bias", "activation", "true_convolution")


class _MatrixCommand(Command):
    """Its argument may begin with a minus, as ``-1,2;3,4`` does; no option begins with a digit."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if "--" in args else self._sorted(args))

    def _sorted(self, args: list[str]) -> list[str]:
        """Matrices with a minus behind ``--``, where nothing is taken for an option."""
        takes_value = {
            name
            for parameter in self.params
            if isinstance(parameter, click.Option) and not parameter.is_flag
            for name in parameter.opts
        }
        matrices = [
            place
            for place, word in enumerate(args)
            if _NEGATIVE.match(word) and (place == 0 or args[place - 1] not in takes_value)
        ]
        others = [word for place, word in enumerate(args) if place not in matrices]
        return [*others, "--", *(args[place] for place in matrices)]


@command(
    "convolve",
    kind=_MatrixCommand,
    help=marked(
        "Slide a kernel or a pool over a matrix or a small picture, and show the sum at each "
        "step.\n\n"
        "Rows of a matrix are apart by semicolons, numbers by commas. A picture in colour is "
        "taken as its brightness, from 0 to 255.\n\n"
        "Kernels by name: identity, box-blur, gaussian, sharpen, laplace, edge, sobel-x, sobel-y, "
        "emboss."
    ),
    examples=(
        'konv convolve "1,2,3,0;0,1,2,3;3,0,1,2;2,3,0,1" --kernel "2,0,1;0,1,2;1,0,2"',
        'konv convolve "1,2,3;4,5,6" --kernel edge --padding same --out slide.html',
        "konv convolve photo.jpg --shrink 64 --kernel sobel-x --out slide.gif",
        "konv convolve matrix.csv --pool max --size 2",
    ),
)
@argument(
    "matrix",
    metavar="MATRIX",
    help=marked("numbers such as 1,2;3,4; or a .csv or .txt file of them; or a picture"),
)
@option("--kernel", metavar="NUMBERS", help=marked("of the kernel; or a file of them; or a name"))
@option(
    "--pool",
    type=Value(Choice(tuple(POOLS))),
    metavar="|".join(POOLS),
    help=marked("slide a pool instead of a kernel"),
)
@option("--size", type=PAIR, metavar="N", help=marked("rows and columns of the pool; 2 without it"))
@option(
    "--stride",
    type=PAIR,
    metavar="N",
    help=marked("from one window to the next; without it 1, of a pool its size"),
)
@option(
    "--padding",
    type=PADDING,
    metavar="P",
    help=marked("valid, same, full, zeros on every side, or top,bottom,left,right"),
)
@option("--dilation", type=PAIR, metavar="N", help=marked("from one element to the next"))
@option("--bias", type=Value(Real(-1e100, 1e100)), metavar="B", help=marked("added to each sum"))
@option(
    "--activation",
    type=Value(ACTIVATION),
    metavar="NAME",
    help=marked("what each sum goes through, such as relu"),
)
@option("--true-convolution", is_flag=True, help=marked("turn the kernel by 180°; a CNN does not"))
@option(
    "--shrink",
    type=Value(Integer(1, MAX_SLID_SIDE)),
    metavar="N",
    help=marked("shrink a picture to at most N rows and columns"),
)
@option(
    "--steps",
    type=STEP_COUNT,
    metavar="N|all",
    help=marked("how many steps are shown as text or JSON; 12 without it"),
)
@option(
    "--out",
    metavar="FILE",
    help=marked("write the animation: .html, .gif, or .txt with all steps"),
)
@click.pass_context
def convolve(context: click.Context, /, matrix: str, **values: Any) -> None:
    """Slide, and show each step or write the animation."""
    terminal = context.ensure_object(Terminal)
    out = None if values["out"] is None else check_ending(values["out"])
    _check_together(context, matrix, values)
    sliding = _slid(context, matrix, values)
    steps = SHOWN_STEPS if values["steps"] is None else values["steps"]
    shown = None if steps == StepCount.ALL else steps
    facts = sliding.to_dict(steps=shown) if terminal.json else {}
    if out is None:
        terminal.say(sliding.to_text(steps=shown))
    else:
        sliding.save(out)
        terminal.say(_("written: {path}", path=out))
        facts["file"] = out
        if out.suffix.lower() == ".gif" and len(sliding) > MOST_FRAMES:
            facts["frames"] = [number + 1 for number in shown_steps(len(sliding))]
            terminal.note(
                _(
                    "{count} of its {steps} steps have a frame; a .html file has them all",
                    count=MOST_FRAMES,
                    steps=f"{len(sliding):,}",
                )
            )
    terminal.answer(facts)


def _check_together(context: click.Context, matrix: str, values: dict[str, Any]) -> None:
    """Refuse options that say nothing together, before anything is read.

    Raises:
        ParameterError: K901.
    """
    if (values["kernel"] is None) == (values["pool"] is None):
        raise misused(
            context,
            _("which kernel?")
            if values["kernel"] is None
            else _("--kernel and --pool contradict each other"),
            f"{_EXAMPLE_KERNEL}, --kernel sobel-x, --pool max",
        )
    if values["pool"] is not None:
        for name in _OF_CONVOLUTIONS:
            if values[name] is not None and values[name] is not False:
                option_name = "--" + name.replace("_", "-")
                raise misused(
                    context,
                    _("{option} says nothing with --pool", option=option_name),
                    _("leave it out, or {option}", option=_EXAMPLE_KERNEL),
                )
    elif values["size"] is not None:
        raise misused(
            context,
            _("--size needs --pool: the size of a kernel is that of its numbers"),
            "--pool max --size 2",
        )
    if values["shrink"] is not None and is_typed(matrix):
        raise misused(context, _("--shrink needs a picture"), _("leave it out"))


def _slid(context: click.Context, matrix: str, values: dict[str, Any]) -> SlidingWindow:
    """What is asked for; errors of the library are given the name of the command."""
    where = context.command_path
    numbers = matrix_of(matrix, "MATRIX", where=where, shrink=values["shrink"])
    window = {name: values[name] for name in ("stride", "padding") if values[name] is not None}
    try:
        if values["pool"] is not None:
            return pool(numbers, values["size"] or 2, values["pool"], **window)
        kernel = _kernel(values["kernel"], where)
        fields = {name: values[name] for name in _OF_CONVOLUTIONS if values[name] is not None}
        return convolved(numbers, kernel, **window, **fields)
    except KonvError as error:
        raise error.located(where) if error.where in ("convolve", "pool") else error from None


def _kernel(word: str, where: str) -> Array | str:
    """The numbers of a kernel, or its name.

    Raises:
        ParameterError: K201, it says how large the kernel is, and not what is in it.
    """
    if _SIZE.fullmatch(word.strip()):
        raise ParameterError(
            _(
                "--kernel {word} is a size, and the numbers of the kernel are needed",
                word=short_text(word),
            ),
            code="K201",
            where=where,
            fix=_(
                "{example}; or one of {names}", example=_EXAMPLE_KERNEL, names=", ".join(KERNELS)
            ),
        )
    if is_typed(word) or "." in word:
        return matrix_of(word, "--kernel", where=where)
    return word
