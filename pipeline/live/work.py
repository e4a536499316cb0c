"""What a lane does, without Kafka: chunks go in, a checkpoint comes out.

Nothing is ever undone: where a checkpoint cannot be made durable, the lane's work is thrown away
and built again from the last one that was.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import msgspec

from detectors.api import Delta
from pipeline.intake import Intake
from pipeline.live import progress as progresses
from pipeline.live.cold import Records
from pipeline.live.frames import Outbox, unpack
from pipeline.live.plan import Lane, Plan, Slot, partition_of
from pipeline.live.progress import Progress
from pipeline.live.reader import Chunk
from pipeline.live.shards import Shards
from pipeline.live.sources import Letters, Sources
from pipeline.live.watermarks import Announcements, Marks
from schemas.alerts import Alert

MARKS_KEY = b"marks"
"""Record key of watermarks in the topic `deltas`; frames have none."""

_encode = msgspec.msgpack.Encoder().encode
_encode_json = msgspec.json.Encoder().encode
_decode_marks = msgspec.msgpack.Decoder(Marks).decode


Outputs = dict[Slot, list[tuple[bytes | None, bytes | None]]]


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Checkpoint:
    """Everything that must become durable together."""

    outputs: Outputs
    """Records (key, value) for each slot written to, in order."""
    positions: dict[Slot, int]
    """The next offset to read of each slot."""
    is_judged: bool
    """Whether everything that follows is in it: no changed key waits to be judged."""
    letters: Letters
    """The dead letters among the outputs."""
    alerts: Counter[tuple[str, str]]
    """The revisions of cases among the outputs, by clause and status."""


class Work:
    """The work of one lane since its last checkpoint, on top of its state."""

    def __init__(
        self,
        plan: Plan,
        lane: Lane,
        intake: Intake,
        progress: Progress,
        records: Records,
    ) -> None:
        self._plan = plan
        self._lane = lane
        self.positions = {slot: progress.positions[slot.topic] for slot in plan.slots_of(lane)}
        self._sources = Sources(plan, lane, intake, progress)
        self._outbox = Outbox(plan.codec, plan.partitions)
        self._announcements = Announcements(plan.live.watermark_step)
        self._shards: Shards | None = None
        if plan.is_keyed(lane):
            self._shards = Shards(plan, lane.number)
            self._shards.restore(records)
            if progress.unjudged:
                self._shards.judge_again()
        self._withdrawn: list[Alert] = []
        self.rebuilding = progress.rebuilding
        """Whether open cases of an earlier run wait to be found again."""
        self.unsaved = self._shards is not None and self._shards.has_news
        """Whether there is anything to make durable."""
        self.taken = 0
        """Events and deltas taken since the last checkpoint."""
        self.events = 0
        """Event records taken since the start."""

    def take(self, chunk: Chunk, now: int) -> None:
        """Take a chunk of a slot; `now` is the present (microseconds)."""
        if chunk.start != self.positions[chunk.slot]:
            raise RuntimeError(f"{chunk.slot}: a gap before offset {chunk.start}")
        if chunk.slot.topic == self._plan.internal.deltas:
            self._take_deltas(chunk.records)
        else:
            self._sources.take(chunk, now, self._route)
            self.taken += len(chunk.records)
            self.events += len(chunk.records)
        self.positions[chunk.slot] = chunk.next
        self.unsaved = True

    def _take_deltas(self, records: Iterable[Any]) -> None:
        assert self._shards is not None  # noqa: S101 - narrows for the type checker
        join, codec, knows = self._shards.join, self._plan.codec, self._shards.knows
        for record in records:
            if record.key == MARKS_KEY:
                self._shards.hear(_decode_marks(record.value))
                continue
            deltas = unpack(codec, record.value, knows)
            for delta in deltas:
                join(delta)
            self.taken += len(deltas)

    def _route(self, deltas: list[Delta[Any]]) -> None:
        """Deltas to the lanes where their keys live; those of this lane are there already."""
        partitions, kept = self._plan.partitions, self._plan.keyspaces
        own = -1 if self._shards is None else self._lane.number
        for delta in deltas:
            if delta.keyspace not in kept:
                continue
            partition = crc32(delta.key.encode("utf-8", "surrogatepass")) % partitions
            if partition == own:
                self._shards.join(delta)  # type: ignore[union-attr]  # own is -1 where it is None
            else:
                self._outbox.add(partition, delta)

    def checkpoint(self, stop: Callable[[], bool] | None = _never) -> Checkpoint:
        """Judge what changed, and hand over everything that follows from what was taken.

        Judging ends early when `stop` says so; without it, it is left for another time.
        """
        outputs: Outputs = defaultdict(list)
        published: Counter[tuple[str, str]] = Counter()
        names, number = self._plan.internal, self._lane.number
        if self._shards is not None:
            self._shards.take_back(self._route)
            if stop is not None:
                for alert in self._judge(self._shards, stop):
                    self._publish(alert, outputs)
                    published[alert.clause, alert.status] += 1
            outputs[Slot(names.state, number)] += self._shards.changes()
        for partition, frames in enumerate(self._outbox.take()):
            outputs[Slot(names.deltas, partition)] += [(None, frame) for frame in frames]
        self._announce(outputs)
        letters = self._sources.take_letters()
        to = Slot(self._plan.dead_letters, number % self._plan.dead_letter_partitions)
        outputs[to] += [(None, letter) for letter in letters.records]
        key, progress = progresses.encode_lane(self._lane), progresses.encode(self._progress())
        outputs[Slot(names.lanes, number % self._plan.partitions)].append((key, progress))
        self.unsaved, self.taken = self.unjudged > 0, 0
        filled = {slot: records for slot, records in outputs.items() if records}
        return Checkpoint(filled, dict(self.positions), not self.unjudged, letters, published)

    def _judge(self, shards: Shards, stop: Callable[[], bool]) -> list[Alert]:
        alerts = self._take_withdrawn() + shards.judge(self._route, stop)
        if not shards.unjudged:  # nothing may become final before it is judged
            shards.hear(_by_stage(self._sources.marks()))
            shards.advance(self._route)
        return alerts

    def _publish(self, alert: Alert, outputs: Outputs) -> None:
        partition = partition_of(alert.case_id, self._plan.alert_partitions)
        record = (alert.case_id.encode(), _encode_json(alert))
        outputs[Slot(self._plan.alerts, partition)].append(record)

    def _announce(self, outputs: Outputs) -> None:
        """Tell the other lanes how far this one has come, behind everything it has sent before."""
        marks = self._sources.marks() + (self._shards.marks() if self._shards else [])
        due = self._announcements.due(marks)
        if due:
            record = (MARKS_KEY, _encode(due))
            for partition in range(self._plan.partitions):
                if self._shards is None or partition != self._lane.number:
                    outputs[Slot(self._plan.internal.deltas, partition)].append(record)

    def _progress(self) -> Progress:
        return Progress(
            self._plan.partitions,
            {slot.topic: offset for slot, offset in self.positions.items()},
            self._sources.newest,
            dict(self._sources.quiet_since),
            self.unjudged > 0,
            self.rebuilding,
        )

    # -- idle sources ----------------------------------------------------------------------------

    def idle(self, quiet_before: int) -> list[str]:
        """Event topics at whose end the lane has stood since then (microseconds of the clock)."""
        return self._sources.idle(quiet_before)

    def take_over(self, topics: Iterable[str], newest: int) -> list[str]:
        """Set the clocks of idle topics forward; which of them were behind."""
        moved = [topic for topic in topics if self._sources.take_over(topic, newest)]
        self.unsaved = self.unsaved or bool(moved)
        return moved

    # -- rebuilding ------------------------------------------------------------------------------

    def adopt(self, alerts: Iterable[Alert]) -> None:
        """Go on from the cases that an earlier run has published."""
        if self._shards is not None:
            self.rebuilding = self._shards.adopt(alerts)
            self.unsaved = True

    def end_rebuild(self) -> int:
        """Every event was read again: withdraw what was not found again; how many cases."""
        if self._shards is not None:
            self._withdrawn = self._shards.withdraw_unfounded()
        self.rebuilding, self.unsaved = False, True
        return len(self._withdrawn)

    def _take_withdrawn(self) -> list[Alert]:
        withdrawn, self._withdrawn = self._withdrawn, []
        return withdrawn

    # -- for people ------------------------------------------------------------------------------

    @property
    def newest(self) -> dict[str, int]:
        """Newest admitted event time by topic (microseconds)."""
        return self._sources.newest

    @property
    def keys(self) -> int:
        """How many keys the lane's state has."""
        return self._shards.size if self._shards is not None else 0

    @property
    def hot_keys(self) -> int:
        """How many of them are decoded, in memory."""
        return self._shards.hot if self._shards is not None else 0

    @property
    def restored(self) -> int:
        """How many sub-keys were restored."""
        return self._shards.restored if self._shards is not None else 0

    @property
    def unjudged(self) -> int:
        """How many keys have changed since they were judged."""
        return self._shards.unjudged if self._shards is not None else 0

    @property
    def failures(self) -> Counter[str]:
        """Judgements that raised since the start, by judge."""
        return self._shards.failures if self._shards is not None else Counter()

    @property
    def findings(self) -> Counter[str]:
        """Accusing findings said since the start, new or changed, by clause."""
        return self._shards.findings if self._shards is not None else Counter()


def _by_stage(marks: Iterable[tuple[str, int, int]]) -> Marks:
    found: Marks = {}
    for stage, partition, mark in marks:
        found.setdefault(stage, {})[partition] = mark
    return found
