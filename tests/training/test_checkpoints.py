"""P4: a run that is cut anywhere and goes on ends with the same bits as one that was not."""

import numpy as np
import pytest

from konv.errors import FormatError, LimitError, TrainingError
from konv.formats.contents import ModelContents
from konv.formats.konv_file import read_model
from konv.training.callbacks import BestWeights, Callback, CSVLog, EarlyStopping
from konv.training.checkpoints import load_checkpoint, save_checkpoint
from konv.training.run_folder import RunCheckpoint, RunFolder
from training.problems import bits, network, training


class CutError(Exception):
    """Stands for the end of a process."""


class CutAfter(Callback):
    """Ends a run after so many updates, without a word to anyone."""

    def __init__(self, updates):
        self.left = updates

    def on_batch_end(self, batch):
        self.left -= 1
        if self.left == 0:
            raise CutError


def run_in(folder, *, resume, cut=None, every_s=0.0, **changes):
    """A run that keeps ``folder`` up to date; it checkpoints after every update."""
    run_folder = RunFolder(folder)
    best = BestWeights()
    keeper = RunCheckpoint(
        run_folder,
        lambda weights: ModelContents(network(), weights, (0, 1, 2)),
        best,
        identity={"seed": 5},
        resume=resume,
        every_s=every_s,
    )
    stopping = EarlyStopping(patience=2, restore_best_weights=False)
    callbacks = [best, stopping, CSVLog(run_folder.log), keeper]
    if cut is not None:
        callbacks.append(CutAfter(cut))
    return training(callbacks, **changes).run()


def contents(folder):
    names = ("best.konv", "last.konv", "log.csv")
    return {name: (folder / name).read_bytes() for name in names}


