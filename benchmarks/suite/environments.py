"""Where the peers live: a virtual environment for each group, made when it is first needed."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ALL_PEERS", "DEFAULT_PEERS", "PEERS", "Environments", "NotInstalledError"]

_MARK = "installed.txt"
_INSTALL_TIMEOUT_S = 3600


class NotInstalledError(Exception):
    """A peer's environment could not be made."""


@dataclass(frozen=True)
class Peer:
    """Where a peer is installed, and what is installed there.

    Args:
        folder: of its environment; peers may share one.
        requirements: for pip.
    """

    folder: str
    requirements: tuple[str, ...]


_TORCH = Peer("torch", ("numpy", "torch==2.13.0", "onnxruntime", "onnx"))
PEERS: Mapping[str, Peer] = {
    "pytorch": _TORCH,
    "onnxruntime": _TORCH,
    "keras-tensorflow": Peer("tensorflow", ("numpy", "tensorflow", "keras>=3")),
    "keras-jax": Peer("jax", ("numpy", "jax", "keras>=3")),
    "openvino": Peer("openvino", ("numpy", "openvino", "onnx")),
    "tinygrad": Peer("tinygrad", ("numpy", "tinygrad")),
}
DEFAULT_PEERS = ("pytorch", "onnxruntime")
ALL_PEERS = tuple(PEERS)


@dataclass(frozen=True)
class Environments:
    """The environments in a folder.

    Args:
        folder: what holds them.
        given: peer -> an interpreter that has it already.
    """

    folder: Path
    given: Mapping[str, Path]

    def python(self, peer: str) -> Path:
        """The interpreter with a peer; its environment is made if there is none.

        Raises:
            NotInstalledError: it cannot be made; the reason is pip's last line.
        """
        if peer in self.given:
            return self.given[peer]
        wanted = PEERS[peer]
        folder = self.folder / wanted.folder
        python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        listed = "\n".join(wanted.requirements) + "\n"
        mark = folder / _MARK
        if not (mark.is_file() and mark.read_text(encoding="utf-8") == listed):
            print(f"installing {', '.join(wanted.requirements)} in {folder} …", file=sys.stderr)
            self._make(folder, python, wanted.requirements)
            mark.write_text(listed, encoding="utf-8")
        return python

    def _make(self, folder: Path, python: Path, requirements: tuple[str, ...]) -> None:
        pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
        try:
            venv.create(folder, with_pip=True)
            subprocess.run(
                [*pip, "install", *requirements],
                check=True,
                capture_output=True,
                text=True,
                timeout=_INSTALL_TIMEOUT_S,
            )
        except subprocess.CalledProcessError as error:
            said = (error.stderr or "").strip().splitlines() or ["pip said nothing"]
            raise NotInstalledError(f"cannot be installed: {said[-1][:300]}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotInstalledError(f"cannot be installed: {error}") from error
