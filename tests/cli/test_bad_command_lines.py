"""Command lines that cannot be: each is answered with what is wrong and a fix, and costs nothing.

Every row is a line as a person would type it, in a folder of pictures, models, runs and other
files; the code that the answer must have, and a word of what it must say.
"""

from __future__ import annotations

import json
import pickle
import shlex
import shutil
import zipfile
from pathlib import Path

import pytest

from konv.cli.main import main
from konv.data import Preprocessing
from konv.layers import Dense, Flatten, Input
from konv.model import Sequential
from konv.training.labels import Labels
from konv.training.run_folder import RunFolder

ROWS = [
    # commands and options that do not exist, or are used as they are not
    ("trian photos", "K901", 'did you mean "train"?'),
    ("--verison", "K901", '"--version"'),
    ("data chek photos", "K901", '"check"'),
    ("train photos --epoch 3", "K901", '"--epochs"'),
    ("train photos --jsn", "K901", "--json"),
    ("train", "K901", "DATA is missing"),
    ("train photos more", "K901", "'more' is one too many"),
    ("train photos --epochs", "K901", "in konv train: --epochs needs a value"),
    ("predict run/best.konv", "K901", "PICTURES is missing"),
    ("evaluate run/best.konv", "K901", "DATA is missing"),
    ("summary", "K901", "NETWORK is missing"),
    ("networks simple", "K901", "'simple' is one too many"),
    ("info --lang fr", "K201", '"en", "ko"'),
    ("info --lang", "K901", "--lang needs a value"),
    ("summary lenet5 --csv --json", "K901", "--csv"),
    ("predict run/best.konv photos --csv --json", "K901", "--csv"),
    ("summary lenet5 --csv --train", "K901", "--train"),
    ("check", "K901", "NETWORK is missing"),
    ("check lenet5 --out new.yaml", "K901", "--out says nothing without --fix"),
    ("check lenet5 --fix --out new.txt", "K404", ".yaml"),
    ("check tutorial-120x60 --fix --out notes.txt/new.yaml", "K405", "folder"),
    ("check lenet5 --classes 1", "K201", "from 2 to"),
    ("check lenet5 --classes ten", "K201", "whole number"),
    ("check lenet5 --strikt", "K901", '"--strict"'),
    ("check simpel", "K309", "simple"),
    ("check none.yaml", "K404", "check the path"),
    ("check broken.yaml", "K401", "broken.yaml"),
    ("check pickle.konv", "K404", "pickle"),
    ("design", "K901", "--input is missing"),
    ("design --input 28x28x1 --classes 10 --max-params 70q", "K201", "such as 70000, 70k"),
    ("design --input 28x28x1 --classes 10 --max-params 5", "K312", "--max-params 77"),
    ("design --input 8x8x1 --classes 10 --out notes.txt/a.yaml", "K405", "folder"),
    ("explain-code", "K901", "CODE is missing"),
    ("explain-code K199", "K901", "such as K104"),
    ("explain-code 한글", "K901", "there is no code"),
    ("summary lenet5 --batch-size 8", "K901", "--batch-size says nothing without --train"),
    ("summary lenet5 --pictures 8", "K901", "--pictures says nothing without --train"),
    ("info --plan", "K901", "which network"),
    ("info run/best.konv --predict", "K901", "--train says nothing without --plan"),
    ("info --pixels uint8", "K901", "--pixels says nothing without --plan"),
    ("info --precision bf16", "K901", "--precision says nothing without --plan"),
    (
        "info --plan lenet5 --precision bf16",
        "K901",
        "--precision says nothing without --predict",
    ),
    ("info --plan lenet5 lenet5", "K901", "one too many"),
    ("draw", "K901", "NETWORK is missing"),
    ("draw lenet5 --stile graph", "K901", '"--style"'),
    ("train photos --standardize=yes", "K901", "--standardize takes no value"),
    # numbers and words that an option cannot hold
    ("train photos --epochs 0", "K201", "from 1 to"),
    ("train photos --epochs -1", "K201", "from 1 to"),
    ("train photos --epochs 1.5", "K201", "whole number"),
    ("train photos --epochs many", "K201", "whole number"),
    ("train photos --batch-size 9223372036854775808", "K201", "from 1 to"),
    ("train photos --learning-rate nan", "K201", "> 0"),
    ("train photos --learning-rate 0", "K201", "> 0"),
    ("train photos --seed -1", "K201", "from 0 to"),
    ("train photos --size 0", "K201", "16,384"),
    ("train photos --size 8x8x3", "K201", "24x32"),
    ("train photos --size 99999", "K201", "16,384"),
    ("train photos --channels 2", "K201", "1 (grey) or 3"),
    ("train photos --policy squeeze", "K201", '"stretch"'),
    ("train photos --validation 1", "K201", "< 1"),
    ("train photos --validation 0.6 --test 0.5", "K506", "sum below 1"),
    ("train photos --limit 2", "K506", "limit=3"),
    ("train photos --optimizer adan", "K201", '"adam"'),
    ("train photos --schedule cosin", "K201", '"cosine"'),
    ("train photos --momentum 0.9", "K205", "--optimizer sgd"),
    ("train photos --augment shift,flop", "K201", '"flip"'),
    ("train photos --class-weight even", "K201", '"balanced"'),
    ("train photos --patience 0", "K201", "from 1 to"),
    ("train photos --engine gpu", "K201", '"reference"'),
    ("train photos --threads 0", "K201", "from 1 to"),
    ("predict run/best.konv photos --top 0", "K201", "from 1 to"),
    ("evaluate run/best.konv photos --split tset", "K201", '"test"'),
    ("demo --epochs 0", "K201", "from 1 to"),
    ("info --plan lenet5 --batch-size 0", "K201", "from 1 to 65,536"),
    ("info --plan lenet5 --pixels int8", "K201", '"float32"'),
    ("summary lenet5 --train --pictures 0", "K201", "from 1 to"),
    ("draw lenet5 --style block", "K201", 'did you mean "blocks"?'),
    # networks
    ("train photos --network simpel", "K309", '"simple"'),
    ("train photos --network none.yaml", "K404", "check the path"),
    ("train photos --network ten.yaml", "K505", "Dense(3"),
    ("train photos --network ten.yaml --size 9", "K504", "--size"),
    ("train photos --network broken.yaml", "K401", "broken.yaml"),
    ("train photos --network notes.txt", "K401", "no Keras model is described"),
    ("train photos --network lenet5", "K308", "smallest picture"),
    ("train photos --network dense.yaml --augment flip", "K205", "--augment"),
    ("summary simpel", "K309", '"simple"'),
    ("draw simpel", "K309", '"simple"'),
    ("draw none.yaml", "K404", "check the path"),
    ("draw broken.yaml", "K401", "broken.yaml"),
    ("draw lenet5 --out lenet5.png", "K404", ".svg"),
    ("draw lenet5 --style text --out lenet5.svg", "K404", ".txt"),
    ("draw lenet5 --out notes.txt/a.svg", "K405", "folder"),
    ("summary simpel --train", "K309", '"simple"'),
    ("info --plan simpel", "K309", '"simple"'),
    ("info --plan none.yaml", "K404", "check the path"),
    ("info --plan broken.yaml", "K401", "broken.yaml"),
    ("info --plan pickle.konv", "K404", "pickle"),
    ("summary photos/가위/0.png", "K401", "a picture"),
    # data
    ("train nowhere", "K501", "path that exists"),
    ("train fotos", "K501", '"photos"'),
    ("train empty", "K501", "a folder for each class"),
    ("train photos/가위", "K501", "photos"),
    ("train notes.txt", "K501", "expected"),
    ("train photos/가위/0.png", "K501", "one picture"),
    ("train run/best.konv", "K501", "expected"),
    ("train pickled.npz", "K401", "pickled.npz"),
    ("train unreadable", "K501", "read"),
    ("data check nowhere", "K501", "path that exists"),
    ("data check empty", "K501", "a folder for each class"),
    # models
    ("predict none.konv photos", "K404", "exists"),
    ("predict photos/가위/0.png photos", "K401", "a picture"),
    ("predict pickle.konv photos", "K404", "pickle"),
    ("predict broken.konv photos", "K401", "broken.konv"),
    ("predict photos photos", "K404", "photos"),
    ("predict run/best.konv nowhere.png", "K501", "exists"),
    ("predict run/best.konv empty", "K501", "files that end in"),
    ("predict run/best.konv unreadable", "K502", "JPEG"),
    ("predict mute.konv photos", "K504", "how a picture becomes"),
    ("predict numbers.konv photos", "K505", "softmax"),
    ("evaluate run/best.konv others", "K505", "바위"),
    ("evaluate run/best.konv photos/가위", "K501", "photos"),
    ("evaluate mute.konv photos", "K504", "how a picture becomes"),
    ("info none.konv", "K404", "exists"),
    # run folders
    ("train photos --out run", "K804", "--resume run"),
    ("train photos --out taken", "K804", "last.konv"),
    ("train photos --out notes.txt", "K405", "folder"),
    ("train photos --out claimed", "K804", "another process"),
    ("train --resume nowhere", "K803", "--out nowhere"),
    ("train --resume photos", "K803", "there is no run"),
    ("train --resume held", "K804", "another process"),
    ("train --resume run photos", "K901", "without DATA"),
    ("train --resume run --epochs 20 --seed 1", "K901", "--epochs, --seed"),
    ("train --resume cut", "K401", "run.json"),
    ("train --resume odd", "K401", "run.json"),
    ("train --resume newer", "K403", "use a newer konv"),
    ("train --resume changed", "K803", "not those that this run began with"),
    ("train --resume crossed", "K803", "another run"),
    ("train photos --out fresh --learning-rate 1e30 --optimizer sgd", "K802", "smaller"),
    ("demo --out notes.txt", "K405", "--out"),
    ("summary lenet5 --html notes.txt/page.html", "K405", "folder"),
]


