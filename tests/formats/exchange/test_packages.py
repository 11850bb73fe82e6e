"""Packages that only some formats need."""

import sys

import numpy
import pytest

from konv.errors import FormatError
from konv.formats.exchange.packages import needed_package

MISSING = (("onnx", "konv[onnx]"), ("h5py", "konv[keras]"), ("keras", "pip install keras"))


@pytest.mark.parametrize(("name", "fix"), MISSING)
def test_a_package_that_is_missing_is_asked_for_by_name(monkeypatch, name, fix):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(FormatError, match=f"reading it needs the package {name}") as caught:
        needed_package(name, "reading it")
    assert caught.value.code == "K412"
    assert fix in caught.value.fix


def test_only_names_that_some_format_needs_can_be_asked_for():
    assert numpy  # a package that is here, and that no format asks for
    with pytest.raises(KeyError):
        needed_package("numpy", "reading it")
