"""The rounds, with workers that only pretend."""

import os

import pytest
from benchmarks.suite.coordinator import Budget, Pace, Workers, largest_difference, measure
from benchmarks.suite.process import WorkerError
from benchmarks.suite.results import Case

CASE = Case("A", "a", "train", 32, 10)
PACE = Pace(rounds=4, burst_s=0.1, case_s=1000.0)


class Pretender:
    """Answers like a worker; a call takes as long as ``call_s`` says for its configuration."""

    def __init__(self, peer, call_s, log, *, further=(), groups=((1.0,),), dies_at="never"):
        self.peer, self.call_s, self.log = peer, call_s, log
        self.further, self.groups, self.dies_at = list(further), groups, dies_at
        self.stopped = False
        self.number = os.getpid()

    def ask(self, do, **fields):
        if do == self.dies_at or fields.get("configuration") == self.dies_at:
            raise WorkerError("it died", gone=True)
        if do == "load":
            return {"configurations": [n for n in self.call_s if n not in self.further]}
        if do == "further":
            return {"configurations": self.further}
        if do == "prepare":
            if self.call_s[fields["configuration"]] is None:
                raise WorkerError("cannot")
            return {"prepare_s": 0.5, "first_s": 0.25}
        if do == "check":
            return {"groups": [list(group) for group in self.groups]}
        self.log.append((self.peer, fields["configuration"], fields["calls"]))
        return {"seconds": self.call_s[fields["configuration"]] * fields["calls"]}

    def stop(self):
        self.stopped = True


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr("benchmarks.suite.coordinator._PAUSE_S", 0.0)


def run(tmp_path, *pretenders, budget=0.0, restart=None):
    workers = Workers({item.peer: item for item in pretenders}, restart or _never)
    return measure(CASE, tmp_path, workers, PACE, Budget(budget)), workers


def _never(peer):
    raise WorkerError(f"{peer} does not start")


def rounds_of(log, size):
    """The last bursts, in groups of one round."""
    bursts = [entry[:2] for entry in log[-4 * size :]]
    return [bursts[place : place + size] for place in range(0, len(bursts), size)]


def test_everyone_has_one_burst_per_round_and_each_round_begins_with_another(tmp_path):
    log = []
    ours = Pretender("konv", {"float32": 0.01}, log)
    theirs = Pretender("pytorch", {"contiguous": 0.02}, log)
    result, _workers = run(tmp_path, ours, theirs)
    konv, pytorch = ("konv", "float32"), ("pytorch", "contiguous")
    assert rounds_of(log, 2) == [[konv, pytorch], [pytorch, konv], [konv, pytorch], [pytorch, konv]]
    assert result.best("konv").seconds == pytest.approx([0.01] * 4)
    assert result.ratio("pytorch").ratio == pytest.approx(2.0)


def test_a_burst_has_the_calls_that_fill_its_time(tmp_path):
    log = []
    run(tmp_path, Pretender("konv", {"float32": 0.01}, log))
    assert log[-1] == ("konv", "float32", 10)


def test_only_what_is_nearly_the_fastest_of_a_peer_takes_part_in_the_rounds(tmp_path):
    log = []
    calls = {"contiguous": 0.05, "channels_last": 0.02, "third": 0.021}
    result, _workers = run(
        tmp_path, Pretender("konv", {"float32": 0.01}, log), Pretender("pytorch", calls, log)
    )
    measured = {item.configuration for item in result.series if item.seconds}
    assert measured == {"float32", "channels_last", "third"}


def test_what_fails_is_noted_and_the_others_go_on(tmp_path):
    log = []
    peer = Pretender("pytorch", {"contiguous": None, "channels_last": 0.02}, log)
    result, _workers = run(tmp_path, Pretender("konv", {"float32": 0.01}, log), peer)
    assert result.failures == [("pytorch, contiguous", "cannot")]
    assert result.best("pytorch").configuration == "channels_last"


