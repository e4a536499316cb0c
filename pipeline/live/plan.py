"""What every lane of a worker knows, fixed from its start. Pure; no Kafka client is imported.

A *slot* is one partition of one topic that is read. A *lane* is all slots that move together:
Faust's assignor gives the partitions of one number, of topics with the same number of partitions,
to one worker. A lane is therefore (number of partitions, partition number). The lanes of the
internal topics also hold that partition's share of every keyspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from zlib import crc32

from detectors.api import CASES
from pipeline.cases import CaseSettings
from pipeline.codec import Codec
from pipeline.intake import IntakeSettings
from pipeline.live.settings import LiveSettings
from pipeline.live.topics import InternalNames
from pipeline.topology import Topology


class Slot(NamedTuple):
    """A partition of a topic, as every client names it."""

    topic: str
    partition: int


class Lane(NamedTuple):
    """Slots that move together: see the module."""

    partitions: int
    number: int

    def __str__(self) -> str:
        return f"{self.number}/{self.partitions}"


@dataclass(frozen=True)
class Plan:
    """The topology and the topics it runs on."""

    topology: Topology
    intake: IntakeSettings
    cases: CaseSettings
    live: LiveSettings
    internal: InternalNames
    sources: Mapping[str, int]
    """Partitions of each event topic."""
    partitions: int
    """Partitions of each internal topic."""
    alerts: str
    alert_partitions: int
    dead_letters: str
    dead_letter_partitions: int
    codec: Codec = field(init=False)
    keyspaces: tuple[str, ...] = field(init=False)
    """Those that lead to cases, in topological order. What only a replay asks for (scores of single
    reviews) is not kept live."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "codec", Codec(self.topology))
        layouts = self.topology.layouts
        kept = [k for k in self.topology.keyspaces if k == CASES.name or layouts[k].judges]
        object.__setattr__(self, "keyspaces", tuple(kept))

    @property
    def inputs(self) -> dict[str, int]:
        """Partitions of each topic that is read."""
        return {**self.sources, self.internal.deltas: self.partitions}

    def sources_of(self, lane: Lane) -> list[str]:
        """The event topics that a lane reads."""
        return [topic for topic, count in self.sources.items() if count == lane.partitions]

    def is_keyed(self, lane: Lane) -> bool:
        """Whether a lane holds a share of the keyspaces."""
        return lane.partitions == self.partitions

    def slots_of(self, lane: Lane) -> list[Slot]:
        """Every slot that a lane reads."""
        topics = self.sources_of(lane) + [self.internal.deltas] * self.is_keyed(lane)
        return [Slot(topic, lane.number) for topic in topics]

    def lanes_of(self, slots: Iterable[Slot]) -> dict[Lane, set[Slot]]:
        """The lanes that slots belong to."""
        lanes: dict[Lane, set[Slot]] = {}
        for slot in slots:
            lane = Lane(self.inputs[slot.topic], slot.partition)
            lanes.setdefault(lane, set()).add(Slot(*slot))
        return lanes


def partition_of(key: str, partitions: int) -> int:
    """Where a key lives among the partitions of an internal topic."""
    return crc32(key.encode("utf-8", "surrogatepass")) % partitions
