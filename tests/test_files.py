"""Writing a file: the former one survives whatever goes wrong, and nobody sees half a file."""

import errno
import os
import resource
import stat

import pytest

from konv import files
from konv.errors import FormatError
from konv.files import write_atomically

FORMER = b"what was there before"


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "model.konv"
    target.write_bytes(FORMER)
    return target


def refused(path, content=b"new"):
    with pytest.raises(FormatError) as caught:
        write_atomically(path, content)
    error = caught.value
    assert (error.code, error.where) == ("K405", str(path))
    assert isinstance(error.__cause__, OSError)
    return error


def assert_untouched(path):
    assert path.read_bytes() == FORMER
    assert os.listdir(path.parent) == [path.name], "nothing is left behind"


def failing(code, *, only_folders=False):
    """A stand-in for a call of the operating system that fails."""

    def fail(descriptor, *_others):
        if not only_folders or stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize(
    ("content", "written"),
    [
        (b"", b""),
        (b"abc", b"abc"),
        (bytearray(b"abc"), b"abc"),
        (memoryview(b"abc"), b"abc"),
        ([b"a", b"", b"bc"], b"abc"),
        ((piece for piece in (b"a", memoryview(b"bc"))), b"abc"),
        ([], b""),
        (b"\x00" * 3_000_000, b"\x00" * 3_000_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_file_is_replaced_by_the_content(path, content, written):
    write_atomically(path, content)
    assert path.read_bytes() == written
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("turned", [str, os.fspath, lambda path: path])
def test_a_new_file_is_made_with_its_folders(tmp_path, turned):
    target = tmp_path / "새 폴더" / "b" / "c.konv"
    write_atomically(turned(target), b"x")
    assert target.read_bytes() == b"x"


def test_a_bare_name_is_a_file_of_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomically("bare", b"x")
    assert (tmp_path / "bare").read_bytes() == b"x"


@pytest.mark.parametrize(
    "name", ["x" * 255, "한" * 85, ".hidden", "a b\tc"], ids=["long", "korean", "hidden", "odd"]
)
def test_a_name_may_be_as_long_as_a_folder_allows(tmp_path, name):
    write_atomically(tmp_path / name, b"1")
    write_atomically(tmp_path / name, b"2")
    assert (tmp_path / name).read_bytes() == b"2"
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_who_may_read_a_file_stays_as_it_was(path, mode):
    path.chmod(mode)
    write_atomically(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new"


def test_the_steps_come_in_the_order_that_survives_a_power_cut(path, monkeypatch):
    steps = []

    def fsync(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        steps.append((f"fsync {kind}", path.read_bytes()))

    def replace(source, target, replace=os.replace):
        steps.append(("replace", source.read_bytes()))
        assert source.parent == target.parent
        replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_atomically(path, [b"n", b"ew"])
    assert steps == [("fsync file", FORMER), ("replace", b"new"), ("fsync folder", b"new")]


class _FullDisk:
    """An open file that takes some bytes and then no more."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, piece):
        self.room -= len(piece)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(piece)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.mark.parametrize("room", [0, 2, 9])
def test_a_full_disk_leaves_the_former_file(path, monkeypatch, room):
    usual = open
    monkeypatch.setattr(files, "open", lambda *given: _FullDisk(usual(*given), room), raising=False)
    error = refused(path, [b"12345"] * 2)
    assert "No space left on device" in error.what
    assert "unchanged" in error.fix
    assert_untouched(path)


def test_a_limit_of_the_system_leaves_the_former_file(path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        error = refused(path, [b"x" * 60_000] * 3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "File too large" in error.what
    assert_untouched(path)


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
def test_a_failing_step_leaves_the_former_file(path, monkeypatch, call, code):
    monkeypatch.setattr(os, call, failing(code))
    error = refused(path)
    assert os.strerror(code) in error.what
    assert_untouched(path)


@pytest.mark.parametrize("only_folders", [False, True])
def test_a_reason_without_a_number_is_given_in_its_own_words(path, monkeypatch, only_folders):
    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) == only_folders:
            raise OSError("the cable is out")

    monkeypatch.setattr(os, "fsync", fsync)
    assert "the cable is out" in refused(path).what


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EMFILE])
def test_a_folder_that_takes_no_files_leaves_the_former_file(path, monkeypatch, code):
    def refuse(*_given):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files, "open", refuse, raising=False)
    assert os.strerror(code) in refused(path).what
    assert_untouched(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_leaves_the_former_file(path):
    path.parent.chmod(0o555)
    try:
        refused(path)
        assert_untouched(path)
    finally:
        path.parent.chmod(0o755)


@pytest.mark.parametrize("where", ["model.konv/inside", "model.konv/a/b"])
def test_a_file_is_no_folder(path, where):
    refused(path.parent / where)
    assert_untouched(path)


def test_a_folder_is_no_file(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "kept").write_bytes(FORMER)
    refused(folder)
    assert_untouched(folder / "kept")
    assert os.listdir(tmp_path) == ["folder"]


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_or_a_device_is_never_replaced_by_a_file(tmp_path, linked):
    pipe = path = tmp_path / "pipe"
    os.mkfifo(pipe)
    if linked:
        path = tmp_path / "link"
        path.symlink_to(pipe)
    before = sorted(os.listdir(tmp_path))
    assert "it is not a regular file" in refused(path).what
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert path.is_symlink() == linked
    assert sorted(os.listdir(tmp_path)) == before


def test_what_a_link_leads_to_is_replaced_and_the_link_stays(path, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link"
    link.symlink_to(path)
    write_atomically(link, b"new")
    assert (path.read_bytes(), path.is_symlink()) == (b"new", False)
    assert link.readlink() == path
    assert os.listdir(folder) == ["link"]


def test_a_link_to_a_file_that_is_not_there_yet_makes_it(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "new folder" / "file")
    write_atomically(link, b"x")
    assert (tmp_path / "new folder" / "file").read_bytes() == b"x"
    assert link.is_symlink()


def test_a_link_that_leads_to_itself_is_refused(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(link)
    refused(link)
    assert os.listdir(tmp_path) == ["link"]


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_what_is_no_name_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormatError) as caught:
        write_atomically(name, b"x")
    assert caught.value.code == "K405"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("stop", [ValueError("broken"), KeyboardInterrupt(), MemoryError()])
def test_content_that_breaks_off_leaves_the_former_file(path, stop):
    def content():
        yield b"half of it"
        raise stop

    with pytest.raises(type(stop)) as caught:
        write_atomically(path, content())
    assert caught.value is stop
    assert_untouched(path)


@pytest.mark.parametrize("content", ["text", [b"a", "text"], [1, 2], 5, None])
def test_content_that_is_not_bytes_leaves_the_former_file(path, content):
    with pytest.raises(TypeError):
        write_atomically(path, content)
    assert_untouched(path)


def test_a_folder_that_cannot_be_synced_is_said_truly(path, monkeypatch):
    monkeypatch.setattr(os, "fsync", failing(errno.EIO, only_folders=True))
    error = refused(path)
    assert path.read_bytes() == b"new"
    assert "unchanged" not in error.fix
    assert "is complete" in error.what


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_without_folder_sync_can_be_written(path, monkeypatch, code):
    monkeypatch.setattr(os, "fsync", failing(code, only_folders=True))
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
