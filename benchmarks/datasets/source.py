"""Rows of the data sets, and what a row leads to without giving anything away.

Ids and times of day are hashes of a row's content: neither follows the order of the source, which
in these sets tells the label.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

Row = dict[str, str]

DATA = "STARWATCH_DATA"
"""Environment variable that names the folder of the data sets."""

_DAY_SECONDS = 86_400
_SEPARATOR = "\x1f"


class MissingDataError(Exception):
    """A data set is not on this machine; the message says where it was looked for."""


def rows(path: str) -> Iterator[Row]:
    """The rows of a gzipped CSV file below the data folder. Raises `MissingDataError`."""
    folder = os.environ.get(DATA, "")
    if not folder:
        raise MissingDataError(f"{DATA} is not set: it names the folder that holds {path}")
    file = Path(folder) / path
    if not file.is_file():
        raise MissingDataError(f"{file}: no such file (looked for below {DATA})")
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def pseudonym(prefix: str, *parts: str) -> str:
    """An id that is the same for the same parts and follows nothing else."""
    return prefix + _hash(prefix, *parts)[:8].hex()


def number(*parts: str) -> int:
    """64 bits that follow from the parts."""
    return int.from_bytes(_hash("number", *parts)[:8], "big")


def sometime_on(day: datetime, *parts: str) -> datetime:
    """A second of the day: evenly spread, the same for the same parts."""
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    return midnight + timedelta(seconds=number("time of day", *parts) % _DAY_SECONDS)


def _hash(*parts: str) -> bytes:
    return blake2b(_SEPARATOR.join(parts).encode(), digest_size=16).digest()
