import pytest

from konv.engines.compiled.runtime.clock_rate import cycles_per_second
from konv.engines.compiled.target import target_names, target_of


@pytest.mark.parametrize("name", target_names())
def test_the_rate_is_that_of_a_processor(name):
    assert 0.2e9 < cycles_per_second(target_of(name)) < 10e9


def test_instruction_sets_share_one_clock():
    rates = [cycles_per_second(target_of(name)) for name in target_names()]
    assert max(rates) < 2 * min(rates)
