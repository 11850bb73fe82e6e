import json

import pytest
from benchmarks.suite.aims import aim_of
from benchmarks.suite.results import Case, CaseResult, Series
from benchmarks.suite.table import case_tables, failure_lines, in_columns


def series(peer, configuration, seconds, difference=None):
    return Series(peer, configuration, 0.1, 0.2, difference, seconds, 1.0)


def result(letter="A", task="train", batch=32, *others):
    case = Case(letter, "tutorial-39x31", task, batch, 1000)
    ours = series("konv", "float32", [0.001, 0.001, 0.002])
    return CaseResult(case, [ours, *others])


FAST = ("pytorch", "channels_last", [0.004, 0.004, 0.004], 1e-6)
SLOW = ("pytorch", "contiguous", [0.009, 0.009, 0.009], 1e-6)


def test_the_best_configuration_of_a_peer_counts():
    measured = result("A", "train", 32, series(*SLOW), series(*FAST), series("pytorch", "x", []))
    assert measured.best("pytorch").configuration == "channels_last"
    assert measured.ratio("pytorch").ratio == 4.0
    assert measured.per_picture_us("pytorch") == pytest.approx(125.0)


def test_a_peer_without_times_has_no_ratio():
    assert result().ratio("pytorch") is None
    assert result().best("pytorch") is None


def test_a_row_says_the_ratio_the_aim_the_times_and_who_won():
    row = case_tables([result("A", "train", 32, series(*SLOW), series(*FAST))]).splitlines()[-1]
    assert row.startswith("A tutorial-39x31")
    assert "4.00 (3.00 … 4.00) ✓≥3" in row
    assert "31.2" in row  # 1 ms for 32 pictures
    assert "125.0" in row
    assert row.endswith("channels_last")


def test_an_aim_that_is_missed_is_marked():
    row = case_tables([result("A", "train", 32, series("pytorch", "x", [0.002] * 3, 0.0))])
    assert "2.00 (1.50 … 2.00) ✗≥3" in row


def test_an_aim_is_neither_reached_nor_missed_where_others_used_the_processors():
    measured = result("A", "train", 32, series(*FAST))
    measured.others = 0.4
    text = case_tables([measured])
    assert "4.00 (3.00 … 4.00) ?≥3" in text
    assert "40 %" in text


def test_a_peer_that_computes_something_else_has_no_ratio_in_the_table():
    text = case_tables([result("A", "train", 32, series("pytorch", "x", [0.004] * 3, 0.5))])
    assert "other numbers" in text
    assert "4.00" not in text


def test_tasks_have_tables_of_their_own():
    text = case_tables([result("A", "train", 32), result("A", "infer", 1)])
    assert [line.split(":")[0] for line in text.splitlines() if "how many" in line] == [
        "training step",
        "inference",
    ]


def test_a_result_is_plain_data_with_ratios():
    data = json.loads(json.dumps(result("A", "train", 32, series(*FAST)).to_dict()))
    assert data["case"]["batch"] == 32
    assert data["ratios"]["pytorch"]["ratio"] == 4.0
    assert data["series"][0]["seconds"] == [0.001, 0.001, 0.002]
    assert set(data["per_picture_us"]) == {"konv", "pytorch"}


def test_one_reason_of_one_peer_is_said_once_with_the_places():
    first, second = result("A", "train", 32), result("B", "infer", 1)
    for item in (first, second):
        item.failures.append(("openvino", "no wheel"))
    second.failures.append(("pytorch", "died"))
    assert failure_lines([first, second]) == [
        "openvino: no wheel (A train 32, B infer 1)",
        "pytorch: died (B infer 1)",
    ]


def test_columns_are_as_wide_as_their_widest_cell():
    assert in_columns([["a", "long", "x"], ["bb", "1", "yy"]]) == "a   long  x\nbb     1  yy"


@pytest.mark.parametrize(
    ("letter", "task", "batch", "peer", "aim"),
    [
        ("A", "train", 128, "pytorch", 3),
        ("A", "infer", 1, "onnxruntime", 1.3),
        ("A", "infer", 32, "onnxruntime", 1.6),
        ("E", "train", 32, "keras-tensorflow", None),
        ("7", "infer", 32, "onnxruntime", None),
    ],
)
def test_aims_depend_on_network_task_and_batch(letter, task, batch, peer, aim):
    assert aim_of(Case(letter, "x", task, batch, 1), peer) == aim
