"""Writes events in the order of time, whatever order they are made in, in bounded memory.

Lines wait in memory with a sortable prefix; when there are too many they are sorted and spilled
to a run on disk, and at the end the runs are merged (external merge sort, Knuth vol. 3).
"""

from __future__ import annotations

import gzip
import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

_PREFIX = 16 + 24
"""Bytes of the sort key: time and event id, as the pipeline itself orders events."""


class SortedLines:
    """One output file. `add` in any order, `close` writes it sorted.

    Args:
        path: the file; with a `.gz` suffix it is compressed (the header carries no clock).
        runs: an existing folder for the spilled runs.
        bound: bytes to hold in memory before spilling.
    """

    def __init__(self, path: Path, runs: Path, bound: int) -> None:
        self._path = path
        self._runs = runs
        self._bound = bound
        self._lines: list[bytes] = []
        self._held = 0
        self._spilled: list[Path] = []
        self.count = 0

    def add(self, ms: int, event_id: str, record: bytes) -> None:
        """Take one record. `ms` is not negative, `event_id` has 24 characters."""
        line = b"%016d%b%b\n" % (ms, event_id.encode(), record)
        self._lines.append(line)
        self._held += len(line)
        self.count += 1
        if self._held > self._bound:
            self._spill()

    def _spill(self) -> None:
        self._lines.sort()
        run = self._runs / f"{self._path.name}.{len(self._spilled)}"
        with run.open("wb") as out:
            out.writelines(self._lines)
        self._spilled.append(run)
        self._lines.clear()
        self._held = 0

    def close(self) -> None:
        """Write the file."""
        self._lines.sort()
        with ExitStack() as stack:
            runs: list[Iterable[bytes]] = [
                stack.enter_context(run.open("rb")) for run in self._spilled
            ]
            raw = stack.enter_context(self._path.open("wb"))
            out = cast(BinaryIO, raw)
            if self._path.suffix == ".gz":
                out = cast(
                    BinaryIO,
                    stack.enter_context(
                        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0)
                    ),
                )
            out.writelines(_bare(heapq.merge(*runs, self._lines)))
        self._lines.clear()


def _bare(lines: Iterable[bytes]) -> Iterator[bytes]:
    return (line[_PREFIX:] for line in lines)


class Outputs:
    """The sorted files of one folder, by topic; a context manager that writes them at the end."""

    def __init__(self, folder: Path, topics: Iterable[str], compress: bool, bound: int) -> None:
        self._folder = folder
        self._temporary = TemporaryDirectory(prefix=".runs-", dir=folder)
        suffix = ".jsonl.gz" if compress else ".jsonl"
        names = list(topics)
        self.files = {
            topic: SortedLines(
                folder / f"{topic}{suffix}", Path(self._temporary.name), bound // len(names)
            )
            for topic in names
        }

    def __enter__(self) -> Outputs:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                for file in self.files.values():
                    file.close()
        finally:
            self._temporary.cleanup()
