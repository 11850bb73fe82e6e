"""Every script in examples/ runs and shows what it promises, with less training."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
# What a script's output must hold. The numbers are the tutorials', worked out by hand.
SHOWS = {
    "augment.py": ("Shift(fraction=0.25)", "as they are", "shift=0.25"),
    "check_and_fix.py": ("D201", "D101", "D301", "  3  activation=", "that is left: note"),
    "compare_networks.py": ("16.41", "0.46", "uses each of its 591,904 weights 2 times"),
    "draw_a_network.py": ("residual-blocks.svg", "flowchart TD", "├─●"),
    "explain_one_number.py": (
        "0*0 + 1*1 + 2*2 + 3*1 + 0*0 + 1*2 = 15",
        "15 + 3 = 18 (bias)",
        "it would give 11 before",
        "[1 2 2 1]",
    ),
    "own_loss.py": ("sparse_categorical_crossentropy", "SmoothedCrossentropy(smoothing=0.2)"),
    "predict_a_picture.py": ("brought to (8, 8, 1), uint8", "it is "),
    "resume.py": ("killed when", "weights, all bits alike: True"),
    "save_and_load.py": ("the same bits: True", "the same network: True", "dense_2/bias"),
    "scikit_learn.py": ("digits-mini  10 epochs", "4 layers", "held-out digits", "<Model"),
    "size_arithmetic.py": ("[[15 16]\n [ 6 15]]", "[[11 12]\n [10 11]]", "[[1 2 2 1]\n [2 4 4 2]"),
    "summary.py": ("133,612 weights and 180 biases", "leaves out 0 rows and 1 columns"),
    "threads_and_precision.py": ("all bits alike: True",),
    "train_on_a_folder.py": ("network vgg-mini", "accuracy", "model.konv says of"),
    "train_on_digits.py": ("total  1,258", "accuracy", "predicted"),
    "tutorial_120x60.py": ("9,398,912", "drops 1 of 9 columns", "accuracy"),
    "tutorial_28x28.py": ("did you mean channels first?", "592,074", "1,051,904", "accuracy"),
    "tutorial_39x31.py": ("weights without biases: 64,320", "2,277,760", "accuracy"),
    "tutorial_dense.py": ("1,055,400", "dense / CNN = 16.41", "dense / CNN = 0.46", "accuracy"),
    "window_settings.py": ("kernel=2, stride=2", "(3 − 2) / 1 + 1 = 2, 0 left over", "22 30 38"),
}
HELPERS = {"two_digit_numbers.py"}

# Runs a script whose trainings see a few pictures once.
SHORTENED = """
import os, runpy, sys, konv

fit = konv.Model.fit

def briefly(model, x, y, **options):
    return fit(model, x[:96], y[:96], **{**options, "epochs": 1})

konv.Model.fit = briefly
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def arguments(tmp_path):
    """What a script is given on its command line."""
    from PIL import Image

    generator = np.random.default_rng(0)
    for number, name in enumerate(("민들레", "rose")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for index in range(12):
            pixels = generator.integers(0, 100, size=(60, 80, 3)) + 120 * number
            path = tmp_path / "photos" / name / f"{index}.png"
            Image.fromarray(pixels.astype(np.uint8)).save(path)
    return {"train_on_a_folder.py": [tmp_path / "photos", tmp_path / "model.konv"]}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Where all of them keep machine code: several have the same network."""
    return tmp_path_factory.mktemp("cache")


def test_every_example_is_known_here():
    assert {path.name for path in EXAMPLES.glob("*.py")} == SHOWS.keys() | HELPERS


@pytest.mark.parametrize("name", SHOWS)
def test_an_example_runs_and_shows_what_it_promises(name, arguments, cache, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SHORTENED, EXAMPLES / name, *arguments.get(name, ())],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
        env={
            **os.environ,
            "XDG_CACHE_HOME": str(cache),
            "TMPDIR": str(tmp_path),
            "LC_ALL": "C.UTF-8",
        },
    )
    assert done.returncode == 0, done.stderr
    for shown in SHOWS[name]:
        assert shown in done.stdout


@pytest.mark.parametrize("name", sorted(SHOWS.keys() | HELPERS))
def test_an_example_says_what_it_shows(name):
    source = (EXAMPLES / name).read_text("utf-8")
    assert source.startswith('"""')
    assert len(source.split('"""')[1].split()) > 10
