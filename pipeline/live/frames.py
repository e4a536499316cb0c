"""Frames: many deltas in one record of bounded size, for each lane they go to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from detectors.api import Delta
from pipeline.codec import Codec

FRAME_DELTAS = 1_000
"""Deltas after which a frame is packed (count)."""
FRAME_BYTES = 500_000
"""A frame that is longer is split, down to single deltas (bytes)."""


class Outbox:
    """Deltas on their way to the lanes of the internal topics."""

    def __init__(self, codec: Codec, partitions: int) -> None:
        self._codec = codec
        self._waiting: list[list[Delta[Any]]] = [[] for _ in range(partitions)]
        self._packed: list[list[bytes]] = [[] for _ in range(partitions)]

    def add(self, partition: int, delta: Delta[Any]) -> None:
        """One delta for the lane of that number."""
        waiting = self._waiting[partition]
        waiting.append(delta)
        if len(waiting) >= FRAME_DELTAS:
            self._pack(partition)

    def take(self) -> list[list[bytes]]:
        """The frames for each lane since the last call, in the order in which they were added."""
        for partition, waiting in enumerate(self._waiting):
            if waiting:
                self._pack(partition)
        packed, self._packed = self._packed, [[] for _ in self._packed]
        return packed

    def _pack(self, partition: int) -> None:
        waiting, self._waiting[partition] = self._waiting[partition], []
        self._packed[partition].extend(pack(self._codec, waiting))


def unpack(codec: Codec, frame: bytes, is_known: Callable[[str, str], bool]) -> list[Delta[Any]]:
    """The deltas of a frame. What a worker of another configuration has sent for tables that are
    not known here is left out. Raises `msgspec.DecodeError` where the rest cannot be read."""
    try:
        return codec.decode_deltas(frame)
    except msgspec.ValidationError:
        return [
            delta
            for one in _split(frame)
            if is_known(*_address(one))
            for delta in codec.decode_deltas(_ARRAY_OF_ONE + one)
        ]


def _address(delta: msgspec.Raw) -> tuple[str, str]:
    keyspace, _, table, *_ = _fields(delta)
    return keyspace, table


_ARRAY_OF_ONE = b"\x91"
_split = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_fields = msgspec.msgpack.Decoder(list).decode


def pack(codec: Codec, deltas: list[Delta[Any]]) -> Iterator[bytes]:
    """Deltas as frames."""
    frame = codec.encode_deltas(deltas)
    if len(frame) <= FRAME_BYTES or len(deltas) == 1:
        yield frame
        return
    middle = len(deltas) // 2
    yield from pack(codec, deltas[:middle])
    yield from pack(codec, deltas[middle:])
