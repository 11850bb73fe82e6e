"""The page on ONNX runs from top to bottom and prints what it shows."""

from documents import ROOT, blocks, in_an_empty_folder, printed_by

PAGE = (ROOT / "docs" / "how-to" / "onnx.md").read_text("utf-8")


def test_its_python_runs_and_prints_what_stands_below():
    names = {}
    with in_an_empty_folder():
        printed = [printed_by(code, names) for code in blocks(PAGE, "python")]
    assert [text for text in printed if text] == blocks(PAGE, "text")