@pytest.fixture(scope="session")
def template(photos_of_session, run_of_session, paint, tmp_path_factory):
    """A folder with one of everything that can be wrong."""
    place = tmp_path_factory.mktemp("workshop")
    shutil.copytree(photos_of_session, place / "photos")
    shutil.copytree(run_of_session, place / "run")
    (place / "empty").mkdir()
    (place / "notes.txt").write_text("these are notes\n")
    for label, name in enumerate(("가위", "주먹", "보")):
        paint(place / "others" / name / "0.png", label)
    for name in ("a", "b"):
        (place / "unreadable" / name).mkdir(parents=True)
        (place / "unreadable" / name / "text.png").write_text("not a picture\n")
    _write_networks(place)
    _write_models(place, photos_of_session)
    _write_runs(place, photos_of_session, paint)
    return place


def _write_networks(place):
    head, last = "konv: 1\nlayers:\n", "  - Dense: {{units: {}, activation: softmax}}\n"
    first = "  - Input: {shape: [8, 8, 3]}\n  - Flatten\n"
    (place / "ten.yaml").write_text(head + first + last.format(10))
    (place / "dense.yaml").write_text(head + "  - Input: {shape: [192]}\n" + last.format(3))
    (place / "broken.yaml").write_text("konv: 1\nlayers: [Input: {shape: [8, 8")


