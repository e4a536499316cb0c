"""Read a topic as it stands, up to the end that it has when the reading begins."""

from __future__ import annotations

import time
from collections.abc import Iterator

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from pipeline.kafka.clients import ClusterError

_POLL_MS = 500
_POLL_RECORDS = 5_000
_STALLED_S = 30


def assign(client: KafkaConsumer, topic: str) -> list[TopicPartition]:
    """Make the consumer read all of a topic's partitions, from the beginning."""
    numbers = client.partitions_for_topic(topic)
    if not numbers:
        raise ClusterError(f"Kafka has no topic {topic}. Run `starwatch topics create` first.")
    partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
    client.assign(partitions)
    client.seek_to_beginning(*partitions)
    return partitions


def to_the_end(client: KafkaConsumer, partitions: list[TopicPartition]) -> Iterator[ConsumerRecord]:
    """Every committed record from where the consumer stands up to the end as it is now.

    The end is reached by position: the last offsets may be transaction markers or aborted
    records, which are never given out. Raises `ClusterError` where reading stalls.
    """
    ends = client.end_offsets(partitions)
    moved, before = time.monotonic(), -1
    while behind := {p for p in partitions if client.position(p) < ends[p]}:
        for batch in client.poll(_POLL_MS, max_records=_POLL_RECORDS).values():
            yield from batch
        position = sum(client.position(p) for p in partitions)
        if position > before:
            moved, before = time.monotonic(), position
        elif time.monotonic() - moved > _STALLED_S:
            waiting = ", ".join(f"{p.topic}[{p.partition}]" for p in sorted(behind))
            raise ClusterError(f"Kafka gives nothing more of {waiting}, though there is more.")
