"""The page on sliding windows: its Python prints what stands below it, its commands run."""

import re

from PIL import Image

from documents import ROOT, blocks, commands, in_an_empty_folder, output_of, printed_by
from konv.explain.sliding import KERNELS

PAGE = (ROOT / "docs" / "how-to" / "convolve.md").read_text("utf-8")


def test_the_examples_print_what_stands_below_them():
    names = {}
    for code, said in zip(blocks(PAGE, "python"), blocks(PAGE, "text"), strict=True):
        assert printed_by(code, names) == said


def test_the_commands_run():
    lines = commands(PAGE)
    assert len(lines) == 7
    with in_an_empty_folder():
        Image.linear_gradient("L").save("photo.jpg")
        for name in ("matrix.csv", "kernel.csv"):
            with open(name, "w", encoding="utf-8") as file:
                file.write("1,2\n3,4\n")
        for line in lines:
            assert output_of(*line)


def test_every_named_kernel_is_in_the_table():
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE)
    assert re.findall(r"`([\w-]+)`", " ".join(rows)) == list(KERNELS)
