"""PyTorch, for the tests that are marked ``oracle``: imported when the first of them runs."""

import importlib
import warnings

import pytest


@pytest.fixture(scope="session")
def torch():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("torch")
