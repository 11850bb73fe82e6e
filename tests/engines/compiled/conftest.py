"""Tests keep their machine code in a folder of their own, and leave the threads as they were."""

import pytest

from konv.engines.threads import get_threads, set_threads


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(shared_cache, monkeypatch):
    """One for all tests: code that two of them need is compiled once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))


@pytest.fixture
def threads():
    """What sets how many threads there are, for one test."""
    before = get_threads()
    yield set_threads
    set_threads(before)
