"""Proposals: whatever is asked for, each network keeps to it; where none can, the hint is true."""

import re
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import konv
from konv.design.search.limits import field_needed
from konv.network import Network
from konv.network.report import report
from oracles.properties import examples

CASES = [
    ("39×31×1, 100", (39, 31, 1), 100, {"max_parameters": 70_000, "whole": True}),
    ("28×28×1, 10", (28, 28, 1), 10, {"max_parameters": 20_000}),
    ("120×60×1, 4", (120, 60, 1), 4, {}),
    ("32×32×3, 10", (32, 32, 3), 10, {"max_macs": 2_000_000}),
]
each_case = pytest.mark.parametrize(
    ("shape", "classes", "asked"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)


def assert_keeps(network, shape, classes, asked):
    """What the network's own report says, against what was asked for."""
    sizes = report(network)
    assert network.input_shape == shape
    assert network.output_shape == (classes,)
    assert sizes.totals.parameters <= (asked.get("max_parameters") or 10**18)
    assert sizes.totals.macs <= (asked.get("max_macs") or 10**18)
    assert all(row.dropped == (0, 0) for row in sizes.rows)
    maps = [row for row in sizes.rows if len(row.output_shape) == 3]
    if asked.get("min_receptive_field"):
        needed = field_needed(asked["min_receptive_field"], shape[:2])
        assert all(f >= n for f, n in zip(maps[-1].receptive_field, needed, strict=True))
    if asked.get("whole"):
        for row in maps:
            for axis in (0, 1) if row.kernel else ():
                room = row.input_shapes[0][axis] + sum(row.padding[axis]) - row.kernel[axis]
                assert room % row.stride[axis] == 0
                assert row.layer == "Conv2D" or row.padding[axis] == (0, 0)
    findings = konv.check(network, strict=asked.get("whole", False), classes=classes)
    assert findings.worst in (None, "note"), findings.text()


@each_case
def test_the_tasks_it_is_made_for_are_answered_soon(shape, classes, asked):
    begun_s = time.process_time()
    proposals = konv.propose(shape, classes, **asked)
    assert time.process_time() - begun_s < 10
    assert len(proposals) == 5
    for proposal in proposals:
        assert_keeps(proposal.network, shape, classes, asked)
    assert proposals.exhaustive == (shape != (120, 60, 1))


@each_case
def test_what_is_said_of_a_network_is_what_its_report_says(shape, classes, asked):
    proposals = konv.propose(shape, classes, **asked, most=20)
    for proposal in proposals:
        totals = report(proposal.network).totals
        assert (proposal.parameters, proposal.macs) == (totals.parameters, totals.macs)
        assert proposal.parameter_bytes == totals.parameter_bytes
        assert proposal.activation_bytes == totals.activation_bytes
        again = Network.from_yaml(proposal.to_dict()["network"])
        assert again == proposal.network
    assert next(iter(proposals)) is proposals.best
    assert proposals.fitting <= proposals.examined


def test_the_best_of_the_tutorials_task_is_no_worse_than_the_tutorials_network():
    best = konv.propose((39, 31, 1), 100, max_parameters=70_000, whole=True).best
    assert best.parameters > 0.8 * 70_000
    assert best.receptive_field >= (39, 31)


def test_the_next_wider_network_breaks_the_limit_that_is_named():
    proposals = konv.propose((28, 28, 1), 10, max_parameters=20_000, most=3)
    for proposal in proposals:
        said = " ".join(proposal.reasons)
        width, count = re.search(
            r"with (\d+) filters at first it would hold ([\d,]+)", said
        ).groups()
        assert int(count.replace(",", "")) > 20_000
        assert int(width) > proposal.network.nodes[1].layer.filters


@pytest.mark.parametrize(
    ("shape", "asked"),
    [
        ((97, 101, 3), {"whole": True, "max_macs": 3_000_000}),
        ((224, 160, 3), {"min_receptive_field": "full", "max_parameters": 30_000}),
        ((64, 300, 1), {"whole": True, "min_receptive_field": 50}),
    ],
)
def test_limits_are_kept_for_larger_pictures_too(shape, asked):
    for proposal in konv.propose(shape, 12, **asked, most=3):
        assert_keeps(proposal.network, shape, 12, asked)


LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "max_parameters": st.integers(1, 5_000),
        "max_macs": st.integers(1, 200_000),
        "min_receptive_field": st.one_of(st.just("full"), st.integers(1, 60)),
        "whole": st.booleans(),
    },
)
SHAPES = st.tuples(st.integers(1, 14), st.integers(1, 14), st.integers(1, 4))
_WORDS = r"(max_parameters|max_macs|min_receptive_field|whole)=(\w+)"


