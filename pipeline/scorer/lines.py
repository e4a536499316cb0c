"""Lines of a JSON Lines file, packed or not."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import StarwatchError


def read_lines(path: Path, kind: type[StarwatchError]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1.

    Raises:
        StarwatchError: of the `kind` given, when the file cannot be read.
    """
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except (OSError, EOFError) as error:
        where = f"{path}, after line {number}" if number else str(path)
        raise kind(f"{where}: cannot be read: {error}") from error
