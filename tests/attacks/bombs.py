"""What files that were made to harm cost those who read them.

Each file is read in a process of its own, forked from one that has imported all and read a good
file: what grows from there is what the file costs. Time is that of the processor, which a busy
machine does not stretch.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

MOST_SECONDS = 5
SPARE_BYTES = 64 * 10**6

needs_linux = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="needs Linux to measure"
)

_MEASURE = """
import importlib, json, os, sys, time
from konv.errors import KonvError

def peak_bytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

module, name, good, *paths = sys.argv[1:]
read = getattr(importlib.import_module(module), name)
read(good)
for path in paths:
    if os.fork():
        os.wait()
        continue
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    before, start = peak_bytes(), time.process_time()
    try:
        read(path)
        error = None
    except KonvError as caught:
        error = [type(caught).__name__, caught.code, str(caught)]
    seconds = time.process_time() - start + sum(os.times()[2:4])
    print(json.dumps([path, error, seconds, peak_bytes() - before]), flush=True)
    os._exit(0)
"""


@dataclass(frozen=True)
class Cost:
    """Of one file.

    Args:
        error: class, code and text of the KonvError; None: it was read, or ended otherwise.
        seconds: of the processor, with those of other processes.
        memory_bytes: how far the peak rose.
        file_bytes: its size.
    """

    error: tuple[str, str, str] | None
    seconds: float
    memory_bytes: int
    file_bytes: int

    def check(self) -> None:
        """It was refused soon, and in little memory."""
        assert self.error is not None, "it was read, or that ended in another way than a KonvError"
        assert self.error[0] in ("FormatError", "LimitError")
        assert self.seconds < MOST_SECONDS
        assert self.memory_bytes < self.file_bytes + SPARE_BYTES


def costs_of(
    read: str, ending: str, good: bytes, bombs: Mapping[str, bytes], folder: Path
) -> dict[str, Cost]:
    """What each bomb costs.

    Args:
        read: module and function, as ``"konv.formats:read_model"``.
        ending: of the files.
        good: a file that is read first.
    """
    sound = folder / f"good{ending}"
    sound.write_bytes(good)
    paths = {}
    for number, (name, content) in enumerate(bombs.items()):
        paths[name] = folder / f"{number}{ending}"
        paths[name].write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *read.split(":"), sound, *paths.values()],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found = {path: told for path, *told in map(json.loads, done.stdout.splitlines())}
    costs = {}
    for name, path in paths.items():
        error, seconds, memory_bytes = found.get(str(path), (None, float("inf"), 0))
        refusal = None if error is None else tuple(error)
        costs[name] = Cost(refusal, seconds, memory_bytes, path.stat().st_size)
    return costs
