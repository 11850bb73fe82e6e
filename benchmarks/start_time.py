"""How long konv takes to start: ``import konv`` and ``konv --help``, median of fresh processes.

    python benchmarks/start_time.py [--runs 11] [--json]

Each figure is the wall time of a whole process, so that of an empty Python is printed beside it.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import konv": ["-c", "import konv"],
    "import konv; konv.Sequential": ["-c", "import konv; konv.Sequential"],
    "konv --help": ["-m", "konv", "--help"],
}
# What a person should not have to wait for, in seconds.
TARGETS_S = {"import konv": 0.3, "konv --help": 0.4}


def seconds(arguments: list[str]) -> float:
    """The wall time of one fresh process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for name, arguments in COMMANDS.items():
        seconds(arguments)  # once, so that the files are in memory
        times[name].clear()
    for _run in range(options.runs):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    medians = {name: statistics.median(values) for name, values in times.items()}
    if options.json:
        machine = {"python": platform.python_version(), "machine": platform.machine()}
        print(json.dumps({"median_s": medians, "targets_s": TARGETS_S, **machine}))
        return
    print(f"median of {options.runs} fresh processes, interleaved, in seconds")
    for name, median in medians.items():
        target = f"   aim {TARGETS_S[name]:.1f}" if name in TARGETS_S else ""
        print(f"  {name:<30} {median:.3f}{target}")


if __name__ == "__main__":
    main()
