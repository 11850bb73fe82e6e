"""Progress: what a person sees while a network is trained.

On a terminal a bar for each epoch, elsewhere plain lines. It only watches: nothing that it measures
comes back into the training, and what it shows costs far less than the training itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, Self, TextIO

from konv.constraints import Integer
from konv.language import translate as _
from konv.language.tables import places
from konv.parameters import check_value
from konv.training.progress_text import Standing, fitting, joined

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live

__all__ = ["Progress"]

_LINES_S = 10.0
_BARS_S = 0.25
_LEAST_BAR = 8


class Progress:
    """Shows how training goes on, from ``train_begin`` to ``train_end``.

    It is a context manager: on the way out, however that comes, the terminal is as it was.

    Args:
        verbose: 0 shows nothing, 1 bars on a terminal and lines elsewhere, 2 lines.
        console: where to show it; None is the standard error.
        clock: seconds that only go up.

    Raises:
        ParameterError: K201, for another ``verbose``.

    Example:
        >>> with Progress(0) as progress:
        ...     progress.train_begin(epochs=1, pictures=2)
        ...     progress.epoch_begin(0)
        ...     progress.batch_end(2, {"loss": 0.5})
        ...     progress.epoch_end({"epoch": 1, "loss": 0.5})
        ...     progress.train_end()
    """

    def __init__(
        self,
        verbose: int = 1,
        *,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        verbose = check_value("verbose", verbose, Integer(0, 2), where="Progress")
        self._screen = _screen(verbose, console)
        self._clock = clock
        self._standing = Standing(epochs=1, pictures=0)
        self._began = self._epoch_began = self._next_s = 0.0
        # Pictures of the epoch that an interrupted run had seen before; pictures seen by this run.
        self._skipped = self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._screen.close()

    def train_begin(self, epochs: int, pictures: int, first_epoch: int = 0) -> None:
        """Training begins.

        Args:
            epochs: of the whole plan.
            pictures: in each epoch.
            first_epoch: how many epochs were done before, in a run that goes on.
        """
        self._standing = Standing(epochs, pictures)
        self._began, self._seen = self._clock(), 0
        text = _("{pictures:,} pictures, {epochs:,} epochs", pictures=pictures, epochs=epochs)
        if first_epoch:
            text += _(", {done:,} of them done", done=first_epoch)
        self._screen.say(text + _("; /s: pictures per second"))

    def epoch_begin(self, epoch: int, pictures_done: int = 0) -> None:
        """An epoch begins, or goes on.

        Args:
            epoch: from 0.
            pictures_done: how many of its pictures were seen before, in a run that goes on.
        """
        standing = self._standing
        standing.epoch, standing.done, standing.means = epoch, pictures_done, {}
        standing.speed = standing.epoch_s = 0.0
        self._skipped = pictures_done
        self._epoch_began = self._clock()
        self._next_s = self._epoch_began + self._screen.every_s
        self._screen.open(standing)

    def batch_end(self, pictures_done: int, means: Mapping[str, float]) -> None:
        """A batch is done; this is cheap enough for every batch.

        Args:
            pictures_done: of the epoch.
            means: name -> mean over these pictures.
        """
        now = self._clock()
        standing = self._standing
        self._seen += pictures_done - standing.done
        standing.done, standing.epoch_s = pictures_done, now - self._epoch_began
        if now >= self._next_s or pictures_done >= standing.pictures:
            standing.means = means
            self._measure(now)
        if now >= self._next_s:
            self._next_s = now + self._screen.every_s
            self._screen.update(standing)

    def epoch_end(self, row: Mapping[str, Any]) -> None:
        """An epoch is done; ``row`` is its row of the history."""
        self._standing.means = row
        self._standing.epoch_s = self._clock() - self._epoch_began
        self._screen.finish(self._standing)

    def train_end(self, message: str = "") -> None:
        """Training is done; ``message`` says what came of it."""
        self._screen.close()
        if message:
            self._screen.say(message)

    def _measure(self, now: float) -> None:
        standing = self._standing
        if standing.epoch_s > 0:
            standing.speed = (standing.done - self._skipped) / standing.epoch_s
        if self._seen > 0:
            left = (standing.epochs - standing.epoch) * standing.pictures - standing.done
            # Seconds for each picture with all that belongs to it, such as validation.
            standing.left_s = (now - self._began) / self._seen * left


class _Screen(Protocol):
    """A way of showing. ``every_s`` is how often ``update`` is wanted within an epoch."""

    every_s: float

    def say(self, text: str) -> None: ...
    def open(self, standing: Standing) -> None: ...
    def update(self, standing: Standing) -> None: ...
    def finish(self, standing: Standing) -> None: ...
    def close(self) -> None: ...


def _screen(verbose: int, console: Console | None) -> _Screen:
    if verbose == 0:
        return _Lines(lambda text: None, every_s=float("inf"))
    if console is None and verbose == 1 and _is_terminal(sys.stderr):
        from rich.console import Console

        console = Console(stderr=True)
    if console is None:
        return _Lines(_to_standard_error)
    if verbose == 1 and console.is_terminal and not console.is_dumb_terminal:
        return _Bars(console)
    return _Lines(lambda text: _to_console(console, text))


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _to_standard_error(text: str) -> None:
    # A reader that has gone away must not end a training.
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def _to_console(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)


class _Lines:
    """A line at the end of each epoch, and now and then in a long one."""

    def __init__(self, write: Callable[[str], None], *, every_s: float = _LINES_S) -> None:
        self.say = write
        self.every_s = every_s

    def open(self, standing: Standing) -> None:
        """Nothing yet."""

    def update(self, standing: Standing) -> None:
        self.say(joined([standing.label(), f"{standing.share:4.0%}", *standing.under_way()]))

    def finish(self, standing: Standing) -> None:
        self.say(joined([standing.label(), *standing.at_the_end()]))

    def close(self) -> None:
        """Nothing is open."""


class _Bars:
    """A bar for each epoch, which leaves a line."""

    every_s = _BARS_S

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    def say(self, text: str) -> None:
        _to_console(self._console, text)

    def open(self, standing: Standing) -> None:
        # An epoch that is over in no time gets its line, and no bar.
        self.close()

    def update(self, standing: Standing) -> None:
        if self._live is None:
            from rich.live import Live

            # Refreshed from here alone: a thread that does it would take time from the training.
            # What others print appears above the bar, unless it goes to a file or another program.
            self._live = Live(
                _Bar(standing),
                console=self._console,
                auto_refresh=False,
                redirect_stdout=_is_terminal(sys.stdout),
                redirect_stderr=_is_terminal(sys.stderr),
            )
            self._live.start()
        self._live.refresh()

    def finish(self, standing: Standing) -> None:
        if self._live is None:
            self._console.print(_EndOfEpoch(standing))
        else:
            self._live.update(_EndOfEpoch(standing))
        self.close()

    def close(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()


class _Bar:
    """The line of an epoch that is under way, as wide as the terminal."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        label = self._standing.label()
        width = options.max_width - places(joined([label, "", ""]))
        texts = fitting(self._standing.under_way(), width - _LEAST_BAR)
        room = max(0, width - places(texts))
        full = round(self._standing.share * room)
        done, rest = ("#", "-") if options.ascii_only else ("━", "─")
        yield Text.assemble(
            f"{label}  ",
            (done * full, "green"),
            (rest * (room - full), "bright_black"),
            f"  {texts}",
            no_wrap=True,
            overflow="ellipsis",
        )


class _EndOfEpoch:
    """The line that an epoch leaves."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        texts = [self._standing.label(), *self._standing.at_the_end()]
        yield Text(fitting(texts, options.max_width), no_wrap=True, overflow="ellipsis")
