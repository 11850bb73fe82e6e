import gc
import json
import subprocess
import sys

import llvmlite
import numpy as np

from konv.engines import get_threads
from konv.engines.compiled.information import compile_info
from konv.engines.compiled.plan.structure import Call, Phase, Slot, Storage
from konv.engines.compiled.runtime.execution import Executable
from konv.engines.compiled.target import host_target, target_names
from oracles.toy_kernels import Mark, plan_of


def test_the_processor_and_the_compiler(monkeypatch):
    info = compile_info()
    assert json.loads(json.dumps(info)) == info
    assert info["target"]["name"] == host_target().name
    assert info["llvmlite"] == llvmlite.__version__
    assert info["llvm"].split(".")[0].isdigit()
    assert info["threads"] == get_threads()
    monkeypatch.setenv("KONV_ISA", target_names()[0])
    assert compile_info()["target"]["name"] == target_names()[0]


def test_the_programs_and_what_is_kept_of_them(tmp_path, monkeypatch):
    gc.collect()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = compile_info()
    assert (before["cache"]["entries"], before["cache"]["bytes"]) == (0, 0)
    plan = plan_of(
        Phase("mark", (Call(Mark(), ("own",)), Call(Mark(turns=77), ("x",)))),
        slots=(Slot("own", Storage.BATCH, 4),),
    )
    first = Executable(plan, host_target())
    second = Executable(plan, host_target())
    second.run({"x": np.zeros(5, np.float32)}, pictures=5, threads=1)
    after = compile_info()
    one, other = after["programs"][len(before["programs"]) :]
    assert (one["kernels"], one["cached"], one["memory_bytes"]) == (2, False, 0)
    assert (other["kernels"], other["cached"], other["memory_bytes"]) == (2, True, 20)
    assert one["code_bytes"] == other["code_bytes"] > 0
    assert 0 < other["compile_s"] < 10
    (entry,) = (tmp_path / "konv" / "code").iterdir()
    assert after["cache"] == {
        "folder": str(entry.parent),
        "entries": 1,
        "bytes": entry.stat().st_size,
    }
    del first, second
    gc.collect()
    assert len(compile_info()["programs"]) == len(before["programs"])


def test_a_process_that_compiles_nothing_has_no_programs():
    program = "from konv.engines.compiled.information import compile_info as i; print(i())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b"'programs': []" in said.stdout
