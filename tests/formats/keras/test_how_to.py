"""The page on Keras files: its Python prints what stands below it."""

from documents import ROOT, blocks, printed_by

PAGE = (ROOT / "docs" / "how-to" / "keras-files.md").read_text("utf-8")


def test_the_example_prints_what_stands_below_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert printed_by(blocks(PAGE, "python")[0]) == blocks(PAGE, "text")[0]
