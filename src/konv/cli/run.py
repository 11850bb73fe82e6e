"""A training run in its folder: from the plan and the pictures to best.konv and last.konv."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.cli.pictures import network_inputs, source_name, split_labels
from konv.cli.run_plan import RunPlan, all_fields
from konv.cli.terminal import plain_data
from konv.cli.training_forecast import Forecast, forecast
from konv.data import Dataset, Split
from konv.errors import ParameterError
from konv.formats.contents import ModelContents
from konv.formats.record import training_record
from konv.language import translate as _
from konv.model import Model
from konv.network.ending import split_ending
from konv.network.weights import Weights
from konv.optimizers import optimizer_config
from konv.training.augmentation import augmentation_config
from konv.training.callbacks import BestWeights, CSVLog, EarlyStopping
from konv.training.examples import Examples
from konv.training.fitting import Weighting, make_examples
from konv.training.health.doctor import Doctor, teller
from konv.training.health.findings import Finding
from konv.training.health.findings_file import FindingsFile
from konv.training.labels import Labels
from konv.training.loop import Training
from konv.training.metrics import get_metrics
from konv.training.plan import Plan
from konv.training.run_folder import RunCheckpoint, RunFolder
from konv.training.state import TrainingState, new_state
from konv.training.task import Task, learn_task
from konv.training.watching import watching

__all__ = ["Outcome", "held", "new_model", "training_run"]


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Args:
        state: where training stands.
        best_epoch: the epoch of best.konv.
        monitor: what it was best in.
        findings: what kept the network from learning; None: nobody looked.
        forecast: what training was to take; None: that was not found out.
    """

    state: TrainingState
    best_epoch: int
    monitor: str
    findings: tuple[Finding, ...] | None
    forecast: Forecast | None


@contextmanager
def held(path: str) -> Iterator[RunFolder]:
    """A run folder that is let go afterwards, however that comes."""
    folder = RunFolder(path)
    try:
        yield folder
    finally:
        folder.close()


def new_model(plan: RunPlan, dataset: Dataset) -> Model:
    """The model that is to be trained, with its first weights."""
    model = Model.from_network(plan.network, seed=plan.training.seed, engine=plan.training.engine)
    model.labels = Labels(dataset.class_names)
    model.preprocessing = plan.preprocessing
    return model


def training_run(
    plan: RunPlan,
    dataset: Dataset,
    folder: RunFolder,
    *,
    verbose: int | str = 0,
    every_s: float = 30.0,
    doctor: bool = True,
    announce: Callable[[str], None] | None = None,
) -> Outcome:
    """Train as the plan says, from where the folder stands.

    Args:
        plan: what to do.
        dataset: the pictures that it was made for.
        folder: held, with or without a checkpoint.
        verbose: how progress is shown.
        every_s: how many seconds lie at most between two checkpoints within an epoch.
        doctor: whether to look for what keeps networks from learning.
        announce: says beforehand what training takes; None: that is not found out.

    Raises:
        TrainingError: K802, the loss is not a number; K803, the checkpoint is of another run.
        KeyboardInterrupt: the folder is up to date.
    """
    model = new_model(plan, dataset)
    task = _task(plan, model, dataset)
    loop_plan = _loop_plan(plan, task)
    state = new_state(model.weights, plan.optimizer, plan.network.trained_weights)
    best = _best(plan, dataset)
    checkpoint = RunCheckpoint(
        folder,
        lambda weights: _contents(plan, dataset, weights, state),
        best,
        identity=plan.identity,
        resume=True,
        every_s=every_s,
    )
    health = Doctor(teller(verbose), FindingsFile(folder.findings))
    training = Training(
        model.program(dataset.train.images, task.loss),
        loop_plan,
        state,
        _examples(plan, dataset.train, task, dataset.class_names),
        validation=_validation(plan, dataset, task),
        # What stands behind the checkpoint has no state that it keeps.
        callbacks=[best, CSVLog(folder.log), checkpoint, *watching(verbose), *[health] * doctor],
    )
    foreseen = None
    if announce is not None:
        foreseen = forecast(training, plan.training.engine)
        announce(foreseen.text())
    training.run()
    findings = health.findings if doctor else None
    return Outcome(state, best.epoch, best.monitor, findings, foreseen)


def _task(plan: RunPlan, model: Model, dataset: Dataset) -> Task:
    if plan.augmentations and len(plan.network.input_shape) != 3:
        raise ParameterError(
            _("pictures are shifted or flipped, and this network takes a row of numbers"),
            code="K205",
            where=plan.network.name,
            fix=_("leave --augment out, or choose a network with convolutions"),
        )
    names = split_labels(dataset.train, dataset.class_names)
    ending = split_ending(plan.network)[1]
    return learn_task(names, "auto", ending, plan.network.output_shape, known=model.labels)


def _loop_plan(plan: RunPlan, task: Task) -> Plan:
    return Plan(
        optimizer=plan.optimizer,
        loss=task.loss,
        metrics=get_metrics("auto", loss=task.loss),
        epochs=plan.training.epochs,
        batch_size=plan.training.batch_size,
        seed=plan.training.seed,
        augmentations=plan.augmentations,
    )


def _best(plan: RunPlan, dataset: Dataset) -> BestWeights:
    monitor = "loss" if dataset.validation is None else "val_loss"
    if plan.training.patience is None:
        return BestWeights(monitor)
    return EarlyStopping(monitor, patience=plan.training.patience, restore_best_weights=False)


def _validation(plan: RunPlan, dataset: Dataset, task: Task) -> Examples | None:
    if dataset.validation is None:
        return None
    return _examples(plan, dataset.validation, task, dataset.class_names, weighted=False)


def _examples(
    plan: RunPlan, split: Split, task: Task, names: tuple[str, ...], *, weighted: bool = True
) -> Examples:
    by_class = None
    if weighted and plan.training.class_weight == "balanced":
        by_class = _balanced(split, names)
    return make_examples(
        network_inputs(split.images, plan.network),
        split_labels(split, names),
        plan.network,
        task,
        Weighting(by_class=by_class),
    )


def _balanced(split: Split, names: tuple[str, ...]) -> dict[str, float]:
    """Each class counts the same in all: weight = N / (K · its pictures)."""
    counts = np.bincount(split.labels, minlength=len(names))
    present = int((counts > 0).sum())
    return {
        name: len(split) / (present * int(count))
        for name, count in zip(names, counts, strict=True)
        if count
    }


def _contents(
    plan: RunPlan, dataset: Dataset, weights: Weights, state: TrainingState
) -> ModelContents:
    return ModelContents(
        network=plan.network,
        weights=weights,
        class_names=dataset.class_names,
        preprocessing=plan.preprocessing,
        record=training_record(
            data_fingerprint=plan.data.fingerprint,
            seed=plan.training.seed,
            metrics=plain_data(state.history[-1]),
            options=_record_options(plan),
        ),
    )


def _record_options(plan: RunPlan) -> dict[str, Any]:
    """How it was trained; of the place of the pictures only the last name, for others to see."""
    return {
        "data": {"source": source_name(plan.data.source), **all_fields(plan.data.options)},
        "network": plan.network.name,
        "optimizer": optimizer_config(plan.optimizer),
        "augmentations": [augmentation_config(one) for one in plan.augmentations],
        **all_fields(plan.training),
    }
