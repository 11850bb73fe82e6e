"""The way in: help, versions, and what happens when things go wrong that no command foresaw."""

import json
import subprocess
import sys

import pytest

from konv.cli import summary as summary_module
from konv.cli.commands import konv as group
from konv.cli.main import main
from konv.language.tables import places
from konv.version import __version__


def in_process(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "konv", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        **options,
    )


@pytest.mark.parametrize("line", [[], ["--help"], ["data"], ["data", "--help"]])
def test_help_is_shown_and_is_no_error(line, konv):
    result = konv(*line)
    assert result.code == 0
    assert result.out.startswith("usage: konv")
    assert result.err == ""


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", group.modules)
def test_the_help_of_every_command_fits_80_columns(name, language, konv):
    lines = konv(name, "--help", "--lang", language).out.splitlines()
    assert [line for line in lines if places(line) > 80] == []


def test_the_version_is_shown(konv):
    assert konv("--version").out == f"konv {__version__}\n"
    assert json.loads(konv("--version", "--json").out) == {"konv": __version__}


def test_help_needs_nothing_heavy():
    code = (
        "import sys; from konv.cli.main import main; main(['--help']); "
        "sys.exit(bool({'numpy', 'rich', 'PIL', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False)
    assert result.returncode == 0


def test_the_module_is_the_command(tmp_path):
    result = in_process("summary", "none", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("NetworkError K309")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (MemoryError(), 2, "K605"),
        (OSError(28, "No space left on device", "/full"), 2, "No space left on device"),
        (RuntimeError("the moon"), 70, "fault of konv: RuntimeError the moon"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (KeyboardInterrupt("stopped; go on"), 130, "stopped; go on"),
    ],
)
def test_whatever_happens_is_said_in_a_line_without_traceback(error, code, said, konv, monkeypatch):
    def fail(_word):
        raise error

    monkeypatch.setattr(summary_module, "network_of", fail)
    result = konv("summary", "simple")
    assert result.code == code
    assert said in result.err
    assert "Traceback" not in result.err
    shown = konv("summary", "simple", "--json")
    assert shown.code == code
    assert json.loads(shown.out)["error"]["class"] in (
        type(error).__name__,
        "LimitError",
        "KonvError",
    )
    assert "Traceback" in konv("summary", "simple", "--traceback").err


@pytest.mark.parametrize("line", ["networks --json", "summary lenet5 --csv", "summary none 2>&1"])
def test_a_reader_that_stops_reading_is_no_error(line):
    command = f"{sys.executable} -m konv {line} | head -c 0; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stderr == ""
    assert result.stdout.split()[-1] in ("0", "2", "141")


@pytest.mark.parametrize("stream", [1, 2])
def test_a_closed_stream_is_nobody_to_talk_to(stream):
    command = f"{sys.executable} -W error -m konv networks {stream}>&-"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_a_full_disk_under_the_output_is_said():
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "konv", "networks"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 2
    assert "K902" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_screen_without_the_letters_shows_their_codes(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "konv", "networks", "--lang", "ko"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin"},
        timeout=60,
        check=False,
    )
    assert result.returncode == 0
    assert b"\\u" in result.stdout


def test_json_in_plain_letters_is_the_same_json():
    result = subprocess.run(
        [sys.executable, "-m", "konv", "networks", "--lang", "ko", "--json"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin"},
        timeout=60,
        check=True,
    )
    described = json.loads(result.stdout)["networks"][0]["description"]
    assert any("가" <= letter <= "힣" for letter in described)


def test_main_can_be_called_again_and_again(konv):
    assert main(["--lang", "ko", "--version"]) == 0
    assert "usage:" in konv("--help").out
