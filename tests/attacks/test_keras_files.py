"""Keras's files made to harm: each is refused with its name, soon and in little memory; none runs.

The HDF5 library itself loops, crashes or asks for all memory on files with a few wrong bytes. It
runs in a process of its own, and these tests hold that process to its limits too.
"""

from __future__ import annotations

import io
import json
import os
import random
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacks.bombs import costs_of, needs_linux
from formats.keras.keras_files import (
    archive,
    call,
    graph,
    hdf5,
    input_layer,
    layer,
    older,
    older_layer,
    older_simple,
    row,
    simple,
)
from konv.errors import FormatError, KonvError, LimitError
from konv.formats.exchange.refusals import Refusals
from konv.formats.keras import KNOWN_CLASSES, hdf5_child, read_keras, translated
from konv.formats.keras import hdf5 as hdf5_file
from konv.formats.keras.layers import arguments_of
from oracles.properties import examples

EVIL = "\x1b[2J\u202e\x07"


def refusal(content, tmp_path, name="model.keras"):
    """The error that a file ends in: it names the file, and shows no control characters of it."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((FormatError, LimitError)) as caught:
        read_keras(path)
    text = str(caught.value)
    assert str(path) in text
    assert text.replace("\n", "").isprintable()
    return caught.value


def one_dense(weights):
    return archive(row(input_layer(2), layer("Dense", "d", units=1, use_bias=False)), weights)


# The archive -------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("content", [simple(), older_simple()], ids=[".keras", ".h5"])
def test_a_file_that_is_cut_off_is_refused(content, part, tmp_path):
    refusal(content[: int(part * len(content))], tmp_path)


def test_an_archive_cut_off_anywhere_is_refused(tmp_path):
    """The list of parts stands at the end: without it nothing is looked at."""
    content = simple()
    for length in range(8, len(content), 61):
        refusal(content[:length], tmp_path)


def packed(parts, **fields):
    """An archive of (name, content), with fields of its entries changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for field, value in fields.items():
                setattr(info, field, value)
            made.writestr(info, content)
    return file.getvalue()


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return [(name, file.read(name)) for name in file.namelist()]


def lying(content, size):
    """The same archive, whose list of parts claims other sizes."""
    changed = bytearray(content)
    place = changed.find(b"PK\x01\x02")
    while place >= 0:
        changed[place + 24 : place + 28] = struct.pack("<I", size)
        place = changed.find(b"PK\x01\x02", place + 4)
    return bytes(changed)


# Some kilobytes that unpack to gigabytes would fill the memory, or the disk.
ZEROS = bytes(66 * 2**20)


def test_a_part_that_unpacks_to_far_more_is_refused(tmp_path):
    parts = dict(parts_of(simple()))
    for name in ("config.json", "model.weights.h5"):
        bomb = packed({**parts, name: ZEROS}.items())
        assert isinstance(refusal(bomb, tmp_path), LimitError)


@pytest.mark.parametrize("size", [0, 1, 2**31, 2**32 - 1])
def test_sizes_in_the_list_of_parts_are_not_believed(size, tmp_path):
    """Neither is half a part taken for the whole, nor memory for what a part only claims."""
    refusal(lying(simple(), size), tmp_path)


def test_a_part_that_stands_there_twice_is_refused(tmp_path):
    """Two readers may take two different ones."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = packed([*parts_of(simple()), ("config.json", b"{}")])
    assert "stands there twice" in str(refusal(content, tmp_path))


def test_an_encrypted_part_is_refused(tmp_path):
    content = bytearray(packed(parts_of(simple())))
    place = content.find(b"PK\x01\x02")
    content[place + 8] |= 1
    assert "packed in a way" in str(refusal(bytes(content), tmp_path))


def test_other_ways_of_packing_are_refused(tmp_path):
    """bz2 and lzma unpack to more, and Keras writes neither."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as made:
        for name, content in parts_of(simple()):
            made.writestr(name, content)
    assert "packed in a way" in str(refusal(file.getvalue(), tmp_path))


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "C:\\outside", "a/../../outside"])
def test_no_part_is_written_where_its_name_says(name, tmp_path):
    """Only the weights are taken out, to a place that konv chooses; other parts are noted."""
    path = tmp_path / "here" / "model.keras"
    path.parent.mkdir()
    path.write_bytes(packed([*parts_of(simple()), (name, b"out")]))
    notes = [str(note) for note in read_keras(path).notes]
    assert any("outside" in note and "ignored" in note for note in notes)
    assert sorted(tmp_path.rglob("*")) == [path.parent, path]


