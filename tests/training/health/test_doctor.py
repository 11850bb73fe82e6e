"""The doctor says each thing once, changes no bit, and goes on where a run goes on."""

import json

import numpy as np
import pytest

import konv
from konv.errors import FormatError, ParameterError
from konv.language import using_language
from konv.language.tables import places
from konv.training.callbacks import Callback
from konv.training.health.doctor import Doctor, teller
from konv.training.health.findings import Finding
from konv.training.health.findings_file import FindingsFile
from training.health.trainings import codes, dense, digits, fitted, network
from training.problems import bits, training

FINDING = Finding(
    code="T103",
    severity="warning",
    epoch=2,
    layers=("dense_1",),
    what="vanishing gradients: " + "dense_1 gets little " * 5,
    details=(("gradients", "√mean(g²)  1e-09 / 0.1 = 1e-08"),),
    why="Words. " * 30,
    fix="relu " * 30,
)


def told_by(epochs=3, file=None, **changes):
    told = []
    doctor = Doctor(told.append, file)
    run = training([doctor], epochs=epochs, **changes)
    run.run()
    return doctor, told, run


@pytest.mark.parametrize("threads", [1, 2])
def test_training_gives_the_same_bits_with_it_and_without_it(threads):
    before = konv.get_threads()
    konv.set_threads(threads)
    try:
        assert bits(told_by()[2].state) == bits(training(epochs=3).run())
    finally:
        konv.set_threads(before)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_fit_gives_the_same_model_with_it_and_without_it(engine):
    weights = []
    for doctor in (True, False):
        model = network(
            konv.Conv2D(4, 3),
            konv.BatchNormalization(),
            konv.ReLU(),
            konv.Flatten(),
            konv.Dropout(0.3),
            konv.Dense(10, activation="softmax"),
        )
        model = konv.Model.from_network(model.network, seed=3, engine=engine)
        history = fitted(model, *digits(150), epochs=3, augment="shift", doctor=doctor)
        weights.append([weight.tobytes() for weight in model.get_weights()])
        assert codes(history) == []
    assert weights[0] == weights[1]


def test_the_same_is_found_with_any_number_of_threads():
    before, found = konv.get_threads(), []
    for threads in (1, 3):
        konv.set_threads(threads)
        found.append(fitted(dense(12, activation="sigmoid"), *digits(200)).findings)
    konv.set_threads(before)
    assert found[0] == found[1]


def test_each_thing_is_said_once(capsys):
    model = dense(8, activation="sigmoid")
    history = fitted(model, *digits(200), epochs=12, verbose=2)
    assert codes(history) == ["T103"]
    said = capsys.readouterr().err
    assert said.count("T103 before the first update") == 1
    assert "konv explain-code T103" in said
    assert max(map(places, said.splitlines())) <= 80


def test_silence_is_silent_and_the_history_still_knows(capsys):
    history = fitted(dense(8, activation="sigmoid"), *digits(200))
    assert capsys.readouterr() == ("", "")
    assert history.findings[0].layers[0] == "dense_1"


def test_it_can_be_switched_off():
    model = dense(8, activation="sigmoid")
    assert fitted(model, *digits(200), doctor=False).findings == ()
    with pytest.raises(ParameterError, match="K201"):
        fitted(model, *digits(200), doctor="no")


def test_what_was_said_stands_in_a_file_and_is_not_said_again(tmp_path):
    file = FindingsFile(tmp_path / "findings.json")
    ill = {"optimizer": konv.SGD(20.0), "epochs": 1}
    doctor, told, _run = told_by(file=file, **ill)
    assert [finding.code for finding in told] == [finding.code for finding in doctor.findings]
    assert "T102" in [finding.code for finding in told]
    again, told_again, _run = told_by(file=file, **ill)
    assert told_again == []
    assert again.findings == doctor.findings == file.read()


def test_a_healthy_training_leaves_no_file(tmp_path):
    told_by(file=FindingsFile(tmp_path / "findings.json"))
    assert list(tmp_path.iterdir()) == []


def test_an_epoch_that_was_not_looked_at_before_a_run_was_killed_is_looked_at_later():
    """A run that goes on at the end of its first epoch, with units that died in it."""

    class Restoring(Callback):
        def on_train_begin(self):
            state = self.training.state
            state.epoch, state.iteration = 1, 7
            state.history = [{"epoch": 1, "loss": 1.0, "learning_rate": 0.01}]
            state.weights["conv2d_1/bias"][...] = 0
            state.weights["batch_normalization_1/gamma"][...] = np.inf

    told = []
    run = training([Restoring(), Doctor(told.append)], epochs=1)
    run.run()
    assert [(finding.code, finding.epoch) for finding in told] == [("T104", 1)]


def test_a_finding_is_short_in_a_terminal_and_whole_for_programs():
    assert Finding.from_dict(json.loads(json.dumps(FINDING.to_dict()))) == FINDING
    brief, whole = FINDING.brief(), FINDING.text()
    assert "√mean" not in brief
    assert "√mean(g²)  1e-09 / 0.1 = 1e-08" in whole
    assert brief.startswith("warning T103 after epoch 2: vanishing gradients")
    for text in (brief, whole):
        assert max(map(places, text.splitlines())) <= 80


def test_a_finding_speaks_korean():
    with using_language("ko"):
        assert FINDING.brief().startswith("경고 T103 (에포크 2 뒤): ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"findings": 3}',
        '{"findings": [3]}',
        '{"findings": [{"code": "T101"}]}',
        json.dumps({"findings": [{**FINDING.to_dict(), "epoch": "two"}]}),
        json.dumps({"findings": [{**FINDING.to_dict(), "fix": 3}]}),
        json.dumps({"findings": [{**FINDING.to_dict(), "details": [["one"]]}]}),
        json.dumps({"findings": [{**FINDING.to_dict(), "layers": [1]}]}),
    ],
)
def test_a_damaged_file_is_said_to_be_one(text, tmp_path):
    path = tmp_path / "findings.json"
    path.write_text(text)
    with pytest.raises(FormatError, match="K401") as caught:
        FindingsFile(path).read()
    assert "findings.json" in str(caught.value)


def test_a_reader_that_has_gone_away_does_not_end_a_training(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    teller(1)(FINDING)
