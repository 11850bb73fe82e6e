import json

from konv.data.findings import Case, Finding, Findings, Statistics

STATISTICS = Statistics(
    height_px=(10, 12.5, 30),
    width_px=(20, 20, 20),
    commonest_px=((10, 20), 3),
    stored={"RGB": 3, "L": 1},
    alpha=1,
    mean=(0.5, 0.25, 0.125),
    std=(0.1, 0.2, 0.3),
)
CASES = tuple(Case((f"a/{number}.png", f"b/{number}.png"), "a, b") for number in range(7))
REPORT = Findings(
    "here",
    {"train": {"a": 3, "b": 1}, "test": {"a": 2, "b": 0}},
    STATISTICS,
    (
        Finding("error", "same", "7 are the same", "keep one", CASES),
        Finding("note", "hint", "fine"),
    ),
)


def test_the_dict_holds_everything_and_is_json() -> None:
    report = json.loads(json.dumps(REPORT.to_dict()))
    assert report["pictures"] == 6
    assert report["classes"] == {"train": {"a": 3, "b": 1}, "test": {"a": 2, "b": 0}}
    assert report["statistics"] == {
        "height_px": {"min": 10, "median": 12.5, "max": 30},
        "width_px": {"min": 20, "median": 20, "max": 20},
        "commonest_px": {"height": 10, "width": 20, "count": 3},
        "stored": {"RGB": 3, "L": 1},
        "alpha": 1,
        "mean": [0.5, 0.25, 0.125],
        "std": [0.1, 0.2, 0.3],
    }
    same, hint = report["findings"]
    assert (same["level"], same["kind"], same["fix"]) == ("error", "same", "keep one")
    assert len(same["cases"]) == 7
    assert same["cases"][6] == {"paths": ["a/6.png", "b/6.png"], "detail": "a, b"}
    assert hint["cases"] == []


def test_the_text_shows_the_first_cases() -> None:
    assert REPORT.text().splitlines() == [
        "here: 6 pictures, 2 classes",
        "  height 10, 12.5, 30, width 20, 20, 20 px (least, median, most); commonest 10×20 (3)",
        "  stored as RGB 3, L 1; 1 with alpha",
        "  mean 0.5000 0.2500 0.1250, std 0.1000 0.2000 0.3000 (between 0 and 1)",
        "error: 7 are the same",
        *(f"    a/{number}.png = b/{number}.png: a, b" for number in range(5)),
        "    … and 2 more",
        "  → keep one",
        "note: fine",
    ]


def test_findings_are_reached_by_kind() -> None:
    assert REPORT.worst == "error"
    same = REPORT.of_kind("same")
    assert same is not None
    assert len(same.paths) == 14
    assert REPORT.of_kind("other") is None
    assert Findings("here", {}, None, ()).worst is None


def test_nothing_found_is_said() -> None:
    assert Findings("here", {"train": {"a": 1}}, None, ()).text().splitlines() == [
        "here: 1 pictures, 1 classes",
        "nothing to remark",
    ]
