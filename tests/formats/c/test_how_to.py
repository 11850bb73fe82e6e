"""The page on C: its example is built and run, its numbers are worked out."""

import re
import subprocess

import konv
from documents import ROOT, blocks
from konv.data import load
from konv.data.preprocessing import Preprocessing
from konv.formats.c.lowering import lowered
from konv.formats.c.target import CTarget
from konv.formats.contents import ModelContents
from konv.formats.object_code.platforms import PLATFORMS
from konv.limits import MAX_MEMORY_IN_C, MAX_WEIGHTS_IN_C
from oracles.c_programs import built, needs_c

PAGE = (ROOT / "docs" / "how-to" / "c.md").read_text("utf-8")


@needs_c
def test_the_example_is_built_and_tells_a_one(tmp_path):
    digits = load("digits").train
    model = konv.Model.from_network(konv.named_network("digits-mini").network, seed=2)
    model.fit(digits.images, digits.labels, epochs=3, verbose=0, doctor=False)
    contents = ModelContents(
        model.network,
        model.weights,
        class_names=tuple(str(label) for label in model.classes),
        preprocessing=Preprocessing(8, 8, 1),
    )
    [(name, content)] = CTarget().write(contents, "digits").files.items()
    (tmp_path / name).write_bytes(content)
    [example] = blocks(PAGE, "c")
    (tmp_path / "main.c").write_text(example, "utf-8")
    program = built(tmp_path, [tmp_path / "main.c"])
    said = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(r"This is a 1 \(\d+\.\d%\)\.\n", said)


def test_its_table_of_networks_is_what_is_written():
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", PAGE, re.M)
    assert len(rows) == 5
    for name, *stated in rows:
        model = konv.Model.from_network(konv.named_network(name).network)
        inference = lowered(ModelContents(model.network, model.weights), "C")
        weights = 4 * sum(constant.values.size for constant in inference.constants)
        numbers = (weights, 4 * inference.memory, model.network.macs)
        assert stated == [f"{number:,}" for number in numbers], name


def test_its_targets_and_its_limits_are_those_of_konv():
    assert re.findall(r"^\| `([\w-]+)` \| [A-Zb]", PAGE, re.M) == [*PLATFORMS]
    assert f"more than\n{MAX_WEIGHTS_IN_C:,} weights" in PAGE
    assert MAX_MEMORY_IN_C * 4 == 2**30
