"""Programs as text; what they do is tested with :mod:`konv.engines.compiled.runtime.execution`."""

import pytest

from konv.engines.compiled.jit import module
from konv.engines.compiled.jit.machine_code import LoadedCode, object_codes
from konv.engines.compiled.jit.module import RUN, program_texts
from konv.engines.compiled.plan.structure import Call, Phase, Slot, Storage
from konv.engines.compiled.target import AARCH64, host_target
from oracles.toy_kernels import CopyScratch, FillScratch, Mark, plan_of

PLAN = plan_of(
    Phase("first", (Call(FillScratch(), ("s",)), Call(CopyScratch(), ("s", "x")))),
    Phase("items", (Call(Mark(items=True), ("x",)),), items=10, block=3),
    Phase("second", (Call(Mark(), ("x",)), Call(Mark(), ("z",), (8,)), Call(Mark(), ("x",)))),
    slots=(Slot("s", Storage.WORKER, 4),),
)


def test_equal_kernels_are_one_function():
    texts = list(program_texts(PLAN, host_target()))
    assert "\n".join(texts).count("define") == len(PLAN.kernels) + 1 == 5


def test_large_kernels_stand_in_modules_of_their_own(monkeypatch):
    assert len(list(program_texts(PLAN, host_target()))) == 1
    monkeypatch.setattr(module, "_FULL_MODULE", 0)
    texts = list(program_texts(PLAN, host_target()))
    assert [text.count("define") for text in texts] == [1] * 5
    loaded = LoadedCode(object_codes(texts, host_target()), host_target())
    assert loaded.address(RUN)


def test_the_same_plan_is_the_same_text():
    assert list(program_texts(PLAN, AARCH64)) == list(program_texts(PLAN, AARCH64))


def test_the_number_of_tasks_does_not_change_the_size_of_the_code():
    sizes = []
    for items, lanes, tile in ((1, 1, 1), (10**9, 64, 999)):
        phase = Phase("items", (Call(Mark(items=True), ("x",)),), items=items, block=7)
        plan = plan_of(phase, Phase("mark", (Call(Mark(), ("x",)),)), lanes=lanes, tile=tile)
        sizes.append(sum(text.count("\n") for text in program_texts(plan, AARCH64)))
    assert sizes[0] == pytest.approx(sizes[1], abs=5)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_program_is_written_for_arm_too(threads):
    for code in object_codes(program_texts(PLAN, AARCH64), AARCH64, threads):
        assert code[:4] == b"\x7fELF"
        assert int.from_bytes(code[18:20], "little") == 183  # EM_AARCH64
