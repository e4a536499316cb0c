"""What reads the texts that are measured."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.text.corpus import Labelled
from benchmarks.text.figures import Read
from detectors.text import read


def by_rules(rows: Sequence[Labelled]) -> list[Read]:
    """Every text as the rules read it."""
    return [
        Read(row, {x.clause: x.score for x in read(row.text, row.kind, row.lang).labels})
        for row in rows
    ]