def test_thousands_of_parts_are_refused(tmp_path):
    parts = [*parts_of(simple()), *((f"a{number}", b"") for number in range(2_000))]
    assert "too many parts" in str(refusal(packed(parts), tmp_path))


def test_an_archive_without_its_parts_is_refused(tmp_path):
    for name in ("config.json", "model.weights.h5"):
        parts = [part for part in parts_of(simple()) if part[0] != name]
        assert name in str(refusal(packed(parts), tmp_path))


# The description ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config",
    [
        b"{" * 10**6,
        b"[" * 10**6,
        b'{"a":' * 10**5,
        b'{"class_name": ' + b"9" * 10**6 + b"}",
        b'{"class_name": 1e999}',
        b'{"class_name": NaN}',
        b'{"a": 1, "a": 2}',
        b'"' + b"a" * (5 * 2**20) + b'"',
        b"[" + b"0," * 10**6 + b"0]",
        b'{"class_name": "\xff"}',
    ],
    ids=lambda config: config[:12].decode("latin-1"),
)
def test_json_made_to_harm_is_refused(config, tmp_path):
    refusal(archive(config, b""), tmp_path)


def test_names_reach_no_code(tmp_path):
    """Keras once imported what a file names, and ran what a Lambda holds."""
    target = tmp_path / "it ran"
    code = f"__import__('pathlib').Path({str(target)!r}).touch()"
    entries = [
        {**layer("Lambda", "a", function=code), "module": "keras.layers"},
        {**layer("system", "b", command=f"touch {target}"), "module": "os"},
        layer("Dense", "c", units=1, activation={"module": "os", "class_name": "system"}),
        layer("Dense", "d", units=1, kernel_initializer={"class_name": "__import__", "config": {}}),
        {**layer("Conv2D", "e", filters=1, kernel_size=1), "module": "builtins.eval"},
        layer("TorchModuleWrapper", "f", module_bytes=code),
    ]
    details = refusal(archive(row(input_layer(2), *entries), hdf5({})), tmp_path).details
    assert [what.split("(")[0] for _where, what in details][:3] == ["Lambda", "system", "Dense"]
    assert not target.exists()


BAD = (None, 0, -1, 2**31, 2**62, 2**63 - 1, 10**38, 1e308, "", "x", EVIL, "valid", True, [], {})
NESTED = ([0, 0], [2**62, 1], [[1]], [[[1]]], [None], {"class_name": "Dense"}, {"class_name": 7})


@pytest.mark.parametrize("kind", sorted(KNOWN_CLASSES))
def test_any_value_of_any_argument_is_taken_or_refused(kind):
    """Nothing but a refusal comes of a value that cannot be; shapes do not overflow."""
    for name in (*arguments_of(kind), "unknown", EVIL):
        for value in (*BAD, *NESTED, {"class_name": "ReLU", "config": {"max_value": EVIL}}):
            refused = Refusals()
            made = translated(kind, {name: value}, "here", [], refused, input_shape=(2, 2, 1))
            assert bool(made) != bool(refused), (name, value)
            assert all(what.isprintable() and len(what) < 1_000 for _where, what in refused.found)


@pytest.mark.parametrize("value", [0, -1, 2**31, 2**62, 2**63 - 1, 1.5, "4", None, True])
def test_sizes_of_an_input_that_cannot_be_are_refused(value, tmp_path):
    content = archive(row(input_layer(2, value, 1), layer("Flatten", "f")), hdf5({}))
    refusal(content, tmp_path)


