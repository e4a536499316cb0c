"""The engine as workers run it, without Kafka: partitioned eager shards that crash and restore."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from zlib import crc32

import msgspec

from detectors.api import CASES, Delta
from pipeline.cases import CaseSettings, CaseShard
from pipeline.codec import Codec
from pipeline.intake import Intake, IntakeSettings, SourceClock
from pipeline.runner import InProcess, detector_refs
from pipeline.shard import FAR_FUTURE, FAR_PAST, Shard, SubKey
from pipeline.topology import Topology
from schemas.alerts import Alert

FAR = 1 << 55


def content(alerts: Iterable[Alert]) -> dict[str, str]:
    """Open cases by id, without what may differ between runs."""
    out = {}
    for alert in alerts:
        if alert.status == "open":
            body = msgspec.to_builtins(msgspec.structs.replace(alert, revision=0))
            out[alert.case_id] = json.dumps(body, sort_keys=True)
    return out


def replay(topology: Topology, lines: Sequence[bytes], tick_every: int = 0) -> InProcess:
    """A lazy run over one source in its order; ticks each `tick_every` records (0: none)."""
    runner = InProcess(topology, CaseSettings())
    intake, clock = Intake(topology, IntakeSettings()), SourceClock()
    for i, raw in enumerate(lines, 1):
        runner.join(intake.take(raw, clock, FAR).deltas)
        if tick_every and i % tick_every == 0 and clock.newest is not None:
            runner.tick(clock.newest - intake.lateness)
    runner.finish()
    return runner


class Cluster:
    """`partitions` shards a keyspace, eager; a checkpoint encodes what changed."""

    def __init__(self, topology: Topology, partitions: int) -> None:
        self.topology = topology
        self.partitions = partitions
        self.codec = Codec(topology)
        self.intake = Intake(topology, IntakeSettings())
        self.stored: dict[tuple[str, int], dict[bytes, bytes]] = {}
        self.watermarks: dict[tuple[str, int], int] = {}
        self.shards = {
            (name, p): self._new(name) for name in topology.keyspaces for p in range(partitions)
        }

    def _new(self, name: str) -> Shard:
        layout = self.topology.layouts[name]
        if name == CASES.name:
            refs = detector_refs(self.topology)
            return CaseShard(layout, CaseSettings(), refs, track_changes=True)
        return Shard(layout, eager=True, track_changes=True)

    def join(self, deltas: Iterable[Delta[Any]]) -> None:
        moved = self.codec.decode_deltas(self.codec.encode_deltas(list(deltas)))
        for d in moved:
            self.shards[d.keyspace, crc32(d.key.encode()) % self.partitions].join(d)

    def checkpoint(self, watermark: int) -> None:
        """One round of every stage, each shard's changes stored."""
        for name in self.topology.keyspaces:
            up = [
                self.shards[u, p].out_watermark
                for u in self.topology.upstream[name]
                for p in range(self.partitions)
            ]
            for p in range(self.partitions):
                shard = self.shards[name, p]
                if isinstance(shard, CaseShard):
                    shard.publish()
                else:
                    self.join(shard.judge().deltas)
                    self.join(shard.advance(min([watermark, *up])).deltas)
                self._store(name, p, shard)

    def _store(self, name: str, p: int, shard: Shard) -> None:
        stored = self.stored.setdefault((name, p), {})
        for sub, value in shard.changes():
            key = self.codec.encode_sub_key(sub)
            if value is None:
                stored.pop(key, None)
            else:
                stored[key] = self.codec.encode_content(value)
        self.watermarks[name, p] = shard.watermark

    def crash(self, name: str, p: int) -> None:
        """Lose a shard right after its checkpoint and bring it back from what was stored."""
        shard = self._new(name)
        for key, value in sorted(self.stored.get((name, p), {}).items(), reverse=True):
            sub: SubKey = self.codec.decode_sub_key(key)
            shard.restore(sub, self.codec.decode_content(sub, value))
        shard.restored(self.watermarks.get((name, p), FAR_PAST))
        self.shards[name, p] = shard

    def alerts(self) -> list[Alert]:
        found = []
        for p in range(self.partitions):
            shard = self.shards[CASES.name, p]
            assert isinstance(shard, CaseShard)
            found.extend(shard.latest())
        return found

    def keys(self) -> int:
        return sum(len(s.keys) for (name, _), s in self.shards.items() if name != CASES.name)


__all__ = ["FAR", "FAR_FUTURE", "Cluster", "content", "replay"]
