"""How far two programs are apart."""

import numpy as np
import pytest

from konv.errors import FormatError
from konv.formats.exchange.agreement import agreement


def first(outputs):
    return outputs.argmax(-1)


OURS = np.array([[1, 2], [4, 3], [0, -8]], np.float32)


def test_differences_and_classes_are_counted():
    theirs = OURS + np.array([[0, 0], [0, 1.5], [0, 0]], np.float32)
    found = agreement("other 2.0", OURS, theirs, first)
    assert found.to_dict() == {
        "program": "other 2.0",
        "pictures": 3,
        "same_classes": 2,
        "largest_difference": 1.5,
        "largest_output": 8.0,
    }
    assert found.relative_difference == 1.5 / 8
    assert "the same class for 2" in found.text()


@pytest.mark.parametrize(("error", "holds"), [(7e-4, True), (9e-4, False)])
def test_a_ten_thousandth_of_the_largest_output_is_rounding(error, holds):
    found = agreement("other", OURS, OURS + np.float32([[0, 0], [0, error], [0, 0]]))
    assert found.holds is holds
    if not holds:
        with pytest.raises(FormatError, match=r"K413 in net.c: other gives other numbers"):
            found.check("net.c")


def test_outputs_that_are_all_zero_agree_with_themselves():
    zeros = np.zeros((2, 3), np.float32)
    found = agreement("other", zeros, zeros)
    found.check("net.c")
    assert (found.relative_difference, found.same_classes) == (0, None)


@pytest.mark.parametrize("theirs", [OURS[:2], OURS[:, :1], np.full_like(OURS, np.nan)])
def test_what_are_no_such_numbers_is_refused(theirs):
    with pytest.raises(FormatError, match=r"K413 in net.c: other gives no numbers like"):
        agreement("other", OURS, theirs, where="net.c")
