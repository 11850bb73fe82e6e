from pathlib import Path

import pytest
from benchmarks.suite.environments import ALL_PEERS, DEFAULT_PEERS
from benchmarks.suite.networks import subject
from benchmarks.suite.options import budget_of, pace_of, read_options
from benchmarks.suite.session import cases_of


def test_without_options_all_networks_and_the_default_peers_are_measured():
    options = read_options([])
    assert options.networks == ["A", "B", "C", "D", "E", "F"]
    assert options.peers == list(DEFAULT_PEERS)
    assert budget_of(options).seconds > 0


@pytest.mark.parametrize(
    ("words", "peers"),
    [
        (["--all"], list(ALL_PEERS)),
        (["--peers", "none"], []),
        (["--peers", "openvino,pytorch"], ["openvino", "pytorch"]),
    ],
)
def test_peers_can_be_chosen(words, peers):
    assert read_options(words).peers == peers


def test_quick_is_shorter_and_prepares_nothing_that_takes_long():
    quick, full = read_options(["--quick"]), read_options([])
    assert pace_of(quick).rounds < pace_of(full).rounds
    assert pace_of(quick).burst_s < pace_of(full).burst_s
    assert budget_of(quick).seconds == 0
    assert budget_of(read_options(["--quick", "--compile-budget-s", "60"])).seconds == 60


def test_rounds_can_be_chosen():
    assert pace_of(read_options(["--rounds", "4"])).rounds == 4


def test_cases_are_every_task_with_its_batches_or_with_those_that_are_given():
    item = subject("A")
    cases = [(case.task, case.batch) for _item, case in cases_of([item], ["train", "infer"], None)]
    assert cases == [("train", 32), ("train", 128), ("infer", 1), ("infer", 32), ("infer", 128)]
    assert [case.batch for _item, case in cases_of([item], ["infer"], [7])] == [7]


def test_an_interpreter_that_has_a_peer_is_taken():
    options = read_options(["--python", "pytorch=/somewhere/python"])
    assert options.python == [("pytorch", Path("/somewhere/python"))]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--networks", "A,Z"], "Z: not of A"),
        (["--peers", "caffe"], "caffe: not of pytorch"),
        (["--batch", "0"], "whole numbers from 1 on"),
        (["--batch", "many"], "whole numbers from 1 on"),
        (["--rounds", "0"], "whole number from 1 on"),
        (["--threads", "100000"], "this machine has"),
        (["--only-mnist"], "needs --mnist"),
        (["--python", "pytorch"], "PEER=PATH"),
        (["--engine", "warp"], "invalid choice"),
    ],
)
def test_what_is_wrong_ends_with_a_message(words, said, capsys):
    with pytest.raises(SystemExit) as raised:
        read_options(words)
    assert raised.value.code == 2
    assert said in capsys.readouterr().err
