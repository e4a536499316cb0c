"""Event files: finding them, and reading several as one stream in a set order.

A file's order is its order of arrival. Files are merged on each one's newest admitted event time:
the next line always comes from the file where that is lowest, so that the files keep pace with
one another in event time, and a line that is not admitted holds nothing up.
"""

from __future__ import annotations

import gzip
import heapq
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

from pipeline.errors import StarwatchError
from schemas.events import TOPICS

LINE_LIMIT = 8 << 20
"""Bytes of a line that are kept. Far above the longest record; what lies beyond is only counted."""

_BUFFER = 1 << 20
_SUFFIXES = (".jsonl", ".jsonl.gz")
_NEVER = -(1 << 63)


class FilesError(StarwatchError):
    """Event files cannot be found or read; the message says which, and where in it."""


@dataclass(frozen=True, eq=False)
class EventFile:
    """A file of events, one JSON object a line. `topic` is what its name says it holds: one of
    the contract's (`votes.jsonl.gz`: `votes`), or None. Two are the same if they are one object."""

    path: Path
    topic: str | None


class Line(NamedTuple):
    """A line without its line ending. `number` counts from 1, blank lines included; `length` is
    that of the whole line in bytes, where `raw` was cut at `LINE_LIMIT`."""

    file: EventFile
    number: int
    raw: bytes
    length: int


def find(paths: Iterable[Path]) -> list[EventFile]:
    """The event files at these paths, each once: of a folder those named after a topic, in the
    order of the contract; a file whatever its name.

    Raises `FilesError` for a path that is not there, and for a folder without event files.
    """
    found: dict[Path, EventFile] = {}
    for path in paths:
        if not path.exists():
            raise FilesError(f"{path}: no such file or folder.")
        files = _in_folder(path) if path.is_dir() else [EventFile(path, _topic(path))]
        if not files:
            names = ", ".join(f"{topic}.jsonl" for topic in TOPICS)
            raise FilesError(
                f"{path}: holds no event files. They are called {names}, or .jsonl.gz."
            )
        for file in files:
            found.setdefault(file.path.resolve(), file)
    return list(found.values())


def _in_folder(folder: Path) -> list[EventFile]:
    candidates = [
        EventFile(folder / f"{topic}{suffix}", topic) for topic in TOPICS for suffix in _SUFFIXES
    ]
    return [file for file in candidates if file.path.is_file()]


def _topic(path: Path) -> str | None:
    return next((t for t in TOPICS if path.name in [f"{t}{suffix}" for suffix in _SUFFIXES]), None)


class Merge:
    """The lines of several files as one stream. Whoever reads it tells `admitted` the event time
    of each line that is admitted, before taking the next line.

    Equal times are settled by the order of the files, so the same files and answers give the same
    stream.
    """

    def __init__(self, files: Iterable[EventFile]) -> None:
        self._readers = [_Reader(file) for file in files]
        self._newest = _NEVER

    @property
    def size(self) -> int:
        """Bytes of all files on disk."""
        return sum(reader.file.path.stat().st_size for reader in self._readers)

    @property
    def position(self) -> int:
        """Bytes on disk that were read so far."""
        return sum(reader.position for reader in self._readers)

    def admitted(self, ts: int) -> None:
        """The line given last was admitted with this event time (microseconds)."""
        self._newest = max(self._newest, ts)

    def __iter__(self) -> Iterator[Line]:
        waiting = [(_NEVER, i, reader.lines()) for i, reader in enumerate(self._readers)]
        while waiting:
            self._newest, i, lines = heapq.heappop(waiting)
            others = waiting[0][0] if waiting else -_NEVER  # where the one furthest behind is
            for line in lines:
                yield line
                if self._newest >= others:
                    heapq.heappush(waiting, (self._newest, i, lines))
                    break


class _Reader:
    """One file, read a line at a time."""

    def __init__(self, file: EventFile) -> None:
        self.file = file
        self._disk: io.FileIO | None = None

    @property
    def position(self) -> int:
        """Bytes on disk that were read so far."""
        if self._disk is None:
            return 0
        return self.file.path.stat().st_size if self._disk.closed else self._disk.tell()

    def lines(self) -> Iterator[Line]:
        """The lines that are not blank. Raises `FilesError` where the file cannot be read."""
        number = 0
        try:
            with self.file.path.open("rb", buffering=0) as disk:
                self._disk = disk
                stream = _opened(disk, packed=self.file.path.suffix == ".gz")
                while raw := stream.readline(LINE_LIMIT):
                    number += 1
                    beyond = 0
                    if raw.endswith(b"\n"):
                        raw = raw[:-2] if raw.endswith(b"\r\n") else raw[:-1]
                    elif len(raw) == LINE_LIMIT:
                        beyond = _skip_line(stream)
                    if beyond or raw.strip():
                        yield Line(self.file, number, raw, len(raw) + beyond)
        except (OSError, EOFError, zlib.error) as error:
            raise FilesError(
                f"{self.file.path}: cannot be read beyond line {number}: {error}."
            ) from error


def _opened(disk: io.FileIO, packed: bool) -> io.BufferedReader:
    # A GzipFile is a raw stream in all but its declared type.
    raw = cast(io.RawIOBase, gzip.GzipFile(fileobj=disk)) if packed else disk
    return io.BufferedReader(raw, _BUFFER)


def _skip_line(stream: io.BufferedReader) -> int:
    """Bytes up to the end of the line, which are read past and not kept."""
    skipped = 0
    while chunk := stream.readline(LINE_LIMIT):
        skipped += len(chunk)
        if chunk.endswith(b"\n"):
            return skipped - (2 if chunk.endswith(b"\r\n") else 1)
    return skipped
