"""``konv compare``: networks side by side, and with pictures what they learn in what time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from konv.cli.base import argument, command, option
from konv.cli.named import network_of
from konv.cli.terminal import Terminal
from konv.cli.usage import misused
from konv.cli.values import SIZE, Value
from konv.constraints import Integer
from konv.design.comparison import compare as side_by_side
from konv.design.dense_counterpart import dense_counterpart
from konv.language import marked
from konv.language import translate as _
from konv.language.tables import WIDTH, tables_within, wrapped
from konv.limits import MAX_EPOCHS
from konv.network.report import conventions

if TYPE_CHECKING:
    from konv.data import Dataset
    from konv.network.graph import Network

__all__ = ["compare"]

_EPOCHS = 3


@dataclass(frozen=True)
class _Learned:
    """What a network has learned.

    Args:
        accuracy: the part of the pictures it was not trained on that it recognises; None: it was
            trained on all.
        pictures: how many these were.
        training_s: how long training took, compiling included.
    """

    accuracy: float | None
    pictures: int
    training_s: float


@command(
    "compare",
    help=marked(
        "Show parameters, multiply-adds, memory and receptive field of networks side by side.\n\n"
        "With --dense also the dense network that takes the place of each: as many layers of "
        "weights, without shared ones. With --data each is trained on the same pictures from the "
        "same seed, one after the other, and judged by the pictures that were kept for the test."
    ),
    examples=(
        "konv compare lenet5 simple",
        "konv compare tutorial-39x31 --dense",
        "konv compare simple --dense --data digits --epochs 5",
    ),
)
@argument("networks", nargs=-1, required=True, help=marked("names of konv networks, or files"))
@option("--dense", is_flag=True, help=marked("also the dense counterpart of each"))
@option("--data", metavar="DATA", help=marked("labelled pictures to train on, as konv train's"))
@option(
    "--size",
    type=SIZE,
    metavar="HxW",
    help=marked("of the pictures; without it, the network's, or what suits the pictures"),
)
@option(
    "--epochs",
    type=Value(Integer(1, MAX_EPOCHS)),
    metavar="N",
    help=marked("how often all pictures are seen; 3 without it"),
)
@option(
    "--seed",
    type=Value(Integer(0, 2**63 - 1)),
    metavar="N",
    help=marked("of the first weights and the order of pictures; 0 without it"),
)
@click.pass_context
def compare(
    context: click.Context,
    /,
    networks: tuple[str, ...],
    dense: bool,
    data: str | None,
    **values: Any,
) -> None:
    """Print the table; train before, if there are pictures."""
    terminal = context.ensure_object(Terminal)
    given = [name for name, value in values.items() if value is not None]
    if data is None and given:
        raise misused(context, _("{option} needs --data", option=f"--{given[0]}"), "--data digits")
    dataset = None if data is None else _pictures(data, networks, values["size"], terminal)
    described = [network for word in networks for network in _named(word, dataset, dense=dense)]
    learned = []
    if dataset is not None:
        for network in described:
            terminal.note(_("training {name}", name=network.name))
            how = values["epochs"] or _EPOCHS, values["seed"] or 0
            learned.append(_learned(network, dataset, *how, terminal))
    comparison = side_by_side(*described)
    rows = [*comparison.rows(), *_learned_rows(learned, ratio=len(described) == 2)]
    tables = ["\n".join(lines) for lines in tables_within(rows, WIDTH)]
    terminal.say("\n\n".join([*tables, "\n".join(wrapped(_conventions(learned), WIDTH))]))
    facts = comparison.to_dict()
    for network_facts, found in zip(facts["networks"], learned, strict=False):
        network_facts["learned"] = asdict(found)
    terminal.answer(facts)


def _pictures(
    source: str, words: Sequence[str], size: tuple[int, int] | None, terminal: Terminal
) -> Dataset:
    """The pictures, at the size that is asked for, or of the first network that takes no other."""
    from konv.cli.pictures import load_pictures
    from konv.cli.planning import exact_network
    from konv.data.options import LoadOptions

    exact = next(filter(None, map(exact_network, words)), None)
    if exact is None or len(exact.input_shape) != 3:
        return load_pictures(source, LoadOptions(size=size), terminal)
    height, width, channels = exact.picture_size
    options = LoadOptions(size=size or (height, width), channels=channels)
    return load_pictures(source, options, terminal)


def _named(word: str, dataset: Dataset | None, *, dense: bool) -> list[Network]:
    """The network that a word names, made for the pictures; and its dense counterpart."""
    if dataset is None:
        network = network_of(word)
    else:
        from konv.cli.planning import exact_network, network_for

        network, _reason = network_for(word, exact_network(word), dataset)
    return [network, dense_counterpart(network)] if dense else [network]


def _learned(
    network: Network, dataset: Dataset, epochs: int, seed: int, terminal: Terminal
) -> _Learned:
    from konv.cli.judging import judged
    from konv.cli.pictures import network_inputs, split_labels
    from konv.model import Model
    from konv.training.labels import Labels

    model = Model.from_network(network, seed=seed)
    model.labels = Labels(dataset.class_names)
    images, names = network_inputs(dataset.train.images, network), dataset.class_names
    begun_s = time.perf_counter()
    model.fit(images, split_labels(dataset.train, names), epochs=epochs, verbose=terminal.verbose)
    training_s = time.perf_counter() - begun_s
    held_back = dataset.test or dataset.validation
    if held_back is None:
        return _Learned(None, 0, training_s)
    accuracy = judged(model, [held_back], names)["accuracy"]
    return _Learned(accuracy, len(held_back), training_s)


def _learned_rows(learned: Sequence[_Learned], *, ratio: bool) -> list[list[str]]:
    if not learned:
        return []
    rows = [
        [_("accuracy"), *(_accuracy_text(found) for found in learned)],
        [_("training"), *(f"{found.training_s:.1f} s" for found in learned)],
    ]
    if ratio:
        first, second = learned
        rows[0].append(_ratio(first.accuracy, second.accuracy))
        rows[1].append(_ratio(first.training_s, second.training_s))
    return rows


def _ratio(first: float | None, second: float | None) -> str:
    return f"{second / first:.2f}" if first and second is not None else ""


def _accuracy_text(found: _Learned) -> str:
    return "-" if found.accuracy is None else f"{found.accuracy:.4f}"


def _conventions(learned: Sequence[_Learned]) -> str:
    if not learned:
        return conventions()
    if not learned[0].pictures:
        how = _("No pictures were kept for the test, so there is no accuracy")
    else:
        how = _(
            "Accuracy on {pictures} pictures that were not trained on",
            pictures=f"{learned[0].pictures:,}",
        )
    measured = _("training as it was measured here, compiling included.")
    return f"{conventions()}. {how}; {measured}"
