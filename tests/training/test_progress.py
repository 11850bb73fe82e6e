"""What a person sees while a network is trained, with a clock that the test moves."""

import io
import re
import subprocess
import sys
import time

import pytest
from rich.console import Console

from konv.errors import ParameterError
from konv.training.progress import Progress

SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ROW = {
    "epoch": 1,
    "loss": 0.12345,
    "accuracy": 0.97,
    "val_loss": 0.2,
    "val_accuracy": 0.95,
    "learning_rate": 0.001,
}


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def terminal(width=80, **options):
    return Console(file=io.StringIO(), force_terminal=True, width=width, **options)


def plain_console():
    return Console(file=io.StringIO(), force_terminal=False, width=80)


def train(progress, clock, *, epochs=2, batches=4, batch_s=1.0, pictures=100):
    progress.train_begin(epochs, batches * pictures)
    for epoch in range(epochs):
        progress.epoch_begin(epoch)
        for batch in range(batches):
            clock.now_s += batch_s
            means = {"loss": 1 / (batch + 1), "accuracy": batch / batches}
            progress.batch_end((batch + 1) * pictures, means)
        clock.now_s += batch_s
        progress.epoch_end({**ROW, "epoch": epoch + 1})
    progress.train_end("trained")


def written(verbose, console, **options):
    clock = Clock()
    with Progress(verbose, console=console, clock=clock) as progress:
        train(progress, clock, **options)
    return console.file.getvalue()


def seen(text):
    """The frames that a screen showed one after the other."""
    return [frame for frame in re.split(r"[\r\n]+", CONTROL.sub("", text)) if frame.strip()]


@pytest.mark.parametrize(("verbose", "console"), [(1, plain_console()), (2, terminal())])
def test_without_a_terminal_or_when_asked_for_there_is_a_line_per_epoch(verbose, console):
    assert CONTROL.sub("", written(verbose, console)).splitlines() == [
        "400 pictures, 2 epochs; /s: pictures per second",
        "epoch 1/2  loss 0.1235 val 0.2000  accuracy 0.9700 val 0.9500  0:05  100/s",
        "epoch 2/2  loss 0.1235 val 0.2000  accuracy 0.9700 val 0.9500  0:05  100/s",
        "trained",
    ]
    assert "\x1b" not in console.file.getvalue()


def test_a_long_epoch_has_a_line_every_ten_seconds_at_most():
    lines = written(2, plain_console(), epochs=1, batches=25, batch_s=1.0).splitlines()
    assert lines[1:3] == [
        "epoch 1/1   40%  loss 0.1000  accuracy 0.3600  0:15 left  100/s",
        "epoch 1/1   80%  loss 0.0500  accuracy 0.7600  0:05 left  100/s",
    ]
    assert len(lines) == 5
    slow = written(2, plain_console(), epochs=1, batches=4, batch_s=60.0).splitlines()
    assert len(slow) == 7


def test_time_left_is_that_of_the_whole_training_with_validation():
    lines = written(2, plain_console(), epochs=3, batches=4, batch_s=10.0).splitlines()
    # After 10 s 100 of 1,200 pictures; after 60 s, 10 of them for validation, 500.
    assert "1:50 left" in lines[1]
    assert "1:24 left" in lines[6]


@pytest.mark.parametrize("console", [None, plain_console(), terminal()])
def test_silence_is_silent(console, capsys):
    clock = Clock()
    with Progress(0, console=console, clock=clock) as progress:
        train(progress, clock)
    assert capsys.readouterr() == ("", "")
    assert console is None or console.file.getvalue() == ""


def test_lines_go_to_the_standard_error_by_default(capsys):
    clock = Clock()
    with Progress(clock=clock) as progress:
        train(progress, clock, epochs=1)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == "trained"
    assert len(err.splitlines()) == 3


def test_a_terminal_shows_a_growing_bar_and_leaves_a_line():
    frames = seen(written(1, terminal()))
    assert frames[0] == "400 pictures, 2 epochs; /s: pictures per second"
    lengths = [frame.count("━") for frame in frames if frame.startswith("epoch 1/2  ━")]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == 4
    assert "loss 0.5000  accuracy 0.2500  0:06 left  100/s" in frames[2]
    assert frames[-1] == "trained"
    line = "epoch 2/2  loss 0.1235 val 0.2000  accuracy 0.9700 val 0.9500  0:05  100/s"
    assert frames[-2].rstrip() == line


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 81, 120])
def test_every_frame_fits_the_terminal(width):
    frames = seen(written(1, terminal(width), epochs=100, batches=3, pictures=12_345))
    assert any("━" in frame for frame in frames)
    for frame in frames[1:]:
        assert len(frame) <= width
        assert frame == "trained" or frame.startswith("epoch ")


def test_eighty_columns_hold_the_whole_line_of_an_epoch():
    frames = seen(written(1, terminal(), epochs=10, batch_s=0.4, pictures=10_000))
    text = "epoch  3/10  loss 0.1235 val 0.2000  accuracy 0.9700 val 0.9500  0:02  25,000/s"
    assert text in [frame.rstrip() for frame in frames]


