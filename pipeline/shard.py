"""A shard: the state of one keyspace (or of one partition of it), joined, judged, forgotten.

State is key -> table -> bucket -> part -> element -> Entry. A (key, table, bucket, part) is a
*sub-key*: the unit of checkpoints and of retention. Joining is commutative and idempotent: a
register holds the greatest (rank, by), a full sub-key keeps the smallest elements by hash.

Two ways to judge give the same last words:
- *eager* (live): every changed key at each checkpoint, so that cases appear while things happen;
- *lazy* (replay): a focus once, when it becomes final, and what is left at the end.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from math import isnan
from operator import attrgetter
from typing import Any, Protocol, TypeVar

import msgspec
import xxhash

from detectors.api import (
    FINDINGS,
    TIMELESS,
    Delta,
    Entry,
    Finding,
    Judge,
    Keyspace,
    Row,
    Statement,
    Table,
    digest,
)

FAR_PAST = -(1 << 62)
FAR_FUTURE = 1 << 62

T = TypeVar("T")
Entries = dict[str, Entry[Any]]
SubKey = tuple[str, str, int, str]
"""key, table, bucket, part"""

FIRST_SAID = 3
"""The rank of what a judgement says first: 2 * version + 1; below it is room to take back."""
SAID = "~said"
"""The table in which a judgement keeps what it said last; the part is the judge's name."""


