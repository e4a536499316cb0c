"""The records of a lane's state: one for a sub-key, more where its content is too long for one.

The key of a record in the topic `state` is (keyspace, key, table, bucket, part) as a msgpack array.
Long content is cut into pieces under the same key with a number behind it; the record of the key
itself then says how many there are, so that pieces and their number change together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
        self.corrections: list[Record] = []
        """Records that bring the stored state in line with what `restore` has left out of it."""
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
        return meta_key(name), _encode(value)

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
        self, items: Iterable[tuple[bytes, bytes]], get: Callable[[bytes], bytes | None]
    ) -> Iterator[tuple[str, SubKey, bytes, bytes]]:
        """Every record of a sub-key: keyspace, sub-key, the record's key and its value as it is
        stored (see `whole`).

        What belongs to tables and judgements that no detector has any more is left out, and
        `corrections` take it back. `get` gives the value of a record.
        """
        tables, judges = self._tables, self._judges
        for raw, value in items:
            key = _decode_key(raw)
            if len(key) == _META_LENGTH:
                continue
            keyspace, table = key[0], key[2]
            if table == SAID:
                is_wanted = key[4] in judges.get(keyspace, ())
            else:
                is_wanted = table in tables.get(keyspace, ())
            if is_wanted and len(key) > _SUB_KEY_LENGTH:
                continue
            if value.startswith(_DIRECTORY) and len(key) == _SUB_KEY_LENGTH:
                self._pieces[raw] = int.from_bytes(value[1:], "big")
            sub = (key[1], table, key[3], key[4])
            if is_wanted:
                yield keyspace, sub, raw, value
            else:
                self._leave_out(key, sub, raw, value, get)

    def _leave_out(
        self,
        key: list[Any],
        sub: SubKey,
        raw: bytes,
        value: bytes,
        get: Callable[[bytes], bytes | None],
    ) -> None:
        if sub[1] != SAID:
            self.corrections.append((raw, None))
        elif len(key) == _SUB_KEY_LENGTH:
            words = self.content(key[0], sub, self.whole(raw, value, get))
            if isinstance(words, LastWords) and words.said:
                silent, deltas = words.taken_back()
                self.taken_back += deltas
                self.corrections += self._cut(tuple(key), self._codec.encode_content(silent))

    def whole(self, raw: bytes, value: bytes, get: Callable[[bytes], bytes | None]) -> bytes:
        """A record's value, joined where it was cut; `get` gives or takes the pieces."""
        if not value.startswith(_DIRECTORY):
            return value
        key = _decode_key(raw)
        return b"".join(get(_encode((*key, i))) or b"" for i in range(self._pieces[raw]))

    def sub_key(self, raw: bytes) -> SubKey:
        """What a record is about."""
        return _decode_sub_key(raw)[1:]

    def content(self, keyspace: str, sub: SubKey, value: bytes) -> Content:
        """What a record holds. Raises `StateError` where that cannot be read."""
        try:
            return self._codec.decode_content(sub, value)
        except msgspec.DecodeError as error:
            raise StateError(
                f"The stored state of {keyspace}.{sub[1]} is of another version ({error}). Build "
                "it again from the events under a new [live] group."
            ) from None


def meta_key(name: str) -> bytes:
    """The key of the record of something beside the sub-keys."""
    return _encode([name])


_encode = msgspec.msgpack.Encoder().encode
_decode_key = msgspec.msgpack.Decoder(list).decode
_decode_sub_key = msgspec.msgpack.Decoder(tuple[str, str, str, int, str]).decode
