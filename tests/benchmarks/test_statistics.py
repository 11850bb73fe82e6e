import pytest
from benchmarks.suite.statistics import calls_per_burst, compare, quartiles, rounds_within


def test_a_ratio_is_that_of_the_medians_and_its_quartiles_are_those_of_the_rounds():
    slower, faster = [4.0, 6.0, 8.0, 10.0, 30.0], [2.0, 2.0, 2.0, 2.0, 1.0]
    ratio = compare(slower, faster)
    assert ratio.ratio == 8.0 / 2.0
    # Round by round: 2, 3, 4, 5, 30.
    assert (ratio.low, ratio.high) == (3.0, 5.0)


def test_a_slow_moment_that_all_share_changes_no_ratio_of_a_round():
    ratio = compare([3.0, 30.0, 3.0], [1.0, 10.0, 1.0])
    assert (ratio.ratio, ratio.low, ratio.high) == (3.0, 3.0, 3.0)


@pytest.mark.parametrize(("slower", "faster"), [([], []), ([1.0], [1.0, 2.0])])
def test_times_that_are_not_of_the_same_rounds_have_no_ratio(slower, faster):
    with pytest.raises(ValueError, match="rounds"):
        compare(slower, faster)


def test_the_quartiles_of_one_value_are_that_value():
    assert quartiles([7.0]) == (7.0, 7.0)


@pytest.mark.parametrize(
    ("call_s", "burst_s", "calls"), [(0.01, 0.1, 10), (1.0, 0.1, 1), (0.0, 1e-9, 1)]
)
def test_a_burst_has_as_many_calls_as_fit_but_at_least_one(call_s, burst_s, calls):
    assert calls_per_burst(call_s, burst_s) == calls


@pytest.mark.parametrize(
    ("rounds", "round_s", "most_s", "expected"),
    [(15, 0.5, 12.0, 15), (15, 2.0, 12.0, 6), (15, 60.0, 12.0, 3), (2, 60.0, 12.0, 2)],
)
def test_rounds_are_fewer_where_they_take_long_but_not_fewer_than_three(
    rounds, round_s, most_s, expected
):
    assert rounds_within(rounds, round_s, most_s) == expected