def models_in_models(depth, calls):
    """Each calls the one inside several times: a few lines that stand for calls^depth layers."""
    model = row(input_layer(2, name="i"), layer("ReLU", "r"), name="m")
    for _level in range(depth):
        inner = {**model, "name": "m", "inbound_nodes": [call("in")]}
        for number in range(calls - 1):
            inner["inbound_nodes"].append(call(("m", number)))
        model = graph(input_layer(2), inner, output="m", name="m")
        model["config"]["output_layers"] = ["m", calls - 1, 0]
    return model


def many(count, kind, **config):
    return row(input_layer(2), *[layer(kind, f"l{n}", **config) for n in range(count)])


def same_names(count):
    """Different names for Keras, all of which konv would have to replace by one."""
    names = (chr(0xE000 + number) for number in range(count))
    return row(input_layer(2), *[layer("ReLU", name) for name in names])


def backwards(count):
    """A chain whose last layer stands first."""
    layers = [layer("ReLU", f"l{n}", [f"l{n - 1}"]) for n in range(1, count)]
    first = layer("ReLU", "l0", ["in"])
    return graph(*layers[::-1], first, input_layer(2), output=f"l{count - 1}")


def wide(count):
    """A few merges, each of the same many tensors."""
    branches = [layer("ReLU", f"b{n}", ["in"]) for n in range(count)]
    names = [f"b{n}" for n in range(count)]
    merges = [layer("Concatenate", f"m{n}", names, axis=-1) for n in range(count)]
    last = layer("Add", "end", [f"m{n}" for n in range(count)])
    return graph(input_layer(2), *branches, *merges, last, output="end")


NO_WEIGHTS = hdf5({})
BOMBS = {
    "models in models": lambda: archive(models_in_models(5, 20), NO_WEIGHTS),
    "a long chain": lambda: archive(many(1_500, "ReLU"), one_array()),
    "layers that there are not": lambda: archive(many(3_000, "Lambda"), NO_WEIGHTS),
    "layers of somebody's own": lambda: archive(many(3_000, "X" * 100), NO_WEIGHTS),
    "wrong arguments": lambda: archive(many(2_000, "Dense", units=-1), NO_WEIGHTS),
    "layers that do not fit": lambda: archive(
        many(1_500, "Conv2D", filters=1, kernel_size=3), NO_WEIGHTS
    ),
    "names that become one": lambda: archive(same_names(1_500), one_array()),
    "a chain written backwards": lambda: archive(backwards(1_000), one_array()),
    "wide merges": lambda: archive(wide(50), one_array()),
    "2^30 weights": lambda: archive(
        row(
            input_layer(1),
            *[layer("Dense", f"d{n}", units=2**20 if n % 2 == 0 else 2**10) for n in range(4)],
        ),
        NO_WEIGHTS,
    ),
    "maps of 2^28 numbers": lambda: archive(
        row(input_layer(16_384, 16_384, 1), layer("ZeroPadding2D", "z", padding=8_000)), NO_WEIGHTS
    ),
    "16 MB of weights of something else": lambda: one_dense(
        hdf5({"layers/dense": [np.zeros(2**22, np.float32)]})
    ),
    "zeros in the archive": lambda: packed([*parts_of(simple())[:2], ("model.weights.h5", ZEROS)]),
    "a list of parts of 30,000": lambda: packed((f"a{n}", b"") for n in range(30_000)),
    "4,000 groups": lambda: one_dense(hdf5({f"layers/g{n}": [] for n in range(2_000)})),
}


def one_array():
    """Weights that no layer asks for: the network is put together, and then refused."""
    return hdf5({"layers/dense": [np.zeros(1, np.float32)]})


@pytest.fixture(scope="module")
def costs(tmp_path_factory):
    """bomb -> what reading it costs."""
    made = {name: make() for name, make in BOMBS.items()}
    folder = tmp_path_factory.mktemp("bombs")
    return costs_of("konv.formats.keras:read_keras", ".keras", simple(), made, folder)


@needs_linux
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_soon_and_in_little_memory(name, costs):
    costs[name].check()
    assert ".keras" in costs[name].error[2]


# HDF5 --------------------------------------------------------------------------------------------


def store(fill):
    """An HDF5 file that ``fill`` has filled, as the weights of one dense layer."""
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        fill(made)
    return one_dense(file.getvalue())


