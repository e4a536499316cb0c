"""Events at a steady rate, and how long some of them take to become alerts.

A *probe* is a message that is an alert by itself, of a seller of its own, sent among the load: it
goes the way that most alerts go, through intake, a detector's keyspace and the cases, each made
durable before the next. Its latency is measured from before it is sent to Kafka until a reader of
committed alerts has it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from zlib import crc32

import aiokafka
import msgspec
import numpy as np

from pipeline.kafka.layout import TopicNames

Block = dict[str, list[str]]
"""Lines of each topic, in the order of event time."""

BLOCK = 2_000
"""Events of a block that suits steady traffic."""
_SLICE_SECONDS = 0.2
_PATIENCE_SECONDS = 60.0
"""How long the last probes are waited for."""
_MESSAGES = "seller-messages"
_SELLER = "probe-"


@dataclass(frozen=True)
class Arrival:
    """A probe that has become an alert."""

    sent: float
    """When it was sent (seconds, monotonic)."""
    seconds: float
    """How long it took."""


class _Subject(msgspec.Struct):
    id: str


class _Alert(msgspec.Struct):
    subject: _Subject


class _Event(msgspec.Struct):
    occurred_at: str


_decode_alert = msgspec.json.Decoder(_Alert).decode
_decode_time = msgspec.json.Decoder(_Event).decode


class Traffic:
    """Feeds a load from a thread of its own, and reads what becomes of the probes.

    with Traffic(...) as traffic:
        while traffic.is_on: ...
    """

    def __init__(
        self,
        kafka: str,
        names: TopicNames,
        blocks: Iterator[Block],
        *,
        rate: float,
        probe_seconds: float,
    ) -> None:
        """`rate` in events a second; a probe every so many seconds."""
        self._kafka = kafka
        self._names = names
        self._blocks = blocks
        self._rate = rate
        self._probe_seconds = probe_seconds
        self._waiting: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="traffic")
        self.sent = 0
        """Events of the load so far."""
        self.probes = 0
        """Probes so far."""
        self.reached = ""
        """Event time that the load has come to, RFC 3339."""
        self.arrivals: list[Arrival] = []

    def join(self) -> None:
        """Return when all is sent, and every probe has become an alert or is given up."""
        self._thread.join()

    @property
    def is_on(self) -> bool:
        """Whether there is more of the load, or probes on their way."""
        return self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    async def _live(self) -> None:
        watching = asyncio.create_task(self._watch())
        try:
            await self._feed()
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while self._waiting and time.monotonic() < deadline and not self._stop.is_set():
                await asyncio.sleep(_SLICE_SECONDS)
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def _feed(self) -> None:
        size = max(1, round(self._rate * _SLICE_SECONDS))
        async with aiokafka.AIOKafkaProducer(
            bootstrap_servers=self._kafka, linger_ms=20, acks="all"
        ) as producer:
            begun = probed = time.monotonic()
            # A block takes a while to make: meanwhile what was sent still has to be looked after.
            while block := await asyncio.to_thread(next, self._blocks, None):
                for piece in slices(block, size):
                    if self._stop.is_set():
                        return
                    await self._send(producer, piece)
                    self.sent += sum(map(len, piece.values()))
                    if piece[_MESSAGES] and time.monotonic() - probed >= self._probe_seconds:
                        probed = time.monotonic()
                        await self._send(producer, {_MESSAGES: [self._probe(piece)]})
                    ahead = begun + self.sent / self._rate - time.monotonic()
                    await asyncio.sleep(max(0.0, ahead))

    async def _send(self, producer: aiokafka.AIOKafkaProducer, piece: Block) -> None:
        for topic, lines in piece.items():
            name = self._names.actual(topic)
            partitions = len(await producer.partitions_for(name))
            for line in lines:
                raw = line.encode()
                await producer.send(name, raw, partition=crc32(raw) % partitions)

    def _probe(self, piece: Block) -> str:
        """A message that a seller may not send, as old as the load's latest message."""
        self.reached = _decode_time(piece[_MESSAGES][-1]).occurred_at
        seller, self.probes = f"{_SELLER}{self.probes}", self.probes + 1
        self._waiting[seller] = time.monotonic()
        return (
            f'{{"type":"message.sent","event_id":"{seller}","message_id":"{seller}",'
            f'"occurred_at":"{self.reached}","seller_id":"{seller}","buyer_id":"{seller}",'
            f'"direction":"to_buyer","channel":"sms","text":"Hello, are you at home today?"}}'
        )

    async def _watch(self) -> None:
        async with aiokafka.AIOKafkaConsumer(
            self._names.alerts,
            bootstrap_servers=self._kafka,
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        ) as consumer:
            async for record in consumer:
                sent = self._waiting.pop(_decode_alert(record.value).subject.id, None)
                if sent is not None:
                    self.arrivals.append(Arrival(sent, time.monotonic() - sent))


def slices(block: Block, size: int) -> Iterator[Block]:
    """A block in pieces of about so many lines, each with its share of every topic."""
    count = max(1, sum(map(len, block.values())) // size)
    for n in range(count):
        yield {
            topic: lines[len(lines) * n // count : len(lines) * (n + 1) // count]
            for topic, lines in block.items()
        }


def described(seconds: Sequence[float]) -> str:
    """Latencies in a line of text."""
    if not seconds:
        return "none"
    p50, p99 = np.percentile(seconds, [50, 99])
    return f"p50 {p50:.2f} s, p99 {p99:.2f} s, most {max(seconds):.2f} s ({len(seconds)})"
