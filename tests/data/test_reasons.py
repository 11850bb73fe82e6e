from __future__ import annotations

import numpy as np
import pytest

from konv.data.reasons import attributed, check_count, short_reason
from konv.errors import DataError, LimitError


def test_too_many_pictures_are_refused() -> None:
    check_count(50_000_000, "here")
    with pytest.raises(LimitError, match="K603 in here: 50,000,001 pictures"):
        check_count(50_000_001, "here")


def test_a_lack_of_memory_is_an_error_that_says_what_to_do() -> None:
    expected = pytest.raises(LimitError, match="K603 in here: the pictures do not fit")
    with expected as caught, attributed("here"):
        np.empty(2**60, dtype=np.uint8)
    assert "smaller size" in caught.value.fix


@pytest.mark.parametrize(("own", "expected"), [("", "here"), ("there", "there")])
def test_an_error_without_a_place_is_given_one(own: str, expected: str) -> None:
    with pytest.raises(DataError) as caught, attributed("here"):
        raise DataError("it is so", code="K501", where=own)
    assert caught.value.where == expected


def test_a_reason_is_one_line_without_place_and_fix() -> None:
    details = [("reason", "it is cut"), ("more", "at byte 5")]
    error = DataError("it is bad", code="K502", where="here", details=details, fix="replace it")
    assert short_reason(error) == "it is bad: it is cut: at byte 5"
