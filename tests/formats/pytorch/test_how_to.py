"""The page on PyTorch says what happens: its examples run, and print what stands below them."""

import pytest

from documents import PYTHON, ROOT, blocks, printed_by
from konv.errors import FormatError
from konv.formats.pytorch.pickles import refuse_pickle

PAGE = (ROOT / "docs" / "how-to" / "pytorch.md").read_text("utf-8")


@pytest.mark.oracle
def test_its_examples_print_what_stands_below_them():
    pytest.importorskip("torch")
    names = {}
    found = list(PYTHON.finditer(PAGE))
    assert len(found) == len(blocks(PAGE, "python")) == 6
    for example in found:
        assert printed_by(example["code"], names).strip() == example["said"]


def test_its_source_text_is_what_konv_writes_without_pytorch():
    first, second, *_others = PYTHON.finditer(PAGE)
    model = first["code"].split("module = ")[0].replace("import torch\n", "")
    assert printed_by(model + second["code"]).strip() == second["said"]


def test_the_way_to_a_safe_file_is_the_one_that_the_error_shows():
    with pytest.raises(FormatError) as caught:
        refuse_pickle("best.pt")
    lines = "\n".join(text for _label, text in caught.value.details)
    assert lines in blocks(PAGE, "text")[-1]
