"""Lanes over logs in memory: what Kafka does for them, without Kafka."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from pipeline.cases import CaseSettings
from pipeline.intake import Intake, IntakeSettings
from pipeline.kafka.layout import TopicNames
from pipeline.live import progress as progresses
from pipeline.live.cold import InMemory, OnDisk, Records
from pipeline.live.plan import Lane, Plan, Slot, partition_of
from pipeline.live.progress import Progress
from pipeline.live.reader import Chunk
from pipeline.live.settings import LiveSettings
from pipeline.live.topics import InternalNames
from pipeline.live.work import Checkpoint, Work
from pipeline.topology import Topology
from schemas.alerts import Alert
from schemas.dead_letters import DeadLetter

NOW = 1 << 55
"""A present after every event."""


@dataclass(frozen=True)
class Record:
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = -1


def plan(topology: Topology, sources: dict[str, int], partitions: int, **live: object) -> Plan:
    return Plan(
        topology=topology,
        intake=IntakeSettings(),
        cases=CaseSettings(),
        live=LiveSettings(**live),  # type: ignore[arg-type]
        internal=InternalNames(TopicNames(), "g"),
        sources=sources,
        partitions=partitions,
        alerts="alerts",
        alert_partitions=2,
        dead_letters="dead-letters",
        dead_letter_partitions=2,
    )


class Net:
    """Every lane of a plan, each with its work, over logs of records."""

    def __init__(self, the_plan: Plan, folder: Path | None = None) -> None:
        """`folder`: where state is kept on disk, as the plan is to say as well."""
        self.plan = the_plan
        self._folder = folder
        self._on_disk: dict[Lane, OnDisk] = {}
        self.logs: dict[Slot, list[Record]] = defaultdict(list)
        self.lanes = sorted({Lane(n, p) for n in the_plan.inputs.values() for p in range(n)})
        self.works = {lane: self._restored(lane) for lane in self.lanes}

    def produce(self, topic: str, partition: int, values: Iterable[bytes]) -> None:
        for value in values:
            self._append(Slot(topic, partition), None, value)

    def _append(self, slot: Slot, key: bytes | None, value: bytes | None) -> None:
        log = self.logs[slot]
        log.append(Record(len(log), key, value))

    def latest(self, slot: Slot) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        for record in self.logs[slot]:
            assert record.key is not None
            if record.value is None:
                found.pop(record.key, None)
            else:
                found[record.key] = record.value
        return found

    def _restored(self, lane: Lane) -> Work:
        names = self.plan.internal
        stored = self.latest(Slot(names.state, lane.number)) if self.plan.is_keyed(lane) else {}
        records = self.latest(Slot(names.lanes, lane.number % self.plan.partitions))
        raw = records.get(progresses.encode_lane(lane))
        progress = progresses.decode(raw) if raw else Progress(self.plan.partitions, {})
        for slot in self.plan.slots_of(lane):
            progress.positions.setdefault(slot.topic, 0)
        intake = Intake(self.plan.topology, self.plan.intake)
        return Work(self.plan, lane, intake, progress, self._records(lane, stored))

    def _records(self, lane: Lane, stored: dict[bytes, bytes]) -> Records:
        if self._folder is None or not self.plan.is_keyed(lane):
            return InMemory(stored)
        if lane in self._on_disk:
            self._on_disk[lane].close()
        records = self._on_disk[lane] = OnDisk(self._folder)
        records.put(stored.items())
        return records

    def close(self) -> None:
        """Delete what is on disk."""
        for records in self._on_disk.values():
            records.close()

    def read(self, lane: Lane, most: int) -> bool:
        """Give a lane up to `most` records of each slot; whether there were any."""
        work, any_read = self.works[lane], False
        for slot in self.plan.slots_of(lane):
            start, log = work.positions[slot], self.logs[slot]
            records = log[start : start + most]
            if records:
                end = start + len(records)
                work.take(Chunk(slot, 1, list(records), 0, start, end, len(log)), NOW)
                any_read = True
        return any_read

    def save(self, lane: Lane, patience: int | None = None) -> None:
        """A checkpoint that judges some `patience` keys in each keyspace, all if None; 0: none."""
        left = count(patience or 0, -1)
        stop = None if patience == 0 else (lambda: patience is not None and next(left) <= 0)
        checkpoint = self.works[lane].checkpoint(stop)
        assert checkpoint.is_judged or patience is not None
        self._commit(checkpoint)

    def _commit(self, checkpoint: Checkpoint) -> None:
        for slot, records in checkpoint.outputs.items():
            for key, value in records:
                self._append(slot, key, value)

    def crash(self, lane: Lane) -> None:
        """Lose what a lane did since its last checkpoint, and take it over."""
        self.works[lane] = self._restored(lane)

    def settle(self, most: int = 10_000) -> None:
        """Go on until every lane has read and saved everything."""
        while True:
            read = [self.read(lane, most) for lane in self.lanes]
            unsaved = [lane for lane in self.lanes if self.works[lane].unsaved]
            for lane in unsaved:
                self.save(lane)
            if not any(read) and not unsaved:
                return

    def alerts(self) -> list[Alert]:
        """The latest revision of each case, as a consumer of the topic has it."""
        found: dict[str, Alert] = {}
        for partition in range(self.plan.alert_partitions):
            for record in self.logs[Slot("alerts", partition)]:
                alert = msgspec.json.decode(record.value or b"", type=Alert)
                assert alert.revision > (
                    found[alert.case_id].revision if alert.case_id in found else 0
                )
                found[alert.case_id] = alert
        return [found[case] for case in sorted(found)]

    def letters(self) -> list[DeadLetter]:
        return [
            msgspec.json.decode(record.value or b"", type=DeadLetter)
            for partition in range(self.plan.dead_letter_partitions)
            for record in self.logs[Slot("dead-letters", partition)]
        ]

    def is_home(self, lane: Lane, case: str) -> bool:
        """Whether a case lives in a lane."""
        return self.plan.is_keyed(lane) and partition_of(case, lane.partitions) == lane.number

    def keys(self) -> int:
        return sum(work.keys for work in self.works.values())
