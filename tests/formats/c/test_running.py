"""A C compiler as a program of its own."""

import numpy as np
import pytest

from konv.formats.c.running import run_program
from konv.formats.exchange.target import NoRunnerError


def test_what_a_stopped_compiler_leaves_goes_with_the_folder_of_the_program(tmp_path):
    told = tmp_path / "told"
    compiler = tmp_path / "cc"
    compiler.write_text(f'#!/bin/sh\necho "$TMPDIR $*" > {told}\nexit 1\n')
    compiler.chmod(0o755)
    with pytest.raises(NoRunnerError):
        run_program([], np.zeros((1, 2), np.float32), (2,), command=str(compiler))
    folder, _space, arguments = told.read_text().partition(" ")
    assert f"-o {folder}/program" in arguments
