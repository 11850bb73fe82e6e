"""``konv evaluate``: how good a model is on labelled pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import click

from konv.cli.base import argument, command, option
from konv.cli.judging import Judgement, judged_in
from konv.cli.models import preprocessing_of
from konv.cli.pictures import load_pictures, source_name
from konv.cli.precision import PRECISION
from konv.cli.terminal import Terminal
from konv.cli.values import Value
from konv.constraints import Choice
from konv.data import Dataset, Split
from konv.data.options import LoadOptions
from konv.engines.contract import Precision
from konv.errors import DataError, KonvError
from konv.language import marked
from konv.language import translate as _
from konv.model import Model, load

__all__ = ["evaluate"]

_SPLITS = ("test", "train", "validation", "all")


@dataclass(frozen=True)
class Chosen:
    """The pictures that a model is judged by.

    Args:
        name: of their split, or "all".
        splits: them.
        class_names: of their labels.
        trained_on: whether some of them were used to train the model.
    """

    name: str
    splits: tuple[Split, ...]
    class_names: tuple[str, ...]
    trained_on: bool


@command(
    "evaluate",
    help=marked(
        "Measure loss and accuracy, for each class how often it is recognised, and what is taken "
        "for what.\n\n"
        "Without --split, the data that the model was trained on are judged by the pictures that "
        "were kept for the test; other data by their own test split, or by all their pictures."
    ),
    examples=(
        "konv evaluate run/best.konv photos/",
        "konv evaluate run/best.konv mnist/ --split test --json",
        "konv evaluate run/best.konv mnist/ --precision bf16",
    ),
)
@argument("model", help=marked("a model (.konv, .keras, .h5, .onnx)"))
@argument("data", help=marked("labelled pictures, as konv train takes them"))
@option(
    "--split",
    type=Value(Choice(_SPLITS)),
    metavar="NAME",
    help=marked("judge by this part: test, train, validation or all"),
)
@PRECISION
@click.pass_context
def evaluate(
    context: click.Context, model: str, data: str, split: str | None, precision: Precision
) -> None:
    """Load, judge, print."""
    terminal = context.ensure_object(Terminal)
    loaded = load(model)
    chosen = _chosen(loaded, data, split, terminal)
    if chosen.trained_on:
        terminal.note(_("the model was trained on these pictures: it knows others less well"))
    judgement = judged_in(precision, loaded, chosen.splits, chosen.class_names)
    evaluation = judgement.evaluation
    terminal.say(
        _(
            "{model} on {count:,} pictures of {data} ({split})",
            model=model,
            count=evaluation.count,
            data=source_name(data),
            split=_split_title(chosen.name),
        )
    )
    terminal.say("\n" + evaluation.text())
    facts = {"model": model, "data": source_name(data), "split": chosen.name}
    terminal.answer({**facts, **evaluation.to_dict(), **_compared(judgement, terminal)})


def _compared(judgement: Judgement, terminal: Terminal) -> dict[str, Any]:
    """Say what the precision changed, if it is not float32; the same as data."""
    difference, exact = judgement.difference, judgement.exact
    if difference is None:
        return {}
    terminal.say("\n" + difference.text(exact.count))
    for name, value in judgement.evaluation.metrics.items():
        terminal.say(
            _(
                "{metric}: {value:.4f} with {precision}, {exact:.4f} with float32",
                metric=_("accuracy") if name == "accuracy" else name,
                value=value,
                precision=difference.precision,
                exact=exact.metrics[name],
            )
        )
    return {"precision": {**difference.facts, "float32": dict(exact.metrics)}}


def _split_title(name: str) -> str:
    titles = {"train": _("train"), "validation": _("validation"), "test": _("test")}
    return titles.get(name, _("all"))


def _chosen(model: Model, source: str, word: str | None, terminal: Terminal) -> Chosen:
    options = _recorded_options(model)
    as_trained = load_pictures(source, options, terminal)
    same = as_trained.fingerprint == model.record.get("data_fingerprint")
    if word is None and same:
        word = next((name for name in ("test", "validation") if name in as_trained.splits), "all")
    if word in as_trained.splits:
        return _one(as_trained, word, same and word == "train")
    if word in (None, "all"):
        whole = load_pictures(source, replace(options, validation=0, test=0), terminal)
        if word is None and whole.test is not None:
            return _one(whole, "test", False)
        return Chosen("all", tuple(whole.splits.values()), whole.class_names, same)
    raise DataError(
        _("there are no pictures for {split}", split=word),
        code="K506",
        where=as_trained.source,
        details=[(_("there are"), ", ".join(as_trained.splits))],
        fix=_("--split all, or one of these"),
    )


def _one(dataset: Dataset, name: str, trained_on: bool) -> Chosen:
    return Chosen(name, (dataset.splits[name],), dataset.class_names, trained_on)


def _recorded_options(model: Model) -> LoadOptions:
    """How the model's own pictures were loaded and split, so that its test split is found again."""
    preprocessing = preprocessing_of(model)
    known: dict[str, Any] = {
        "size": (preprocessing.height, preprocessing.width),
        "channels": preprocessing.channels,
        "policy": preprocessing.policy,
    }
    options = model.record.get("options")
    recorded = options.get("data") if isinstance(options, Mapping) else None
    fields = {
        name: recorded[name]
        for name in ("validation", "test", "limit", "seed")
        if isinstance(recorded, Mapping) and name in recorded
    }
    try:
        return LoadOptions(**fields, **known)
    except KonvError:  # a record is what somebody wrote; without it, konv's own splits are taken
        return LoadOptions(**known)
