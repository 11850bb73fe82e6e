"""``konv info``: what konv runs on; what is in a model file; what is compiled of a network."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from konv.cli.base import argument, command, option
from konv.cli.forecast_options import (
    BATCH_SIZE,
    PIXELS,
    PLAN_PRECISION,
    batch_size_of,
    pixels_of,
    refuse_without,
)
from konv.cli.help import definition_lines
from konv.cli.named import network_of
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.engines import DEFAULT_ENGINE, ENGINE_NAMES, compile_info, get_threads
from konv.files import cache_folder
from konv.language import marked
from konv.language import translate as _
from konv.language.tables import places, printable, shortened
from konv.model import Model, load
from konv.network.report_columns import bytes_text
from konv.network.rows import times
from konv.version import __version__

__all__ = ["info"]

_PACKAGES = ("numpy", "llvmlite", "scikit-learn", "pillow", "click", "rich", "matplotlib")
_WIDEST_TERM, _WIDEST_TEXT = 20, 40
_CLASSES_SHOWN = 20


@command(
    "info",
    help=marked(
        "Without a model: the versions, the processor, the compiler, the threads and the folders "
        "that konv uses.\n\n"
        "With a model: its network, its classes, how a picture becomes its input, and how it was "
        "trained.\n\n"
        "With --plan and a network: what the compiler makes of it. Which layers are one kernel, "
        "what each costs, where the numbers lie."
    ),
    examples=(
        "konv info",
        "konv info run/best.konv",
        "konv info --plan lenet5",
        "konv info --plan net.yaml --predict --batch-size 1",
    ),
)
@argument(
    "model",
    required=False,
    help=marked(
        "a model (.konv, .keras, .h5, .onnx); with --plan, any network that konv summary takes"
    ),
)
@option("--plan", "plan", is_flag=True, help=marked("show what the compiler makes of a network"))
@option(
    "--train/--predict",
    "training",
    default=None,
    help=marked("the plan of a step of training, which is the default, or of a prediction"),
)
@BATCH_SIZE
@PIXELS
@PLAN_PRECISION
@click.pass_context
def info(context: click.Context, /, model: str | None, plan: bool, **planned: Any) -> None:
    """Print what is known."""
    terminal = context.ensure_object(Terminal)
    if plan:
        facts = _show_plan(context, terminal, model, planned)
    elif model is None:
        refuse_without(context, "--plan", planned)
        facts = _system_facts()
        terminal.say(_lines(_system_rows(facts)))
    else:
        refuse_without(context, "--plan", planned)
        loaded = load(model)
        facts = _model_facts(model, loaded)
        terminal.say(_lines(_model_rows(facts)))
    terminal.answer(facts)


def _show_plan(
    context: click.Context, terminal: Terminal, word: str | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Print the plan of the network that a word names; the same as data."""
    # The compiler is loaded where it is needed only.
    from konv.cli.plan_text import plan_facts, plan_lines
    from konv.engines.compiled.forecast.outline import outlined

    if word is None:
        raise misused(context, _("--plan of which network?"), "konv info --plan lenet5")
    if values["training"] is not False:
        refuse_without(context, "--predict", {"precision": values["precision"]})
    outline = outlined(
        network_of(word),
        training=values["training"] is not False,
        pictures=batch_size_of(values),
        kind=pixels_of(values),
        precision=values["precision"] or "float32",
    )
    terminal.say("\n".join(plan_lines(outline)))
    return plan_facts(outline)


def _lines(rows: list[tuple[str, str]]) -> str:
    width = min(max(places(term) for term, _text in rows), _WIDEST_TERM)
    return "\n".join(line[2:] for line in definition_lines(rows, width))


def _system_facts() -> dict[str, Any]:
    return {
        "konv": __version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": get_threads(),
        "engines": list(ENGINE_NAMES),
        "default_engine": DEFAULT_ENGINE,
        "cache": cache_folder(),
        "compiler": compile_info(),
    }


def _system_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    packages = ", ".join(f"{name} {number}" for name, number in facts["packages"].items())
    return [
        ("konv", facts["konv"]),
        ("Python", facts["python"]),
        (_("packages"), packages),
        (_("system"), facts["system"]),
        (_("processor"), facts["processor"]),
        (_("cores"), _("{cores}, of which konv uses {threads}", **facts)),
        (_("engines"), ", ".join(facts["engines"])),
        (_("decoded pictures"), str(facts["cache"] or _("nowhere"))),
        *_compiler_rows(facts["compiler"]),
    ]


def _compiler_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    target, cache = facts["target"], facts["cache"]
    kept = _(
        "{folder}: {entries:,} programs, {size}",
        folder=cache["folder"] or _("nowhere"),
        entries=cache["entries"],
        size=bytes_text(cache["bytes"]),
    )
    return [
        (_("compiler"), f"LLVM {facts['llvm']} (llvmlite {facts['llvmlite']})"),
        (
            _("instruction set"),
            _("{name}: {registers} vectors of {vector} numbers ({cpu})", **target),
        ),
        (_("machine code"), kept),
    ]


def _processor() -> str:
    """Its name, where the system tells it; else its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _model_facts(path: str, model: Model) -> dict[str, Any]:
    network, preprocessing = model.network, model.preprocessing
    return {
        "model": path,
        "network": network.name,
        "input_shape": network.input_shape,
        "output_shape": network.output_shape,
        "layers": len(network.nodes),
        "parameters": network.parameters,
        "macs": network.macs,
        "classes": list(model.classes),
        "preprocessing": None if preprocessing is None else preprocessing.to_config(),
        "record": model.record,
    }


def _model_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    shapes = f"{times(facts['input_shape'])} → {times(facts['output_shape'])}"
    rows = [
        (_("network"), f"{facts['network']}: {shapes}"),
        (_("layers"), f"{facts['layers']:,}"),
        (_("parameters"), f"{facts['parameters']:,}"),
        (_("MACs"), f"{facts['macs']:,}"),
        (_("classes"), _class_text(facts["classes"])),
        (_("pictures"), _in_line(facts["preprocessing"] or _("unknown"))),
    ]
    titles = {
        "data_fingerprint": _("fingerprint of data"),
        "seed": _("seed"),
        "metrics": _("metrics"),
        "options": _("trained with"),
        "versions": _("versions"),
        "date": _("date"),
    }
    rows += [
        (titles.get(name, printable(str(name))), _in_line(value))
        for name, value in facts["record"].items()
    ]
    return rows


def _class_text(classes: list[Any]) -> str:
    shown = ", ".join(printable(str(label)) for label in classes[:_CLASSES_SHOWN])
    if len(classes) > _CLASSES_SHOWN:
        shown += _(", … {count:,} in all", count=len(classes))
    return shown or _("unknown")


def _in_line(value: Any) -> str:
    """Plain data without brackets around the whole; of a fingerprint, as much as a line takes."""
    text = _plain(value)
    if isinstance(value, dict):
        return text[1:-1]
    return shortened(text, _WIDEST_TEXT) if isinstance(value, str) else text


def _plain(value: Any) -> str:
    """Plain data as a person reads it, without what is not there.

    Example:
        >>> _plain({"seed": 0, "limit": None, "optimizer": {"kind": "Adam", "rate": 0.1}})
        '(seed 0, optimizer (kind Adam, rate 0.1))'
    """
    if isinstance(value, dict):
        known = {name: item for name, item in value.items() if item not in (None, [])}
        return "(" + ", ".join(f"{name} {_plain(item)}" for name, item in known.items()) + ")"
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return f"{value:.6g}" if isinstance(value, float) else printable(str(value))
