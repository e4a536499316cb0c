"""What a group of workers is doing: who works, and what is still to be done.

The lag is measured by position. A worker's committed positions lie behind the transaction markers
that it has read, so that the lag of a topic that is read to its end is 0; where the workers left
before they had read the last markers, what is left is looked at. A lane with keys that wait to be
judged counts as one record of the topic that brings them.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import aiokafka
import msgspec
from kafka import IsolationLevel, KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NotCoordinatorError,
)
from kafka.structs import OffsetAndMetadata

from pipeline.kafka.clients import ClusterError, admin, servers
from pipeline.kafka.layout import TopicNames
from pipeline.live import notes
from pipeline.live.settings import LiveSettings
from pipeline.live.topics import InternalNames

_COORDINATOR_SECONDS = 10.0
_COORDINATOR_PAUSE = 0.1
_POLL_MS = 100
_MARKERS_AT_MOST = 16
"""A lag up to this is looked at record by record (count)."""

Offsets = Mapping[TopicPartition, int]


class Worker(msgspec.Struct, frozen=True):
    """A member of the group."""

    id: str
    """Its client id: host name and process."""
    host: str
    """Where it connects from."""
    partitions: int
    """Of all topics, how many it reads."""


class Status(msgspec.Struct, frozen=True):
    """A group as it is now."""

    group: str
    state: str
    """As Kafka calls it: `Stable`, `Empty`, `PreparingRebalance`, `Dead` (never seen) ..."""
    workers: list[Worker]
    lag: int
    """Records still to be read, or not yet to be seen by others; 0: every consequence is in
    `alerts`."""
    topics: dict[str, int]
    """The lag of each topic."""
    last_checkpoint: str | None
    """Time of the latest checkpoint, RFC 3339."""


def status(bootstrap_servers: str, names: TopicNames, live: LiveSettings) -> Status:
    """The status of a group. Raises `ClusterError` where Kafka does not answer or a topic is
    missing."""
    internal = InternalNames(names, live.group)
    read = [*names.sources, internal.deltas]
    written = [names.alerts, names.dead_letters]
    with admin(bootstrap_servers) as client:
        partitions = _partitions(client, [*read, *written])
        # The order matters: what a committed position implies was written before it, so that ends
        # looked up later include it.
        committed = _committed(client, internal.group)
        ends = _offsets(client, partitions, OffsetSpec.LATEST)
        visible = _offsets(client, partitions, OffsetSpec.LATEST, IsolationLevel.READ_COMMITTED)
        starts = _offsets(client, partitions, OffsetSpec.EARLIEST)
        described = client.describe_groups([internal.group])[internal.group]
    positions = {p: committed[p].offset if p in committed else starts[p] for p in partitions}
    done = {
        p: visible[p] if p.topic in written else max(positions[p], starts[p]) for p in partitions
    }
    open_ = {p for p in partitions if done[p] < ends[p]}
    lags = {p: ends[p] - done[p] for p in open_}
    if 0 < sum(lags.values()) <= _MARKERS_AT_MOST and all(visible[p] == ends[p] for p in open_):
        lags = asyncio.run(_records(bootstrap_servers, {p: done[p] for p in open_}, ends))
    topics = dict.fromkeys([*read, *written], 0)
    for p, lag in lags.items():
        topics[p.topic] += lag
    told = {p: notes.read(o.metadata) for p, o in committed.items() if o.metadata}
    topics[internal.deltas] += sum(
        not is_judged for p, (_, is_judged) in told.items() if p.topic == internal.deltas
    )
    return Status(
        group=internal.group,
        state=described["group_state"],
        workers=[_worker(member) for member in described["members"]],
        lag=sum(topics.values()),
        topics=topics,
        last_checkpoint=max((time for time, _ in told.values()), default=None),
    )


def _partitions(client: KafkaAdminClient, topics: list[str]) -> list[TopicPartition]:
    existing = {t["name"]: t for t in client.describe_topics(topics) if t["partitions"]}
    missing = [topic for topic in topics if topic not in existing]
    if missing:
        raise ClusterError(
            f"Kafka has no topic {', '.join(missing)}. Run `starwatch topics create` first."
        )
    return [
        TopicPartition(topic, p["partition_index"])
        for topic in topics
        for p in existing[topic]["partitions"]
    ]


async def _records(
    bootstrap_servers: str, positions: Offsets, ends: Offsets
) -> dict[TopicPartition, int]:
    """How many records there are between these offsets: the rest are transaction markers."""
    # Not kafka-python's consumer: it cannot read what is compressed without a further library.
    counts: Counter[TopicPartition] = Counter()
    client = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=servers(bootstrap_servers),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    try:
        await client.start()
        client.assign([aiokafka.TopicPartition(*p) for p in positions])
        for partition, offset in positions.items():
            client.seek(aiokafka.TopicPartition(*partition), offset)
        for partition in positions:
            while await client.position(aiokafka.TopicPartition(*partition)) < ends[partition]:
                for p, records in (await client.getmany(timeout_ms=_POLL_MS)).items():
                    counts[TopicPartition(*p)] += len(records)
    finally:
        await client.stop()
    return counts


def _committed(client: KafkaAdminClient, group: str) -> Mapping[TopicPartition, OffsetAndMetadata]:
    """The group's positions. A broker that was never asked for a group has to set itself up."""
    deadline = time.monotonic() + _COORDINATOR_SECONDS
    while True:
        try:
            found: Mapping[TopicPartition, OffsetAndMetadata]
            found = client.list_group_offsets([group])[group]
        except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
            if time.monotonic() > deadline:
                raise
            time.sleep(_COORDINATOR_PAUSE)
        else:
            return found


def _offsets(
    client: KafkaAdminClient,
    partitions: Iterable[TopicPartition],
    spec: OffsetSpec,
    isolation: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
) -> Offsets:
    found = client.list_partition_offsets(dict.fromkeys(partitions, spec), isolation)
    return {partition: answer.offset for partition, answer in found.items()}


def _worker(member: Mapping[str, Any]) -> Worker:
    assigned = (member["member_assignment"] or {}).get("assigned_partitions", ())
    return Worker(
        id=member["client_id"],
        host=member["client_host"].lstrip("/"),
        partitions=sum(len(topic["partitions"]) for topic in assigned),
    )
