"""A lane's durable side: transactions that hold a checkpoint, and reading back what they held.

Opening the ledger fences whoever had the lane before: it uses the lane's transactional id, so the
broker refuses every later commit of the former owner and ends what it had begun. What is read after
that is final.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import OffsetAndMetadata, RecordMetadata

from pipeline.live import notes
from pipeline.live import progress as progresses
from pipeline.live.changelog import Record
from pipeline.live.cold import InMemory, Records
from pipeline.live.plan import Lane, Plan, Slot, partition_of
from pipeline.live.progress import Progress
from pipeline.live.work import Checkpoint
from schemas.alerts import Alert

_BATCH_BYTES = 900_000
_PLAIN, _SNAPPY = 0, 2  # as Kafka's batch format numbers codecs
_TRANSACTION_MS = 20_000
_CLOSE_SECONDS = 5.0
_FETCH_BYTES = 8 << 20
_FETCH_WAIT_MS = 10
_POLL_MS = 200
_POLL_RECORDS = 20_000
_TAIL = 64
"""Records at the end of a partition in which a key is looked for first."""
_TAIL_GROWTH = 16

_decode_alert = msgspec.json.Decoder(Alert).decode

Batches = list[tuple[Slot, BatchBuilder]]
Deliveries: TypeAlias = "list[asyncio.Future[RecordMetadata]]"


class Ledger:
    """The transactional producer of one lane."""

    def __init__(
        self,
        bootstrap_servers: list[str],
        plan: Plan,
        lane: Lane,
        passing: Callable[[str], None],
    ) -> None:
        """`passing` is told of the crash points."""
        self._group = plan.internal.group
        self._passing = passing
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap_servers,
            transactional_id=f"{self._group}-{lane.partitions}-{lane.number}",
            transaction_timeout_ms=_TRANSACTION_MS,
        )
        self._compressed = {plan.internal.deltas, plan.internal.state}

    async def open(self) -> None:
        """Fence the former owner."""
        await self._producer.start()

    async def close(self) -> None:
        """Let go of the connections; what was not committed never was."""
        await asyncio.wait_for(self._producer.stop(), _CLOSE_SECONDS)

    def batches(self, checkpoint: Checkpoint) -> Batches:
        """The batches of a checkpoint's records (for a thread: this takes a while)."""
        found: Batches = []
        for slot, records in checkpoint.outputs.items():
            batch = self._batch(slot)
            for key, value in records:
                if batch.append(key=key, value=value, timestamp=None) is None:
                    found.append((slot, batch))
                    batch = self._batch(slot)
                    batch.append(key=key, value=value, timestamp=None)
            batch.close()
            found.append((slot, batch))
        return found

    def _batch(self, slot: Slot) -> BatchBuilder:
        # Only what workers read themselves is compressed: not every consumer of alerts and dead
        # letters has the codec.
        codec = _SNAPPY if slot.topic in self._compressed else _PLAIN
        return BatchBuilder(
            _BATCH_BYTES, codec, is_transactional=True, key_serializer=None, value_serializer=None
        )

    async def commit(self, batches: Batches, checkpoint: Checkpoint) -> None:
        """Make the batches of a checkpoint and its positions durable, all or nothing.

        Raises `KafkaError`; the ledger is of no use then.
        """
        deliveries: Deliveries = []
        try:
            await self._producer.begin_transaction()
            self._passing("checkpoint.begun")
            await asyncio.gather(*(self._send(s, b, deliveries) for s, b in _by_slot(batches)))
            self._passing("checkpoint.sent")
            note = notes.write(datetime.now(UTC), is_judged=checkpoint.is_judged)
            await self._producer.send_offsets_to_transaction(
                {
                    TopicPartition(*slot): OffsetAndMetadata(offset, note)
                    for slot, offset in checkpoint.positions.items()
                },
                self._group,
            )
            # A batch that was refused would not stop the commit by itself.
            await asyncio.gather(*deliveries)
            self._passing("checkpoint.offsets")
            await self._producer.commit_transaction()
            self._passing("checkpoint.committed")
        finally:
            for delivery in deliveries:
                _let_go(delivery)

    async def _send(
        self, slot: Slot, batches: Iterable[BatchBuilder], deliveries: Deliveries
    ) -> None:
        for batch in batches:
            deliveries.append(
                await self._producer.send_batch(batch, slot.topic, partition=slot.partition)
            )


def _let_go(delivery: asyncio.Future[RecordMetadata]) -> None:
    """Nobody waits for a delivery any more, whatever comes of it."""
    if not delivery.cancel() and not delivery.cancelled():
        delivery.exception()


