"""Intake: bytes become an event, the event is admitted or refused, and folds turn it into deltas.

Admission follows the contract's order: it decodes, it is not from the future, it is not late for
its source, it is not a conflicting duplicate. Only an admitted event moves its source's clock.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import xxhash

from detectors.api import DAY, HOUR, Delta, Entry, Observed
from pipeline.topology import OwnedFold, Topology
from schemas.decode import Refusal, decode
from schemas.events import Event, iso
from schemas.refusal import Culprit

MESSAGE_LIMIT = 500


class IntakeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`[intake]`: which events are admitted."""

    lateness_days: float = 2.0
    """How much older than the newest admitted event of its own partition or file an event may be
    (days of event time)."""
    future_hours: float = 1.0
    """How far after its Kafka record's timestamp, or the present, an event may be dated (hours)."""
    idle_after_hours: float = 24.0
    """How long a partition must have stood at its end before it no longer holds the watermark back
    (hours of the clock)."""
    remembered_events: int = 200_000
    """How many recent events are remembered to notice conflicting duplicates (events a worker)."""


@dataclass(slots=True)
class SourceClock:
    """The newest admitted event time of one source partition or file, None before the first."""

    newest: int | None = None


class Taken(NamedTuple):
    """What became of one record: deltas when admitted, refusals for the dead letters."""

    event: Event | None
    ts: int
    deltas: list[Delta[Any]]
    refusals: list[Refusal]


class Intake:
    """Takes records; the only state beside each source's clock is a memory of recent event ids,
    which may be lost without harm to convergence."""

    def __init__(self, topology: Topology, settings: IntakeSettings) -> None:
        self._folds_of = topology.folds_of
        self._lateness = round(settings.lateness_days * DAY)
        self._future = round(settings.future_hours * HOUR)
        self._recent = RecentEvents(settings.remembered_events)

    @property
    def lateness(self) -> int:
        """The lateness bound in microseconds."""
        return self._lateness

    def take(self, raw: bytes, clock: SourceClock, present: int) -> Taken:
        """Decode, admit and fold one record. `present` is the Kafka record's timestamp or the
        present, whichever is given to the source, in microseconds."""
        try:
            event = decode(raw)
        except Refusal as refusal:
            return Taken(None, 0, [], [refusal])
        seen = Observed(event)
        ts = seen.ts
        if ts > present + self._future:
            return Taken(None, ts, [], [_from_the_future(event, present + self._future)])
        newest = clock.newest
        if newest is not None and ts < newest - self._lateness:
            return Taken(None, ts, [], [_late(event, newest, self._lateness)])
        if self._recent.conflicts(event):
            return Taken(None, ts, [], [_conflicting(event)])
        if newest is None or ts > newest:
            clock.newest = ts
        deltas, refusals = self.fold(seen)
        return Taken(event, ts, deltas, refusals)

    def fold(self, seen: Observed) -> tuple[list[Delta[Any]], list[Refusal]]:
        """The deltas of an admitted event, and a refusal for each detector that raised on it."""
        folds = self._folds_of.get(type(seen.event), ())
        deltas: list[Delta[Any]] = []
        try:
            _apply(folds, seen, deltas)
        except Exception:
            return self._fold_apart(folds, seen)
        return deltas, []

    def _fold_apart(
        self, folds: tuple[OwnedFold, ...], seen: Observed
    ) -> tuple[list[Delta[Any]], list[Refusal]]:
        """Fold by fold: what detectors that raise would have done is left out whole."""
        done: list[tuple[OwnedFold, list[Delta[Any]]]] = []
        errors: dict[str, tuple[OwnedFold, Exception]] = {}
        keys: dict[str, str] = {}
        for owned in folds:
            own: list[Delta[Any]] = []
            try:
                _apply((owned,), seen, own)
                done.append((owned, own))
            except Exception as error:
                for name in owned.owners:
                    errors.setdefault(name, (owned, error))
            keys.update((d.keyspace, d.key) for d in own)
        deltas = [d for owned, ds in done if owned.owners - errors.keys() for d in ds]
        return deltas, [
            _detector_error(name, error, owned.keyspace, keys.get(owned.keyspace))
            for name, (owned, error) in sorted(errors.items())
        ]


def _apply(folds: Iterable[OwnedFold], seen: Observed, deltas: list[Delta[Any]]) -> None:
    event, ts = seen.event, seen.ts
    by = event.event_id
    for owned in folds:
        placed = owned.update(event, seen)
        if placed:
            keyspace, table, rank = owned.keyspace, owned.table, -ts if owned.first else ts
            for key, part, element, row in placed:
                deltas.append(Delta(keyspace, key, table, part, element, Entry(rank, by, ts, row)))


class RecentEvents:
    """Remembers the content of recent events by id, in two generations of bounded size."""

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit // 2)
        self._young: dict[str, int] = {}
        self._old: dict[str, int] = {}
        self._encode = msgspec.msgpack.Encoder(order="deterministic").encode

    def conflicts(self, event: Event) -> bool:
        """Whether an event of the same id and other content was seen; remembers a new one."""
        content = xxhash.xxh3_64_intdigest(self._encode(event))
        known = self._young.get(event.event_id)
        if known is None:
            known = self._old.get(event.event_id)
        if known is None:
            if len(self._young) >= self._limit:
                self._old, self._young = self._young, {}
            self._young[event.event_id] = content
            return False
        return known != content


def _from_the_future(event: Event, bound: int) -> Refusal:
    return Refusal(
        "from_the_future",
        "$.occurred_at",
        f"expected an event time up to {iso(bound)}, found {event.occurred_at.isoformat()}",
    )


def _late(event: Event, newest: int, lateness: int) -> Refusal:
    return Refusal(
        "late",
        "$.occurred_at",
        f"expected an event time of {iso(newest - lateness)} or later ({lateness / DAY:g} days "
        f"before the newest of its source), found {event.occurred_at.isoformat()}",
    )


def _conflicting(event: Event) -> Refusal:
    return Refusal(
        "conflicting_duplicate",
        "$.event_id",
        f"an event with the id {event.event_id!r} and other content was admitted before",
    )


def _detector_error(name: str, error: Exception, keyspace: str, key: str | None) -> Refusal:
    """Each detector's own: what one of them cannot read, another may."""
    told = " ".join("".join(traceback.format_exception_only(error)).split())
    return Refusal(
        "detector_error",
        "$",
        f"detector {name}: {told}"[:MESSAGE_LIMIT],
        Culprit(name, keyspace, key),
    )
