"""A drawing that is done: its text, how it is saved, and how a notebook shows it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from konv.errors import FormatError
from konv.files import write_atomically
from konv.language import translate as _

__all__ = ["ENDINGS", "Drawing"]

# The style of a drawing -> the endings of files that hold it; others are SVG.
ENDINGS = {"mermaid": (".mmd", ".mermaid", ".txt"), "text": (".txt",)}
_SVG_ENDINGS = (".svg",)


@dataclass(frozen=True)
class Drawing:
    """A drawing of a network. A notebook shows it; ``print`` shows its text.

    Args:
        style: "blocks", "volumes", "graph", "mermaid" or "text".
        text: the SVG, the text of Mermaid, or the plain text.
    """

    style: str
    text: str

    @property
    def svg(self) -> str | None:
        """The drawing as SVG; None in the styles "mermaid" and "text", which are none."""
        return None if self.style in ENDINGS else self.text

    @property
    def endings(self) -> tuple[str, ...]:
        """How the name of a file with it may end, the usual one first."""
        return ENDINGS.get(self.style, _SVG_ENDINGS)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the drawing to a file, which is replaced.

        Args:
            path: a .svg file; .mmd, .mermaid or .txt for "mermaid"; .txt for "text".

        Returns:
            The path.

        Raises:
            FormatError: K404, another ending; K405, it cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() not in self.endings:
            raise FormatError(
                _(
                    "a drawing in the style {style} is saved in a file that ends in {endings}",
                    style=self.style,
                    endings=", ".join(self.endings),
                ),
                code="K404",
                where=str(path),
                fix=self._other_name(path),
            )
        write_atomically(path, self.text.encode())
        return path

    def _other_name(self, path: Path) -> str:
        """What the file may be called instead."""
        names = ", ".join(f"{path.stem or 'drawing'}{ending}" for ending in self.endings)
        if self.svg is None:
            return names
        return _("{name}; browsers, Inkscape and LibreOffice make other formats of it", name=names)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Drawing {self.style}: {len(self.text):,} characters>"

    def _repr_svg_(self) -> str | None:
        return self.svg

    def _repr_markdown_(self) -> str | None:
        """Text for a notebook: Mermaid is drawn by those that know it."""
        return f"```{self.style}\n{self.text}```" if self.svg is None else None
