import llvmlite.binding as llvm
import pytest

from konv.engines.compiled import target
from konv.engines.compiled.jit.cache import entry_name
from konv.engines.compiled.target import AARCH64, Sharing, host_target, target_names, target_of
from konv.errors import EngineError

X86 = ("baseline", "avx2", "avx512")


@pytest.fixture
def processor(monkeypatch):
    """Pretend to run on a processor."""

    def pretend(machine, features=(), cpu="some-cpu"):
        monkeypatch.delenv("KONV_ISA", raising=False)
        monkeypatch.setattr(target.platform, "machine", lambda: machine)
        monkeypatch.setattr(llvm, "get_host_cpu_name", lambda: cpu)
        found = llvm.FeatureMap(dict.fromkeys(features, True))
        monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: found)
        target._possible.cache_clear()

    yield pretend
    monkeypatch.undo()
    target._possible.cache_clear()


AVX2 = ("avx2", "fma")
AVX512 = (*AVX2, "avx512f", "avx512vl", "avx512dq")


@pytest.mark.parametrize(
    ("machine", "features", "names"),
    [
        ("x86_64", (), ("baseline",)),
        ("AMD64", ("avx2",), ("baseline",)),  # without fma
        ("x86_64", AVX2, ("baseline", "avx2")),
        ("x86_64", (*AVX2, "avx512f"), ("baseline", "avx2")),
        ("x86_64", AVX512, X86),
        ("aarch64", ("neon",), ("neon",)),
        ("arm64", ("neon",), ("neon",)),
    ],
)
def test_the_best_of_what_a_processor_has_is_used(machine, features, names, processor):
    processor(machine, features)
    assert target_names() == names
    assert host_target().name == names[-1]


@pytest.mark.parametrize("name", X86)
@pytest.mark.parametrize("spelling", [str, str.upper, " {} ".format])
def test_a_lesser_one_can_be_asked_for(name, spelling, processor, monkeypatch):
    processor("x86_64", AVX512)
    monkeypatch.setenv("KONV_ISA", spelling(name))
    assert host_target() == target_of(name)


def test_an_empty_wish_is_none(processor, monkeypatch):
    processor("x86_64", AVX2)
    monkeypatch.setenv("KONV_ISA", "")
    assert host_target().name == "avx2"


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("avx512", "one of baseline, avx2"),
        ("neon", "one of baseline, avx2"),
        ("sse9", "one of baseline, avx2, avx512, neon"),
        ("é" * 1000, "one of baseline, avx2, avx512, neon"),
    ],
)
def test_one_that_the_processor_lacks_is_refused(name, fix, processor, monkeypatch):
    processor("x86_64", AVX2)
    monkeypatch.setenv("KONV_ISA", name)
    with pytest.raises(EngineError) as refused:
        host_target()
    assert refused.value.code == "K704"
    assert refused.value.where == "KONV_ISA"
    assert refused.value.fix.split(";")[0] == fix
    assert len(str(refused.value)) < 300


def test_a_slip_is_recognised(processor):
    processor("x86_64", AVX2)
    with pytest.raises(EngineError, match='did you mean "avx2"'):
        target_of("axv2")


@pytest.mark.parametrize(
    ("name", "vector", "registers"), [("baseline", 4, 16), ("avx2", 8, 16), ("avx512", 16, 32)]
)
def test_registers_are_those_of_the_instruction_set(name, vector, registers, processor):
    processor("x86_64", AVX512)
    assert (target_of(name).vector, target_of(name).registers) == (vector, registers)
    assert (AARCH64.vector, AARCH64.registers) == (4, 32)


@pytest.mark.parametrize(
    ("more", "bf16"),
    [
        ((), ""),
        (("avx512bf16",), "dot"),
        (("amx-tile",), ""),
        (("amx-tile", "avx512bf16"), "dot"),
        (("amx-tile", "amx-bf16", "avx512bf16"), "tiles"),
    ],
)
def test_units_for_bfloat16_belong_to_the_best_instruction_set_only(more, bf16, processor):
    processor("x86_64", (*AVX512, *more))
    assert [target_of(name).bf16 for name in X86] == ["", "", bf16]


def test_what_decides_the_code_is_part_of_its_name(processor):
    names = set()
    for more in ((), ("avx512bf16",), ("avx512bf16", "amx-tile", "amx-bf16")):
        processor("x86_64", (*AVX512, *more))
        names.add(entry_name("a plan", host_target()))
    assert len(names) == 3


def test_cores_that_are_near_each_other_share_sooner(processor):
    processor("x86_64", AVX512)
    far = [target_of(name).sharing for name in X86]
    assert far == [Sharing()] * 3
    processor("x86_64", AVX512, "znver5")
    for name in X86:
        near = target_of(name).sharing
        assert near.waiting < far[0].waiting
        assert near.bytes_per_cycle > far[0].bytes_per_cycle
        assert near.fewest_saved < far[0].fewest_saved
