"""A problem is one line of text, there and back."""

import pytest

from konv.engines.compiled.problem import Problem
from konv.errors import FormatError, KonvError, ParameterError
from konv.layers import Conv2D, Dense, Flatten, Input
from konv.network.graph import sequential

NETWORK = sequential([Input((3, 3, 1)), Conv2D(2, 2), Flatten(), Dense(2)], name='한글 "net"')


def test_a_line_holds_everything():
    problem = Problem.of(NETWORK, pictures=5, seed=7, isa="baseline", threads=3, from_start=True)
    assert "\n" not in problem.line
    assert Problem.from_line(problem.line) == problem
    assert Problem.from_line(problem.line).built == NETWORK


def test_what_is_not_said_is_usual():
    problem = Problem.from_line(f'{{"network": {NETWORK.to_json()}}}')
    assert problem == Problem.of(NETWORK, pictures=3, seed=0, isa=None, threads=1, from_start=False)


@pytest.mark.parametrize("name", list(Problem.constraints()))
def test_no_field_holds_what_it_cannot(name):
    fields = {"network": Problem.of(NETWORK).network}
    for value in Problem.constraints()[name].bad_values():
        with pytest.raises(ParameterError, match="K201"):
            Problem(**{**fields, name: value})


@pytest.mark.parametrize("line", ["", "{", "[]", "null", "1" * 5000, "{" * 10_000, "\0"])
def test_other_lines_are_refused(line):
    with pytest.raises(FormatError, match="K401"):
        Problem.from_line(line)


def test_a_description_of_no_network_is_refused_when_it_is_built():
    problem = Problem.from_line('{"network": {"layers": [3]}}')
    with pytest.raises(KonvError):
        _ = problem.built
