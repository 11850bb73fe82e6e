"""Fresh processes: their cache is the one that is given, and aims count all of compiling."""

from pathlib import Path

import pytest
from benchmarks.suite.fresh import Fresh, fresh_table
from benchmarks.suite.process import Launch

from konv.files import cache_folder


def test_a_worker_keeps_machine_code_where_it_is_told(tmp_path, monkeypatch):
    launch = Launch("konv", Path("python"), 2, tmp_path, "compiled")
    for name, value in launch.environment({"XDG_CACHE_HOME": "/elsewhere"}).items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == tmp_path / "konv"


@pytest.mark.parametrize(
    ("cold_first", "warm_first", "said"),
    [
        (1.3, 0.04, ["0.10", "1.300 ✓≤1.5", "0.100", "0.040 ✓≤0.15"]),
        (1.5, 0.06, ["0.10", "1.500 ✗≤1.5", "0.100", "0.060 ✗≤0.15"]),
    ],
)
def test_what_is_compiled_in_the_first_step_counts(cold_first, warm_first, said):
    figures = [Fresh("A", "konv", "train", 0.1, cold_first, 0.1, warm_first, 10**7, 10**8)]
    (row,) = (line for line in fresh_table(figures).splitlines() if line.endswith("konv"))
    assert row.split("  ")[-1].strip() == "konv"
    for part in said:
        assert part in row


def test_others_have_no_aims():
    figures = [Fresh("A", "pytorch", "train", 1.0, 9.0, 1.0, 9.0, 10**7, 10**8)]
    assert "≤" not in fresh_table(figures)