class Said(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One statement as it was last said: where, and a digest of the row."""

    keyspace: str
    key: str
    table: str
    part: str
    element: str
    ts: int
    digest: str


class LastWords(msgspec.Struct, array_like=True, frozen=True):
    """What one judgement (judge, key, focus) said last; `version` grows with every change."""

    version: int
    said: tuple[Said, ...]

    def taken_back(self) -> tuple[LastWords, list[Delta[Any]]]:
        """The words of a judgement that is not made any more, and what tells the others. They are
        to be kept: should it be made again, its versions go on from there."""
        version = self.version + 1
        return LastWords(version, ()), [_delta(s, 2 * version, None) for s in self.said]


def element_hash(element: str) -> int:
    """The order in which a full sub-key keeps elements: uniform, the same in every process."""
    return xxhash.xxh3_64_intdigest(element.encode("utf-8", "surrogatepass"))


class Part(dict[str, Entry[Any]]):
    """The elements of one sub-key; `ordered` are its rows as judges see them, and `read` what
    judges make of them, both kept until the next change: a bucket is seen from many foci."""

    __slots__ = ("ordered", "read")
    ordered: list[Entry[Any]] | None
    """Whoever changes the elements sets it to None; not in `__init__`, which would cost more."""
    read: dict[Hashable, Any] | None
    """Of `ordered`, by reader; not to be looked at where that is None."""

    def rows(self, table: Table) -> list[Entry[Any]]:
        """The rows that hold, by `_entry_order`; not to be changed."""
        if self.ordered is None:
            found = [e for e in prune(self, table).values() if e.row is not None]
            found.sort(key=_ts)
            if any(a.ts == b.ts for a, b in pairwise(found)):
                found.sort(key=_entry_order)
            self.ordered = found
            self.read = None
        return self.ordered

    def once(self, table: Table, reader: Callable[..., Any], given: tuple[Hashable, ...]) -> Any:
        """`reader(rows, *given)`, worked out once for what the elements are now."""
        rows = self.rows(table)
        if self.read is None:
            self.read = {}
        at = (reader, given)
        if at not in self.read:
            self.read[at] = reader(rows, *given)
        return self.read[at]


_ts = attrgetter("ts")


class KeyState:
    """Everything one key has: tables, and what was said about each focus."""

    __slots__ = ("said", "tables")

    def __init__(self) -> None:
        self.tables: dict[str, dict[int, dict[str, Part]]] = {}
        self.said: dict[tuple[int, str], LastWords] = {}

    def put(self, sub: SubKey, content: Entries | LastWords) -> None:
        """Take one sub-key as it was stored."""
        _, table, bucket, part = sub
        if isinstance(content, LastWords):
            self.said[bucket, part] = content
            return
        entries = self.tables.setdefault(table, {}).setdefault(bucket, {})[part] = Part(content)
        entries.ordered = None

    def everything(self) -> dict[str, set[int]]:
        """The buckets of each table, as if all had changed."""
        return {name: set(buckets) for name, buckets in self.tables.items()}


class Cold(Protocol):
    """The keys of a shard that are kept as they were stored until somebody asks for them.

    A key is either cold or among the shard's `keys`, never both.
    """

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[str]: ...

    def thaw(self, key: str) -> KeyState | None:
        """Take a key out; None where it is not here."""
        ...

    def freeze(self, key: str) -> bool:
        """Take a key in whose last state is stored; False: it is to be kept where it is."""
        ...

    def drop(self, key: str, bucket: int, tables: Collection[str]) -> list[SubKey]:
        """Forget a bucket of some tables of a key, if it is here; the sub-keys that are gone."""
        ...


class KeyView:
    """A `detectors.api.View` of one key and focus."""

    __slots__ = ("_state", "end", "focus", "horizon", "key", "start")

    def __init__(self, keyspace: Keyspace, key: str, focus: int, state: KeyState) -> None:
        self.key = key
        self.focus = focus
        self._state = state
        if keyspace.bucket:
            self.start = focus * keyspace.bucket
            self.end = self.start + keyspace.bucket
            self.horizon = self.end + keyspace.lookahead * keyspace.bucket
        else:
            self.start, self.end, self.horizon = FAR_PAST, FAR_FUTURE, FAR_FUTURE

    def _buckets(
        self, table: Table, back: int | None, ahead: int | None
    ) -> Sequence[dict[str, Part]]:
        buckets = self._state.tables.get(table.name)
        if not buckets:
            return ()
        if table.timeless or self.focus == TIMELESS:
            return list(buckets.values())
        first = self.focus - (table.back if back is None else min(back, table.back))
        most = table.keyspace.lookahead
        last = self.focus + (most if ahead is None else min(ahead, most))
        if len(buckets) < last - first:
            return [buckets[b] for b in sorted(buckets) if first <= b <= last]
        return [buckets[b] for b in range(first, last + 1) if b in buckets]

    def rows(
        self, table: Table, part: str = "", back: int | None = None, ahead: int | None = None
    ) -> list[Entry[Any]]:
        """See `detectors.api.View`."""
        found: list[Entry[Any]] = []
        # Buckets follow each other in time, so their rows in order are all rows in order.
        for parts in self._buckets(table, back, ahead):
            entries = parts.get(part)
            if entries:
                found += entries.rows(table)
        return self._before_horizon(table, found)

    def each(
        self,
        table: Table,
        reader: Callable[..., T],
        *given: Hashable,
        back: int | None = None,
        ahead: int | None = None,
    ) -> list[T]:
        """See `detectors.api.View`."""
        if table.timeless:
            raise ValueError(f"{table.name}: a timeless table has no buckets")
        found: list[T] = []
        for parts in self._buckets(table, back, ahead):
            entries = parts.get("")
            if entries:
                found.append(entries.once(table, reader, given))
        return found

    def by_part(
        self, table: Table, back: int | None = None, ahead: int | None = None
    ) -> dict[str, list[Entry[Any]]]:
        """See `detectors.api.View`."""
        found: dict[str, list[Entry[Any]]] = {}
        for parts in self._buckets(table, back, ahead):
            for part, entries in parts.items():
                rows = self._before_horizon(table, entries.rows(table))
                if rows:
                    found.setdefault(part, []).extend(rows)
        return dict(sorted(found.items()))

    def _before_horizon(self, table: Table, rows: list[Entry[Any]]) -> list[Entry[Any]]:
        if table.timeless and self.focus != TIMELESS:
            horizon = self.horizon
            return [e for e in rows if e.ts < horizon]
        return rows

    def parts(self, table: Table, back: int | None = None, ahead: int | None = None) -> list[str]:
        """See `detectors.api.View`."""
        return sorted({p for parts in self._buckets(table, back, ahead) for p in parts})

    def count(
        self, table: Table, part: str = "", back: int | None = None, ahead: int | None = None
    ) -> int:
        """See `detectors.api.View`."""
        return sum(
            estimate(prune(entries, table), table)
            for parts in self._buckets(table, back, ahead)
            if (entries := parts.get(part))
        )

    def counts(
        self, table: Table, back: int | None = None, ahead: int | None = None
    ) -> Counter[str]:
        """See `detectors.api.View`."""
        found: Counter[str] = Counter()
        for parts in self._buckets(table, back, ahead):
            for part, entries in parts.items():
                found[part] += estimate(prune(entries, table), table)
        return found


def _entry_order(entry: Entry[Any]) -> tuple[int, str, int, bytes]:
    # Two statements may share ts and by: their content decides, never their place in a dict.
    if entry.by:
        return (entry.ts, entry.by, 0, b"")
    return (entry.ts, "", 0, _encode(entry.row))


def prune(entries: Entries, table: Table) -> Entries:
    """What a full sub-key keeps, in place: the smallest elements by hash, or the earliest where
    the table holds firsts. Both orders only ever move an element forward, so what is kept does not
    depend on the order of joining."""
    if len(entries) > table.cap:
        order: Callable[[str], tuple[int, str]] = (
            (lambda e: (-entries[e].rank, e)) if table.first else (lambda e: (element_hash(e), e))
        )
        keep = set(heapq.nsmallest(table.cap, entries, key=order))
        for element in [e for e in entries if e not in keep]:
            del entries[element]
    return entries


def estimate(entries: Entries, table: Table) -> int:
    """How many distinct elements were joined into a sub-key (bottom-k estimator, Bar-Yossef et al.,
    "Counting distinct elements in a data stream", 2002); of firsts at most the cap."""
    cap = table.cap
    if len(entries) < cap or table.first:
        return len(entries)
    kth = max(element_hash(e) for e in entries)
    return max(cap, round((cap - 1) * 2.0**64 / max(kth, 1)))


class Outcome:
    """What a round of judging gave: deltas for later keyspaces, and how many judgements raised."""

    __slots__ = ("deltas", "failures", "judged")

    def __init__(self) -> None:
        self.deltas: list[Delta[Any]] = []
        self.judged = 0
        self.failures: Counter[str] = Counter()


@dataclass(frozen=True)
class Layout:
    """The tables and judges of one keyspace."""

    keyspace: Keyspace
    tables: dict[str, Table]
    judges: tuple[Judge, ...]


class Shard:
    """State of one keyspace; see the module.

    `changes()` hands over the sub-keys that differ from the last call, for a checkpoint; `restore`
    takes them back. `eager` chooses how it judges.
    """

    def __init__(self, layout: Layout, *, eager: bool, track_changes: bool = False) -> None:
        self.layout = layout
        self.keyspace = layout.keyspace
        self.eager = eager
        self.keys: dict[str, KeyState] = {}
        """The keys in use; `keys_there` counts the cold ones too."""
        self._cold: Cold | None = None
        self.watermark = FAR_PAST
        self._final = FAR_PAST  # foci up to this one are final
        # Lists, not sets: a key comes once for each of its tables.
        # bucket, not yet final -> anchoring table -> keys with rows of it there
        self._present: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._expiry: dict[tuple[int, int], list[str]] = defaultdict(list)  # (lookback, bucket)
        self._lookbacks = sorted({t.back for t in layout.tables.values() if not t.timeless})
        self._anchors = {t.name for j in layout.judges for t in j.anchors}
        self._dirty: dict[str, dict[str, set[int]]] = {}  # key -> table -> buckets
        self._again: list[str] = []  # cold keys to be judged whatever has changed
        self._changed: set[SubKey] | None = set() if track_changes else None
        # What is looked up for every row and every focus, at hand without attribute look-ups:
        # table name -> (table, timeless, limit); judge, names of its anchors, of what it needs.
        self._tables = {
            n: (t, t.timeless or not self.keyspace.bucket, t.cap + t.cap // 4 + 16)
            for n, t in layout.tables.items()
        }
        self._judges = [
            (j, [t.name for t in j.anchors], [t.name for t in j.needs]) for j in layout.judges
        ]
        self._width = self.keyspace.bucket
        self._once = not eager and bool(self._width)  # a focus is judged once

    # -- joining ---------------------------------------------------------------------------------

    def join(self, delta: Delta[Any]) -> None:
        """Join one row into its sub-key."""
        name = delta.table
        table, timeless, limit = self._tables[name]
        entry = delta.entry
        key = delta.key
        bucket = TIMELESS if timeless else entry.ts // self._width
        state = self.keys.get(key)
        if state is None:
            state = self._open(key)
        buckets = state.tables.get(name)
        if buckets is None:
            buckets = state.tables[name] = {}
        parts = buckets.get(bucket)
        if parts is None:
            parts = buckets[bucket] = {}
            if not timeless:
                self._index(key, table, bucket)
        entries = parts.get(delta.part)
        if entries is None:
            entries = parts[delta.part] = Part()
        element = delta.element
        old = entries.get(element)
        if old is not None and (old.rank, old.by) >= (entry.rank, entry.by):
            return
        entries[element] = entry
        entries.ordered = None
        if len(entries) > limit:
            prune(entries, table)
        if not self._once:
            self._dirty.setdefault(key, {}).setdefault(name, set()).add(bucket)
        if self._changed is not None:
            self._changed.add((key, name, bucket, delta.part))

    def _open(self, key: str) -> KeyState:
        """The state of a key that is not among `keys`, a new one where there is none."""
        state = None if self._cold is None else self._cold.thaw(key)
        if state is None:
            state = KeyState()
        self.keys[key] = state
        return state

    def _find(self, key: str) -> KeyState | None:
        state = self.keys.get(key)
        if state is None and self._cold is not None:
            state = self._cold.thaw(key)
            if state is not None:
                self.keys[key] = state
        return state

    @property
    def keys_there(self) -> int:
        """How many keys there are."""
        return len(self.keys) + (len(self._cold) if self._cold is not None else 0)

    def _index(self, key: str, table: Table, bucket: int) -> None:
        if bucket > self._final and table.name in self._anchors:
            self._present[bucket][table.name].append(key)
        self._expiry[table.back, bucket].append(key)

    # -- judging ---------------------------------------------------------------------------------

    @property
    def unjudged(self) -> int:
        """How many keys wait to be judged."""
        return len(self._dirty) + len(self._again)

    def judge(self, stop: Callable[[], bool] | None = None) -> Outcome:
        """Judge what changed: every key when eager, else only keys of a timeless keyspace.

        `stop` is asked before each further key whether to leave the rest for another time.
        """
        out = Outcome()
        dirty, self._dirty = self._dirty, {}
        keys = sorted(dirty)
        for number, key in enumerate(keys):
            if stop is not None and number and stop():
                self._dirty = {rest: dirty[rest] for rest in keys[number:]}
                break
            state = self._find(key)
            if state is not None:
                self._judge_key(key, state, dirty[key], out)
        else:
            self._judge_cold(out, stop, must_begin=not keys)
        return out

    def _judge_key(
        self, key: str, state: KeyState, changed: dict[str, set[int]], out: Outcome
    ) -> None:
        for judge in self.layout.judges:
            for focus in self._foci(state, judge, changed):
                self._judge(judge, key, focus, state, out)

    def _judge_cold(
        self, out: Outcome, stop: Callable[[], bool] | None, *, must_begin: bool
    ) -> None:
        """Judge the keys that were cold at `judge_again`; those of which nothing new was said are
        cold again afterwards. `must_begin`: one at least."""
        while self._again and (must_begin or stop is None or not stop()):
            must_begin = False
            key = self._again.pop()
            was_cold, marks = key not in self.keys, len(self._changed or ())
            state = self._find(key)
            if state is None:
                continue
            self._judge_key(key, state, state.everything(), out)
            if was_cold and marks == len(self._changed or ()):
                self._cool(key)

    def judge_rest(self) -> Outcome:
        """The end of the input: judge each focus that is not final yet (lazy shards)."""
        out = self.judge()
        if not self.eager:
            for focus in sorted(self._present):
                self._judge_focus(focus, out)
        return out

    def advance(self, watermark: int) -> Outcome:
        """Nothing older than `watermark` will come: make foci final, forget what nobody can see.

        An eager shard must have judged what changed before; a lazy one judges final foci here.
        """
        out = Outcome()
        if watermark <= self.watermark:
            return out
        self.watermark = watermark
        keyspace = self.keyspace
        if not keyspace.bucket:
            return out
        # focus f is final when the watermark has passed the end of f + lookahead
        final = watermark // keyspace.bucket - 1 - keyspace.lookahead
        if final <= self._final:
            return out
        for focus in sorted(f for f in self._present if f <= final):
            if not self.eager:
                self._judge_focus(focus, out)
            self._forget_words(focus)
        self._final = final
        self._expire(final)
        return out

    @property
    def out_watermark(self) -> int:
        """Nothing older than this will be said any more."""
        if not self.keyspace.bucket:
            return self.watermark
        if self._final == FAR_PAST:
            return FAR_PAST
        return (self._final + 1 - self.keyspace.lookback) * self.keyspace.bucket

    def _judge_focus(self, focus: int, out: Outcome) -> None:
        present = self._present.get(focus, {})
        for judge, anchors, needs in self._judges:
            keys = set().union(*(present.get(name, ()) for name in anchors))
            for key in sorted(keys):
                state = self.keys[key]
                if needs and not any(name in state.tables for name in needs):
                    continue
                self._judge(judge, key, focus, state, out)

    def _foci(self, state: KeyState, judge: Judge, changed: dict[str, set[int]]) -> list[int]:
        """The foci of one key whose judgement a change may alter: those with rows of their own."""
        touched = [(t, changed[t.name]) for t in judge.reads if t.name in changed]
        if not touched or not _concerned(judge, state):
            return []
        if not self.keyspace.bucket:
            return [TIMELESS]
        own = {
            b
            for t in judge.anchors
            if not t.timeless
            for b in state.tables.get(t.name, ())
            if b > self._final
        }
        if any(TIMELESS in buckets for _, buckets in touched):
            return sorted(own)
        ahead = self.keyspace.lookahead
        return sorted(
            f for f in own if any(b - ahead <= f <= b + t.back for t, bs in touched for b in bs)
        )

    def _judge(self, judge: Judge, key: str, focus: int, state: KeyState, out: Outcome) -> None:
        out.judged += 1
        now: list[tuple[Statement, str, bytes]] = []
        try:
            if focus == TIMELESS or self._alive(judge, focus, state):
                view = KeyView(self.keyspace, key, focus, state)
                now = [self._place(judge, view, said) for said in judge.call(view)]
        except Exception:
            # A judgement that raises says nothing; it is counted and does not stop the others.
            out.failures[judge.name] += 1
            now = []
        if self._once:  # nobody will ask what was said last
            out.deltas += [
                Delta(
                    said.table.keyspace.name,
                    said.key,
                    said.table.name,
                    said.part,
                    element,
                    Entry(FIRST_SAID, "", said.ts, said.row),
                )
                for said, element, _ in now
            ]
            return
        last = state.said.get((focus, judge.name))
        if not now and (last is None or not last.said):
            return
        version = last.version + 1 if last else 1
        before = (
            {(s.keyspace, s.key, s.table, s.part, s.element): s for s in last.said} if last else {}
        )
        words: list[Said] = []
        changed = False
        for placed, element, encoded in now:
            row = placed.row
            statement = Said(
                placed.table.keyspace.name,
                placed.key,
                placed.table.name,
                placed.part,
                element,
                placed.ts,
                digest(encoded),
            )
            address = (
                statement.keyspace,
                statement.key,
                statement.table,
                statement.part,
                statement.element,
            )
            old = before.pop(address, None)
            words.append(statement)
            if old is not None and old.ts == statement.ts and old.digest == statement.digest:
                continue
            changed = True
            if old is not None and old.ts != statement.ts:
                out.deltas.append(_delta(old, 2 * version, None))
            out.deltas.append(_delta(statement, 2 * version + 1, row))
        for old in before.values():
            changed = True
            out.deltas.append(_delta(old, 2 * version, None))
        if changed:
            state.said[focus, judge.name] = LastWords(version, tuple(words))
            self._mark(key, SAID, focus, judge.name)

    def _alive(self, judge: Judge, focus: int, state: KeyState) -> bool:
        """Whether the focus has a row that holds. One whose rows were all taken back is judged
        nowhere: a run that never saw them half-way has no such focus."""
        for table in judge.anchors:
            buckets = state.tables.get(table.name)
            for entries in buckets.get(focus, {}).values() if buckets else ():
                for entry in entries.values():
                    if entry.row is not None:
                        return True
        return False

    def _place(
        self, judge: Judge, view: KeyView, said: Statement | Finding
    ) -> tuple[Statement, str, bytes]:
        """What is said as a statement in its place, its element there, and its row encoded: one
        that cannot be stored must not be said."""
        if isinstance(said, Finding):
            if isnan(said.score):
                raise ValueError(f"{judge.name}: a score is not a number")
            # Half-way, a finding may speak of the past only; its place is in the window.
            ts = min(max(said.last_ts, view.start), view.horizon - 1)
            said = Statement(FINDINGS, case_id(said), said.about, ts, said)
        keyspace = self.keyspace
        if keyspace.bucket and not (
            view.start - keyspace.lookback * keyspace.bucket <= said.ts < view.horizon
        ):
            raise ValueError(f"{judge.name}: a statement's ts is outside its judgement's window")
        element = digest(judge.name, view.key, view.focus, said.element)
        return said, element, _encode(said.row)

    # -- forgetting ------------------------------------------------------------------------------

    def _forget_words(self, focus: int) -> None:
        for key in set().union(*self._present.pop(focus, {}).values()):
            state = self.keys.get(key)
            if state is None:
                self._drop_cold(key, focus, (SAID,))
            elif state.said:
                for words in [w for w in state.said if w[0] == focus]:
                    del state.said[words]
                    self._mark(key, SAID, *words)

    def _expire(self, final: int) -> None:
        due = sorted(
            (lookback, bucket)
            for lookback, bucket in self._expiry
            # every focus that sees the bucket is final
            if bucket + lookback <= final
        )
        tables = [t for t in self.layout.tables.values() if not t.timeless]
        for lookback, bucket in due:
            names = [t.name for t in tables if t.back == lookback]
            for key in self._expiry.pop((lookback, bucket)):
                self._drop(key, bucket, names)

    def _drop(self, key: str, bucket: int, tables: Sequence[str]) -> None:
        state = self.keys.get(key)
        if state is None:
            self._drop_cold(key, bucket, tables)
            return
        for name in tables:
            buckets = state.tables.get(name)
            if buckets is not None and bucket in buckets:
                parts = buckets.pop(bucket)
                if self._changed is not None:
                    for part in parts:
                        self._mark(key, name, bucket, part)
                if not buckets:
                    del state.tables[name]
        if not state.tables and not state.said:
            del self.keys[key]

    def _drop_cold(self, key: str, bucket: int, tables: Collection[str]) -> None:
        if self._cold is not None:
            for sub in self._cold.drop(key, bucket, tables):
                self._mark(*sub)

    # -- checkpoints -----------------------------------------------------------------------------

    def _mark(self, key: str, table: str, bucket: int, part: str) -> None:
        if self._changed is not None:
            self._changed.add((key, table, bucket, part))

    def changes(self) -> Iterator[tuple[SubKey, Entries | LastWords | None]]:
        """The sub-keys that changed since the last call with their content, None for gone."""
        if self._changed is None:
            return
        changed, self._changed = self._changed, set()
        for sub in sorted(changed):
            yield sub, self._content(sub)

    def _content(self, sub: SubKey) -> Entries | LastWords | None:
        key, table, bucket, part = sub
        state = self.keys.get(key)
        if state is None:
            return None
        if table == SAID:
            return state.said.get((bucket, part))
        entries = state.tables.get(table, {}).get(bucket, {}).get(part)
        return None if entries is None else prune(entries, self._tables[table][0])

    def restore(self, sub: SubKey, content: Entries | LastWords | None) -> None:
        """Take one sub-key back from a checkpoint; the later call for the same one holds."""
        key, table, bucket, part = sub
        state = self.keys.get(key)
        if content is None:
            if state is not None:
                state.said.pop((bucket, part), None) if table == SAID else state.tables.get(
                    table, {}
                ).get(bucket, {}).pop(part, None)
            return
        if state is None:
            state = self.keys[key] = KeyState()
        state.put(sub, content)

    def restored(self, watermark: int) -> None:
        """Every sub-key is back: rebuild the indexes; `watermark` is the checkpoint's."""
        self._stand_at(watermark)
        for key in sorted(self.keys):
            state = self.keys[key]
            for name in list(state.tables):
                buckets = state.tables[name]
                for bucket in [b for b, parts in buckets.items() if not any(parts.values())]:
                    del buckets[bucket]
                if not buckets:
                    del state.tables[name]
                    continue
                table, timeless, _ = self._tables[name]
                if not timeless:
                    for bucket in buckets:
                        self._index(key, table, bucket)
            if not state.tables and not state.said:
                del self.keys[key]

    def _stand_at(self, watermark: int) -> None:
        self.watermark = watermark
        if self.keyspace.bucket and watermark != FAR_PAST:
            self._final = watermark // self.keyspace.bucket - 1 - self.keyspace.lookahead

    def restored_cold(self, cold: Cold, watermark: int) -> None:
        """As `restored`, of keys that stay cold until somebody asks; `place` tells of each of their
        sub-keys."""
        self._cold = cold
        self._stand_at(watermark)

    def place(self, key: str, name: str, bucket: int) -> None:
        """Index a stored sub-key. Those of one table of a key are told of in a row."""
        table, timeless, _ = self._tables[name]
        if timeless:
            return
        if bucket > self._final and name in self._anchors:
            _append(self._present[bucket][name], key)
        _append(self._expiry[table.back, bucket], key)

    def cool(self, recent: Iterable[str], most: int) -> None:
        """Keep the `most` keys of `keys` that were changed last, and give the others to the cold;
        `recent` have changed since the last call. Only right after every change was stored."""
        for key in recent:
            if (state := self.keys.pop(key, None)) is not None:
                self.keys[key] = state
        for key in list(islice(self.keys, max(0, len(self.keys) - most))):
            self._cool(key)

    def _cool(self, key: str) -> None:
        if self._cold is not None and self._cold.freeze(key):
            del self.keys[key]

    def judge_again(self) -> None:
        """Let the next `judge` look at every key: the configuration has changed."""
        for key, state in self.keys.items():
            self._dirty[key] = state.everything()
        self._again = sorted(self._cold, reverse=True) if self._cold is not None else []


def _append(keys: list[str], key: str) -> None:
    if not keys or keys[-1] != key:
        keys.append(key)


def _concerned(judge: Judge, state: KeyState) -> bool:
    return not judge.needs or any(t.name in state.tables for t in judge.needs)


def _delta(said: Said, rank: int, row: Row | None) -> Delta[Any]:
    return Delta(
        said.keyspace, said.key, said.table, said.part, said.element, Entry(rank, "", said.ts, row)
    )


def case_id(finding: Finding) -> str:
    """The identity of the case that a finding belongs to: same clause, subject and marketplace,
    same id."""
    return digest(
        "case", finding.clause, finding.subject_type, finding.subject_id, finding.marketplace
    )


_encode: Callable[[Any], bytes] = msgspec.msgpack.Encoder(order="deterministic").encode
