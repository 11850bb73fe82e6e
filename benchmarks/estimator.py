"""konv.sklearn.ConvClassifier beside others of scikit-learn, on the digits that come with it.

    python -m benchmarks.estimator

Every classifier learns the same folds with its defaults, in turns, in one process, on one thread;
the time is that of the processor, so that others who work on it do not count. The first fit is
apart: of a process of its own, with an empty cache folder and with a full one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

import konv
from konv.sklearn import ConvClassifier

FOLDS, SEED = 5, 0
MAKERS: dict[str, Callable[[int], Any]] = {
    "ConvClassifier()": lambda seed: ConvClassifier(random_state=seed),
    "MLPClassifier()": lambda seed: MLPClassifier(random_state=seed),
    "StandardScaler, MLPClassifier()": lambda seed: make_pipeline(
        StandardScaler(), MLPClassifier(random_state=seed)
    ),
    "SVC()": lambda _seed: SVC(),
}
FIRST = """
import time, konv
from sklearn.datasets import load_digits
from konv.sklearn import ConvClassifier
konv.set_threads(1)
x, y = load_digits(return_X_y=True)
begun_s = time.process_time()
ConvClassifier(random_state=0).fit(x, y)
print(time.process_time() - begun_s)
"""


def main() -> None:
    """Measure, and print a table in Markdown."""
    x, y = load_digits(return_X_y=True)
    konv.set_threads(1)
    threadpool_limits(1)
    warnings.simplefilter("ignore")  # the network of scikit-learn ends before it has converged
    ConvClassifier(epochs=1).fit(x, y)  # compiled once; what that takes stands below the table
    accuracies: dict[str, list[float]] = {name: [] for name in MAKERS}
    seconds: dict[str, list[float]] = {name: [] for name in MAKERS}
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for train, test in folds.split(x, y):
        for name, make in MAKERS.items():
            begun_s = time.process_time()
            fitted = make(SEED).fit(x[train], y[train])
            seconds[name].append(time.process_time() - begun_s)
            accuracies[name].append(fitted.score(x[test], y[test]))
    print("| | accuracy, mean | least | largest | processor seconds of fit, median |")
    print("|---|---|---|---|---|")
    for name, found in accuracies.items():
        spent_s = statistics.median(seconds[name])
        numbers = (statistics.mean(found), min(found), max(found))
        print(f"| `{name}` |", *(f"{number:.4f} |" for number in numbers), f"{spent_s:.2f} |")
    with tempfile.TemporaryDirectory() as cache:
        cold_s, warm_s = (_first_fit(cache) for _turn in range(2))
    print(f"\nFirst fit of a process: {cold_s:.1f} s; with code in the cache: {warm_s:.1f} s.")


def _first_fit(cache: str) -> float:
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    done = subprocess.run(
        [sys.executable, "-c", FIRST], env=environment, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


if __name__ == "__main__":
    main()
