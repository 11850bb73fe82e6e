"""The page on scikit-learn: its Python prints what stands below it."""

from documents import ROOT, blocks, in_an_empty_folder, printed_by

PAGE = (ROOT / "docs" / "how-to" / "scikit-learn.md").read_text("utf-8")


def test_the_examples_print_what_stands_below_them():
    first, second = blocks(PAGE, "python")
    names = {}
    with in_an_empty_folder():
        assert printed_by(first, names) == blocks(PAGE, "text")[0]
        assert printed_by(second, names).split()[0] == "4"