@examples(100)
@given(shape=SHAPES, classes=st.integers(2, 30), asked=LIMITS)
def test_limits_are_kept_or_the_hint_is_true(shape, classes, asked):
    try:
        proposals = konv.propose(shape, classes, **asked, most=4)
    except konv.NetworkError as error:
        hints = error.fix.split("; or ")
        refused = error.code
    else:
        for proposal in proposals:
            assert_keeps(proposal.network, shape, classes, asked)
        return
    assert refused == "K312"
    if shape[:2] == (1, 1):
        assert "at least two rows or columns" in hints[0]
        return
    for hint in hints:
        changes = {
            name: value == "True" if name == "whole" else int(value)
            for name, value in re.findall(_WORDS, hint)
        }
        assert changes, hint
        eased = asked | changes
        assert konv.propose(shape, classes, **eased, most=1).fitting > 0
        for name in set(changes) & {"max_parameters", "max_macs"} if len(changes) == 1 else ():
            with pytest.raises(konv.NetworkError, match="K312"):  # and nothing less does
                konv.propose(shape, classes, **(eased | {name: changes[name] - 1}), most=1)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"max_parameters": 5}, "max_parameters=77"),
        ({"max_macs": 10}, "max_macs="),
        ({"max_parameters": 5, "max_macs": 10}, " and max_macs="),
        ({"max_macs": 7_500, "min_receptive_field": "full"}, "min_receptive_field="),
    ],
)
def test_what_cannot_be_names_what_can(asked, said):
    with pytest.raises(konv.NetworkError, match="K312 in propose") as error:
        konv.propose((28, 28, 1), 10, **asked)
    assert said in error.value.fix
    assert "at most" in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (((28, 28), 10), {}),
        (((28,), 10), {}),
        ((28, 10), {}),
        (((28, 28, 1), 1), {}),
        (((28, 28, 1), 2.5), {}),
        (((28, 28, 1), 10), {"whole": "yes"}),
        (((28, 28, 1), 10), {"most": 0}),
        (((28, 28, 1), 10), {"min_receptive_field": "all"}),
    ],
)
def test_what_is_no_task_is_refused(arguments, asked):
    with pytest.raises(konv.ParameterError, match="K201") as error:
        konv.propose(*arguments, **asked)
    assert error.value.fix


def test_maps_that_would_be_too_large_are_refused():
    with pytest.raises(konv.NetworkError, match="K312") as error:
        konv.propose((16_384, 16_384, 1), 2)
    assert "134,217,728" in error.value.fix


def test_every_process_proposes_the_same():
    code = (
        "import konv; p = konv.propose((30, 21, 3), 7, max_parameters=9000, whole=True);"
        "print(p.text(), p.to_dict())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_the_text_says_how_far_the_search_went():
    whole = konv.propose((28, 28, 1), 10)
    assert "all of the family" in whole.text()
    part = konv.propose((224, 224, 3), 10, whole=True, most=1)
    assert not part.exhaustive
    assert f"{part.outlines:,} of {part.all_outlines:,}" in " ".join(part.text().split())
    assert part.to_dict()["exhaustive"] is False
