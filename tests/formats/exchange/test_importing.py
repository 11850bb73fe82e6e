"""A model that was taken from another tool, beside what that tool makes of it."""

import numpy as np
import pytest

from konv.errors import FormatError
from konv.formats.contents import ModelContents
from konv.formats.exchange.exporting import Trial
from konv.formats.exchange.imported import Imported
from konv.formats.exchange.importing import compared
from konv.formats.exchange.target import NoRunnerError
from konv.layers import Input
from konv.network.graph import sequential

CONTENTS = ModelContents(sequential([Input((2,))]), {})
INPUTS = np.array([[1, 2], [4, 3]], np.float32)


def trial():
    return Trial(INPUTS, INPUTS, lambda outputs: outputs.argmax(-1))


def other(change):
    return Imported(CONTENTS, original=lambda inputs: ("other 1.0", inputs + change))


def test_the_other_tool_is_given_the_pictures_of_the_trial():
    found, unproven = compared(other(0), trial, "net.onnx")
    assert (found.program, found.pictures, found.same_classes) == ("other 1.0", 2, 2)
    assert (found.largest_difference, found.largest_output, unproven) == (0, 4, "")


def test_what_another_tool_computes_otherwise_is_refused_with_the_fix_of_the_caller():
    with pytest.raises(FormatError, match=r"K413 in net.onnx: other 1.0 gives other numbers") as at:
        compared(other(1), trial, "net.onnx", fix="ask again")
    assert at.value.fix == "ask again"


def test_a_tool_that_is_not_here_is_a_reason_and_no_error():
    def missing(inputs):
        raise NoRunnerError("it is not installed")

    found = compared(Imported(CONTENTS, original=missing), trial, "net.onnx")
    assert found == (None, "it is not installed")


def test_where_there_is_no_tool_no_pictures_are_made():
    def never():
        raise AssertionError

    assert compared(Imported(CONTENTS), never, "net.onnx") == (None, "")
