"""``konv predict``: what is on pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from konv.cli.base import argument, command, option
from konv.cli.models import class_names, preprocessing_of
from konv.cli.pictures import network_inputs
from konv.cli.precision import PRECISION, Difference, measured_difference
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.cli.values import Value
from konv.constraints import Integer
from konv.data import find_pictures, read_arrays
from konv.data.names import written
from konv.engines.contract import Precision
from konv.errors import DataError
from konv.language import marked
from konv.language import translate as _
from konv.language.tables import WIDTH, places, printable, table
from konv.layers.activations import sigmoid, softmax
from konv.limits import MAX_CLASSES
from konv.model import Model, load
from konv.network.ending import split_ending

__all__ = ["predict"]

_AT_ONCE = 512  # pictures in memory
_SHOWN_SKIPPED = 10


@dataclass(frozen=True)
class Guess:
    """What a model takes one picture for: classes with their probabilities, the likeliest first."""

    path: Path
    classes: tuple[tuple[str, float], ...]


Skipped = tuple[Path, str]


@command(
    "predict",
    help=marked(
        "Say what is on pictures, with the probability of each class.\n\n"
        "Folders are searched for pictures. Files that cannot be read are named and skipped."
    ),
    examples=(
        "konv predict run/best.konv cat.jpg",
        "konv predict run/best.konv holiday/ --top 1 --csv > holiday.csv",
        "konv predict run/best.konv holiday/ --precision bf16",
    ),
)
@argument("model", help=marked("a model (.konv, .keras, .h5, .onnx)"))
@argument("pictures", nargs=-1, required=True, help=marked("files, or folders of pictures"))
@option(
    "--top",
    type=Value(Integer(1, MAX_CLASSES)),
    metavar="N",
    default=3,
    help=marked("how many classes to name"),
)
@option("--csv", "as_csv", is_flag=True, help=marked("print CSV"))
@PRECISION
@click.pass_context
def predict(
    context: click.Context,
    model: str,
    pictures: tuple[str, ...],
    top: int,
    as_csv: bool,
    precision: Precision,
) -> None:
    """Read, classify, print."""
    terminal = context.ensure_object(Terminal)
    if as_csv and terminal.json:
        raise misused(context, _("--csv and --json contradict each other"), _("one of them"))
    loaded = load(model)
    paths = find_pictures(pictures)
    guesser = _Guesser(loaded, top, precision)
    guesser.look_at(paths, terminal)
    guesses, skipped, difference = guesser.guesses, guesser.skipped, guesser.difference
    if not guesses:
        raise _none_readable(skipped)
    if as_csv:
        terminal.pass_on(_csv_text(guesses))
    else:
        terminal.say(_text(guesses))
    _note_skipped(skipped, terminal)
    if difference is not None:
        terminal.note(difference.text(len(guesses)))
    terminal.answer(
        {
            "model": model,
            "count": len(guesses),
            "predictions": [
                {
                    "path": written(guess.path),
                    "classes": [{"class": name, "probability": p} for name, p in guess.classes],
                }
                for guess in guesses
            ],
            "skipped": [{"path": written(path), "reason": reason} for path, reason in skipped],
            **({} if difference is None else {"precision": difference.facts}),
        }
    )


@dataclass
class _Guesser:
    """What a model takes pictures for.

    Args:
        model: which.
        top: how many classes to name.
        precision: of the products.
        guesses: of all that could be read.
        skipped: the rest.
        difference: from float32, on the first pictures.
    """

    model: Model
    top: int
    precision: Precision
    guesses: list[Guess] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    difference: Difference | None = None

    def look_at(self, paths: list[Path], terminal: Terminal) -> None:
        """Read and classify pictures, some at a time."""
        preprocessing = preprocessing_of(self.model)
        with terminal.bar(_("looking at pictures")) as progress:
            for start in range(0, len(paths), _AT_ONCE):
                read = read_arrays(paths[start : start + _AT_ONCE], preprocessing)
                self.skipped += read.skipped
                if read.paths:
                    self._guess(read.paths, network_inputs(read.images, self.model.network))
                progress(start + len(read.paths) + len(read.skipped), len(paths))

    def _guess(self, paths: list[Path], images: npt.NDArray[np.uint8]) -> None:
        outputs = self.model.predict(images, precision=self.precision)
        if self.difference is None:
            self.difference = measured_difference(self.model, images, outputs, self.precision)
        self.guesses += _best_classes(self.model, paths, outputs, self.top)


def _best_classes(
    model: Model, paths: list[Path], outputs: npt.NDArray[np.float32], top: int
) -> Iterator[Guess]:
    probabilities = _probabilities(model, outputs)
    names = class_names(model, probabilities.shape[1])
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    for path, own, best in zip(paths, probabilities, order, strict=True):
        yield Guess(path, tuple((names[place], float(own[place])) for place in best))


def _probabilities(model: Model, outputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """[N, classes]. What ends in no activation and has classes was trained on logits.

    Raises:
        DataError: K505, the outputs are not those of classes.
    """
    ending = split_ending(model.network)[1].name
    logits = ending == "linear" and bool(model.classes)
    if outputs.ndim == 2 and outputs.shape[1] > 1 and (logits or ending == "softmax"):
        return softmax(outputs) if logits else outputs
    if outputs.ndim == 2 and outputs.shape[1] == 1 and (logits or ending == "sigmoid"):
        second = sigmoid(outputs) if logits else outputs
        return np.concatenate([1 - second, second], axis=1)
    raise DataError(
        _("the outputs of this network are not the probabilities of classes"),
        code="K505",
        where=model.network.name,
        details=[(_("its last activation"), ending)],
        fix=_(
            'Dense(classes, activation="softmax") as the last layer; or, if they are scores of '
            "classes: konv convert MODEL --to konv --class-names NAMES"
        ),
    )


def _text(guesses: list[Guess]) -> str:
    """A line for each picture; two, where one would be wider than the screen."""
    rows = [
        [_shown(guess.path), *(f"{p:6.1%} {printable(name)}" for name, p in guess.classes)]
        for guess in guesses
    ]
    lines = table(rows, left=len(rows[0]))
    if max(map(places, lines)) <= WIDTH:
        return "\n".join(lines)
    return "\n".join(
        line for path, *classes in rows for line in (path, "    " + "  ".join(classes))
    )


def _shown(path: Path) -> str:
    return printable(written(path))


def _csv_text(guesses: list[Guess]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    count = len(guesses[0].classes)
    pairs = ((f"class_{n}", f"probability_{n}") for n in range(1, count + 1))
    writer.writerow(["path", *(name for pair in pairs for name in pair)])
    for guess in guesses:
        values = (value for name, p in guess.classes for value in (name, f"{p:.6f}"))
        writer.writerow([written(guess.path), *values])
    return text.getvalue().rstrip("\n")


def _note_skipped(skipped: list[Skipped], terminal: Terminal) -> None:
    if not skipped:
        return
    terminal.note(_("{count:,} files could not be read:", count=len(skipped)))
    for path, reason in skipped[:_SHOWN_SKIPPED]:
        terminal.note(f"  {_shown(path)}: {reason}")
    if len(skipped) > _SHOWN_SKIPPED:
        terminal.note("  …")


def _none_readable(skipped: list[Skipped]) -> DataError:
    return DataError(
        _("none of {count:,} files can be read as a picture", count=len(skipped)),
        code="K502",
        details=[(_shown(path), reason) for path, reason in skipped[:_SHOWN_SKIPPED]],
        fix=_("give JPEG, PNG, WEBP, BMP, GIF or TIFF files"),
    )
