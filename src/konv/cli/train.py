"""``konv train``: a network trained on labelled pictures, in a folder from which it can go on."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import click
from click.core import ParameterSource

from konv.cli.base import Argument, Command
from konv.cli.closing import closing_text, run_facts
from konv.cli.help import usage_line, wrapped
from konv.cli.pictures import load_pictures
from konv.cli.planning import Planned, plan_run
from konv.cli.run import held, training_run
from konv.cli.run_plan import RunPlan
from konv.cli.terminal import Terminal
from konv.cli.train_options import TRAIN_OPTIONS, WITH_RESUME
from konv.cli.usage import misused
from konv.data import Dataset
from konv.engines import set_threads
from konv.errors import KonvError, TrainingError
from konv.formats.record import running_versions
from konv.language import marked
from konv.language import translate as _
from konv.network.report import report
from konv.training.run_folder import RunFolder

__all__ = ["train"]


def _train(**choices: Any) -> None:
    context = click.get_current_context()
    terminal = context.ensure_object(Terminal)
    began_s = time.monotonic()
    if choices["threads"] is not None:
        set_threads(choices["threads"])
    with held(choices["resume"] or choices["out"] or _new_folder()) as folder:
        begin = _new_run if choices["resume"] is None else _resumed_run
        plan, dataset = begin(context, folder, terminal)
        with _way_on(folder):
            outcome = training_run(
                plan,
                dataset,
                folder,
                verbose=terminal.verbose,
                every_s=choices["checkpoint_every_s"],
                doctor=choices["doctor"],
                announce=None if choices["resume"] else terminal.say,
            )
        facts = run_facts(folder, outcome, dataset, time.monotonic() - began_s)
    terminal.say("\n" + closing_text(facts))
    terminal.answer(facts)


train = Command(
    "train",
    callback=_train,
    params=[Argument(["data"], required=False, help=marked("labelled pictures")), *TRAIN_OPTIONS],
    help=marked(
        "Train a network on labelled pictures.\n\n"
        "DATA is a folder with one folder of pictures per class (perhaps under train/, val/ and "
        "test/), a folder of IDX files (MNIST's family) or of CIFAR's binary batches, an .npz "
        "file, or the word digits.\n\n"
        "Everything goes into one folder, from which an interrupted run goes on with --resume, "
        "to the same bits as if it had never stopped.\n\n"
        "--preset fast trains for few epochs on pictures as they are; --preset accurate trains for "
        "more, with weight decay, on pictures that are shifted and, if grey, turned a little, if "
        "in colour, mirrored: add --augment shift where left and right must be told apart. Both "
        "have a network of their own for grey pictures of 20 to 48 pixels a side, and take that "
        "of auto for others. What a preset chose is said when training begins; any option may be "
        "given beside it."
    ),
    examples=(
        "konv train photos/",
        "konv train mnist/ --preset fast",
        "konv train mnist/ --network simple --epochs 3 --out run/",
        "konv train photos/ --size 64 --augment shift,flip --patience 5 --out run2/",
        "konv train --resume run/",
    ),
)


def _new_folder() -> str:
    """The first of run, run-2, … that is not there."""
    names = ("run" if number == 1 else f"run-{number}" for number in count(1))
    return next(name for name in names if not os.path.lexists(name))


def _new_run(
    context: click.Context, folder: RunFolder, terminal: Terminal
) -> tuple[RunPlan, Dataset]:
    source = context.params["data"]
    if source is None:
        raise misused(context, _("{name} is missing", name="DATA"), usage_line(context))
    folder.require_free()
    planned = plan_run(source, context.params, terminal, given=_given(context))
    _introduce(planned, terminal)
    folder.create({**planned.plan.to_config(), "versions": running_versions()})
    return planned.plan, planned.dataset


def _introduce(planned: Planned, terminal: Terminal) -> None:
    """What will be done, with what, and why."""
    terminal.say(planned.dataset.summary())
    if planned.by_preset:
        terminal.say("\n" + "\n".join(wrapped(_preset_text(planned), "")))
    if planned.reason:
        terminal.say("\n" + _("network: {reason}", reason=planned.reason))
    terminal.say("\n" + report(planned.plan.network).text() + "\n")


def _preset_text(planned: Planned) -> str:
    """What the preset chose, as a person would have typed it."""
    chosen = " ".join(
        f"--{name.replace('_', '-')} {value}" for name, value in planned.by_preset.items()
    )
    return _("preset {name}: {options}", name=planned.plan.training.preset, options=chosen)


def _given(context: click.Context) -> set[str]:
    """The names of what a person typed."""
    return {
        name
        for name in context.params
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE
    }


def _resumed_run(
    context: click.Context, folder: RunFolder, terminal: Terminal
) -> tuple[RunPlan, Dataset]:
    _require_nothing_else(context)
    config = folder.open()
    plan = RunPlan.from_config(config, str(folder.description))
    if config.get("versions") != running_versions():
        terminal.note(
            _("other versions of konv, Python or NumPy began this run: the last bits may differ")
        )
    dataset = load_pictures(
        plan.data.source, plan.data.options, terminal, cache=context.params["cache"]
    )
    if dataset.fingerprint != plan.data.fingerprint:
        raise TrainingError(
            _("the pictures are not those that this run began with"),
            code="K803",
            where=str(folder.path),
            details=[
                (_("pictures"), plan.data.source),
                (_("then"), plan.data.fingerprint[:16]),
                (_("now"), dataset.fingerprint[:16]),
            ],
            fix=_("bring the pictures back as they were, or begin a new run with another --out"),
        )
    return plan, dataset


def _require_nothing_else(context: click.Context) -> None:
    """A run goes on as it began: what would change its bits is refused."""
    given = [
        parameter.opts[0] if isinstance(parameter, click.Option) else "DATA"
        for parameter in context.command.params
        if parameter.name in _given(context) - WITH_RESUME
        and context.params[parameter.name or ""] is not None
    ]
    if given:
        raise misused(
            context,
            _("--resume goes on as the run began, without {options}", options=", ".join(given)),
            "konv train --resume " + shlex.quote(context.params["resume"]),
        )


@contextmanager
def _way_on(folder: RunFolder) -> Iterator[None]:
    """Ctrl-C says how to go on; a run that never got anywhere leaves nothing behind."""
    try:
        yield
    except KeyboardInterrupt:
        command = "konv train --resume " + shlex.quote(str(folder.path))
        raise KeyboardInterrupt(_("interrupted; {command} goes on", command=command)) from None
    except KonvError:
        folder.forget_if_empty()
        raise
