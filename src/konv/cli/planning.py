"""From what a person asks of ``konv train`` to the plan of a run."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from konv.cli.named import network_of
from konv.cli.pictures import absolute_source, load_pictures
from konv.cli.presets import NO_PRESET, PRESETS
from konv.cli.run_plan import DataPlan, RunPlan, TrainingOptions
from konv.cli.terminal import Terminal
from konv.data import Dataset
from konv.data.options import LoadOptions
from konv.data.preprocessing import Preprocessing
from konv.errors import DataError, ParameterError
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.network import Network, choose_network, named_network
from konv.network.named import NETWORK_NAMES
from konv.optimizers import SGD, Optimizer, get_optimizer
from konv.optimizers.rates import schedule_by_name
from konv.training.augmentation import get_augmentations

__all__ = ["Planned", "exact_network", "network_for", "plan_run", "standardized"]

_AUTO = "auto"


@dataclass(frozen=True)
class Planned:
    """A plan, the pictures it is for, and why this network; what the preset chose, by option."""

    plan: RunPlan
    dataset: Dataset
    reason: str
    by_preset: Mapping[str, Any]


def plan_run(
    source: str, asked: Mapping[str, Any], terminal: Terminal, *, given: Collection[str] = ()
) -> Planned:
    """The plan of a new run. What can be refused is refused before pictures are read.

    Args:
        source: labelled pictures.
        asked: the options of ``konv train`` by their names.
        terminal: where waiting is shown.
        given: the names of those that no preset may change.

    Raises:
        KonvError: an option, the network or the pictures do not suit.
    """
    _optimizer(asked)
    get_augmentations(asked["augment"])
    exact = exact_network(asked["network"])
    options = _load_options(asked, exact)
    dataset = load_pictures(source, options, terminal, cache=asked["cache"])
    preprocessing = dataset.preprocessing
    if exact is not None and len(exact.input_shape) != 3:
        given = {*given, "augment"}  # a row of numbers is not turned
    choices = PRESETS.get(asked["preset"], NO_PRESET).choices(
        asked, given, shape=preprocessing.shape, pictures=len(dataset.train)
    )
    network, reason = network_for(choices["network"], exact, dataset)
    if choices["standardize"]:
        preprocessing = standardized(preprocessing, dataset.train.images)
    plan = RunPlan(
        data=DataPlan(absolute_source(source), options, dataset.fingerprint),
        network=network,
        preprocessing=preprocessing,
        optimizer=_optimizer(choices),
        augmentations=get_augmentations(choices["augment"]),
        training=TrainingOptions(**{name: choices[name] for name in TrainingOptions.constraints()}),
    )
    by_preset = {name: value for name, value in choices.items() if value != asked[name]}
    return Planned(plan, dataset, reason, by_preset)


def exact_network(word: str) -> Network | None:
    """The network that a word names, if it takes one size of pictures only."""
    if word == _AUTO or (word in NETWORK_NAMES and named_network(word).adapts_input):
        return None
    return network_of(word)


def _optimizer(choices: Mapping[str, Any]) -> Optimizer:
    plain = get_optimizer(choices["optimizer"])
    if choices["momentum"] is not None and not isinstance(plain, SGD):
        raise ParameterError(
            _("--momentum is a field of sgd, not of {optimizer}", optimizer=choices["optimizer"]),
            code="K205",
            where="konv train",
            fix=_("--optimizer sgd, or without --momentum"),
        )
    rate: Any = choices["learning_rate"] or plain.learning_rate
    fields = {
        "learning_rate": schedule_by_name(choices["schedule"], rate),
        "momentum": choices["momentum"],
        "weight_decay": choices["weight_decay"],
        "global_clipnorm": choices["clip_norm"],
    }
    return type(plain)(**{name: value for name, value in fields.items() if value is not None})


def _load_options(choices: Mapping[str, Any], exact: Network | None) -> LoadOptions:
    """How pictures are loaded: at the size of a network that takes no other."""
    fields = {name: choices[name] for name in LoadOptions.constraints()}
    if exact is not None and len(exact.input_shape) == 3:
        height, width, channels = exact.picture_size
        fields["size"] = fields["size"] or (height, width)
        fields["channels"] = fields["channels"] or channels
    return LoadOptions(**fields)


def network_for(word: str, exact: Network | None, dataset: Dataset) -> tuple[Network, str]:
    """(the network that a word names, made for these pictures; why this one).

    Args:
        word: a name of ``konv networks``, a file, or ``auto``.
        exact: what :func:`exact_network` says of it.
        dataset: the pictures.

    Raises:
        DataError: K504, K505, it takes other pictures, or tells other classes apart.
        NetworkError: K308, it cannot be adapted.
    """
    shape, classes = dataset.preprocessing.shape, len(dataset.class_names)
    if word == _AUTO:
        return choose_network(shape, classes, len(dataset.train))
    if exact is None or word in NETWORK_NAMES:
        return named_network(word).adapted(shape, classes), ""
    _check_fits(exact, dataset)
    return exact, ""


def _check_fits(network: Network, dataset: Dataset) -> None:
    shape, classes = dataset.preprocessing.shape, dataset.class_names
    height, width, channels = shape
    taken = (shape, (channels, height, width), (math.prod(shape),))
    if network.input_shape not in taken:
        raise DataError(
            _("pictures of {shape}", shape=shape_text(shape)),
            code="K504",
            where=dataset.source,
            details=[(_("network"), shape_text(network.input_shape))],
            fix=_("leave --size and --channels out, or change the Input of the network"),
        )
    outputs = math.prod(network.output_shape)
    if max(outputs, 2) != len(classes):
        raise DataError(
            _("{classes} classes, {outputs} outputs", classes=len(classes), outputs=outputs),
            code="K505",
            where=dataset.source,
            details=[
                (_("network"), network.name),
                (_("classes"), ", ".join(classes[:10]) + (", …" * (len(classes) > 10))),
            ],
            fix=_('Dense({classes}, activation="softmax") as the last layer', classes=len(classes)),
        )


def standardized(preprocessing: Preprocessing, images: npt.NDArray[np.uint8]) -> Preprocessing:
    """The preprocessing after which these pictures have mean 0 and deviation 1 in each channel.

    The sums are of whole numbers, so no order of adding and no number of threads changes them.

    Args:
        preprocessing: how the pictures were made.
        images: uint8 [N, height, width, channels].

    Example:
        >>> images = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1)
        >>> standardized(Preprocessing(1, 1, 1), images)
        Preprocessing(height=1, width=1, channels=1, mean=[0.5], std=[0.5])
    """
    levels = np.arange(256)
    means, deviations = [], []
    for channel in range(images.shape[-1]):
        counts = sum(
            np.bincount(images[start : start + 1024, ..., channel].reshape(-1), minlength=256)
            for start in range(0, len(images), 1024)
        )
        count, first, second = (int((counts * levels**power).sum()) for power in range(3))
        means.append(first / count / 255)
        # n Σ v² − (Σ v)² is exact: rounding cannot take the variance of one colour below zero.
        deviations.append(math.sqrt(count * second - first**2) / count / 255 or 1.0)
    return replace(preprocessing, mean=tuple(means), std=tuple(deviations))
