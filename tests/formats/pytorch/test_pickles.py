"""Files of torch.save are refused with the way to a safe one; nothing in them is run."""

import pickle
import zipfile

import pytest

from konv.errors import FormatError
from konv.formats.pytorch.pickles import is_pickle, refuse_pickle
from konv.model import Model
from konv.network.named import named_network


class Harm:
    def __reduce__(self):
        return (open, ("harmed", "w"))


def archive(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("model/data.pkl", pickle.dumps(Harm(), protocol=2))
    return path


def plain(path):
    path.write_bytes(pickle.dumps(Harm(), protocol=2))
    return path


@pytest.mark.parametrize("make", [archive, plain])
@pytest.mark.parametrize("name", ["net.pt", "net.safetensors", "net"])
def test_a_pickle_is_known_by_how_it_begins(make, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = make(tmp_path / name)
    assert is_pickle(path)
    with pytest.raises(FormatError, match="K404"):
        Model.from_network(named_network("simple").network).load_torch_weights(path)
    assert not (tmp_path / "harmed").exists()


def test_what_is_not_there_is_known_by_its_name(tmp_path):
    assert is_pickle(tmp_path / "net.pth")
    assert not is_pickle(tmp_path / "net.safetensors")
    assert not is_pickle("\0.onnx")


@pytest.mark.parametrize("header_bytes", [640, 896, 1152, 1408])
def test_a_state_dict_whose_length_begins_like_a_pickle_is_none(header_bytes, tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(header_bytes.to_bytes(8, "little") + b"{}".ljust(header_bytes))
    assert not is_pickle(path)


def test_the_way_to_a_safe_file_is_shown():
    with pytest.raises(FormatError) as caught:
        refuse_pickle("nets/best.pt")
    assert [text for _label, text in caught.value.details] == [
        "import torch, safetensors.torch",
        "state = torch.load('nets/best.pt', weights_only=True)",
        "safetensors.torch.save_file(state, 'nets/best.safetensors')",
    ]


@pytest.mark.oracle
def test_that_way_works(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    model = Model.from_network(named_network("simple").network)
    torch.save(model.to_torch().state_dict(), "best.pt")
    with pytest.raises(FormatError) as caught:
        model.load_torch_weights("best.pt")
    for _label, line in caught.value.details:
        exec(line, globals())
    again = Model.from_network(model.network, seed=5)
    again.load_torch_weights("best.safetensors")
    assert all((again.weights[name] == model.weights[name]).all() for name in model.weights)
