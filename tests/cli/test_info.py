"""konv info: the surroundings, and what is in a model."""

import json
import platform

from konv.version import __version__


def test_versions_and_threads_are_told(konv):
    facts = json.loads(konv("info", "--json").out)
    assert facts["konv"] == __version__
    assert facts["python"] == platform.python_version()
    assert facts["packages"]["numpy"]
    assert facts["threads"] >= 1
    assert facts["default_engine"] in facts["engines"]
    assert __version__ in konv("info").out


def test_the_compiler_and_its_cache_are_told(konv, monkeypatch):
    facts = json.loads(konv("info", "--json").out)
    assert facts["compiler"]["llvmlite"] == facts["packages"]["llvmlite"]
    text = " ".join(konv("info").out.split())
    target = facts["compiler"]["target"]
    for said in (f"LLVM {facts['compiler']['llvm']}", target["cpu"], "machine code", "0 programs"):
        assert said in text
    monkeypatch.setenv("KONV_ISA", "baseline" if target["name"] != "neon" else "neon")
    assert json.loads(konv("info", "--json").out)["compiler"]["target"]["vector"] == 4
    monkeypatch.setenv("KONV_ISA", "avx1024")
    assert "K704" in konv("info").err


def test_a_model_tells_what_it_is_and_how_it_was_trained(konv, model):
    facts = json.loads(konv("info", model, "--json").out)
    assert facts["classes"] == ["가위", "바위", "보"]
    assert facts["parameters"] == 223
    assert facts["preprocessing"]["height"] == 8
    assert facts["record"]["options"]["epochs"] == 6
    text = konv("info", model).out
    for said in (
        "tiny: 8×8×3 → 3",
        "가위, 바위, 보",
        "epochs 6",
        "kind Adam",
        "learning_rate 0.02",
    ):
        assert said in text
    assert max(map(len, text.splitlines())) <= 80
