"""The topology: which folds an event goes through and which keyspaces follow each other.

Built once from the enabled detectors and run by every runner (in process, live). Keyspaces form a
graph without cycles; `cases` comes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter

import msgspec

from detectors.allowed import Allowed
from detectors.api import CASES, FINDINGS, Detector, Fold, Judge, Keyspace, Table, digest
from pipeline import calibration
from pipeline.shard import Layout
from schemas.events import Event


class TopologyError(ValueError):
    """The detectors do not fit together; the message says which and why."""


class OwnedFold:
    """A fold with the names of the detectors that use it; what each event needs is at hand."""

    __slots__ = ("first", "fold", "keyspace", "owners", "table", "update")

    def __init__(self, fold: Fold, owners: frozenset[str]) -> None:
        self.fold = fold
        self.owners = owners
        self.update = fold.update
        self.keyspace = fold.table.keyspace.name
        self.table = fold.table.name
        self.first = fold.table.first


class Topology:
    """Folds by event type, layouts in topological order, and what precedes what."""

    def __init__(self, detectors: Sequence[Detector], allowed: Sequence[Allowed] = ()) -> None:
        self.detectors = tuple(detectors)
        self.allowed = tuple(allowed)
        """Known exceptions; those for sellers hold cases back."""
        self.fingerprints = {d.name: fingerprint(d) for d in detectors}
        self.versions = {d.name: d.version for d in detectors}
        folds = self._folds()
        self.folds_of: dict[type[Event], tuple[OwnedFold, ...]] = {}
        for owned in folds:
            for event_type in owned.fold.reads:
                self.folds_of[event_type] = (*self.folds_of.get(event_type, ()), owned)
        judges = [j for d in detectors for j in d.judges]
        tables = self._tables([f.fold.table for f in folds], judges)
        self.upstream = self._upstream(judges, tables)
        order = self._order()
        self.layouts: dict[str, Layout] = {}
        for name in order:
            own = [t for t in tables if t.keyspace.name == name]
            self.layouts[name] = Layout(
                own[0].keyspace,
                {t.name: t for t in own},
                tuple(j for j in judges if j.keyspace.name == name),
            )

    def _folds(self) -> list[OwnedFold]:
        """Folds that several detectors share run once; the same table has one fold."""
        found: dict[tuple[str, str], tuple[Fold, set[str]]] = {}
        for d in self.detectors:
            for fold in d.folds:
                at = (fold.table.keyspace.name, fold.table.name)
                known, owners = found.setdefault(at, (fold, set()))
                if known != fold:
                    raise TopologyError(
                        f"two folds fill table {'.'.join(at)}: {owners} and {d.name}"
                    )
                owners.add(d.name)
        return [OwnedFold(f, frozenset(owners)) for f, owners in found.values()]

    def _tables(self, folded: Iterable[Table], judges: Iterable[Judge]) -> list[Table]:
        found: dict[tuple[str, str], Table] = {}
        spaces: dict[str, Keyspace] = {}
        for table in [*folded, *(t for j in judges for t in (*j.reads, *j.says)), FINDINGS]:
            at = (table.keyspace.name, table.name)
            if found.setdefault(at, table) != table:
                raise TopologyError(f"table {'.'.join(at)} is declared twice, differently")
            if spaces.setdefault(table.keyspace.name, table.keyspace) != table.keyspace:
                raise TopologyError(f"keyspace {at[0]} is declared twice, differently")
        return list(found.values())

    def _upstream(
        self, judges: Iterable[Judge], tables: Iterable[Table]
    ) -> dict[str, frozenset[str]]:
        before: dict[str, set[str]] = {t.keyspace.name: set() for t in tables}
        for judge in judges:
            for table in judge.says:
                if not judge.keyspace.bucket and not table.timeless and table.keyspace.bucket:
                    # It could speak of any time, also of what is final there.
                    raise TopologyError(
                        f"{judge.name}: a timeless keyspace may say timeless rows only, not "
                        f"{table.keyspace.name}.{table.name}"
                    )
                before[table.keyspace.name].add(judge.keyspace.name)
            before[CASES.name].add(judge.keyspace.name)
        return {name: frozenset(up) for name, up in before.items()}

    def _order(self) -> list[str]:
        try:
            return list(
                TopologicalSorter(
                    {k: sorted(v) for k, v in sorted(self.upstream.items())}
                ).static_order()
            )
        except CycleError as error:
            raise TopologyError(f"keyspaces form a cycle: {' -> '.join(error.args[1])}") from None

    @property
    def keyspaces(self) -> list[str]:
        """Names in topological order, `cases` last."""
        return [*(k for k in self.layouts if k != CASES.name), CASES.name]


def fingerprint(detector: Detector) -> str:
    """Identifies what makes a detector's cases: `logic`, and the calibration of its clauses."""
    return digest(logic(detector), calibration.mark(detector.clauses))


def logic(detector: Detector) -> str:
    """Identifies a detector's logic (its version), thresholds, exceptions and data files."""
    settings = msgspec.json.encode(detector.settings, order="deterministic")
    allowed = [msgspec.json.encode(each) for each in detector.allowed]
    return digest(detector.name, detector.version, settings, detector.data, *allowed)
