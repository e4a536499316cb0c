"""Deltas and sub-keys as msgpack bytes, every row decoded to its own type."""

from __future__ import annotations

from typing import Any, Union

import msgspec

from detectors.api import Delta, Entry, Row
from pipeline.cases import PUBLISHED, Published
from pipeline.shard import SAID, Entries, LastWords, SubKey
from pipeline.topology import Topology

Content = Entries | LastWords | Published
"""What a sub-key holds."""


class Codec:
    """Encoder and decoders for one topology: row types are told apart by their tags."""

    def __init__(self, topology: Topology) -> None:
        # By class, not by name: two detectors may call their rows alike, the tags differ.
        rows: set[type[Row]] = {
            table.row for layout in topology.layouts.values() for table in layout.tables.values()
        }
        kinds = (*sorted(rows, key=lambda r: str(r.__struct_config__.tag)), None)
        row: Any = Union[kinds]  # noqa: UP007 - built at run time
        self._encode = msgspec.msgpack.Encoder(order="deterministic").encode
        self._deltas = msgspec.msgpack.Decoder(list[Delta[row]])
        self._entries = msgspec.msgpack.Decoder(dict[str, Entry[row]])
        self._words = msgspec.msgpack.Decoder(LastWords)
        self._published = msgspec.msgpack.Decoder(Published)
        self._sub_key = msgspec.msgpack.Decoder(tuple[str, str, int, str])

    def encode_deltas(self, deltas: list[Delta[Any]]) -> bytes:
        """Deltas as one msgpack array."""
        return self._encode(deltas)

    def decode_deltas(self, raw: bytes) -> list[Delta[Any]]:
        """The inverse of `encode_deltas`."""
        return self._deltas.decode(raw)

    def encode_sub_key(self, sub: SubKey) -> bytes:
        """The changelog key of a sub-key."""
        return self._encode(sub)

    def decode_sub_key(self, raw: bytes) -> SubKey:
        """The inverse of `encode_sub_key`."""
        return self._sub_key.decode(raw)

    def encode_content(self, content: Content) -> bytes:
        """The changelog value of a sub-key."""
        return self._encode(content)

    def decode_content(self, sub: SubKey, raw: bytes) -> Content:
        """The inverse of `encode_content`; the table of the sub-key tells what it holds."""
        if sub[1] == SAID:
            return self._words.decode(raw)
        if sub[1] == PUBLISHED:
            return self._published.decode(raw)
        return self._entries.decode(raw)
