"""``konv check``: is a network right, why it matters, and what would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from konv.cli.base import argument, command, option
from konv.cli.named import network_of
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.cli.values import Value
from konv.constraints import Integer
from konv.design import Draft, Findings, Repair, examined, read_draft, repaired_draft
from konv.language import marked
from konv.language import translate as _
from konv.limits import MAX_CLASSES
from konv.network.reading import unknown_ending

__all__ = ["check"]

_FOUND = 1  # the exit code
_WRITTEN_AS = (".yaml", ".yml", ".json")


@command(
    "check",
    help=marked(
        "Say what is wrong with a network, with the arithmetic, why it matters and what to do: "
        "rows that no window reaches, layers that do not fit or do nothing, a missing activation, "
        "and more. konv explain-code CODE says more of each.\n\n"
        "With --fix a new file is written in which everything above a note is put right, as far "
        "as konv knows how, with as few changes as it finds.\n\n"
        "The exit code is 0 if there is nothing above a note, and 1 otherwise."
    ),
    examples=(
        "konv check tutorial-120x60",
        "konv check net.yaml --classes 10 --strict",
        "konv check net.yaml --fix --out better.yaml",
        "konv explain-code D101",
    ),
)
@argument(
    "network",
    help=marked(
        "a name of konv networks, a network file, a model (.konv, .keras, .h5, .onnx) or Keras "
        "code (.py)"
    ),
)
@option("--fix", is_flag=True, help=marked("write a network in which it is put right"))
@option(
    "--out",
    metavar="FILE",
    help=marked("where --fix writes it; without it, beside the old one, as NAME.fixed.yaml"),
)
@option("--strict", is_flag=True, help=marked("every division of the size formula must be whole"))
@option(
    "--classes",
    type=Value(Integer(2, MAX_CLASSES)),
    metavar="N",
    help=marked("how many classes it is to tell apart; without it, the output is not judged"),
)
@click.pass_context
def check(
    context: click.Context, /, network: str, fix: bool, out: str | None, **demands: Any
) -> None:
    """Print what was found; with --fix also what was changed, and what is left."""
    terminal = context.ensure_object(Terminal)
    if out is not None and not fix:
        raise misused(context, _("--out says nothing without --fix"), _("--fix --out FILE"))
    draft = _draft_of(network)
    goal = _goal(context, network, out) if fix else None
    findings = examined(draft, **demands)
    terminal.say(findings.text())
    facts = findings.to_dict()
    if goal is not None:
        repair = repaired_draft(draft, **demands)
        facts["fixed"] = _show_repair(terminal, repair, goal)
        findings = findings if repair is None else repair.findings
    terminal.answer(facts)
    if findings.worst in ("error", "warning"):
        context.exit(_FOUND)


def _draft_of(word: str) -> Draft:
    """The layers that a word names; those of a network file need not fit."""
    if Path(word).suffix.lower() in _WRITTEN_AS:
        return read_draft(word)
    return Draft.of(network_of(word))


def _goal(context: click.Context, network: str, out: str | None) -> Path:
    """Where the new network goes: never over the old one unless that is said.

    Raises:
        FormatError: K404, that is no ending of a network file.
        ParameterError: K901, there is such a file already, and nobody has said to write over it.
    """
    if out is not None:
        if Path(out).suffix.lower() not in _WRITTEN_AS:
            raise unknown_ending(Path(out))
        return Path(out)
    ending = Path(network).suffix.lower()
    name = Path(network).stem if ending else Path(network).name
    goal = Path(network).with_name(f"{name}.fixed{ending if ending in _WRITTEN_AS else '.yaml'}")
    if goal.exists():
        raise misused(
            context,
            _("{path} exists already", path=goal),
            _("--out {path} writes over it; or another --out", path=goal),
        )
    return goal


def _show_repair(terminal: Terminal, repair: Repair | None, goal: Path) -> dict[str, Any] | None:
    """Print and write what came of it; the same as data."""
    if repair is None:
        terminal.say("\n" + _("no change was found after which all layers fit"))
        return None
    if not repair.changes:
        terminal.say("\n" + _("nothing was changed, so nothing is written"))
        return _facts(repair, None)
    repair.network.to_file(goal)
    lines = [f"  {number:>2}  {text}" for number, text in enumerate(repair.changes, start=1)]
    terminal.say("\n" + "\n".join([_("changed"), *lines]))
    terminal.note(_("written: {path}", path=goal))
    terminal.say("\n" + repair.findings.text())
    return _facts(repair, goal)


def _facts(repair: Repair, goal: Path | None) -> dict[str, Any]:
    findings: Findings = repair.findings
    return {
        "changes": list(repair.changes),
        "written": goal,
        "findings": findings.to_dict()["findings"],
    }
