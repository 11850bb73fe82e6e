"""Gather the texts that a person reads, bring the Korean catalogue up to date, and compile it.

::

    konv.pot                    every text in the source, written by this script
    ko/LC_MESSAGES/konv.po      the Korean of each: this is the file to edit
    ko/LC_MESSAGES/konv.mo      the same, as konv reads it; compiled by this script

Run it after texts have changed, translate what it lists, and run it again: ``make translations``.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parents[1] / "src" / "konv"
LOCALE = SOURCE / "language" / "locale"
TEMPLATE = LOCALE / "konv.pot"
KOREAN = LOCALE / "ko" / "LC_MESSAGES" / "konv.po"
# ``marked`` stands in tables whose texts are translated when they are shown.
KEYWORDS = {"_": None, "translate": None, "marked": None}
# A date of the day would make a change out of every run.
DATE = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "# The texts of konv.\n# Apache-2.0, as konv itself.\n"


def main() -> int:
    """Do it all; the exit code is 1 while something is left to translate."""
    template = gathered()
    korean = updated(template)
    _write(TEMPLATE, template)
    _write(KOREAN, korean)
    with open(KOREAN.with_suffix(".mo"), "wb") as file:
        write_mo(file, korean)
    left = untranslated(korean)
    for text in left:
        sys.stdout.write(f"to translate: {text!r}\n")
    sys.stdout.write(f"{len(template)} texts, {len(left)} to translate in {KOREAN}\n")
    return 1 if left else 0


def gathered() -> Catalog:
    """Every text in the source, with the files it stands in."""
    catalog = _new_catalog()
    for file, _line, text, comments, context in extract_from_dir(
        SOURCE, method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        if text:
            catalog.add(text, locations=[(file, 0)], auto_comments=comments, context=context)
    return catalog


def updated(template: Catalog) -> Catalog:
    """The Korean catalogue with the texts of ``template``: those of before keep their Korean."""
    before = korean_catalogue()
    korean = _new_catalog("ko")
    for message in template:
        if message.id:
            known = before.get(message.id)
            korean.add(
                message.id,
                string=known.string if known and not known.fuzzy else "",
                locations=message.locations,
            )
    return korean


def korean_catalogue() -> Catalog:
    """The catalogue as it is on disk."""
    if not KOREAN.exists():
        return _new_catalog("ko")
    with open(KOREAN, "rb") as file:
        return read_po(file, locale="ko")


def untranslated(catalog: Catalog) -> list[str]:
    """The texts that have no Korean yet."""
    return [message.id for message in catalog if message.id and not message.string]


def _new_catalog(locale: str | None = None) -> Catalog:
    return Catalog(
        locale=locale,
        project="konv",
        version="catalogue",
        last_translator="konv",
        language_team="konv",
        header_comment=HEADER,
        creation_date=DATE,
        revision_date=DATE,
        fuzzy=False,
    )


def _write(path: Path, catalog: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        write_po(file, catalog, width=100, sort_output=True, include_lineno=False)


if __name__ == "__main__":
    sys.exit(main())
