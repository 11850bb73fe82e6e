"""Everything that is in the way of an import or export is told at once."""

import pytest

from konv.errors import FormatError
from konv.formats.exchange.refusals import Refusals


def test_nothing_found_is_no_refusal():
    refused = Refusals()
    refused.check_import("net.onnx")
    refused.check_export("net", "Keras")
    assert not refused


CHECKS = (
    (lambda refused: refused.check_import("net.onnx"), "K410"),
    (lambda refused: refused.check_export("net", "Keras"), "K411"),
)


@pytest.mark.parametrize(("check", "code"), CHECKS)
def test_all_that_was_found_is_told_once_each_in_order(check, code):
    refused = Refusals()
    for where, what in (("node a", "LSTM"), ("node b", "GRU"), ("node a", "LSTM")):
        refused.add(where, what)
    with pytest.raises(FormatError) as caught:
        check(refused)
    assert caught.value.code == code
    assert caught.value.details == (("node a", "LSTM"), ("node b", "GRU"))
    assert caught.value.fix


def test_of_very_many_the_first_are_told():
    refused = Refusals()
    for number in range(1234):
        refused.add(f"line {number}", "LSTM")
    with pytest.raises(FormatError) as caught:
        refused.check_import("net.py")
    *told, (where, more) = caught.value.details
    assert told == [(f"line {number}", "LSTM") for number in range(200)]
    assert (where, more) == ("…", "and 1,034 more")
