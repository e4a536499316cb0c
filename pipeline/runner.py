"""The in-process runner: the whole topology in one process, for replays, the demo and tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from detectors.api import CASES, Delta
from pipeline.cases import CaseSettings, CaseShard
from pipeline.shard import FAR_FUTURE, Layout, Outcome, Shard
from pipeline.topology import Topology
from schemas.alerts import Alert, DetectorRef


def detector_refs(topology: Topology) -> dict[str, DetectorRef]:
    """What alerts say of the detectors that made them, by name."""
    return {
        name: DetectorRef(name=name, version=topology.versions[name], fingerprint=fingerprint)
        for name, fingerprint in topology.fingerprints.items()
    }


class Outlet(Shard):
    """A last keyspace that keeps nothing: each row is handed on as it is said."""

    def __init__(self, layout: Layout, to: Callable[[Delta[Any]], None]) -> None:
        super().__init__(layout, eager=False)
        self._to = to

    def join(self, delta: Delta[Any]) -> None:
        """Hand it on."""
        self._to(delta)


class InProcess:
    """Every keyspace as one shard; deltas go straight to where they belong.

    `eager` judges changed keys at each `tick` (as a live worker does), otherwise a focus is judged
    once. Both end with the same cases.
    """

    def __init__(self, topology: Topology, cases: CaseSettings, *, eager: bool = False) -> None:
        self._topology = topology
        self.cases = CaseShard(
            topology.layouts[CASES.name], cases, detector_refs(topology), topology.allowed
        )
        self.shards: dict[str, Shard] = {
            name: self.cases if name == CASES.name else Shard(topology.layouts[name], eager=eager)
            for name in topology.keyspaces
        }
        self.judged = 0
        self.failures: Counter[str] = Counter()

    def divert(self, keyspace: str, to: Callable[[Delta[Any]], None]) -> None:
        """Hand the rows of a keyspace that nothing judges to `to`, in place of keeping them."""
        self.shards[keyspace] = Outlet(self._topology.layouts[keyspace], to)

    def join(self, deltas: Iterable[Delta[Any]]) -> None:
        """Join deltas into the shards of their keyspaces."""
        shards = self.shards
        for delta in deltas:
            shards[delta.keyspace].join(delta)

    def knows(self, delta: Delta[Any]) -> bool:
        """Whether there is a table that the row belongs into."""
        layout = self._topology.layouts.get(delta.keyspace)
        return layout is not None and delta.table in layout.tables

    def tick(self, watermark: int) -> list[Alert]:
        """Judge what is due now that nothing older than `watermark` will come."""
        return self._round(lambda shard: shard.judge(), watermark)

    def finish(self) -> list[Alert]:
        """The end of the input: judge what has not been judged."""
        return self._round(lambda shard: shard.judge_rest(), None)

    def _round(self, judge: Callable[[Shard], Outcome], watermark: int | None) -> list[Alert]:
        for name, shard in self.shards.items():
            if shard is self.cases:
                continue
            self._route(judge(shard))
            if watermark is not None:
                upstream = [self.shards[u].out_watermark for u in self._topology.upstream[name]]
                self._route(shard.advance(min([watermark, *upstream], default=FAR_FUTURE)))
        before = self.cases.failures.copy()
        alerts = self.cases.publish()
        self.failures += self.cases.failures - before
        return alerts

    def _route(self, outcome: Outcome) -> None:
        self.judged += outcome.judged
        self.failures += outcome.failures
        self.join(outcome.deltas)