def _by_slot(batches: Batches) -> list[tuple[Slot, list[BatchBuilder]]]:
    found: dict[Slot, list[BatchBuilder]] = {}
    for slot, batch in batches:
        found.setdefault(slot, []).append(batch)
    return list(found.items())


class Archive:
    """Reads what transactions have stored."""

    def __init__(
        self,
        bootstrap_servers: list[str],
        plan: Plan,
        left: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`left` is told how many offsets of a partition are still to be read, time and again."""
        self._plan = plan
        self._left = left
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES,
            # A connection answers one request after the other: questions for offsets would wait
            # for the fetch before them.
            fetch_max_wait_ms=_FETCH_WAIT_MS,
        )

    async def __aenter__(self) -> Archive:
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def progress(self, lane: Lane) -> Progress | None:
        """Where a lane stands; None where it was never seen."""
        slot = Slot(self._plan.internal.lanes, lane.number % self._plan.partitions)
        raw = await self._last(slot, progresses.encode_lane(lane))
        return progresses.decode(raw) if raw else None

    async def complete(self, progress: Progress, lane: Lane) -> None:
        """Fill in where the topics stand that the lane has not read so far: as in another lane, at
        the beginning if they were never read."""
        missing = [s for s in self._plan.slots_of(lane) if s.topic not in progress.positions]
        if not missing:
            return
        for other, theirs in (await self.all_progress()).items():
            if other.number == lane.number:
                progress.inherit(theirs, [s.topic for s in missing])
        partitions = [TopicPartition(*s) for s in missing]
        self._consumer.assign(partitions)  # so that all topics are looked up at once
        first = await self._consumer.beginning_offsets(partitions)
        for slot in missing:
            progress.positions.setdefault(slot.topic, first[TopicPartition(*slot)])

    async def alerts(self, lane: Lane) -> list[Alert]:
        """The published cases that live in a lane; those this version cannot read are left out."""
        found = []
        for number in range(self._plan.alert_partitions):
            for case, alert in (await self.latest(Slot(self._plan.alerts, number))).items():
                if partition_of(case.decode(), lane.partitions) == lane.number:
                    with contextlib.suppress(msgspec.DecodeError):
                        found.append(_decode_alert(alert))
        return found

    async def all_progress(self) -> dict[Lane, Progress]:
        """Where every lane stands."""
        found: dict[Lane, Progress] = {}
        for number in range(self._plan.partitions):
            for key, value in (await self.latest(Slot(self._plan.internal.lanes, number))).items():
                found[progresses.decode_lane(key)] = progresses.decode(value)
        return found

    async def copy(self, slot: Slot, records: Records) -> None:
        """Put the latest record of each key of a compacted partition into `records`."""
        await self._read(slot, None, records.put)

    async def latest(self, slot: Slot) -> dict[bytes, bytes]:
        """The latest record of each key of a compacted partition; deleted keys are left out."""
        latest = InMemory()
        await self._read(slot, None, latest.put)
        return latest

    async def _last(self, slot: Slot, wanted: bytes) -> bytes | None:
        """The latest record of one key, looked for from the end."""
        found: list[bytes | None] = []

        def take(records: Iterable[Record]) -> None:
            found.extend(value for key, value in records if key == wanted)

        tail = _TAIL
        while await self._read(slot, tail, take) and not found:
            tail *= _TAIL_GROWTH
        return found[-1] if found else None

    async def _read(
        self, slot: Slot, tail: int | None, take: Callable[[Iterable[Record]], None]
    ) -> bool:
        """Read a partition to its end, its last `tail` offsets or all; whether there is more."""
        partition = TopicPartition(*slot)
        self._consumer.assign([partition])
        first = (await self._consumer.beginning_offsets([partition]))[partition]
        end = (await self._consumer.end_offsets([partition]))[partition]
        start = first if tail is None else max(first, end - tail)
        self._consumer.seek(partition, start)
        while (position := await self._consumer.position(partition)) < end:
            self._left(end - position)
            found = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_POLL_RECORDS)
            take((record.key, record.value) for record in found.get(partition, ()))
        return bool(start > first)


async def delete_read(bootstrap_servers: list[str], positions: dict[Slot, int]) -> None:
    """Delete what lies before these positions, which are durable: nobody will read it again."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await client.start()
        await client.delete_records(
            {TopicPartition(*s): RecordsToDelete(offset) for s, offset in positions.items()}
        )
    finally:
        await client.close()
