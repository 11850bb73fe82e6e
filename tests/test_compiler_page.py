"""The page on the compiler says what is so: its plan is today's, and its code runs."""

import doctest
import re

import pytest
from tools.kernel_times import computed
from tools.plan_page import PAGE, part, plan_of_a, with_plan

TEXT = PAGE.read_text("utf-8")
WORDS = " ".join(TEXT.split())
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_its_plan_of_network_a_is_that_of_the_planner():
    assert with_plan(TEXT) == TEXT, "run python -m tools.plan_page"


def test_its_times_are_of_the_calls_that_the_plan_has():
    """What was measured may be old; what was computed may not."""
    rows = [re.findall(r"[^|]+", row) for row in part(TEXT, "times").splitlines()[2:]]
    said = [tuple(cell.strip() for cell in row[:3]) for row in rows if len(row) == 7]
    expected = [
        (head, f"{operations:,}", f"{moved:,}")
        for head, operations, moved, _call in computed(plan_of_a())
    ]
    assert said == expected, "run python -m tools.kernel_times"


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What the code of the page defines, from top to bottom; its examples are right."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    namespace = {"__name__": "page"}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for number, block in enumerate(BLOCKS):
        if ">>>" not in block:
            exec(block, namespace)
            continue
        example = doctest.DocTestParser().get_doctest(block, {}, f"block {number}", str(PAGE), 0)
        example.globs = namespace
        result = runner.run(example, clear_globs=False)
        assert result.failed == 0, block
    return namespace


def test_its_examples_say_what_stands_below_them_and_its_test_passes(names):
    written = names["test_maps_are_scaled_and_borders_are_left_alone"]
    for target in names["TARGETS"]:
        for accumulate in (False, True):
            for channels in (1, 7, 16, 67):
                written(channels, accumulate, target)


def test_its_constants_are_those_of_the_code():
    from konv.engines.compiled.plan import division, phases
    from konv.engines.compiled.plan.operations import dense
    from konv.limits import MAX_CODE_CACHE_BYTES

    plan = plan_of_a()
    assert f"⌈N / {plan.lanes}⌉" in WORDS
    assert f"max({division.lane_size(plan, 1)}, " in WORDS
    assert f"Above {dense._LARGE_MATRIX_BYTES // 1024} KiB" in WORDS
    assert f"when {MAX_CODE_CACHE_BYTES // 2**20} MiB are passed" in WORDS
    assert f"in blocks of {phases._BLOCK:,} numbers" in WORDS
    assert f"more than {phases._SMALL:,}" in WORDS
