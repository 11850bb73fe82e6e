"""Checking as a whole: order, strictness, text, data; the networks that ship with konv."""

import json

import pytest

import konv
from konv.design import check
from konv.design.findings import SEVERITIES
from konv.errors import ParameterError
from konv.language import using_language
from konv.language.tables import places
from konv.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from konv.network import named_network, named_networks, sequential

SEVERAL = sequential(
    [
        Input((9, 9, 1)),
        Conv2D(4, 2, padding="same"),
        MaxPooling2D(2),
        Conv2D(4, 2),
        Dropout(0),
        Flatten(),
        Dense(3, activation="relu"),
    ]
)


def test_findings_come_in_the_order_of_the_layers():
    findings = check(SEVERAL, classes=4)
    places_of_findings = [(finding.index, finding.code) for finding in findings]
    assert places_of_findings == sorted(places_of_findings)
    assert {"D101", "D105", "D301", "D302", "D401"} <= {finding.code for finding in findings}
    assert findings.worst == "error"


def test_a_network_without_faults_is_said_to_have_none():
    findings = konv.check(named_network("lenet5").network, classes=10)
    assert (list(findings), findings.worst) == ([], None)
    assert findings.text() == "lenet5: nothing to remark"


# What is said of the networks that ship with konv above a note, with the reason why it is true:
# 28 → 14 → 7 → 3 leaves a row of 7 out; the tutorial's listing drops one of 9 columns.
TRUE = {"vgg-grey": {"D101"}, "tutorial-120x60": {"D101"}}


@pytest.mark.parametrize("named", named_networks(), ids=lambda named: named.name)
def test_nothing_untrue_is_said_of_the_networks_that_ship_with_konv(named):
    findings = check(named.network, classes=named.network.output_shape[0])
    grave = {finding.code for finding in findings if finding.severity != "note"}
    assert grave == TRUE.get(named.name, set())


def strict(*layers):
    network = sequential([Input((8, 8, 1)), *layers, Flatten(), Dense(3, activation="softmax")])
    return check(network, strict=True)


def test_strictly_every_division_must_be_whole():
    # (8 + 2·1 − 3) / 2 = 3.5: the last zero is met by no window, but every pixel is
    layer = Conv2D(4, 3, strides=2, padding=1, activation="relu")
    [finding] = strict(layer).of_code("D104")
    assert finding.severity == "error"
    assert finding.details[0] == ("rows", "⌊(8 + 2·1 − 3) / 2⌋ + 1 = 4")
    fixed = finding.fixed().network
    assert fixed.node("conv2d_1").layer.padding == ((1, 0), (1, 0))
    assert fixed.output_shape == (3,)
    assert check(fixed, strict=True).of_code("D104") == ()
    assert strict(Conv2D(4, 2, strides=2, activation="relu")).of_code("D104") == ()


def test_strictly_a_dropped_row_is_an_error():
    assert [f.severity for f in strict(MaxPooling2D(3)).of_code("D101")] == ["error"]


def test_the_network_of_the_first_tutorial_is_whole_and_that_of_its_listing_is_not():
    assert check(named_network("tutorial-39x31").network, strict=True).worst == "note"
    assert check(named_network("tutorial-120x60").network, strict=True).worst == "error"


@pytest.mark.parametrize("classes", [0, 1, -3, 2.5, "ten"])
def test_a_number_of_classes_that_cannot_be_is_refused(classes):
    with pytest.raises(ParameterError, match="classes"):
        check(SEVERAL, classes=classes)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_text_is_80_places_wide_and_says_why_and_what_to_do(language):
    with using_language(language):
        findings = check(SEVERAL, classes=4)
        text = findings.text()
    assert max(map(places, text.splitlines())) <= 80
    for finding in findings:
        assert finding.code in text
        assert finding.why
        assert finding.fix


def test_the_data_says_the_same_as_the_text():
    findings = check(SEVERAL, classes=4)
    facts = json.loads(json.dumps(findings.to_dict()))
    assert [fact["code"] for fact in facts["findings"]] == [finding.code for finding in findings]
    for fact, finding in zip(facts["findings"], findings, strict=True):
        assert fact["severity"] in SEVERITIES
        assert fact["fixable"] == (finding.fixed() is not None)
        assert (fact["layer"], fact["what"], fact["why"]) == (
            finding.layer,
            finding.what,
            finding.why,
        )


def test_the_same_network_is_told_the_same():
    assert check(SEVERAL, classes=4) == check(SEVERAL, classes=4)
    assert check(SEVERAL, classes=4).text() == check(SEVERAL, classes=4).text()


def test_a_network_of_many_layers_is_checked_quickly_and_without_trying_fixes():
    layers = [Dense(2, activation="relu"), Dropout(0)] * 400
    findings = check(sequential([Input((2,)), *layers]))
    assert len(findings.of_code("D401")) == 400
    assert sum(finding.fixed() is not None for finding in findings) < 400
