"""Where a lane stands in its topics, durable with everything that follows from what it has read."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pipeline.live.plan import Lane


class Progress(msgspec.Struct, array_like=True):
    """The one record of a lane in the topic `lanes`. The dictionaries are by topic."""

    partitions: int
    """Of the internal topics, when it was written: keys live elsewhere under another number."""
    positions: dict[str, int] = {}
    """The next offset to read."""
    newest: dict[str, int] = {}
    """Newest admitted event time (microseconds); missing before the first."""
    quiet_since: dict[str, int] = {}
    """Since when the lane has stood at the end of an event topic (microseconds of the clock);
    missing while there is more to read."""
    unjudged: bool = False
    """Whether keys have changed that wait to be judged."""
    rebuilding: bool = False
    """Whether open cases of an earlier run wait to be found again, or else withdrawn."""

    def inherit(self, other: Progress, topics: Iterable[str]) -> None:
        """Take topics over from the lane that they were in before they got more partitions."""
        for topic in topics:
            position = other.positions.get(topic)
            if position is not None and position >= self.positions.get(topic, 0):
                self.positions[topic] = position
                for mine, theirs in (
                    (self.newest, other.newest),
                    (self.quiet_since, other.quiet_since),
                ):
                    if topic in theirs:
                        mine[topic] = theirs[topic]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Progress).decode
_decode_lane = msgspec.msgpack.Decoder(Lane).decode


def encode_lane(lane: Lane) -> bytes:
    """The key of a lane's record."""
    return _encode(lane)


def decode_lane(raw: bytes) -> Lane:
    """The inverse of `encode_lane`."""
    return _decode_lane(raw)


def encode(progress: Progress) -> bytes:
    """The value of a lane's record."""
    return _encode(progress)


def decode(raw: bytes) -> Progress:
    """The inverse of `encode`."""
    return _decode(raw)


def lowest_active(lanes: Iterable[tuple[Lane, Progress]], quiet_before: int) -> int | None:
    """The lowest newest event time of the event partitions that are not idle, None where none is:
    what an idle partition takes over. Idle is one that has stood at its end since `quiet_before`.
    """
    active = [
        newest
        for _, progress in lanes
        for topic, newest in progress.newest.items()
        if progress.quiet_since.get(topic, quiet_before) >= quiet_before
    ]
    return min(active, default=None)
