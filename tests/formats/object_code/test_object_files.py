"""Object files: for the processor that was asked for, whole, and with a header that says so."""

import shutil
import struct
import subprocess

import numpy as np
import pytest

import konv
from formats.example_models import EXAMPLES, PICTURE, every_layer, outputs, simple
from konv.errors import ParameterError
from konv.formats.contents import ModelContents
from konv.formats.exchange.target import NoRunnerError
from konv.formats.object_code.platforms import PLATFORMS
from konv.formats.object_code.symbols import machine_of, missing_symbols
from konv.formats.object_code.target import ObjectTarget
from konv.formats.object_code.webassembly import with_exports
from oracles.c_programs import needs_c, outputs_in_float64
from oracles.loaded_objects import needs_x86_64, predicted, prepared
from values.examples import random_model

# Float arithmetic in software: "Run-time ABI for the Arm architecture", sections 5.1.2 and 5.1.3.
SOFT_FLOAT = {
    *("__aeabi_fadd", "__aeabi_fsub", "__aeabi_frsub", "__aeabi_fmul", "__aeabi_fdiv"),
    *("__aeabi_fcmpeq", "__aeabi_fcmplt", "__aeabi_fcmple", "__aeabi_fcmpge", "__aeabi_fcmpgt"),
    *("__aeabi_fcmpun", "__aeabi_i2f", "__aeabi_ui2f", "__aeabi_f2iz"),
}


@pytest.fixture(scope="module")
def written():
    """Target -> (object file, header) of a model with all layers."""
    found = {}
    for name in PLATFORMS:
        files = ObjectTarget(name).write(every_layer(), "all layers").files
        assert [*files] == ["all layers.o", "all layers.h"]
        content, header = files.values()
        found[name] = content, header.decode()
    return found


@pytest.mark.parametrize(
    ("name", "container", "machine"),
    [
        ("x86_64", "elf64", 62),
        ("aarch64-linux-gnu", "elf64", 183),
        ("thumbv7em-none-eabi", "elf32", 40),
        ("thumbv7em-none-eabihf", "elf32", 40),
        ("wasm32", "wasm", 0),
    ],
)
def test_it_is_for_the_processor_that_was_asked_for(written, name, container, machine):
    content, header = written[name]
    assert machine_of(content) == (container, machine)
    assert f"machine code for {PLATFORMS[name].triple}," in header
    if container == "wasm":
        assert content[:8] == b"\0asm\1\0\0\0"
    else:
        kind, number = struct.unpack_from("<HH", content, 16)
        assert (content[:4], content[5], kind, number) == (b"\x7fELF", 1, 1, machine)


@pytest.mark.parametrize("name", PLATFORMS)
def test_nothing_is_to_be_linked_but_what_the_header_says(written, name):
    content, header = written[name]
    missing = missing_symbols(content)
    assert {*missing} <= (SOFT_FLOAT if name == "thumbv7em-none-eabi" else set())
    said = f"It needs {', '.join(missing)}:" if missing else "It needs no library, not even"
    assert said in header
    assert f"The object file has {len(content):,} bytes." in header


def calling_convention(content):
    """The attribute Tag_ABI_VFP_args of an ARM object: 1 where floats are passed in registers."""
    begin = content.index(b"aeabi\0\1") + 11  # behind the vendor, the tag and the size
    place = begin
    while place < len(content):
        tag = content[place]
        if tag in (4, 5, 67):
            place = content.index(b"\0", place) + 1
        elif tag == 28:
            return content[place + 1]
        elif tag in (6, 7, 8, 9, 10, 14, 17, 20, 21, 22, 23, 24, 25, 27, 34, 36, 38, 42, 44, 46):
            place += 2
        else:
            return 0
    return 0


def test_floats_are_passed_as_the_name_of_the_target_says(written):
    assert calling_convention(written["thumbv7em-none-eabi"][0]) == 0
    assert calling_convention(written["thumbv7em-none-eabihf"][0]) == 1


