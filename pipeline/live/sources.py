"""The event topics of one lane: records become deltas or dead letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from detectors.api import Delta
from pipeline.intake import Intake, SourceClock
from pipeline.live.plan import Lane, Plan
from pipeline.live.progress import Progress
from pipeline.live.reader import Chunk
from schemas.alerts import Source
from schemas.dead_letters import dead_letter
from schemas.refusal import Refusal

_MILLISECOND = 1_000

_encode = msgspec.json.Encoder().encode


@dataclass
class Letters:
    """Dead letters, encoded, and what they are about."""

    records: list[bytes] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    detectors: Counter[str] = field(default_factory=Counter)
    """The detectors that raised on an event."""

    def add(self, source: Source, refusal: Refusal, raw: bytes) -> None:
        """One refusal of a record."""
        self.records.append(_encode(dead_letter(source, refusal, raw)))
        self.reasons[refusal.reason] += 1
        if refusal.culprit is not None:
            self.detectors[refusal.culprit.detector] += 1


class Sources:
    """Clocks of a lane's event topics, and the dead letters since the last checkpoint."""

    def __init__(self, plan: Plan, lane: Lane, intake: Intake, progress: Progress) -> None:
        self._lane = lane
        self._intake = intake
        self._clocks = {
            topic: SourceClock(progress.newest.get(topic)) for topic in plan.sources_of(lane)
        }
        self.quiet_since = dict(progress.quiet_since)
        self._letters = Letters()

    def take(self, chunk: Chunk, now: int, route: Callable[[list[Delta[Any]]], None]) -> None:
        """Admit or refuse each record; `now` is the present (microseconds)."""
        topic = chunk.slot.topic
        clock = self._clocks[topic]
        take = self._intake.take
        for record in chunk.records:
            raw = record.value or b""
            stamp = record.timestamp * _MILLISECOND
            _, _, deltas, refusals = take(raw, clock, stamp if 0 < stamp < now else now)
            if deltas:
                route(deltas)
            for refusal in refusals:
                source = Source(topic=topic, partition=self._lane.number, offset=record.offset)
                self._letters.add(source, refusal, raw)
        if chunk.next < chunk.end:
            self.quiet_since.pop(topic, None)
        elif chunk.records or topic not in self.quiet_since:
            self.quiet_since[topic] = now

    def idle(self, quiet_before: int) -> list[str]:
        """Topics at whose end the lane has stood since then, and whose clocks may be behind."""
        return [topic for topic, since in self.quiet_since.items() if since < quiet_before]

    def take_over(self, topic: str, newest: int) -> bool:
        """Set an idle topic's clock forward; whether it was behind."""
        clock = self._clocks[topic]
        if clock.newest is not None and clock.newest >= newest:
            return False
        clock.newest = newest
        return True

    @property
    def newest(self) -> dict[str, int]:
        """Newest admitted event time of the topics that have one (microseconds)."""
        return {t: c.newest for t, c in self._clocks.items() if c.newest is not None}

    def marks(self) -> list[tuple[str, int, int]]:
        """Stage, partition and watermark of each topic that has one."""
        lateness, number = self._intake.lateness, self._lane.number
        return [(topic, number, newest - lateness) for topic, newest in self.newest.items()]

    def take_letters(self) -> Letters:
        """The dead letters since the last call."""
        letters, self._letters = self._letters, Letters()
        return letters
