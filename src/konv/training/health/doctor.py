"""The callback that looks whether a training is healthy, and says of each ill once what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress

from konv.language import translate as _
from konv.training.callbacks import Callback
from konv.training.health.course import Course
from konv.training.health.examination import Examination, examination_due, examine
from konv.training.health.findings import Finding
from konv.training.health.findings_file import FindingsFile
from konv.training.health.guessing import Guess, guess
from konv.training.health.rules import RULES
from konv.training.health.rules.base import Remark, Rule
from konv.training.state import Row

__all__ = ["Doctor", "teller"]


class Doctor(Callback):
    """Looks at a training before it begins and after each epoch, and changes nothing in it.

    It has no state that a checkpoint would hold: what it sees follows from where training stands,
    and what it said stands in ``file``. So it may be there or not in a run that is resumed.

    Args:
        tell: who is told of a finding, when it is new.
        file: where findings are kept; None: nowhere.
    """

    def __init__(self, tell: Callable[[Finding], None], file: FindingsFile | None = None) -> None:
        self._tell = tell
        self._file = file
        self._guess: Guess | None = None
        self.findings: tuple[Finding, ...] = ()

    def on_train_begin(self) -> None:
        training = self.training
        self.findings = () if self._file is None else self._file.read()
        self._guess = guess(
            training.plan.loss,
            training.program.network.output_shape,
            training.examples,
            training.validation,
        )
        # A run that was killed right after an epoch may not have been looked at.
        if training.state.batch == 0:
            self._look()

    def on_epoch_end(self, epoch: int, logs: Row) -> None:
        self._look()

    def _look(self) -> None:
        course = self._course()
        for rule in RULES:
            said = {finding.code for finding in self.findings}
            if said & {rule.code, *rule.explained_by}:
                continue
            remark = rule.look(course)
            if remark is not None:
                self._say(_finding(rule, remark, self.training.state.epoch))

    def _say(self, finding: Finding) -> None:
        self.findings = (*self.findings, finding)
        if self._file is not None:
            self._file.write(self.findings)
        self._tell(finding)

    def _course(self) -> Course:
        training = self.training
        return Course(
            network=training.program.network,
            rows=tuple(training.state.history),
            updates=training.state.iteration,
            guess=self._guess,
            validation_pictures=0 if training.validation is None else len(training.validation),
            examination=self._examination(),
        )

    def _examination(self) -> Examination | None:
        training, state = self.training, self.training.state
        if not examination_due(state.epoch):
            return None
        next_update = min(state.iteration + 1, training.total_iterations)
        rate = training.plan.optimizer.rate(next_update, training.total_iterations)
        return examine(training.program, training.plan, state, training.examples, rate)


def _finding(rule: Rule, remark: Remark, epoch: int) -> Finding:
    return Finding(
        code=rule.code,
        severity=remark.severity,
        epoch=epoch,
        layers=remark.layers,
        what=remark.what,
        details=remark.details,
        why=_(rule.why),
        fix=remark.fix,
    )


def teller(verbose: int | str) -> Callable[[Finding], None]:
    """Who says findings to a person who sees progress so; nobody where ``verbose`` is 0."""
    return _say_nothing if verbose == 0 else _say_briefly


def _say_nothing(finding: Finding) -> None:
    """For those who read the findings when training is done."""


def _say_briefly(finding: Finding) -> None:
    # A reader that has gone away must not end a training.
    with suppress(OSError, ValueError):
        print(finding.brief(), file=sys.stderr, flush=True)