def test_numbers_are_compared_with_those_of_konv(tmp_path):
    ours = Pretender("konv", {"float32": 0.01}, [], groups=([2.0], [4.0, -8.0]))
    theirs = Pretender("pytorch", {"contiguous": 0.02}, [], groups=([2.0], [4.0, -7.0]))
    result, _workers = run(tmp_path, ours, theirs)
    assert result.series[0].difference is None
    assert result.series[1].difference == 1 / 8


@pytest.mark.parametrize(
    ("expected", "given", "difference"),
    [
        ([[1.0, -4.0]], [[1.0, -4.0]], 0.0),
        ([[1.0, -4.0]], [[2.0, -4.0]], 0.25),
        ([[100.0], [1.0]], [[100.0], [1.5]], 0.5),
        ([[1.0]], [[1.0, 2.0]], float("inf")),
        ([[1.0]], [[1.0], [2.0]], float("inf")),
        ([[1.0]], [[float("nan")]], float("inf")),
        ([[0.0]], [[0.5]], 0.5),
    ],
)
def test_a_difference_is_a_part_of_the_largest_number_of_its_group(expected, given, difference):
    assert largest_difference(expected, given) == difference


def test_what_takes_long_to_prepare_is_tried_while_there_is_time_for_it(tmp_path):
    calls = {"contiguous": 0.03, "compiled": 0.01}
    for budget, best in ((100.0, "compiled"), (0.0, "contiguous")):
        ours = Pretender("konv", {"float32": 0.01}, [])
        theirs = Pretender("pytorch", calls, [], further=["compiled"])
        result, _workers = run(tmp_path, ours, theirs, budget=budget)
        assert result.best("pytorch").configuration == best
    assert [who for who, _reason in result.failures] == ["pytorch, compiled"]


def test_a_worker_that_dies_is_started_again_and_measured_with_what_it_had(tmp_path):
    log = []
    calls = {"contiguous": 0.03, "compiled": 0.01}
    mortal = Pretender("pytorch", calls, log, further=["compiled"], dies_at="compiled")
    ours = Pretender("konv", {"float32": 0.01}, log)
    result, _workers = run(
        tmp_path, ours, mortal, budget=9.0, restart=lambda _peer: Pretender("pytorch", calls, log)
    )
    assert mortal.stopped
    assert result.failures == [("pytorch, compiled", "it died")]
    assert len(result.best("pytorch").seconds) == 4


def test_a_worker_that_does_not_start_again_is_left_out(tmp_path):
    ours = Pretender("konv", {"float32": 0.01}, [])
    mortal = Pretender("pytorch", {"contiguous": 0.03}, [], dies_at="load")
    result, workers = run(tmp_path, ours, mortal)
    assert list(workers.running) == ["konv"]
    assert result.ratio("pytorch") is None
    assert result.best("konv") is not None


def test_after_a_death_the_next_configuration_is_tried_by_the_new_worker(tmp_path):
    calls = {"contiguous": 0.03, "channels_last": 0.02}
    mortal = Pretender("pytorch", calls, [], dies_at="contiguous")
    ours = Pretender("konv", {"float32": 0.01}, [])
    result, _workers = run(
        tmp_path, ours, mortal, restart=lambda _peer: Pretender("pytorch", calls, [])
    )
    assert result.failures == [("pytorch, contiguous", "it died")]
    assert result.best("pytorch").configuration == "channels_last"


def test_a_worker_that_dies_in_the_rounds_has_no_times_and_the_others_finish(tmp_path):
    class DiesLater(Pretender):
        def ask(self, do, **fields):
            answer = super().ask(do, **fields)
            if do == "burst" and len(self.log) > 4:
                raise WorkerError("it died", gone=True)
            return answer

    calls = {"contiguous": 0.03}
    ours, mortal = Pretender("konv", {"float32": 0.01}, []), DiesLater("pytorch", calls, [])
    result, workers = run(
        tmp_path, ours, mortal, restart=lambda _peer: Pretender("pytorch", calls, [])
    )
    assert result.failures == [("pytorch, contiguous", "it died")]
    assert result.best("pytorch") is None
    assert len(result.best("konv").seconds) == 4
    assert set(workers.running) == {"konv", "pytorch"}
