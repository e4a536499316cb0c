"""The records of a lane's state: one for a sub-key, more where its content is too long for one.

The key of a record in the topic `state` is (keyspace, key, table, bucket, part) as a msgpack array.
Long content is cut into pieces under the same key with a number behind it; the record of the key
itself then says how many there are, so that pieces and their number change together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from detectors.api import Delta
from pipeline.cases import PUBLISHED
from pipeline.codec import Codec, Content
from pipeline.errors import StarwatchError
from pipeline.shard import SAID, LastWords, SubKey
from pipeline.topology import Topology

PIECE_BYTES = 900_000
"""Content that is longer is cut (bytes)."""

_DIRECTORY = b"\xc1"  # the one byte that no msgpack value begins with
_COUNT_BYTES = 4
_META_LENGTH = 1
_SUB_KEY_LENGTH = 5

Record = tuple[bytes, bytes | None]
"""Key and value; None where it is gone."""


class StateError(StarwatchError):
    """Stored state does not fit this version; the message says what to do."""


class Changelog:
    """Encodes what changed, decodes what was stored."""

    def __init__(self, codec: Codec, topology: Topology) -> None:
        self._codec = codec
        self._tables = {
            name: {*layout.tables, PUBLISHED} for name, layout in topology.layouts.items()
        }
        self._judges = {
            name: {judge.name for judge in layout.judges}
            for name, layout in topology.layouts.items()
        }
        self._pieces: dict[bytes, int] = {}
        self._corrections: list[Record] = []
        self.taken_back: list[Delta[Any]] = []
        """What detectors that are there no more had said, taken back, after `restore`."""

    def records(
        self, keyspace: str, changes: Iterable[tuple[SubKey, Content | None]]
    ) -> Iterator[Record]:
        """The records that make the stored state equal to these sub-keys."""
        for sub, content in changes:
            key = (keyspace, *sub)
            value = None if content is None else self._codec.encode_content(content)
            yield from self._cut(key, value)

    def meta(self, name: str, value: Any) -> Record:
        """The record of something beside the sub-keys."""
        return _encode([name]), _encode(value)

    def corrections(self) -> list[Record]:
        """Records that bring the stored state in line with what `restore` left out of it."""
        corrections, self._corrections = self._corrections, []
        return corrections

    def _cut(self, key: tuple[Any, ...], value: bytes | None) -> Iterator[Record]:
        raw = _encode(key)
        before = self._pieces.pop(raw, 0)
        now = 0
        if value is not None and len(value) > PIECE_BYTES:
            now = -(-len(value) // PIECE_BYTES)
            self._pieces[raw] = now
            for i in range(now):
                piece = value[i * PIECE_BYTES : (i + 1) * PIECE_BYTES]
                yield _encode((*key, i)), piece
            value = _DIRECTORY + now.to_bytes(_COUNT_BYTES, "big")
        yield raw, value
        for i in range(now, before):
            yield _encode((*key, i)), None

    def restore(
        self, stored: dict[bytes, bytes]
    ) -> Iterator[tuple[str, SubKey | None, Content | bytes]]:
        """Every sub-key with its keyspace and content; (name, None, value) of everything else.

        What belongs to tables and judgements that no detector has any more is left out. Raises
        `StateError` where content cannot be read.
        """
        for raw, value in stored.items():
            key = _decode_key(raw)
            if len(key) == _META_LENGTH:
                yield key[0], None, value
                continue
            keyspace, sub = key[0], (key[1], key[2], key[3], key[4])
            if not self._is_wanted(keyspace, sub):
                self._leave_out(raw, key, sub, stored)
            elif len(key) == _SUB_KEY_LENGTH:
                content = self._join(raw, key, value, stored)
                yield keyspace, sub, self._decode(keyspace, sub, content)

    def _is_wanted(self, keyspace: str, sub: SubKey) -> bool:
        if sub[1] == SAID:
            return sub[3] in self._judges.get(keyspace, ())
        return sub[1] in self._tables.get(keyspace, ())

    def _leave_out(
        self, raw: bytes, key: list[Any], sub: SubKey, stored: dict[bytes, bytes]
    ) -> None:
        if sub[1] != SAID:
            self._corrections.append((raw, None))
        elif len(key) == _SUB_KEY_LENGTH:
            words = self._codec.decode_content(sub, self._join(raw, key, stored[raw], stored))
            if isinstance(words, LastWords) and words.said:
                silent, deltas = words.taken_back()
                self.taken_back += deltas
                self._corrections += self._cut(tuple(key), self._codec.encode_content(silent))

    def _join(self, raw: bytes, key: list[Any], value: bytes, stored: dict[bytes, bytes]) -> bytes:
        if not value.startswith(_DIRECTORY):
            return value
        self._pieces[raw] = count = int.from_bytes(value[1:], "big")
        return b"".join(stored[_encode((*key, i))] for i in range(count))

    def _decode(self, keyspace: str, sub: SubKey, value: bytes) -> Content:
        try:
            return self._codec.decode_content(sub, value)
        except msgspec.DecodeError as error:
            raise StateError(
                f"The stored state of {keyspace}.{sub[1]} is of another version ({error}). Build "
                "it again from the events under a new [live] group."
            ) from None


_encode = msgspec.msgpack.Encoder().encode
_decode_key = msgspec.msgpack.Decoder(list).decode
