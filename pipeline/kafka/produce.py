"""Event files into the topics.

Each event goes to the topic of its type, with a key that keeps the events of one thing in one
partition and so in order: `product_id` for reviews, votes and the catalogue, `seller_id` for
messages, `account_id` for accounts, `order_id` for orders. The partition is the key's CRC-32 modulo
their number, which is quicker than Java's murmur2; nothing depends on the choice, for the pipeline
deals events out anew by the keys its detectors need.

Lines are gathered into waves: while the broker takes one, the next is read and decoded.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeAlias
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from pipeline.files import EventFile, FilesError, Line, Merge
from pipeline.kafka import topics
from pipeline.kafka.clients import ClusterError, admin, servers
from pipeline.kafka.layout import TopicNames
from schemas.decode import decode
from schemas.events import TOPICS, micros
from schemas.refusal import Refusal

KEY_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "reviews": "product_id",
        "votes": "product_id",
        "seller-messages": "seller_id",
        "catalog": "product_id",
        "accounts": "account_id",
        "orders": "order_id",
    }
)
"""The field whose value is the key of a topic's records."""

UNNAMED_TOPIC = "reviews"
"""Where a line goes that cannot be read, of a file that is not named after a topic."""

_WAVE_LINES = 4_000
_WAVE_BYTES = 8 << 20
_BATCH_BYTES = 512 << 10
# What a batch of one record adds to its key and value: the batch header and a dozen varints.
_FRAME_BYTES = 128

Batches: TypeAlias = dict[tuple[str, int], list[BatchBuilder]]
"""What waits to be sent to each topic (by its name in Kafka) and partition."""


@dataclass
class Report:
    """What was produced so far. Counts are of lines that are not blank."""

    sent: int = 0
    unreadable: int = 0
    too_long: int = 0
    unnamed: Counter[EventFile] = field(default_factory=Counter)
    """Unreadable lines of files that are not named after a topic."""


@dataclass(frozen=True)
class _Target:
    """A topic in Kafka: its name, partitions, and the longest batch it takes (bytes)."""

    name: str
    partitions: int
    batch_bytes: int


def produce(
    bootstrap_servers: str,
    merge: Merge,
    names: TopicNames,
    *,
    future: int,
    report: Report,
    too_long: Callable[[Line], None],
    progress: Callable[[], None],
) -> None:
    """Produce every line of the merged files, and keep `report` up to date.

    `future` is how far after the present an event may be dated to be admitted (microseconds).
    `too_long` hears of each line that the broker would not take; `progress` is called after each
    few thousand lines. Raises `ClusterError` where Kafka does not answer, a topic is missing or a
    record is refused, and `FilesError` where a file cannot be read to its end; what was read
    before that has been sent.
    """
    sorter = _Sorter(merge, _targets(bootstrap_servers, names), future, report, too_long)
    try:
        asyncio.run(_send(servers(bootstrap_servers), sorter, report, progress))
    except KafkaError as error:
        raise ClusterError(f"Kafka at {bootstrap_servers}: {error}") from error


def _targets(bootstrap_servers: str, names: TopicNames) -> dict[str, _Target]:
    found = {}
    with admin(bootstrap_servers) as client:
        existing = set(client.list_topics())
        for topic in TOPICS:
            name = names.actual(topic)
            if name not in existing:
                raise ClusterError(
                    f"Kafka at {bootstrap_servers} has no topic {name}. Run `starwatch topics "
                    "create` first."
                )
            partitions = len(client.describe_topics([name])[0]["partitions"])
            limit = int(topics.settings(client, name)["max.message.bytes"])
            found[topic] = _Target(name, partitions, limit)
    return found


async def _send(
    addresses: list[str], sorter: _Sorter, report: Report, progress: Callable[[], None]
) -> None:
    """Send wave after wave, one on its way while the next is made."""
    producer = AIOKafkaProducer(
        bootstrap_servers=addresses, enable_idempotence=True, max_batch_size=_BATCH_BYTES
    )
    await producer.start()
    try:
        on_their_way: list[asyncio.Future[Any]] = []
        lines = 0
        for count, batches in sorter.waves(producer.create_batch):
            sent = [
                await producer.send_batch(batch, topic, partition=partition)
                for (topic, partition), waiting in batches.items()
                for batch in waiting
            ]
            await asyncio.gather(*on_their_way)
            report.sent += lines
            on_their_way, lines = sent, count
            progress()
        await asyncio.gather(*on_their_way)
        report.sent += lines
    finally:
        await producer.stop()


class _Sorter:
    """Decides topic, partition, key and timestamp of each line."""

    def __init__(
        self,
        merge: Merge,
        targets: Mapping[str, _Target],
        future: int,
        report: Report,
        too_long: Callable[[Line], None],
    ) -> None:
        self._merge = merge
        self._targets = targets
        self._route = {
            kind: (targets[topic], attrgetter(KEY_FIELDS[topic]))
            for topic, kinds in TOPICS.items()
            for kind in kinds
        }
        self._future = future
        self._report = report
        self._too_long = too_long

    def waves(self, create_batch: Callable[[], BatchBuilder]) -> Iterator[tuple[int, Batches]]:
        """Batches of the next few thousand lines, with how many lines they hold."""
        lines = iter(self._merge)
        failure: FilesError | None = None
        while failure is None:
            batches: Batches = defaultdict(list)
            count = size = 0
            try:
                for line in lines:
                    if self._add(line, batches, create_batch):
                        count += 1
                        size += line.length
                    if count == _WAVE_LINES or size > _WAVE_BYTES:
                        break
            except FilesError as error:
                failure = error  # what was read before it is sent all the same
            if not count:
                break
            yield count, batches
        if failure is not None:
            raise failure

    def _add(self, line: Line, batches: Batches, create_batch: Callable[[], BatchBuilder]) -> bool:
        """Put a line into its batch, unless it is too long for the broker."""
        now = time.time_ns() // 1_000
        key: bytes | None
        try:
            event = decode(line.raw)
        except Refusal:
            target, key, ts = self._targets[line.file.topic or UNNAMED_TOPIC], None, now
            partition = line.number % target.partitions
            length = line.length + _FRAME_BYTES
        else:
            target, key_of = self._route[type(event)]
            key = key_of(event).encode()
            partition = crc32(key) % target.partitions
            length = line.length + len(key) + _FRAME_BYTES
            ts = micros(event.occurred_at)
            if ts <= now + self._future:
                self._merge.admitted(ts)
            ts = max(0, min(ts, now))  # Kafka knows no time before 1970
        if length > target.batch_bytes or line.length > len(line.raw):
            self._report.too_long += 1
            self._too_long(line)
            return False
        if key is None:
            self._report.unreadable += 1
            if line.file.topic is None:
                self._report.unnamed[line.file] += 1
        waiting = batches[target.name, partition]
        if (
            not waiting
            or waiting[-1].append(timestamp=ts // 1_000, key=key, value=line.raw) is None
        ):
            waiting.append(create_batch())
            waiting[-1].append(timestamp=ts // 1_000, key=key, value=line.raw)
        return True
