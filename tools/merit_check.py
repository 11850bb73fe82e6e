"""How well konv design's rule of thumb ranks: random networks of its family, trained and tested.

::

    python -m tools.merit_check mnist/ --networks 20 --epochs 3 --seed 0

Each network is trained on 10,000 pictures; a line for each, then Spearman's rank correlation of
merit and accuracy. See docs/decisions/0052-the-order-of-proposals.md.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator

import numpy as np
from scipy.stats import spearmanr

from konv.data import Dataset, load
from konv.design.search.building import Candidate, built
from konv.design.search.costs import costs_of, skeletons
from konv.design.search.merit import merits, outline_merits
from konv.design.search.outlines import Plan
from konv.design.search.reasons import layers_line
from konv.design.search.variants import VARIANTS, WIDTHS
from konv.layers.base import Shape
from konv.model import Model
from konv.optimizers import Adam, OneCycle

_PICTURES, _BATCH_SIZE, _RATE = 10_000, 64, 0.005
_FEWEST_PARAMETERS, _MOST_PARAMETERS, _MOST_MACS = 3_000, 150_000, 4_000_000


def _drawn(shape: Shape, classes: int, draw: random.Random) -> Iterator[Candidate]:
    """Any outline, variant and width whose costs are within the bounds above."""
    outlines = list(Plan((shape[0], shape[1]), kind="usual"))
    while True:
        outline, variant = draw.choice(outlines), draw.choice(VARIANTS)
        costs = costs_of(skeletons([outline], variant, shape[2]), variant, classes)
        fits = costs.possible & (costs.macs <= _MOST_MACS) & (costs.parameters <= _MOST_PARAMETERS)
        columns = np.flatnonzero(fits & (costs.parameters >= _FEWEST_PARAMETERS))
        if len(columns):
            of_outline = outline_merits([outline], (shape[0], shape[1]))[variant.averages]
            column = draw.choice(list(columns))
            merit = float(merits(of_outline, variant, costs)[0, column])
            yield Candidate(outline, variant, WIDTHS[column], merit)


def _accuracy(candidate: Candidate, dataset: Dataset, epochs: int) -> float:
    train, test = dataset.train, dataset.test or dataset.validation
    if test is None:
        raise SystemExit("no pictures for a test")
    shape = train.images.shape[1:]
    model = Model.from_network(built(candidate, shape, len(dataset.class_names), name="drawn"))
    model.compile(optimizer=Adam(OneCycle(_RATE)))
    images, labels = train.images[:_PICTURES], train.labels[:_PICTURES]
    model.fit(images, labels, epochs=epochs, batch_size=_BATCH_SIZE, verbose=0)
    return float(model.evaluate(test.images, test.labels)["accuracy"])


def main() -> None:
    """Train, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dataset = load(options.data)
    shape, classes = dataset.train.images.shape[1:], len(dataset.class_names)
    drawn = _drawn(shape, classes, random.Random(options.seed))
    found = []
    for _number, candidate in zip(range(options.networks), drawn, strict=False):
        accuracy = _accuracy(candidate, dataset, options.epochs)
        found.append((candidate.merit, accuracy))
        line = layers_line(candidate, classes)
        print(f"{candidate.merit:.3f}  {accuracy:.4f}  {line}", flush=True)
    merits, accuracies = np.array(found).T
    print(f"rank correlation {spearmanr(merits, accuracies).statistic:.3f}")


if __name__ == "__main__":
    main()
