"""Workers as processes against a real Kafka, and what they left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

import msgspec
from aiokafka import AIOKafkaProducer
from kafka import KafkaConsumer, TopicPartition

from detectors.api import DAY
from pipeline.config import Config, parse
from pipeline.kafka import alerts, topics
from pipeline.kafka.clients import admin
from pipeline.kafka.layout import layout
from pipeline.live.crashes import VARIABLE
from pipeline.live.status import Status, status
from pipeline.live.topics import internal_topics
from schemas.alerts import Alert
from schemas.events import iso

START = 1_700_000_000_000_000
ROOT = Path(__file__).parents[2]


def world(seed: int, size: int, days: int) -> list[tuple[int, str, bytes]]:
    """(ts, topic, event), in the order of time: products and writers grow with the size."""
    r = random.Random(seed)
    found = []
    for n in range(size):
        ts = START + r.randrange(days * DAY)
        event = {"event_id": f"e{n}", "occurred_at": iso(ts)}
        if r.random() < 0.1:
            event |= {"type": "account.registered", "account_id": f"a{r.randrange(size // 8)}"}
            found.append((ts, "accounts", event | {"role": "buyer"}))
            continue
        event |= {"type": "review.posted", "review_id": f"r{n}", "rating": 5}
        event |= {"product_id": f"p{r.randrange(size // 30)}"}
        found.append((ts, "reviews", event | {"reviewer_id": f"a{r.randrange(size // 8)}"}))
    found.sort(key=lambda one: one[0])
    return [(ts, topic, json.dumps(event).encode()) for ts, topic, event in found]


def disturbed(events: Sequence[tuple[int, str, bytes]], seed: int) -> list[tuple[str, bytes]]:
    """Moved by up to 1.9 days, a twentieth twice."""
    r = random.Random(seed)
    twice = [one for one in events if r.random() < 0.05]
    moved = [(ts + r.randrange(19 * DAY // 10), topic, raw) for ts, topic, raw in [*events, *twice]]
    return [(topic, raw) for _, topic, raw in sorted(moved)]


class Fleet:
    """A group of workers on topics of its own."""

    worker = "tests.live.toy_worker"
    """The module that a worker runs."""

    def __init__(self, kafka: str, folder: Path, prefix: str, /, **live: float | str) -> None:
        self.kafka = kafka
        self._folder = folder
        settings = "".join(f"{key} = {json.dumps(value)}\n" for key, value in live.items())
        text = f'[topics]\nprefix = "{prefix}"\n[live]\n{settings}'
        self._file = folder / "starwatch.toml"
        self._file.write_text(text)
        self.config: Config = parse(text)
        self._workers: list[subprocess.Popen[bytes]] = []

    def in_group(self, group: str) -> Fleet:
        """Another group on the same topics."""
        folder = self._folder / group
        folder.mkdir()
        other = Fleet(self.kafka, folder, self.config.topics.prefix, group=group)
        other.create_topics(2)
        return other

    def create_topics(self, partitions: int, *, copies: int = 1, **others: int) -> None:
        """`others`: partitions of single event topics."""
        names = self.config.topics
        wanted = layout(
            names,
            internal_topics(self.config.live.group),
            partitions=partitions,
            replication_factor=copies,
        )
        counts = {names.actual(topic): n for topic, n in others.items()}
        topics.create(
            self.kafka,
            [
                topic.__class__(
                    topic.name,
                    counts.get(topic.name, topic.partitions),
                    topic.replication_factor,
                    topic.settings,
                )
                for topic in wanted
            ],
        )

    def add_partitions(self, topic: str, partitions: int) -> None:
        with admin(self.kafka) as client:
            client.create_partitions({self.config.topics.actual(topic): partitions})

    def produce(self, records: Iterable[tuple[str, bytes] | tuple[str, bytes, bytes]]) -> None:
        """(topic, value) or (topic, value, key) each, spread over the partitions."""
        asyncio.run(self._produce(list(records)))

    async def _produce(
        self, records: Sequence[tuple[str, bytes] | tuple[str, bytes, bytes]]
    ) -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=self.kafka, linger_ms=20, acks="all"
        ) as producer:
            waiting = []
            for topic, value, *key in records:
                name = self.config.topics.actual(topic)
                partition = crc32(value) % len(await producer.partitions_for(name))
                waiting.append(await producer.send(name, value, *key, partition=partition))
            await asyncio.gather(*waiting)

    def start(self, crash: str = "") -> subprocess.Popen[bytes]:
        """`crash`: see `pipeline.live.crashes`."""
        with (self._folder / f"worker{len(self._workers)}.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", self.worker, self.kafka, str(self._file)],
                cwd=ROOT,
                env=os.environ | {"PYTHONHASHSEED": str(len(self._workers)), VARIABLE: crash},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._workers.append(worker)
        return worker

    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted(self._folder.glob("worker*.log")))

    def log_of(self, number: int) -> str:
        """What the worker that was started as that one has written, from 0."""
        return (self._folder / f"worker{number}.log").read_text()

    def status(self) -> Status:
        return status(self.kafka, self.config.topics, self.config.live)

    def wait_for_lag(self, most: int, timeout: float = 180) -> Status:
        """Return once the lag is at most that."""
        deadline = time.monotonic() + timeout
        while (found := self.status()).lag > most:
            assert time.monotonic() < deadline, f"{found}\n{self.logs()}"
            time.sleep(0.2)
        return found

    def alerts(self) -> list[Alert]:
        """The latest revision of every case."""

        def odd(problem: str) -> None:
            raise AssertionError(problem)

        found = alerts.latest(self.kafka, self.config.topics.alerts, odd)
        return [msgspec.json.decode(text, type=Alert) for text in found]

    def records(self, topic: str) -> Iterator[bytes]:
        """Every committed record of a topic."""
        return (value for _, _, value in self.log(topic))

    def log(self, topic: str) -> Iterator[tuple[int, int, bytes]]:
        """Every committed record of a topic with its partition and offset."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.kafka, isolation_level="read_committed", group_id=None
        )
        with contextlib.closing(consumer):
            name = self.config.topics.actual(topic)
            partitions = [
                TopicPartition(name, n) for n in consumer.partitions_for_topic(name) or ()
            ]
            consumer.assign(partitions)
            consumer.seek_to_beginning(*partitions)
            ends = consumer.end_offsets(partitions)
            while any(consumer.position(p) < ends[p] for p in partitions):
                for batch in consumer.poll(200).values():
                    yield from ((r.partition, r.offset, r.value) for r in batch)

    def leave(self, worker: subprocess.Popen[bytes], timeout: float = 20) -> int:
        """SIGTERM, and the exit status."""
        worker.send_signal(signal.SIGTERM)
        return worker.wait(timeout)

    def stop(self) -> None:
        for worker in self._workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
                worker.wait()
