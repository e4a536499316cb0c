"""A lane's share of every keyspace: joined, judged, kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from detectors.api import CASES, Delta, Finding
from pipeline.cases import CaseShard
from pipeline.live.changelog import Changelog, Record, meta_key
from pipeline.live.cold import InMemory, Records
from pipeline.live.plan import Plan
from pipeline.live.watermarks import Marks, Watermarks, stage_of
from pipeline.runner import detector_refs
from pipeline.shard import FAR_PAST, SAID, Outcome, Shard
from schemas.alerts import Alert

_MARKS = "~watermarks"
_ADVANCED = "~advanced"
_FINGERPRINTS = "~fingerprints"

_decode_marks = msgspec.msgpack.Decoder(Marks).decode
_decode_numbers = msgspec.msgpack.Decoder(dict[str, int]).decode
_decode_texts = msgspec.msgpack.Decoder(dict[str, str]).decode

Route = Callable[[list[Delta[Any]]], None]


class Shards:
    """One shard of each keyspace, in topological order, and how far their senders have come."""

    def __init__(self, plan: Plan, number: int) -> None:
        self._number = number
        topology = plan.topology
        self._cases = CaseShard(
            topology.layouts[CASES.name],
            plan.cases,
            detector_refs(topology),
            topology.allowed,
            track_changes=True,
        )
        self._shards: dict[str, Shard] = {
            name: self._cases
            if name == CASES.name
            else Shard(topology.layouts[name], eager=True, track_changes=True)
            for name in plan.keyspaces
        }
        self._joins = {
            (name, table): shard.join
            for name, shard in self._shards.items()
            for table in shard.layout.tables
        }
        self._senders = {
            name: [
                *plan.sources.items(),
                *((stage_of(up), plan.partitions) for up in sorted(topology.upstream[name])),
            ]
            for name in plan.keyspaces
        }
        self._heard_of = {up for ups in topology.upstream.values() for up in ups}
        self._changelog = Changelog(plan.codec, topology)
        self._fingerprints = {**topology.fingerprints, CASES.name: self._cases.fingerprint}
        self._watermarks = Watermarks()
        self._unsaved = {_MARKS, _ADVANCED, _FINGERPRINTS}
        self._records: Records = InMemory()
        self._hot_keys = plan.live.hot_keys
        self.restored = 0
        """Sub-keys that `restore` has found."""
        self.failures: Counter[str] = Counter()
        """Judgements that raised since the start, by judge; findings that could not be shown, by
        detector."""
        self.findings: Counter[str] = Counter()
        """Accusing findings said since the start, new or changed, by clause."""

    def join(self, delta: Delta[Any]) -> None:
        """Join one delta; what is for a table that no detector has any more is passed over."""
        join = self._joins.get((delta.keyspace, delta.table))
        if join is not None:
            join(delta)

    def knows(self, keyspace: str, table: str) -> bool:
        """Whether some detector has this table."""
        return (keyspace, table) in self._joins

    def hear(self, marks: Marks) -> None:
        """Take over how far senders have come."""
        if self._watermarks.hear(marks):
            self._unsaved.add(_MARKS)

    def judge(self, route: Route, stop: Callable[[], bool]) -> list[Alert]:
        """Judge changed keys, keyspace by keyspace, until all are or `stop` says so, and give the
        alerts that follow.

        Deltas that `route` brings back to later keyspaces of this lane are judged as well.
        """
        for shard in self._shards.values():
            if shard is not self._cases and shard.unjudged:
                self._follow(shard.judge(stop), route)
                if stop():
                    break
        before = self._cases.failures.copy()
        alerts = self._cases.publish()
        self.failures += self._cases.failures - before
        return alerts

    def take_back(self, route: Route) -> None:
        """Send after a restore what takes back the words of judgements that are no longer made."""
        taken_back, self._changelog.taken_back = self._changelog.taken_back, []
        route(taken_back)

    @property
    def has_news(self) -> bool:
        """Whether what was restored is to be judged anew or corrected."""
        return self.unjudged > 0 or bool(self._changelog.taken_back)

    @property
    def unjudged(self) -> int:
        """How many keys have changed since they were judged."""
        return sum(shard.unjudged for shard in self._shards.values())

    def judge_again(self) -> None:
        """Let every key be judged, whether it has changed or not."""
        for shard in self._shards.values():
            shard.judge_again()

    def advance(self, route: Route) -> None:
        """Make final, and forget, what nobody can change any more."""
        for name, shard in self._shards.items():
            if shard is self._cases:
                continue
            before = shard.watermark
            self._follow(shard.advance(self._watermarks.low(self._senders[name])), route)
            if shard.watermark != before:
                self._unsaved.add(_ADVANCED)
                self.hear({stage_of(name): {self._number: shard.out_watermark}})

    def adopt(self, alerts: Iterable[Alert]) -> bool:
        """Go on from the revisions of an earlier run; whether any case of it is open."""
        is_open = False
        for alert in alerts:
            self._cases.adopt(alert)
            is_open = is_open or alert.status == "open"
        return is_open

    def withdraw_unfounded(self) -> list[Alert]:
        """Withdraw the adopted cases that were not found again."""
        return self._cases.withdraw_unfounded()

    def marks(self) -> list[tuple[str, int, int]]:
        """Stage, partition and out-watermark of each keyspace that another one follows."""
        return [
            (stage_of(name), self._number, shard.out_watermark)
            for name, shard in self._shards.items()
            if name in self._heard_of
        ]

    def _follow(self, outcome: Outcome, route: Route) -> None:
        self.failures += outcome.failures
        for delta in outcome.deltas:
            row = delta.entry.row
            if isinstance(row, Finding) and not row.allowed:
                self.findings[row.clause] += 1
        route(outcome.deltas)

    # -- checkpoints -----------------------------------------------------------------------------

    def changes(self) -> list[Record]:
        """The records that bring the stored state up to date."""
        changed: dict[str, list[str]] = {}
        found, self._changelog.corrections = self._changelog.corrections, []
        for name, shard in self._shards.items():
            if shard is not self._cases:
                changes = list(shard.changes())
                changed[name] = [sub[0] for sub, _ in changes]
                found += self._changelog.records(name, changes)
        if self._records.takes_back:
            self._records.put(found)
            self._cool(changed)
        found += self._changelog.records(CASES.name, self._cases.changes())
        found += [self._changelog.meta(name, self._meta(name)) for name in sorted(self._unsaved)]
        self._unsaved.clear()
        return found

    def _cool(self, changed: dict[str, list[str]]) -> None:
        """Each keyspace keeps its share of the keys that may stay in use."""
        used = {name: len(self._shards[name].keys) for name in changed}
        total = max(1, sum(used.values()))
        for name, keys in changed.items():
            self._shards[name].cool(keys, self._hot_keys * used[name] // total)

    def _meta(self, name: str) -> Any:
        if name == _MARKS:
            return self._watermarks.marks
        if name == _ADVANCED:
            return {name: shard.watermark for name, shard in self._shards.items()}
        return self._fingerprints

    def restore(self, records: Records) -> None:
        """Take the state back from its records, the latest of each key. Keys stay as they were
        stored until they are needed; of each table one is looked at."""
        self._records, changelog = records, self._changelog
        stored = records.get(meta_key(_ADVANCED))
        advanced = _decode_numbers(stored) if stored else {}
        cold = {
            n: records.of(n, changelog) for n, s in self._shards.items() if s is not self._cases
        }
        for name, keys in cold.items():
            self._shards[name].restored_cold(keys, advanced.get(name, FAR_PAST))
        seen: set[tuple[str, str]] = set()
        decoded: list[Record] = []
        for name, sub, raw, value in changelog.restore(records.items(), records.get):
            self.restored += 1
            if name == CASES.name:
                content = changelog.content(name, sub, changelog.whole(raw, value, records.get))
                self._cases.restore(sub, content)
                decoded.append((raw, None))
                continue
            if (name, sub[1]) not in seen:
                seen.add((name, sub[1]))
                changelog.content(name, sub, changelog.whole(raw, value, records.get))
            cold[name].add(sub[0], raw)
            if sub[1] != SAID:
                self._shards[name].place(sub[0], sub[1], sub[2])
        records.put(decoded)
        records.put(changelog.corrections)
        self._cases.restored(advanced.get(CASES.name, FAR_PAST))
        if stored := records.get(meta_key(_MARKS)):
            self._watermarks = Watermarks(_decode_marks(stored))
        stored = records.get(meta_key(_FINGERPRINTS))
        if stored and _decode_texts(stored) != self._fingerprints:
            self.judge_again()
        self._unsaved = {_FINGERPRINTS}

    @property
    def size(self) -> int:
        """How many keys there are."""
        return sum(shard.keys_there for shard in self._shards.values())

    @property
    def hot(self) -> int:
        """How many keys are in use, cases apart."""
        return sum(len(s.keys) for s in self._shards.values() if s is not self._cases)
