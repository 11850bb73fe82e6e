"""What is said at the end of a run: how good it became, where it lies, what to do with it."""

from __future__ import annotations

import shlex
from typing import Any

from konv.cli.help import definition_lines, wrapped
from konv.cli.judging import judged
from konv.cli.run import Outcome
from konv.data import Dataset
from konv.language import translate as _
from konv.model import load
from konv.training.run_folder import RunFolder

__all__ = ["closing_text", "run_facts"]

_WIDEST_COMMAND = 40


def run_facts(
    folder: RunFolder, outcome: Outcome, dataset: Dataset, seconds: float
) -> dict[str, Any]:
    """A run as data: its history, its best epoch, and how that does on the test split."""
    state, findings = outcome.state, outcome.findings
    test = None
    if dataset.test is not None:
        test = judged(load(folder.best), [dataset.test], dataset.class_names).to_dict()
    return {
        "run": folder.path,
        "epochs": state.epoch,
        "stop_reason": state.stop_reason or None,
        "best_epoch": outcome.best_epoch,
        "monitor": outcome.monitor,
        "history": state.history,
        "findings": None if findings is None else [finding.to_dict() for finding in findings],
        "test": test,
        "forecast": outcome.forecast.to_dict() if outcome.forecast else None,
        "best_model": folder.best,
        "last_model": folder.last,
        "log": folder.log,
        "seconds": seconds,
    }


def closing_text(facts: dict[str, Any]) -> str:
    """The same for a person."""
    row, monitor = facts["history"][facts["best_epoch"] - 1], facts["monitor"]
    lines = [
        _(
            "best epoch: {best} of {epochs}, with {monitor} {value:.4f}",
            best=facts["best_epoch"],
            epochs=facts["epochs"],
            monitor=monitor,
            value=row[monitor],
        )
    ]
    if facts["test"] is not None:
        lines.append(
            _(
                "test: accuracy {accuracy:.4f}, loss {loss:.4f}, {count:,} pictures",
                accuracy=facts["test"]["accuracy"],
                loss=facts["test"]["loss"],
                count=facts["test"]["count"],
            )
        )
    saved = _(
        "saved: {best} (best epoch), {last} (last epoch), {log}",
        best=facts["best_model"],
        last=facts["last_model"],
        log=facts["log"],
    )
    best = shlex.quote(str(facts["best_model"]))
    lines += [
        *wrapped(saved, ""),
        "",
        _("Next"),
        *definition_lines(
            [
                (f"konv predict {best} " + _("PICTURE…"), _("what is on other pictures")),
                (f"konv info {best}", _("what is in the model file")),
            ],
            _WIDEST_COMMAND,
        ),
    ]
    return "\n".join(lines)