KERNEL = np.ones((2, 1), np.float32)
PLACE = "layers/dense/vars/0"


def soft_link(file):
    file["elsewhere"] = KERNEL
    file["layers/dense/vars"] = h5py.SoftLink("/elsewhere")


def external_link(file):
    file.create_group("layers/dense/vars")["0"] = h5py.ExternalLink("/etc/passwd", "/a")


def external_numbers(file):
    file.create_dataset(PLACE, (2, 1), np.float32, external=[("/etc/passwd", 0, 8)])


def virtual(file):
    layout = h5py.VirtualLayout((2, 1), np.float32)
    layout[:] = h5py.VirtualSource("/etc/passwd", "a", (2, 1))
    file.create_virtual_dataset(PLACE, layout)


def unwritten(file):
    """64 TB of zeros that were never written: the file has 800 bytes."""
    file.create_dataset(PLACE, (2**22, 2**22), np.float32)


def cycle(file):
    group = file.create_group("layers/dense/vars")
    group["0"] = KERNEL
    group["round"] = file["layers"]


def named_type(file):
    file["layers/dense/vars/0"] = np.dtype(np.float32)


def objects(file):
    """Texts of any length, which Python keeps as objects."""
    file.create_dataset(PLACE, (2, 1), h5py.string_dtype())


def references(file):
    file.create_dataset(PLACE, (2, 1), h5py.ref_dtype)


HDF5 = {
    "a soft link": (soft_link, "link leads elsewhere"),
    "a link into another file": (external_link, "link leads elsewhere"),
    "numbers in another file": (external_numbers, "another file"),
    "a virtual array": (virtual, "another file"),
    "more numbers than the file has bytes": (unwritten, "more numbers"),
    "a group in itself": (cycle, "without end"),
    "a named type": (named_type, "neither a group nor an array"),
    "texts": (objects, "no float32"),
    "references": (references, "no float32"),
    "compressed zeros": (
        lambda file: file.create_dataset(
            PLACE, data=np.zeros((2**20, 4), np.float32), compression="gzip"
        ),
        "packed",
    ),
    "chunks that were never written": (
        lambda file: file.create_dataset(PLACE, (2**20, 2**20), np.float32, chunks=(1024, 1)),
        "packed",
    ),
    "half precision": (
        lambda file: file.create_dataset(PLACE, data=KERNEL.astype(np.float16)),
        "no float32",
    ),
    "double precision": (
        lambda file: file.create_dataset(PLACE, data=KERNEL.astype(np.float64)),
        "no float32",
    ),
    "complex numbers": (
        lambda file: file.create_dataset(PLACE, data=KERNEL.astype(np.complex64)),
        "no float32",
    ),
    "no numbers": (lambda file: file.create_dataset(PLACE, data=h5py.Empty("f4")), "more numbers"),
    "a name that is a number": (
        lambda file: file.create_group("layers/dense/vars").attrs.update(name=7),
        "no text",
    ),
    "a name of 10 MB": (
        lambda file: file.attrs.create("name", np.bytes_(b"a" * 60_000), shape=()),
        "missing",
    ),
    "groups in groups": (lambda file: file.create_group("/".join("a" * 60)), "without end"),
}


@pytest.mark.parametrize(("fill", "said"), HDF5.values(), ids=HDF5.keys())
def test_an_hdf5_file_that_is_no_plain_store_is_refused(fill, said, tmp_path):
    assert said in str(refusal(store(fill), tmp_path))


def test_names_and_texts_in_an_hdf5_file_are_no_paths_and_no_terminal(tmp_path):
    config = {
        "class_name": "Sequential",
        "config": {"name": EVIL, "layers": [older_layer("Dense", EVIL, units=1, input_dim=2)]},
    }
    refusal(older(config, {EVIL: {f"{EVIL}/kernel:0": KERNEL}}), tmp_path, "a.h5")
    refusal(older({"class_name": EVIL}, {}), tmp_path, "a.h5")
    refusal(older(b"\xff\xfe", {}), tmp_path, "a.h5")


