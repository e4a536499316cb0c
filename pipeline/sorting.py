"""Sorting event files on disk: `replay --sort` puts a dump in the order of event time first."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec

from pipeline.files import EventFile, Line, Merge
from schemas.decode import decode
from schemas.events import micros
from schemas.refusal import Refusal

RUN_BYTES = 128 << 20
"""Bytes of lines that are sorted in memory at a time."""


class _Spilled(msgspec.Struct, array_like=True, gc=False):
    ts: int
    file: int
    number: int
    length: int
    raw: bytes


class Sorted:
    """The lines of several files in the order of their event times, through sorted runs on disk.

    A line that cannot be read keeps its place behind the line before it. Lines keep their numbers.
    Use it as a context manager: the runs are removed at the end.
    """

    def __init__(self, files: Iterable[EventFile]) -> None:
        self._files = list(files)
        self._merge = Merge(self._files)
        self._folder = tempfile.TemporaryDirectory(prefix="starwatch-sort-")

    def __enter__(self) -> Sorted:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    @property
    def size(self) -> int:
        """Bytes of all files on disk."""
        return self._merge.size

    @property
    def position(self) -> int:
        """Bytes on disk that were read so far."""
        return self._merge.position

    def admitted(self, ts: int) -> None:
        """The order is set already."""

    def __iter__(self) -> Iterator[Line]:
        runs = list(self._runs())
        merged = heapq.merge(*(_read(run) for run in runs), key=_order)
        for spilled in merged:
            yield Line(self._files[spilled.file], spilled.number, spilled.raw, spilled.length)

    def _runs(self) -> Iterator[Path]:
        index = {file: i for i, file in enumerate(self._files)}
        last = dict.fromkeys(index.values(), 0)
        held: list[_Spilled] = []
        size = 0
        for line in self._merge:
            file = index[line.file]
            try:
                last[file] = micros(decode(line.raw).occurred_at)
                self._merge.admitted(last[file])
            except Refusal:
                pass  # it keeps the time of the line before it; the replay makes its dead letter
            held.append(_Spilled(last[file], file, line.number, line.length, line.raw))
            size += len(line.raw) + 100
            if size >= RUN_BYTES:
                yield self._spill(held)
                held, size = [], 0
        if held:
            yield self._spill(held)

    def _spill(self, held: list[_Spilled]) -> Path:
        held.sort(key=_order)
        encode = msgspec.msgpack.Encoder().encode
        with tempfile.NamedTemporaryFile(dir=self._folder.name, delete=False) as out:
            for spilled in held:
                body = encode(spilled)
                out.write(len(body).to_bytes(4, "big") + body)
            return Path(out.name)


def _order(spilled: _Spilled) -> tuple[int, int, int]:
    return spilled.ts, spilled.file, spilled.number


def _read(run: Path) -> Iterator[_Spilled]:
    decode_one = msgspec.msgpack.Decoder(_Spilled).decode
    with run.open("rb") as stream:
        while size := _size(stream):
            yield decode_one(stream.read(size))


def _size(stream: BinaryIO) -> int:
    return int.from_bytes(stream.read(4), "big")