def test_short_epochs_have_no_bar():
    text = written(1, terminal(), epochs=5, batch_s=0.01)
    assert HIDE_CURSOR not in text
    assert "━" not in text
    assert len(seen(text)) == 7


def test_a_screen_is_not_drawn_more_often_than_it_is_seen():
    frames = seen(written(1, terminal(), epochs=1, batches=1000, batch_s=0.01))
    bars = [frame for frame in frames if "━" in frame]
    assert 35 <= len(bars) <= 42  # every 0.25 s of 10 s


class MistakeError(Exception):
    pass


@pytest.mark.parametrize("mistake", [MistakeError, KeyboardInterrupt])
def test_an_exception_leaves_the_terminal_as_it_was(mistake):
    console, clock = terminal(), Clock()
    before = (sys.stdout, sys.stderr)

    def interrupted():
        with Progress(1, console=console, clock=clock) as progress:
            progress.train_begin(2, 1000)
            progress.epoch_begin(0)
            clock.now_s += 5
            progress.batch_end(500, {"loss": 0.5})
            assert HIDE_CURSOR in console.file.getvalue()
            assert SHOW_CURSOR not in console.file.getvalue()
            raise mistake

    with pytest.raises(mistake):
        interrupted()
    assert console.file.getvalue().rstrip().endswith(SHOW_CURSOR)
    assert (sys.stdout, sys.stderr) == before


def test_what_is_printed_to_a_file_still_goes_there(capsys):
    console, clock = terminal(), Clock()
    with Progress(1, console=console, clock=clock) as progress:
        progress.train_begin(1, 1000)
        progress.epoch_begin(0)
        clock.now_s += 5
        progress.batch_end(500, {"loss": 0.5})
        print("for a file")
    assert capsys.readouterr().out == "for a file\n"
    assert "for a file" not in console.file.getvalue()


def test_a_run_that_goes_on_counts_only_its_own_pictures():
    console, clock = plain_console(), Clock()
    with Progress(2, console=console, clock=clock) as progress:
        progress.train_begin(10, 1000, first_epoch=4)
        progress.epoch_begin(4, pictures_done=800)
        clock.now_s += 20
        progress.batch_end(900, {"loss": 0.5})
        clock.now_s += 2
        progress.batch_end(1000, {"loss": 0.5})
        progress.epoch_end({"epoch": 5, "loss": 0.5})
    assert console.file.getvalue().splitlines() == [
        "1,000 pictures, 10 epochs, 4 of them done; /s: pictures per second",
        # 100 pictures in 20 s; 5,100 are left.
        "epoch  5/10   90%  loss 0.5000  17:00 left  5/s",
        "epoch  5/10  loss 0.5000  0:22  9/s",
    ]


def test_nothing_known_yet_is_not_shown():
    console = plain_console()
    with Progress(2, console=console, clock=Clock()) as progress:
        progress.train_begin(1, 10)
        progress.epoch_begin(0)
        progress.batch_end(10, {"loss": 0.5})
        progress.epoch_end({"epoch": 1, "loss": 0.5, "note": "text", "f1": 0.0, "val_only": 2e-7})
    last = console.file.getvalue().splitlines()[-1]
    assert last == "epoch 1/1  loss 0.5000  f1 0.0000  val_only 2.00e-07  0:00"


def test_markup_in_a_message_is_shown_as_it_is():
    for console in (terminal(), plain_console()):
        with Progress(1, console=console) as progress:
            progress.train_end("[red]saved :smile: model[1].konv[/red]")
        assert CONTROL.sub("", console.file.getvalue()) == (
            "[red]saved :smile: model[1].konv[/red]\n"
        )


def test_a_terminal_without_unicode_gets_plain_signs():
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    console = Console(file=file, force_terminal=True, width=80)
    clock = Clock()
    with Progress(1, console=console, clock=clock) as progress:
        train(progress, clock, epochs=1)
    file.flush()
    assert b"####" in file.buffer.getvalue()


def test_a_reader_that_has_gone_away_does_not_end_a_training(monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    clock = Clock()
    for error_stream in (Gone(), None):
        monkeypatch.setattr(sys, "stderr", error_stream)
        with Progress(clock=clock) as progress:
            train(progress, clock, epochs=1)


@pytest.mark.parametrize("bad", [-1, 3, True, None, "auto", 1.5])
def test_there_are_three_ways_of_showing(bad):
    with pytest.raises(ParameterError, match="K201 in Progress: verbose="):
        Progress(bad)


def test_a_batch_costs_far_less_than_a_hundredth_of_a_millisecond():
    progress = Progress(1, console=terminal())
    progress.train_begin(1, 20_000)
    progress.epoch_begin(0)
    means = {"loss": 0.5}
    began = time.process_time()
    for done in range(20_000):
        progress.batch_end(done, means)
    cost_s = (time.process_time() - began) / 20_000
    # About 1 µs; the bound is for a machine that is busy with other things.
    assert cost_s < 20e-6


def test_rich_is_not_imported_where_it_is_not_needed():
    code = (
        "import sys; from konv.training.progress import Progress; p = Progress(2);"
        "p.train_begin(1, 1); p.epoch_begin(0); p.batch_end(1, {}); p.epoch_end({});"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'rich']"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
