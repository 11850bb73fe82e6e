"""A worker as the session sees it: a process that is asked and answers."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.suite.protocol import Message, as_line, from_line

__all__ = ["Launch", "WorkerError", "WorkerProcess"]

ROOT = Path(__file__).parents[2]
_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 5.0
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "CPU_COUNT",
)


class WorkerError(Exception):
    """A worker that could not do what it was asked; ``gone`` if its process is no more."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


@dataclass(frozen=True)
class Launch:
    """How a worker is started.

    Args:
        peer: a name of ``worker.LIBRARIES``.
        python: the interpreter with the library.
        threads: how many it may use.
        cache: a folder for what it compiles.
        engine: konv's engine, for konv.
    """

    peer: str
    python: Path
    threads: int
    cache: Path
    engine: str

    @property
    def command(self) -> list[str]:
        """The command line of the worker."""
        arguments = [self.peer, str(self.threads), str(self.cache), self.engine]
        return [str(self.python), "-m", "benchmarks.suite.worker", *arguments]

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """The variables that libraries read: threads, and where konv keeps machine code.

        Python may keep its byte code, whatever is usual here: as it does for what is installed.
        """
        kept = {name: value for name, value in base.items() if name != "PYTHONDONTWRITEBYTECODE"}
        threads = dict.fromkeys(_THREAD_VARIABLES, str(self.threads))
        return {**kept, **threads, "XDG_CACHE_HOME": str(self.cache), "PYTHONHASHSEED": "0"}


class WorkerProcess:
    """A running worker. Use it in a ``with`` statement, so that it ends.

    Raises:
        WorkerError: it cannot start: its library is missing, or fails to load.
    """

    def __init__(self, launch: Launch, log: Path) -> None:
        self.launch = launch
        self._log = log
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                launch.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                cwd=ROOT,
                env=launch.environment(os.environ),
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self._answer(_START_TIMEOUT_S)
        except WorkerError:
            self.stop()
            raise

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def number(self) -> int:
        """Its number in the system."""
        return self._process.pid

    def ask(self, do: str, *, timeout_s: float = 300.0, **fields: Any) -> Message:
        """The answer to a request.

        Raises:
            WorkerError: it could not, died, or took longer than ``timeout_s`` and was ended.
        """
        if self._process.stdin is None or self._process.poll() is not None:
            raise WorkerError("its process is no more", gone=True)
        try:
            self._process.stdin.write(as_line({"do": do, **fields}))
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerError(f"its process is no more: {self._last_words()}", gone=True) from error
        return self._answer(timeout_s)

    def stop(self) -> None:
        """End the process, if it is still there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._process.poll() is None:
            with contextlib.suppress(OSError):
                self._process.stdin.write(as_line({"do": "quit"}))
                self._process.stdin.flush()
            try:
                self._process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._listener.join()
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.stdout.close()

    def _answer(self, timeout_s: float) -> Message:
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            self._process.kill()
            self._process.wait()
            raise WorkerError(f"no answer within {timeout_s:.0f} s", gone=True) from None
        if not line:
            raise WorkerError(f"its process ended: {self._last_words()}", gone=True)
        answer = from_line(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _last_words(self) -> str:
        text = self._log.read_text(encoding="utf-8", errors="replace").strip()
        return text.splitlines()[-1][:300] if text else "it said nothing"