# The process that reads it -----------------------------------------------------------------------

CHILDREN = {
    # What the library does with some files: it never ends,
    "loops": "while True: pass",
    # crashes,
    "crashes": "import os; os.kill(os.getpid(), 11)",
    # takes all memory,
    "eats memory": "import hdf5_child; hdf5_child._limit(0); b = bytearray(10**9)",
    # fills the disk, or writes what is no answer.
    "writes nonsense": "import sys; open(sys.argv[2], 'wb').write(b'\\xff' * 10_000)",
    "writes half": "import sys; open(sys.argv[2], 'wb').write((99).to_bytes(8, 'little') + b'{')",
    "writes nothing": "",
    "says nonsense": "import sys; print('no'); sys.exit(1)",
}


@pytest.mark.parametrize("program", CHILDREN.values(), ids=CHILDREN.keys())
def test_whatever_happens_to_that_process_it_is_a_damaged_file(program, tmp_path, monkeypatch):
    child = tmp_path / "child.py"
    folder = str(Path(hdf5_child.__file__).parent)
    child.write_text(f"import sys; sys.path.append({folder!r})\n{program}\n")
    monkeypatch.setattr(hdf5_file, "_CHILD", child)
    monkeypatch.setattr(hdf5_file, "_WAIT_S", 2)
    assert refusal(simple(), tmp_path).code in ("K401", "K404")


FLIPPED = """
import collections, json, os, random, resource, sys
from pathlib import Path
import h5py, numpy
sys.path.append(sys.argv[1])
import hdf5_child
content = Path(sys.argv[2]).read_bytes()
target = sys.argv[3]
ends = collections.Counter()
for seed in range(int(sys.argv[4])):
    chance = random.Random(seed)
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        value = chance.choice((0, 1, 127, 255, chance.randrange(256)))
        changed[chance.randrange(len(changed))] = value
    Path(target + ".h5").write_bytes(changed)
    pid = os.fork()
    if not pid:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        hdf5_child._CPU_S = 1
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            code = hdf5_child.main(target + ".h5", target)
        except BaseException:
            code = 1
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        os._exit(99 if grown > 100_000 else code)
    status = os.waitpid(pid, 0)[1]
    ends["ended" if os.WIFEXITED(status) else "killed"] += 1
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 99:
        ends["memory"] += 1
print(json.dumps(ends))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_bytes_changed_at_random_end_in_time_and_in_memory(tmp_path):
    """80 files; that some kill the process is what it is there for."""
    (tmp_path / "w.h5").write_bytes(older_simple())
    done = subprocess.run(
        [
            *(sys.executable, "-c", FLIPPED, str(Path(hdf5_child.__file__).parent)),
            *(str(tmp_path / "w.h5"), str(tmp_path / "out"), "80"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    ends = json.loads(done.stdout)
    assert ends.get("ended", 0) + ends.get("killed", 0) == 80
    assert not ends.get("memory")


# Anything ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(25))
def test_a_file_with_bytes_changed_at_random_is_read_or_refused(seed, tmp_path):
    """What is read is whole: finite weights of the shapes that the network needs."""
    chance = random.Random(seed)
    content = bytearray(chance.choice([simple(), older_simple()]))
    for _change in range(chance.choice((1, 2, 8))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path = tmp_path / "changed"
    path.write_bytes(content)
    reason = ""
    try:
        found = read_keras(path).contents
    except KonvError as error:
        reason = str(error)
    if reason:
        assert str(path) in reason
        return
    assert all(np.isfinite(array).all() for array in found.weights.values())
    assert {n: a.shape for n, a in found.weights.items()} == {
        name: spec.shape for name, spec in found.network.weight_specs.items()
    }


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**40) | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@examples(60)
@given(st.sampled_from(sorted(KNOWN_CLASSES)), st.data())
def test_any_arguments_are_taken_or_refused(kind, data):
    names = st.sampled_from(sorted({*arguments_of(kind), "class_name", "config"}))
    config = data.draw(st.dictionaries(names, VALUES, max_size=4))
    refused = Refusals()
    assert bool(translated(kind, config, "here", [], refused)) != bool(refused)