@pytest.fixture(scope="module")
def uncut(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uncut")
    return bits(run_in(folder, resume=False)), contents(folder)


# 50 pictures in batches of 8 are 7 updates an epoch; 4 epochs are 28.
@pytest.mark.parametrize("updates", [1, 6, 7, 8, 13, 14, 20, 27])
def test_cut_after_any_update(tmp_path, uncut, updates):
    with pytest.raises(CutError):
        run_in(tmp_path, resume=False, cut=updates)
    state = run_in(tmp_path, resume=True)
    assert (bits(state), contents(tmp_path)) == uncut


def test_cut_again_and_again(tmp_path, uncut):
    for cut in (3, 5, 1, 9):
        with pytest.raises(CutError):
            run_in(tmp_path, resume=True, cut=cut)
    assert bits(run_in(tmp_path, resume=True)) == uncut[0]


def test_with_rare_checkpoints_an_epoch_is_done_again(tmp_path, uncut):
    with pytest.raises(CutError):
        run_in(tmp_path, resume=False, cut=10, every_s=3600)
    state = run_in(tmp_path, resume=True, every_s=3600)
    assert (bits(state), contents(tmp_path)) == uncut


def test_a_run_without_a_checkpoint_begins_anew(tmp_path, uncut):
    assert bits(run_in(tmp_path, resume=True)) == uncut[0]


def test_a_run_that_is_done_is_left_as_it_is(tmp_path, uncut):
    run_in(tmp_path, resume=False)
    state = run_in(tmp_path, resume=True)
    assert (bits(state), contents(tmp_path)) == uncut


def test_best_and_last_are_the_models_of_their_epochs(tmp_path):
    state = run_in(tmp_path, resume=False)
    last = read_model(tmp_path / "last.konv")
    assert all((last.weights[name] == weight).all() for name, weight in state.weights.items())
    values = [row["val_loss"] for row in state.history]
    best = read_model(tmp_path / "best.konv")
    is_last = values.index(min(values)) == len(values) - 1
    same = all((best.weights[name] == weight).all() for name, weight in state.weights.items())
    assert same == is_last


def fresh():
    run = training([EarlyStopping()])
    return run.state, run.callbacks


def test_a_checkpoint_of_another_run_is_refused_and_nothing_changes(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    state, callbacks = fresh()
    save_checkpoint(path, state, callbacks, "one")
    for identity, others in (("another", callbacks), ("one", [BestWeights()])):
        before = bits(state)
        with pytest.raises(TrainingError, match="K803"):
            load_checkpoint(path, state, others, identity)
        assert bits(state) == before


@pytest.mark.parametrize("kept", [0, 1, 8, 100, -1])
def test_a_damaged_checkpoint_is_an_error_that_names_it(tmp_path, kept):
    path = tmp_path / "checkpoint.safetensors"
    state, callbacks = fresh()
    save_checkpoint(path, state, callbacks, "one")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(FormatError, match=r"checkpoint\.safetensors"):
        load_checkpoint(path, state, callbacks, "one")


@pytest.mark.parametrize("facts", ["", "[]", "{}", '{"identity": "one"}', "[" * 5000])
def test_a_checkpoint_with_other_facts_is_refused(tmp_path, facts):
    from konv.files import write_atomically
    from konv.formats.tensor_file import tensor_bytes

    path = tmp_path / "checkpoint.safetensors"
    write_atomically(path, tensor_bytes({"weights/w": np.zeros(1)}, {"facts": facts}))
    with pytest.raises((TrainingError, LimitError), match=r"checkpoint\.safetensors"):
        load_checkpoint(path, *fresh(), "one")


class TestRunFolder:
    def test_it_holds_one_run(self, tmp_path):
        folder = RunFolder(tmp_path / "run")
        folder.create({"data": "digits"})
        folder.close()
        before = (tmp_path / "run" / "run.json").read_bytes()
        with pytest.raises(TrainingError, match="K804") as caught:
            RunFolder(tmp_path / "run").create({"data": "other"})
        assert "--resume" in str(caught.value)
        assert (tmp_path / "run" / "run.json").read_bytes() == before

    def test_it_is_held_by_one_process(self, tmp_path):
        folder = RunFolder(tmp_path)
        folder.create({})
        with pytest.raises(TrainingError, match="K804"):
            RunFolder(tmp_path).open()
        folder.close()
        assert RunFolder(tmp_path).open() == {}

    def test_what_was_asked_for_comes_back(self, tmp_path):
        folder = RunFolder(tmp_path)
        folder.create({"자료": "꽃", "epochs": 3})
        folder.close()
        again = RunFolder(tmp_path)
        assert again.open() == {"자료": "꽃", "epochs": 3}
        again.close()

    def test_what_a_killed_process_left_half_written_is_swept(self, tmp_path):
        folder = RunFolder(tmp_path)
        folder.create({})
        folder.close()
        (tmp_path / ".0123456789abcdef.part").write_bytes(b"half")
        again = RunFolder(tmp_path)
        again.open()
        again.close()
        assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*.part"))

    def test_there_must_be_a_run_to_go_on_with(self, tmp_path):
        for folder in (tmp_path, tmp_path / "nothing"):
            with pytest.raises(TrainingError, match="K803"):
                RunFolder(folder).open()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("text", ["", "[1]", "{", "\xff", "[" * 100_000])
    def test_a_damaged_description_is_an_error_that_names_it(self, tmp_path, text):
        (tmp_path / "run.json").write_bytes(text.encode("latin-1"))
        with pytest.raises((FormatError, LimitError), match=r"run\.json"):
            RunFolder(tmp_path).open()

    def test_a_folder_that_cannot_be_made_is_an_error(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(FormatError, match="K405"):
            RunFolder(tmp_path / "file" / "run").create({})


def test_identity_is_what_a_run_is_made_of(tmp_path):
    run_in(tmp_path, resume=False)
    run_folder, best = RunFolder(tmp_path), BestWeights()
    keeper = RunCheckpoint(
        run_folder,
        lambda weights: ModelContents(network(), weights, (0, 1, 2)),
        best,
        identity={"seed": 6},
        resume=True,
    )
    stopping = EarlyStopping(patience=2, restore_best_weights=False)
    with pytest.raises(TrainingError, match="K803"):
        training([best, stopping, CSVLog(run_folder.log), keeper]).run()
