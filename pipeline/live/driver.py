"""The Faust transport: chunks of many records, read_committed, from where the lanes say.

Three things differ from Faust's own aiokafka driver (measured in docs/decisions/):
- a stream gets one event for a chunk of records, not for a record;
- only committed records are read, and positions are the lanes', never the group's offsets;
- nothing is committed here: offsets go with the lanes' transactions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import aiokafka
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError
from faust.assignor.partition_assignor import PartitionAssignor
from faust.serializers.schemas import Schema
from faust.transport import drivers
from faust.transport.drivers import aiokafka as stock
from faust.types import TP, ConsumerMessage
from mode import Service

from pipeline.live.plan import Slot
from pipeline.live.reader import Chunk, Reader

SCHEME = "starwatch"
"""Scheme of the broker's address that chooses this driver."""

_POLL_SECONDS = 0.2
_POLL_RECORDS = 4_000
_PARTITION_BYTES = 8 << 20  # more than the longest record
_FETCH_WAIT_MS = 500
_METADATA_MS = 60_000  # until new partitions are noticed
_IDLE_SECONDS = 3_600.0  # reading may pause while state is restored


class Assignments(Protocol):
    """Who is told of rebalances."""

    async def revoked(self) -> None:
        """Every slot is taken away; some may come back."""
        ...

    def assigned(self, slots: set[Slot], partitions: Mapping[str, int | None]) -> None:
        """The slots that this worker has from now on, and the topics' numbers of partitions."""
        ...


class Assignor(PartitionAssignor):  # type: ignore[misc]
    """Faust's assignor: partitions of the same number stay together.

    It says truly that it writes the first version of the consumer protocol, so that Kafka's tools
    can read what it writes.
    """

    @property
    def version(self) -> int:
        """Of the consumer protocol."""
        return 0


class ChunkSchema(Schema):  # type: ignore[misc]  # Faust has no types here
    """An event of a stream is a chunk."""

    def compile(self, app: Any, **_: Any) -> Any:
        """The coroutine that makes an event of a message."""
        create = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return create(None, message.value, message.headers, message)

        return decode


class ConsumerThread(stock.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The thread that talks to the broker; it keeps the heartbeat while events are worked on."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        conf = self.app.conf
        self._assignor = self.app.assignor
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            bootstrap_servers=stock.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=_PARTITION_BYTES,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            metadata_max_age_ms=_METADATA_MS,
            max_poll_interval_ms=int(_IDLE_SECONDS * 1000),
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
        )

    async def seek_all(self, positions: dict[Slot, int]) -> None:
        """Set where slots are read from."""
        await self.call_thread(self._seek_all, positions)

    async def _seek_all(self, positions: dict[Slot, int]) -> None:
        consumer = self._ensure_consumer()
        for slot, offset in positions.items():
            consumer.seek(aiokafka.TopicPartition(*slot), offset)

    async def read(self, slots: list[Slot]) -> dict[Slot, tuple[list[Any], int, int]]:
        """Records, position and end of each slot; waits a moment where there is nothing."""
        found: dict[Slot, tuple[list[Any], int, int]] = await self.call_thread(self._read, slots)
        return found

    async def _read(self, slots: list[Slot]) -> dict[Slot, tuple[list[Any], int, int]]:
        if not self.consumer.flow_active:  # else it would wait for the end of a rebalance
            return {}
        consumer = self._ensure_consumer()
        partitions = [aiokafka.TopicPartition(*slot) for slot in slots]
        records = await consumer.getmany(
            *partitions, timeout_ms=int(_POLL_SECONDS * 1000), max_records=_POLL_RECORDS
        )
        found = {}
        assigned = consumer.assignment()
        for slot, partition in zip(slots, partitions, strict=True):
            end = consumer.highwater(partition) if partition in assigned else None
            if end is not None:
                position = await consumer.position(partition)
                found[slot] = (records.get(partition, []), position, end)
        return found


class Consumer(stock.Consumer):  # type: ignore[misc]
    """Faust's consumer, reading what the app's `reader` has open."""

    _thread: ConsumerThread

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """Let the lanes finish before Faust stops its streams."""
        await self.app.assignments.revoked()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[Any], generation_id: int = 0) -> None:
        """Tell the lanes once Faust's streams are set up."""
        await super().on_partitions_assigned(assigned, generation_id)
        topics = {tp.topic for tp in assigned}
        self.app.assignments.assigned(
            {Slot(*tp) for tp in assigned}, {t: self.topic_partitions(t) for t in topics}
        )

    async def perform_seek(self) -> None:
        """Nothing: each lane seeks when its state is there."""

    async def verify_all_partitions_active(self) -> None:
        """Nothing: it looks at acknowledgements, which are not used here."""

    async def _drain_messages(self, fetcher: Service) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                if self.flow_active:
                    await self._drain_once()
                else:
                    await self.wait_first(self.can_resume_flow.wait(), timeout=_POLL_SECONDS)
        except (asyncio.CancelledError, ConsumerStoppedError):
            if not self.app.should_stop:
                raise

    async def _drain_once(self) -> None:
        reader: Reader = self.app.reader
        try:
            if unsought := reader.unsought():
                await self._thread.seek_all(unsought)
                reader.sought(unsought)
            tickets = reader.readable()
            found = await self._thread.read(list(tickets)) if tickets else {}
        except IllegalStateError:  # a rebalance came in between: what is open will be opened again
            await reader.wait_for_change(_POLL_SECONDS)
            return
        except ConsumerStoppedError:
            raise
        except KafkaError as error:
            self.log.warning("Reading failed and is tried again: %r", error)
            await reader.wait_for_change(1.0)
            return
        if not tickets:
            await reader.wait_for_change(_POLL_SECONDS)
        for slot, (records, position, end) in found.items():
            for chunk in reader.chunks(slot, tickets[slot], records, position, end):
                await self._deliver(chunk)

    async def _deliver(self, chunk: Chunk) -> None:
        tp = TP(*chunk.slot)
        message = ConsumerMessage(
            tp.topic,
            tp.partition,
            chunk.next,
            None,
            None,
            (),
            None,
            chunk,
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )
        await self.wait_first(self.callback(message), self.suspend_flow.wait())


class Transport(stock.Transport):  # type: ignore[misc]
    """Faust's transport with the consumer above."""

    Consumer = Consumer


def register() -> None:
    """Make the scheme known to Faust."""
    drivers.TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
