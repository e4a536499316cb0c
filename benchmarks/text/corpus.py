"""The labelled texts: the built corpus, which everybody may read, and the held-out one, of which
only counts may be read."""

from __future__ import annotations

from pathlib import Path

import msgspec

from detectors.text.jsonl import Row
from pipeline.errors import StarwatchError
from schemas.alerts import Clause

FOLDER = Path(__file__).parent
BUILT, HELD_OUT = FOLDER / "corpus", FOLDER / "heldout"


class Labelled(Row):
    """A text and the clauses that it shows by the contract's conventions.

    `phrasing` groups texts that say the same in the same way, in whatever language: a group is
    left out whole. Held-out texts have none.
    """

    labels: frozenset[Clause] = frozenset()
    phrasing: str = ""

    @property
    def language(self) -> str:
        """The language that the text is filed under."""
        return (self.lang or "").partition("-")[0]


def read_corpus(folder: Path) -> list[Labelled]:
    """Every text in a folder, one file a language, in order.

    Raises:
        StarwatchError: a line is no labelled text. The message has the place, never the text.
    """
    decode = msgspec.json.Decoder(Labelled).decode
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            try:
                rows.append(decode(line))
            except msgspec.DecodeError as error:
                raise StarwatchError(f"{path}:{number}: not a labelled text: {error}") from error
    if not rows:
        raise StarwatchError(f"{folder}: no labelled texts; it holds files such as en.jsonl")
    return rows
