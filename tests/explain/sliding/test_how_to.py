"""The page on sliding windows: its Python prints what stands below it, its commands run."""

import contextlib
import io
import re
import shlex

from PIL import Image

from documents import ROOT, in_an_empty_folder
from konv.cli.main import main
from konv.explain.sliding import KERNELS

PAGE = (ROOT / "docs" / "how-to" / "convolve.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


def blocks(wanted):
    return [body for kind, body in BLOCKS if kind == wanted]


def test_the_examples_print_what_stands_below_them():
    names = {}
    for code, said in zip(blocks("python"), blocks("text"), strict=True):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, names)
        assert printed.getvalue() == said


def test_the_commands_run():
    lines = [line for body in blocks("sh") for line in body.splitlines()]
    assert len(lines) == 7
    with in_an_empty_folder():
        Image.linear_gradient("L").save("photo.jpg")
        for name in ("matrix.csv", "kernel.csv"):
            with open(name, "w", encoding="utf-8") as file:
                file.write("1,2\n3,4\n")
        for line in lines:
            konv, *words = shlex.split(line)
            assert konv == "konv"
            with contextlib.redirect_stdout(io.StringIO()):
                assert main(words) == 0, line


def test_every_named_kernel_is_in_the_table():
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE)
    assert re.findall(r"`([\w-]+)`", " ".join(rows)) == list(KERNELS)
