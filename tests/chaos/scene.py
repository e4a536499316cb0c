"""One run: workers, a load that goes on while they are disturbed, and what is there afterwards."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import aiokafka.errors
import msgspec
import psutil

from pipeline.cases import CaseSettings
from pipeline.intake import Intake, IntakeSettings, SourceClock
from pipeline.kafka.clients import ClusterError
from pipeline.live import preflight
from pipeline.live.ledger import Archive
from pipeline.live.plan import Slot
from pipeline.runner import InProcess
from schemas.events import TOPICS
from tests.chaos.brokers import Alone, Three
from tests.chaos.detectors import APPLIED, topology
from tests.engine.cluster import FAR, content
from tests.live.fleet import Fleet

Records = Sequence[tuple[str, bytes]]

T = TypeVar("T")

SESSION_SECONDS = 4.0
SETTLE_SECONDS = 400.0
_SLICE_SECONDS = 0.4
_TRICKLE = 0.2
"""The share of the load that is kept back while the workers are disturbed."""
_TRICKLE_RECORDS = 8
_sub_key = msgspec.msgpack.Decoder(list).decode


class Count(msgspec.Struct):
    """What a run has come to. `events` is what the topics hold, refused ones included."""

    events: int
    lost: int
    twice: int
    differing: int
    """Open cases that are not as the replay has them."""
    peak_mb: int
    """Most memory that one worker had."""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.differing)


class ChaosFleet(Fleet):
    """Workers that count what they apply."""

    worker = "tests.chaos.worker"


class Scene:
    """Topics of its own, a load, workers."""

    def __init__(self, kafka: str, folder: Path, seed: str, *, copies: int = 1) -> None:
        self.r = random.Random(seed)
        self.partitions = self.r.choice([4, 4, 8, 16])
        prefix = f"c{time.time_ns():x}."
        self.fleet = ChaosFleet(
            kafka,
            folder,
            prefix,
            session_seconds=SESSION_SECONDS,
            checkpoint_seconds=0.2,
            checkpoint_max_seconds=1.0,
        )
        others = {"accounts": self.r.choice([self.partitions, 3])}
        self.fleet.create_topics(self.partitions, copies=copies, **others)
        self.workers: list[subprocess.Popen[bytes]] = []
        self.peak = 0
        self.brokers: Alone | Three | None = None
        """Those of its own, to be hurt."""
        self._feeder: threading.Thread | None = None
        self._stop = threading.Event()
        self.acted = threading.Event()
        """Set when everything was done to the workers that is to be done."""

    # -- load ------------------------------------------------------------------------------------

    def load(self, records: Records, seconds: float, first: float) -> None:
        """Have a part of the records there from the start, and most of the rest within these
        seconds; some trickle in until all was done that is to be done to the workers."""
        begun = round(len(records) * first)
        self.fleet.produce(records[:begun])
        self._feeder = threading.Thread(target=self._feed, args=(records[begun:], seconds))
        self._feeder.start()

    def _feed(self, records: Records, seconds: float) -> None:
        most = round(len(records) * (1 - _TRICKLE))
        size = max(1, round(most / seconds * _SLICE_SECONDS))
        at = 0
        while at < len(records) and not self._stop.is_set():
            until = time.monotonic() + _SLICE_SECONDS
            if at >= most:
                size = len(records) if self.acted.is_set() else _TRICKLE_RECORDS
            self._deliver(records[at : at + size])
            at += size
            self._stop.wait(max(0.0, until - time.monotonic()))

    def _deliver(self, records: Records) -> None:
        while not self._stop.is_set():
            try:
                self.fleet.produce(records)
                break
            # A slice that was stored half-way comes again: what counts is what the topics hold.
            except (aiokafka.errors.KafkaError, OSError, TimeoutError):
                self._stop.wait(1.0)

    @property
    def is_loading(self) -> bool:
        return self._feeder is not None and self._feeder.is_alive()

    # -- workers ---------------------------------------------------------------------------------

    def start(self, crash: str = "") -> subprocess.Popen[bytes]:
        self.workers.append(self.fleet.start(crash))
        return self.workers[-1]

    def start_together(self, count: int) -> None:
        """Start workers and wait until all of them have something to do."""
        for _ in range(count):
            self.start()
        deadline = time.monotonic() + SETTLE_SECONDS
        while sum(worker.partitions > 0 for worker in self.fleet.status().workers) < count:
            assert time.monotonic() < deadline, f"the workers did not join\n{self.fleet.logs()}"
            self.pause(0.3)

    def alive(self) -> list[subprocess.Popen[bytes]]:
        return [worker for worker in self.workers if worker.poll() is None]

    def pick(self) -> subprocess.Popen[bytes]:
        return self.r.choice(self.alive())

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        worker.kill()
        worker.wait()

    def leave(self, worker: subprocess.Popen[bytes]) -> None:
        """SIGTERM: it ends cleanly, or at once where it has not begun to work."""
        status = self.fleet.leave(worker, timeout=60)
        assert status in (0, -signal.SIGTERM), f"exit status {status}"

    def is_stopped(self, worker: subprocess.Popen[bytes]) -> bool:
        return psutil.Process(worker.pid).status() == psutil.STATUS_STOPPED

    def pause(self, least: float, most: float | None = None) -> None:
        """Let time pass, and look how much memory the workers have."""
        until = time.monotonic() + self.r.uniform(least, most or least)
        while True:
            self.look()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.25))

    def look(self) -> None:
        for worker in self.alive():
            try:
                self.peak = max(self.peak, psutil.Process(worker.pid).memory_info().rss)
            except psutil.Error:
                continue

    # -- the end ---------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until everything is done that is to be done."""
        if not self.alive():
            self.start()
        deadline = time.monotonic() + SETTLE_SECONDS
        while self.is_loading or not self._is_done():
            assert time.monotonic() < deadline, f"not done in time\n{self.fleet.logs()}"
            self.pause(0.3)

    def _is_done(self) -> bool:
        try:
            return self.fleet.status().lag == 0
        except (ClusterError, aiokafka.errors.KafkaError, TimeoutError):
            return False

    def close(self) -> None:
        self._stop.set()
        if self._feeder is not None:
            self._feeder.join(60)
        self.fleet.stop()

    def count(self) -> Count:
        """Compare what is there with an in-process replay of what the topics hold."""
        runner = InProcess(topology(), CaseSettings())
        intake = Intake(topology(), IntakeSettings())
        letters: Counter[tuple[str, int, int]] = Counter()
        events = 0
        for topic in TOPICS:
            clocks: dict[int, SourceClock] = {}
            for partition, offset, raw in self.fleet.log(topic):
                events += 1
                taken = intake.take(raw, clocks.setdefault(partition, SourceClock()), FAR)
                runner.join(taken.deltas)
                name = self.fleet.config.topics.actual(topic)
                letters.update([(name, partition, offset)] * len(taken.refusals))
        applied = Counter(
            {
                key: sum(
                    len(p)
                    for parts in state.tables["applications"].values()
                    for p in parts.values()
                )
                for key, state in runner.shards[APPLIED.name].keys.items()
            }
        )
        runner.finish()
        lost, twice = _compare(applied, asyncio.run(self._applied()))
        letters_lost, letters_twice = _compare(letters, self._letters())
        cases, found = content(runner.cases.latest()), content(self.fleet.alerts())
        assert len(cases) > 10, "the comparison compares something"
        differing = sum(cases.get(c) != found.get(c) for c in cases.keys() | found.keys())
        return Count(events, lost + letters_lost, twice + letters_twice, differing, self.peak >> 20)

    async def _applied(self) -> Counter[str]:
        """How often each event was applied, by the stored state."""
        plan = preflight.plan(self.fleet.kafka, self.fleet.config, topology())
        found: Counter[str] = Counter()
        async with Archive(self.fleet.kafka.split(","), plan) as archive:
            for number in range(plan.partitions):
                stored = await archive.latest(Slot(plan.internal.state, number))
                for raw, value in stored.items():
                    keyspace, *sub = _sub_key(raw)
                    if keyspace == APPLIED.name and sub[1] == "applications":
                        entries = plan.codec.decode_content((*sub,), value)
                        assert isinstance(entries, dict)
                        found[sub[0]] += len(entries)
        return found

    def _letters(self) -> Counter[tuple[str, int, int]]:
        sources = (msgspec.json.decode(r)["source"] for r in self.fleet.records("dead-letters"))
        return Counter((s["topic"], s["partition"], s["offset"]) for s in sources)


def _compare(expected: Counter[T], found: Counter[T]) -> tuple[int, int]:
    """How many are missing, and how many are too many."""
    return (expected - found).total(), (found - expected).total()
