"""What training a network takes on this machine, as text and as data: ``konv summary --train``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from konv.cli.help import definition_lines
from konv.engines.compiled.forecast.estimate import TrainingEstimate
from konv.language import translate as _
from konv.language.tables import places
from konv.network.report_columns import bytes_text

__all__ = ["duration_text", "training_facts", "training_lines"]

_MINUTE_S = 60


def training_facts(estimate: TrainingEstimate, pictures: int) -> dict[str, Any]:
    """An estimate as plain data.

    Args:
        estimate: it.
        pictures: of an epoch.
    """
    return {
        **asdict(estimate),
        "memory_bytes": estimate.memory_bytes,
        "picture_s": estimate.picture_s,
        "measured": estimate.trial is not None,
        "epoch_pictures": pictures,
        "epoch_s": pictures * estimate.picture_s,
    }


def training_lines(estimate: TrainingEstimate, pictures: int) -> Iterator[str]:
    """The same in lines of at most 80 columns."""
    rows = [
        (
            _("training"),
            _(
                "batches of {count:,} pictures of {pixels}, {optimizer}, {loss}, {threads} threads",
                count=estimate.batch_size,
                pixels=estimate.pixels,
                optimizer=estimate.optimizer,
                loss=estimate.loss,
                threads=estimate.threads,
            ),
        ),
        (_("memory"), _memory(estimate)),
        (_("compilation"), _compilation(estimate)),
        (_("step"), _step(estimate)),
        (
            _("epoch"),
            _(
                "{time} for {count:,} pictures",
                time=duration_text(pictures * estimate.picture_s),
                count=pictures,
            ),
        ),
    ]
    width = max(places(term) for term, _text in rows)
    yield from (line[2:] for line in definition_lines(rows, width))


def _memory(estimate: TrainingEstimate) -> str:
    memory = estimate.memory
    parts = (
        _("weights {size}", size=bytes_text(memory.weights)),
        _("optimizer {size}", size=bytes_text(memory.optimizer)),
        _("gradients {size}", size=bytes_text(memory.gradients)),
        _("batch {size}", size=bytes_text(memory.batch)),
        _("buffers {size}", size=bytes_text(memory.buffers)),
        _("code {size}", size=bytes_text(estimate.code_bytes)),
    )
    return _(
        "{total}: {parts}. Besides: Python, konv and the pictures themselves",
        total=bytes_text(estimate.memory_bytes),
        parts=", ".join(parts),
    )


def _compilation(estimate: TrainingEstimate) -> str:
    values = {"time": duration_text(estimate.compile_s), "count": estimate.kernels}
    if estimate.cached:
        return _("{time}: {count} kernels, kept from an earlier time", **values)
    return _("{time}: {count} kernels, compiled for the first time", **values)


def _step(estimate: TrainingEstimate) -> str:
    trial = estimate.trial
    predicted = duration_text(estimate.predicted_s)
    if trial is None:
        return _(
            "{predicted} per picture, predicted from the plan; not measured: there is not enough "
            "memory",
            predicted=predicted,
        )
    return _(
        "{time} for {count:,} pictures, measured here just now: the median of {steps:,} steps on "
        "noise; {picture} per picture, where the plan predicts {predicted}",
        time=duration_text(trial.step_s),
        count=trial.pictures,
        steps=trial.steps,
        picture=duration_text(estimate.picture_s),
        predicted=predicted,
    )


def duration_text(seconds: float) -> str:
    """A time in the unit that suits it.

    Example:
        >>> duration_text(0.0000331), duration_text(0.0051), duration_text(4.8), duration_text(3725)
        ('33.1 µs', '5.1 ms', '4.8 s', '62 min')
    """
    if seconds >= 10 * _MINUTE_S:
        return _("{time:,.0f} min", time=seconds / _MINUTE_S)
    if seconds >= 1:
        return _("{time:.3g} s", time=seconds)
    if seconds >= 1e-3:
        return _("{time:.3g} ms", time=1e3 * seconds)
    return _("{time:.3g} µs", time=1e6 * seconds)
