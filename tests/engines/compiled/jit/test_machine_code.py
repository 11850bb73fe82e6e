import ctypes
import threading

import pytest

from konv.engines.compiled.jit import machine_code
from konv.engines.compiled.jit.machine_code import LoadedCode, object_code, object_codes
from konv.engines.compiled.target import AARCH64, host_target, target_names, target_of

TRIPLE = 'target triple = "unknown-unknown-unknown"\n'


def returning(number, name="f"):
    return f"{TRIPLE}define i64 @{name}() {{\n ret i64 {number}\n}}\n"


def called(loaded, name="f"):
    return ctypes.CFUNCTYPE(ctypes.c_int64)(loaded.address(name))()


@pytest.mark.parametrize("name", target_names())
def test_a_function_can_be_called(name):
    target = target_of(name)
    loaded = LoadedCode([object_code(returning(42), target)], target)
    assert called(loaded) == 42
    assert loaded.address("another") == 0


def test_objects_call_each_other():
    target = host_target()
    calling = (
        f"{TRIPLE}declare i64 @f()\ndefine i64 @g() {{\n %n = call i64 @f()\n ret i64 %n\n}}\n"
    )
    for order in (1, -1):
        texts = [returning(7), calling][::order]
        loaded = LoadedCode(object_codes(texts, target), target)
        assert called(loaded, "g") == 7


def test_code_stays_when_other_code_goes():
    target = host_target()
    kept = LoadedCode([object_code(returning(1), target)], target)
    for number in range(20):
        assert called(LoadedCode([object_code(returning(number), target)], target)) == number
    assert called(kept) == 1


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_several_modules_are_compiled_in_their_order(threads):
    target = host_target()
    texts = [returning(number, f"f{number}") for number in range(30)]
    objects = object_codes(iter(texts), target, threads)
    assert objects == [object_code(text, target) for text in texts]
    loaded = LoadedCode(objects, target)
    assert [called(loaded, f"f{number}") for number in range(30)] == list(range(30))


def test_without_the_inside_of_llvmlite_it_compiles_all_the_same(monkeypatch):
    target = host_target()
    ffi = machine_code._llvm().ffi
    expected = object_code(returning(3), target)

    class Public:
        """llvmlite's functions, without what a later version may not have."""

        def __getattr__(self, name):
            function = getattr(lib, name)
            return lambda *arguments: function(*arguments)

    lib = ffi.lib
    monkeypatch.setattr(ffi, "lib", Public())
    assert object_code(returning(3), target) == expected


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("text", ["nonsense", f"{TRIPLE}define i64 @f() {{\n ret i32 0\n}}\n"])
def test_ir_that_is_wrong_is_refused(text, threads):
    with pytest.raises(RuntimeError):
        object_codes([returning(1), text, returning(2)], host_target(), threads)


def test_what_fails_while_modules_are_written_is_passed_on():
    def texts():
        yield returning(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        object_codes(texts(), host_target(), 3)
    assert not [t for t in threading.enumerate() if t.name.startswith("konv-compiler")]


def test_code_for_arm_says_so():
    code = object_code(returning(42), AARCH64)
    assert code[:4] == b"\x7fELF"
    assert int.from_bytes(code[18:20], "little") == 183  # EM_AARCH64


def test_many_threads_compile_at_once():
    target = host_target()
    expected = [object_code(returning(number), target) for number in range(8)]
    wrong = []

    def work(number):
        codes = [object_code(returning(number), target) for _turn in range(10)]
        wrong.extend(code for code in codes if code != expected[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