@pytest.mark.skipif(shutil.which("nm") is None, reason="there is no nm")
@pytest.mark.parametrize("name", ["x86_64"])
def test_nm_lists_the_same_symbols(written, name, tmp_path):
    path = tmp_path / "network.o"
    path.write_bytes(written[name][0])
    lines = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout
    kinds = {line.split()[-1]: line.split()[-2] for line in lines.splitlines()}
    assert [symbol for symbol, kind in kinds.items() if kind == "U"] == []
    outside = {symbol for symbol, kind in kinds.items() if kind.isupper()}
    assert outside == {"konv_predict", "konv_prepare", "konv_class_names"}


def test_symbols_that_are_missing_are_found():
    # A made-up file of 32 bits: no section but one table of symbols, and its texts.
    texts = b"\0here\0there\0"
    symbols = b"".join(
        struct.pack("<IIIBBH", name, 0, 0, 0x10, 0, section)
        for name, section in ((0, 0), (1, 1), (6, 0))
    )
    begin = 52
    table, strings = begin, begin + len(symbols)
    sections = strings + len(texts)
    header = bytearray(52)
    header[:6] = b"\x7fELF\x01\x01"
    struct.pack_into("<H", header, 18, 40)
    struct.pack_into("<I", header, 32, sections)
    struct.pack_into("<HHH", header, 46, 40, 3, 0)
    rows = (
        (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (0, 2, 0, 0, table, len(symbols), 2, 0, 4, 16),
        (0, 3, 0, 0, strings, len(texts), 0, 0, 1, 0),
    )
    content = bytes(header) + symbols + texts + b"".join(struct.pack("<10I", *row) for row in rows)
    assert missing_symbols(content) == ["there"]
    assert machine_of(content) == ("elf32", 40)


def test_functions_that_webassembly_lacks_are_found():
    # Imports: a memory of 1 to 2 pages, a function, a table, a global.
    imports = (
        b"\x04\x03env\x01m\x02\x01\x01\x02\x03env\x04expf\x00\x00"
        b"\x03env\x01t\x01\x70\x00\x00\x03env\x01g\x03\x7f\x01"
    )
    content = b"\0asm\1\0\0\0" + b"\x01\x01\x00" + bytes([2, len(imports)]) + imports
    assert missing_symbols(content) == ["expf"]


def test_the_header_can_be_included_by_c_and_has_its_own_guard(written):
    header = written["x86_64"][1]
    assert "#ifndef KONV_ALL_LAYERS_H\n#define KONV_ALL_LAYERS_H\n" in header
    assert "#define KONV_INPUT_SHAPE {16, 18, 3}\n" in header
    assert "int konv_predict(const float *in, float *out);" in header
    assert header.count("#if") == header.count("#endif") == 3


@needs_x86_64
def test_a_network_worked_out_by_hand():
    classes, numbers = predicted(simple(), PICTURE[None, :, :, None])
    assert numbers.tolist() == [[18 + 9, 19 + 18 + 0.5]]
    assert classes.tolist() == [1]


@needs_x86_64
def test_pixels_become_the_input_in_the_order_of_the_network():
    pixels = np.arange(0, 240, 4).reshape(5, 4, 3)
    found = prepared(EXAMPLES["channels-first"](), pixels)
    assert found == pytest.approx(pixels.transpose(2, 0, 1) / 255, abs=1e-7)
    # (pixel / 255 − 0.25) / 0.5
    found = prepared(simple(), np.arange(240, 256).reshape(4, 4, 1))
    assert found.ravel() == pytest.approx((np.arange(240, 256) / 255 - 0.25) / 0.5, abs=1e-6)


@needs_x86_64
@pytest.mark.parametrize("name", EXAMPLES)
def test_models_of_the_files_are_the_reference(name):
    model = EXAMPLES[name]()
    shape = (3, *model.network.input_shape)
    pictures = np.random.default_rng(5).uniform(-1, 1, shape).astype(np.float32)
    _classes, numbers = predicted(model, pictures)
    assert numbers == pytest.approx(outputs(model, pictures), rel=2e-5, abs=1e-6)


@needs_x86_64
@pytest.mark.parametrize("seed", range(8))
def test_random_networks_are_the_reference_and_choose_its_classes(seed):
    model = random_model(seed, exact=seed % 2 == 0, engine="reference")
    contents = ModelContents(model.network, model.weights)
    shape = (5, *model.network.input_shape)
    pictures = np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)
    expected = outputs_in_float64(contents, pictures)
    classes, numbers = predicted(contents, pictures)
    size = max(1.0, float(np.abs(expected).max()))
    assert float(np.abs(numbers - expected).max()) < 2e-5 * size
    assert classes.tolist() == model.class_indices(numbers.reshape(5, -1)).tolist()