def _write_models(place, photos):
    whole = (place / "run" / "best.konv").read_bytes()
    (place / "broken.konv").write_bytes(whole[: len(whole) // 2])
    (place / "pickle.konv").write_bytes(pickle.dumps({"weights": [1.0]}))
    with zipfile.ZipFile(place / "pickled.npz", "w") as archive:
        archive.writestr("x_train.npy", pickle.dumps([1, 2]))
        archive.writestr("y_train.npy", pickle.dumps([0, 1]))
    mute = Sequential([Input((8, 8, 3)), Flatten(), Dense(3, activation="softmax")])
    mute.labels = Labels(("가위", "바위", "보"))
    mute.save(place / "mute.konv")
    numbers = Sequential([Input((8, 8, 3)), Flatten(), Dense(3)])
    numbers.preprocessing = Preprocessing(8, 8, 3)
    numbers.save(place / "numbers.konv")


def _write_runs(place, photos, paint):
    (place / "taken").mkdir()
    (place / "taken" / "last.konv").write_bytes(b"somebody's own")
    for name in ("held", "cut", "odd", "newer", "changed", "crossed"):
        shutil.copytree(place / "run", place / name)
    text = (place / "run" / "run.json").read_text()
    (place / "cut" / "run.json").write_text(text[: len(text) // 2])
    _change(place / "odd", lambda run: run["training"].update(speed=3))
    _change(place / "newer", lambda run: run.update(form=99))
    other = shutil.copytree(photos, place / "repainted")
    paint(other / "보" / "0.png", 0, 99)
    _change(place / "changed", lambda run: run["data"].update(source=str(other)))
    _change(place / "crossed", lambda run: run["training"].update(epochs=7))


def _change(run, how):
    description = json.loads((run / "run.json").read_text())
    how(description)
    (run / "run.json").write_text(json.dumps(description))


@pytest.fixture
def workshop(template, tmp_path, monkeypatch):
    place = Path(shutil.copytree(template, tmp_path / "workshop"))
    monkeypatch.chdir(place)
    held, claimed = RunFolder(place / "held"), RunFolder(place / "claimed")
    held.open()
    claimed.create({})
    claimed.description.unlink()
    yield place
    held.close()
    claimed.close()


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("line", "code", "said"), ROWS, ids=[row[0] for row in ROWS])
def test_a_bad_line_is_answered_with_a_fix_and_loses_nothing(line, code, said, workshop, capsys):
    before = contents(workshop)
    assert main(shlex.split(line)) == 2
    captured = capsys.readouterr()
    message = captured.err
    assert f"Error {code}" in message
    assert "\n  fix" in message
    assert said in message
    assert "Traceback" not in message + captured.out
    assert max(map(len, message.splitlines())) < 200
    assert contents(workshop) == before

    assert main(["--json", *shlex.split(line)]) == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["code"] == (code if "--csv" not in line else "K901")
    assert error["fix"]
    assert error["what"] in captured.err
    assert contents(workshop) == before


def test_a_bad_line_is_answered_in_korean_too(workshop, capsys):
    assert main(["--lang", "ko", "train", "photos", "--epochs", "0"]) == 2
    assert "K201" in capsys.readouterr().err
