"""A run that is killed at any moment goes on to the same bits as one that was not."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

NETWORK = """\
konv: 1
layers:
  - Input: {shape: [8, 8, 3]}
  - Conv2D: {filters: 4, kernel_size: 3}
  - BatchNormalization
  - ReLU
  - Flatten
  - Dropout: {rate: 0.3}
  - Dense: {units: 3, activation: softmax}
"""
EPOCHS = 24
# So large a learning rate makes an epoch in the middle the best one, not the last.
OPTIONS = ("--learning-rate", "0.3", "--schedule", "constant", "--batch-size", "3")
MORE_OPTIONS = ("--epochs", str(EPOCHS), "--augment", "shift=0.2,flip", "--seed", "3")
RESULTS = ("best.konv", "last.konv", "log.csv")


@pytest.fixture(scope="module")
def uninterrupted(photos_of_session, tmp_path_factory):
    """The words that begin the run, and what it leaves when nothing happens."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    (folder / "net.yaml").write_text(NETWORK)
    words = ["train", str(photos_of_session), "--network", str(folder / "net.yaml"), *OPTIONS]
    words += MORE_OPTIONS
    finish(start([*words, "--out", str(folder / "run"), "--threads", "2"]))
    return words, {name: (folder / "run" / name).read_bytes() for name in RESULTS}


def start(words):
    """The command in a process of its own, which keeps a checkpoint after every update."""
    return subprocess.Popen(
        [sys.executable, "-m", "konv", *words, "--checkpoint-every-s", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finish(process):
    _out, message = process.communicate(timeout=120)
    assert process.returncode == 0, message


def killed(process, wait_s):
    """Whether the process was still at work when it was killed."""
    time.sleep(wait_s)
    process.kill()
    process.communicate(timeout=60)
    return process.returncode == -signal.SIGKILL


def wait_for(process, run, epochs):
    """Until the run has come so far, or the process is done."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if (run / "checkpoint.safetensors").exists() and epochs_done(run) >= epochs:
            return
        time.sleep(0.002)


def epochs_done(run):
    log = run / "log.csv"
    return len(log.read_text().splitlines()) - 1 if log.exists() else 0


@pytest.mark.parametrize("seed", [0, 1])
def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bits(
    seed, uninterrupted, tmp_path
):
    words, expected = uninterrupted
    run = tmp_path / "run"
    moments = random.Random(seed)
    process = start([*words, "--out", str(run), "--threads", "1"])
    kills = 0
    for epochs in (0, 3, 8, 15):
        wait_for(process, run, epochs)
        kills += killed(process, moments.uniform(0, 0.1))
        process = start(["train", "--resume", str(run), "--threads", "2"])
    finish(process)
    assert kills >= 3
    assert not list(run.glob(".*.part"))
    assert {name: (run / name).read_bytes() for name in RESULTS} == expected


def test_a_run_that_is_killed_before_its_first_checkpoint_begins_again(uninterrupted, tmp_path):
    words, expected = uninterrupted
    run = tmp_path / "run"
    process = start([*words, "--out", str(run)])
    while not (run / "run.json").exists():
        time.sleep(0.002)
    killed(process, 0)
    (run / "checkpoint.safetensors").unlink(missing_ok=True)
    finish(start(["train", "--resume", str(run)]))
    assert {name: (run / name).read_bytes() for name in RESULTS} == expected


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on_and_does(sent, uninterrupted, tmp_path):
    words, expected = uninterrupted
    run = tmp_path / "run"
    process = start([*words, "--out", str(run)])
    wait_for(process, run, 0)
    process.send_signal(sent)
    _out, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert message.rstrip().endswith(f"interrupted; konv train --resume {run} goes on")
    assert "Traceback" not in message
    finish(start(["train", "--resume", str(run)]))
    assert {name: (run / name).read_bytes() for name in RESULTS} == expected


def test_the_best_epoch_of_these_runs_is_not_their_last(uninterrupted):
    """Else nobody would see that it was forgotten."""
    _words, expected = uninterrupted
    assert expected["best.konv"] != expected["last.konv"]


def test_a_run_that_is_done_stays_as_it_is(konv, run_folder):
    before = {path: path.read_bytes() for path in run_folder.iterdir()}
    result = konv("train", "--resume", "run")
    assert result.code == 0
    assert "best epoch:" in result.out
    assert {path: path.read_bytes() for path in run_folder.iterdir()} == before


def test_pictures_that_moved_are_found_where_run_json_says(konv, run_folder, photos):
    moved = shutil.move(photos, photos.parent / "elsewhere")
    description = json.loads((run_folder / "run.json").read_text())
    description["data"]["source"] = str(moved)
    (run_folder / "run.json").write_text(json.dumps(description))
    assert konv("train", "--resume", "run").code == 0


def test_other_versions_are_noted(konv, run_folder):
    description = json.loads((run_folder / "run.json").read_text())
    description["versions"]["numpy"] = "1.0"
    (run_folder / "run.json").write_text(json.dumps(description))
    result = konv("train", "--resume", "run", "--json")
    assert result.code == 0
    assert "other versions" in result.err
    assert json.loads(result.out)["epochs"] == 6
