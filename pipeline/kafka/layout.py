"""The topics: names, record sizes, retention and compaction. Pure; no Kafka client is imported.

| topic | cleaned by | Kafka timestamp | records up to |
|---|---|---|---|
| event topics | nothing, unless a retention is given | event time | 1 MiB |
| `dead-letters` | as the event topics | time of appending | 4 MiB |
| `alerts` | compaction by `case_id` | time of appending | 4 MiB |
| internal streams | workers, of what they have read | time of appending | 4 MiB |
| internal state | compaction | time of appending | 4 MiB |

Internal records may carry the times of old events. Retention and compaction go by timestamp, so
those topics use the time of appending: else a replayed year would be deleted while it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from schemas.events import RECORD_BYTES, TOPICS

ALERTS = "alerts"
DEAD_LETTERS = "dead-letters"
LARGE_RECORD_BYTES = 4 << 20
"""The longest record of `dead-letters`, `alerts` and internal topics: 4 MiB."""

# The broker's limit is on a batch: the record, its key and the frames around both.
_BATCH_SLACK = 64 << 10
_DAY_MS = 86_400_000
_FOREVER = "-1"
# A log rolls when the timestamps in a segment span `segment.ms`: at the default of a week, ten
# years of events would be 500 segments a partition, each with open files.
_EVENT_SEGMENT_MS = 3_650 * _DAY_MS
# Small segments, as the newest one is never compacted and restoring state reads it all.
_COMPACTED_SEGMENT_BYTES = 32 << 20
_COMPACTED_SEGMENT_MS = 3_600_000
_STREAM_SEGMENT_BYTES = 64 << 20
_LEGAL_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")


class TopicNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[topics]`: what the topics are called in this Kafka."""

    prefix: str = ""
    """Put before the name of every topic, internal ones too."""
    names: dict[str, str] = {}
    """Names for single topics in place of the contract's, such as `reviews = "shop.reviews"`; the
    prefix is put before these as well."""

    def __post_init__(self) -> None:
        known = (*TOPICS, ALERTS, DEAD_LETTERS)
        for topic in self.names:
            if topic not in known:
                raise ValueError(f"no topic {topic!r} to name: known are {', '.join(known)}")
        actual = [self.actual(topic) for topic in known]
        for name in actual:
            if not _LEGAL_NAME.fullmatch(name):
                raise ValueError(
                    f"{name!r} is no name for a topic: up to 249 of A-Z a-z 0-9 . _ - are"
                )
        if len(set(actual)) < len(actual):
            raise ValueError("two topics have the same name")

    def actual(self, topic: str) -> str:
        """What a topic of the contract, or an internal one, is called in this Kafka."""
        return self.prefix + self.names.get(topic, topic)

    @property
    def sources(self) -> list[str]:
        """The event topics, under the names they have in this Kafka."""
        return [self.actual(topic) for topic in TOPICS]

    @property
    def alerts(self) -> str:
        """The topic of alerts."""
        return self.actual(ALERTS)

    @property
    def dead_letters(self) -> str:
        """The topic of dead letters."""
        return self.actual(DEAD_LETTERS)


class InternalTopic(msgspec.Struct, frozen=True):
    """A topic that only the live runtime writes and reads, under its name without the prefix."""

    name: str
    kind: Literal["stream", "state"]
    partitions: int | None = None
    """None: as many as the event topics."""


@dataclass(frozen=True)
class Topic:
    """A topic as it is to be: its name in Kafka, shape and settings."""

    name: str
    partitions: int
    replication_factor: int
    settings: Mapping[str, str]


def layout(
    names: TopicNames,
    internal: Iterable[InternalTopic] = (),
    *,
    partitions: int,
    replication_factor: int = 1,
    retention_days: float | None = None,
) -> list[Topic]:
    """Every topic. `retention_days` (of event time) bounds how long events are kept; None: for
    ever, as an audit of old events needs."""
    forever = retention_days is None
    retention = _FOREVER if retention_days is None else str(round(retention_days * _DAY_MS))
    events = {
        "cleanup.policy": "delete",
        "retention.ms": retention,
        "message.timestamp.type": "CreateTime",
        "max.message.bytes": str(RECORD_BYTES + _BATCH_SLACK),
    } | ({"segment.ms": str(_EVENT_SEGMENT_MS)} if forever else {})
    settings = {
        **dict.fromkeys(TOPICS, events),
        DEAD_LETTERS: _appended("delete") | {"retention.ms": retention},
        ALERTS: _COMPACTED,
    }
    durable = {"min.insync.replicas": str(2 if replication_factor > 2 else 1)}
    contract = [
        Topic(names.actual(topic), partitions, replication_factor, own | durable)
        for topic, own in settings.items()
    ]
    return contract + [
        Topic(
            names.actual(topic.name),
            topic.partitions or partitions,
            replication_factor,
            (_COMPACTED if topic.kind == "state" else _STREAM) | durable,
        )
        for topic in internal
    ]


def _appended(cleanup_policy: str) -> dict[str, str]:
    return {
        "cleanup.policy": cleanup_policy,
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(LARGE_RECORD_BYTES + _BATCH_SLACK),
    }


_COMPACTED = _appended("compact") | {
    "segment.bytes": str(_COMPACTED_SEGMENT_BYTES),
    "segment.ms": str(_COMPACTED_SEGMENT_MS),
}
_STREAM = _appended("delete") | {
    "retention.ms": _FOREVER,  # what waits to be read must not go, however long workers rest
    "segment.bytes": str(_STREAM_SEGMENT_BYTES),
}
