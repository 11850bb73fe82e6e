"""Reading without a process of its own for every file: what a test does not ask for, it skips."""

import pytest

from konv.formats.keras import hdf5, hdf5_child


@pytest.fixture
def in_this_process(monkeypatch):
    """The program that reads HDF5 files, run here: for files that the test itself has made."""

    def read(source, target, where):
        monkeypatch.setattr(hdf5_child, "_limit", lambda file_bytes: None)
        monkeypatch.setattr(hdf5_child, "print", refuse, raising=False)
        hdf5_child.main(source, target)

    def refuse(line, flush):
        raise hdf5._refused(line.encode(), "a file")

    monkeypatch.setattr(hdf5, "_read_apart", read)
