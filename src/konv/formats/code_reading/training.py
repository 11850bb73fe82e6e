"""How a listing trains its network, in konv's words, as far as it is written in constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from konv.formats.code_reading.renaming import METHOD_ARGUMENTS, METHODS
from konv.formats.code_reading.run import Run
from konv.formats.code_reading.values import Made, Model, Named
from konv.language import translate as _
from konv.layers.base import Shape

__all__ = ["TrainingSettings", "note_methods", "training_settings"]

_OPTIMIZERS = ("sgd", "adam", "adamw")
# Optimizers whose usual learning rate was another one before Keras 3 (or TensorFlow 2).
_FORMER_RATES = {"adadelta": (1.0, 0.001), "adagrad": (0.01, 0.001)}


@dataclass(frozen=True)
class TrainingSettings:
    """How the network was trained; None where the code does not say it.

    Args:
        optimizer: its name in lower case: "sgd", "adam", "rmsprop", …
        learning_rate, momentum: of the optimizer.
        loss: its name, such as "categorical_crossentropy".
        metrics: their names.
        epochs, batch_size, validation_split: of ``fit``.
    """

    optimizer: str | None = None
    learning_rate: float | None = None
    momentum: float | None = None
    loss: str | None = None
    metrics: tuple[str, ...] = ()
    epochs: int | None = None
    batch_size: int | None = None
    validation_split: float | None = None


def training_settings(model: Model, run: Run, version: int) -> TrainingSettings:
    """What ``compile`` and ``fit`` are given; what is called otherwise now is noted."""
    given = {METHOD_ARGUMENTS.get(word, word): value for word, value in model.settings.items()}
    name, rate, momentum = _optimizer(given.get("optimizer"), run, version)
    metrics = given.get("metrics", ((), 0))[0]
    return TrainingSettings(
        optimizer=name,
        learning_rate=rate,
        momentum=momentum,
        loss=_word(given.get("loss", (None, 0))[0]),
        metrics=tuple(word for item in _listed(metrics) if (word := _word(item)) is not None),
        epochs=_whole(given, "epochs"),
        batch_size=_whole(given, "batch_size"),
        validation_split=_number(given.get("validation_split", (None, 0))[0]),
    )


def note_methods(run: Run, output_shape: Shape) -> None:
    """Note the methods and arguments of models that are called otherwise now."""
    for word, line in run.found.arguments:
        if word in METHODS:
            run.note(line, _("{old} is {new} now", old=word, new=METHODS[word]))
        elif word in METHOD_ARGUMENTS:
            run.note(line, _("{old} is called {new} now", old=word, new=METHOD_ARGUMENTS[word]))
        elif word == "show_accuracy":
            run.note(line, _('show_accuracy is metrics=["accuracy"] of compile now'))


def _optimizer(
    entry: tuple[Any, int] | None, run: Run, version: int
) -> tuple[str | None, float | None, float | None]:
    if entry is None:
        return None, None, None
    value, line = entry
    if isinstance(value, Made):
        name, values, line = value.kind.lower(), value.values, value.line
    else:
        name, values = (_word(value) or "").lower(), {}
    if not name:
        return None, None, None
    if "lr" in values:
        run.note(line, _("{old} is called {new} now", old="lr", new="learning_rate"))
    if "decay" in values:
        run.note(line, _("decay is a schedule of the learning rate now"))
    rate = _number(values.get("learning_rate", values.get("lr")))
    if name in _FORMER_RATES and rate is None and version < 3:
        former, now = _FORMER_RATES[name]
        run.note(
            line,
            _(
                "the learning rate of {name} was {former} unless one was given; it is {now} now",
                name=name,
                former=former,
                now=now,
            ),
        )
    if name not in _OPTIMIZERS:
        run.note(
            line,
            _(
                "konv has no optimizer {name}: adam, which it takes by itself, is the nearest",
                name=name,
            ),
        )
    return name, rate, _number(values.get("momentum"))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _word(value: Any) -> str | None:
    if isinstance(value, Made):
        return value.kind
    if isinstance(value, Named):
        return value.last
    return value if isinstance(value, str) else None


def _whole(given: Mapping[str, tuple[Any, int]], name: str) -> int | None:
    value = given.get(name, (None, 0))[0]
    return value if type(value) is int else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