def saved(target, folder, contents):
    """Where the files of an export lie."""
    paths = {}
    for name, content in target.write(contents, "network").files.items():
        paths[name] = folder / name
        paths[name].write_bytes(content)
    return paths


@needs_c
@needs_x86_64
def test_it_is_linked_and_run_by_a_c_compiler(tmp_path):
    target = ObjectTarget("x86_64")
    paths = saved(target, tmp_path, simple())
    program, numbers = target.run(paths, PICTURE[None, :, :, None])
    assert numbers.tolist() == [[27, 37.5]]
    assert "cc" in program.lower() or "clang" in program.lower()


@needs_c
@needs_x86_64
def test_its_header_and_its_names_are_those_of_c(tmp_path):
    contents = every_layer()
    saved(ObjectTarget("x86_64"), tmp_path, contents)
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "network.h"\n#include "network.h"\n'
        "int main(void) {\n"
        "    static unsigned char pixels[KONV_INPUT_SIZE];\n"
        "    static float in[KONV_INPUT_SIZE], out[KONV_OUTPUT_SIZE];\n"
        "    konv_prepare(pixels, in);\n"
        "    puts(konv_class_names[konv_predict(in, out)]);\n"
        "    return 0;\n}\n"
    )
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    command = ["cc", *flags, "main.c", "network.o", "-o", "program"]
    subprocess.run(command, cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=True).stdout
    model = konv.Model.from_network(contents.network, engine="reference")
    model.set_weights(contents.weights)
    [number] = model.class_indices(model.predict(np.zeros((1, 16, 18, 3), np.uint8)))
    assert said == f"{contents.class_names[int(number)]}\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js on this machine")
@pytest.mark.parametrize("name", EXAMPLES)
def test_webassembly_runs_in_node(tmp_path, name):
    contents = EXAMPLES[name]()
    target = ObjectTarget("wasm32")
    shape = (3, *contents.network.input_shape)
    pictures = np.random.default_rng(5).uniform(-1, 1, shape).astype(np.float32)
    program, numbers = target.run(saved(target, tmp_path, contents), pictures)
    assert program.startswith("Node.js v")
    assert numbers == pytest.approx(outputs(contents, pictures), rel=2e-5, abs=1e-6)


def test_exports_are_added_where_they_belong(written):
    content = with_exports(written["wasm32"][0])
    kinds, place = [], 8
    while place < len(content):
        kinds.append(content[place])
        size = shift = 0
        while True:
            place += 1
            size |= (content[place] & 127) << shift
            shift += 7
            if content[place] < 128:
                break
        place += 1 + size
    numbered = [kind for kind in kinds if kind]
    assert numbered.index(7) == numbered.index(3) + 1
    assert b"\x0ckonv_predict\x00" in content


@pytest.mark.parametrize("name", [name for name in PLATFORMS if "-" in name])
@needs_x86_64
def test_what_is_for_another_machine_is_not_run_here(tmp_path, name):
    target = ObjectTarget(name)
    paths = saved(target, tmp_path, simple())
    with pytest.raises(NoRunnerError, match="this machine is another: it is for "):
        target.run(paths, PICTURE[None, :, :, None])


def test_without_node_nothing_is_said_to_be_proven(tmp_path, monkeypatch):
    target = ObjectTarget("wasm32")
    paths = saved(target, tmp_path, simple())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRunnerError, match=r"no Node\.js is here"):
        target.run(paths, PICTURE[None, :, :, None])


@pytest.mark.parametrize("name", ["x86-64", "arm", "", None, 3, "X86_64"])
def test_other_targets_are_refused_with_those_there_are(name):
    with pytest.raises(ParameterError, match="K201") as caught:
        ObjectTarget(name)
    assert '"x86_64", "aarch64-linux-gnu", "thumbv7em-none-eabi", ' in str(caught.value)


def test_equal_models_give_equal_bytes():
    first, second = (ObjectTarget("wasm32").write(simple(), "n").files for _each in "12")
    assert first == second
