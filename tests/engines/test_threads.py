"""How many threads there are when nobody has said so in Python."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("said", "expected"), [("1", 1), ("1,4", 1), (" 1 ", 1), ("0", 1), ("many", None), ("", None)]
)
def test_the_environment_may_ask_for_fewer_threads(said, expected):
    printed = subprocess.run(
        [sys.executable, "-c", "import konv, os; print(konv.get_threads())"],
        env={**os.environ, "OMP_NUM_THREADS": said},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert int(printed) == (expected or cores)
