"""Exact resume: a run that is killed in the middle ends in the same bits as one that is not.

The same training is started twice. The second one is killed after two epochs, as by a power cut,
and then told to go on. Both end in models whose every weight has the same bits.
"""

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import konv

# With --json nothing but the answer is printed, and errors.
KONV = [sys.executable, "-m", "konv", "--json"]
TRAIN = [*KONV, "train", "digits", "--network", "simple", "--epochs", "4", "--augment", "shift"]
NO_ANSWER = {"stdout": subprocess.DEVNULL}


def epochs_done(run: Path) -> int:
    log = run / "log.csv"
    return len(log.read_text().splitlines()) - 1 if log.exists() else 0


with TemporaryDirectory() as folder:
    whole, killed = Path(folder, "whole"), Path(folder, "killed")

    subprocess.run([*TRAIN, "--out", whole], check=True, **NO_ANSWER)
    print(f"one run of {epochs_done(whole)} epochs, to its end")

    process = subprocess.Popen([*TRAIN, "--out", killed], **NO_ANSWER)
    while epochs_done(killed) < 2 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    print(f"another one, killed when {epochs_done(killed)} epochs were done")

    subprocess.run([*KONV, "train", "--resume", killed], check=True, **NO_ANSWER)
    print(f"the same one, resumed: {epochs_done(killed)} epochs")

    first, second = (konv.load(run / "last.konv").weights for run in (whole, killed))
    same = all(first[name].tobytes() == second[name].tobytes() for name in first)
    print(f"{sum(weight.size for weight in first.values()):,} weights, all bits alike: {same}")
