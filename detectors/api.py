"""The vocabulary of detectors: rows, tables, folds, judges, statements and findings.

A detector never touches state. A *fold* turns one event into rows of tables; a *judge* reads the
rows of one key and says what follows from them: findings, or statements, which are rows of a table
in a later keyspace. Joining rows into state, forgetting them, moving them and taking statements
back are the engine's work (`pipeline.shard`), the same for every detector, so a detector
converges by construction as long as its folds and judges are pure.

Times are integer microseconds since the epoch (UTC) and called `ts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec
import xxhash

from detectors.allowed import Allowed, Facts
from detectors.allowed import Kind as AllowedKind
from schemas.events import Event, micros

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
TIMELESS = -(1 << 40)
"""The bucket of what has none: rows of timeless tables, the focus of timeless keyspaces."""

T = TypeVar("T")
R = TypeVar("R")


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=True):
    """What a table holds: a small immutable record, stored and sent as a msgpack array.

    Give each row type a short `tag`, unique in the topology. Fields are primitives, tuples of
    them, or other structs; never texts of reviews or messages.
    """


class Entry(msgspec.Struct, Generic[R], frozen=True, array_like=True, gc=False):
    """A register: the row with the greatest (`rank`, `by`) holds.

    For a row that comes from an event, `rank` is `ts` (its negative where the first holds) and `by`
    the event id; for a statement, `rank` is its version and `by` is empty. In state and on its way
    `row` may also be None: a statement taken back. A view never shows such.
    """

    rank: int
    by: str
    ts: int
    row: R


class Delta(msgspec.Struct, Generic[R], frozen=True, array_like=True, gc=False):
    """One row on its way into one sub-key of a keyspace: joined there, in any order, any number
    of times."""

    keyspace: str
    key: str
    table: str
    part: str
    element: str
    entry: Entry[R]


@dataclass(frozen=True)
class Keyspace:
    """State that is judged together, by one kind of key.

    `bucket` is the width of its event-time buckets in microseconds, 0 for a timeless keyspace.
    A judgement has a focus bucket f and sees the buckets f - `lookback` to f + `lookahead`; it is
    final when the watermark passes the end of f + `lookahead`.
    """

    name: str
    key: str
    bucket: int = 0
    lookback: int = 0
    lookahead: int = 0


@dataclass(frozen=True)
class Table:
    """A bounded map from element to row, one for each part and bucket of a key.

    Of more than `cap` elements the `cap` smallest by hash are kept (bottom-k: what is kept does not
    depend on who came first, and tells how many there were). `timeless` rows never
    expire; the others are kept for `lookback` buckets (the keyspace's, unless given).
    """

    keyspace: Keyspace
    name: str
    row: type[Row]
    cap: int = 1024
    timeless: bool = False
    lookback: int | None = None
    first: bool = False
    """Of several events about one element the earliest holds, not the latest: since when. A full
    sub-key keeps its earliest elements, so that it still tells, up to the cap, how many there were
    as of any horizon. Of rows from events only."""

    @property
    def back(self) -> int:
        """How many buckets behind the focus its rows are still seen."""
        return self.keyspace.lookback if self.lookback is None else self.lookback


class Observed:
    """An admitted event as folds see it; what several folds need of it is read once."""

    __slots__ = ("_read", "event", "ts")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.ts = micros(event.occurred_at)
        self._read: dict[Callable[..., Any], Any] = {}

    def once(self, reader: Callable[[Any], T]) -> T:
        """`reader(event)`, computed at most once for this event."""
        if reader in self._read:
            known: T = self._read[reader]
            return known
        value = self._read[reader] = reader(self.event)
        return value


Placed = tuple[str, str, str, Row]
"""Where a fold puts a row: key, part, element, row."""


@dataclass(frozen=True)
class Fold:
    """How events become rows of a table. `update` is pure: it sees the event alone, never state,
    so that an event whose fold raises has changed nothing."""

    table: Table
    reads: tuple[type[Event], ...]
    update: Callable[[Any, Observed], Iterable[Placed]]


class View(Protocol):
    """What a judge sees of one key: the rows inside the focus' window and horizon, nothing else.

    Rows come sorted by (ts, by), so that no judgement depends on the order of arrival.
    """

    key: str
    focus: int
    start: int
    """First moment of the focus bucket (in a timeless keyspace: far past)."""
    end: int
    """First moment after the focus bucket."""
    horizon: int
    """First moment that is not seen."""

    def rows(
        self, table: Table, part: str = "", back: int | None = None, ahead: int | None = None
    ) -> list[Entry[Any]]:
        """Rows of one part, from `back` buckets before the focus to `ahead` after it (all by
        default; `rows(t, back=0, ahead=0)` are the focus' own)."""
        ...

    def each(
        self,
        table: Table,
        reader: Callable[..., T],
        *given: Hashable,
        back: int | None = None,
        ahead: int | None = None,
    ) -> list[T]:
        """`reader(rows, *given)` of each bucket that has rows (of the part ""), in the order of
        time. It is worked out once for a bucket, not once for each focus that sees it: `reader` is
        a pure function and nobody changes what it gives. Not of timeless tables."""
        ...

    def by_part(
        self, table: Table, back: int | None = None, ahead: int | None = None
    ) -> dict[str, list[Entry[Any]]]:
        """`rows` of every part that has any."""
        ...

    def parts(self, table: Table, back: int | None = None, ahead: int | None = None) -> list[str]:
        """The parts that have rows there, sorted."""
        ...

    def count(
        self, table: Table, part: str = "", back: int | None = None, ahead: int | None = None
    ) -> int:
        """How many elements there are: exact below the cap, estimated from the bottom-k sample
        above it (standard error 1/sqrt(cap)); of a table of firsts at most the cap."""
        ...

    def counts(
        self, table: Table, back: int | None = None, ahead: int | None = None
    ) -> Counter[str]:
        """`count` of every part."""
        ...


class Statement(msgspec.Struct, frozen=True, gc=False):
    """A row that a judge says about something in a later keyspace.

    It holds until the same judgement (same judge, key and focus) no longer says it. `ts` places it
    in event time there and must be inside the judgement's window. `element` tells this
    judgement's statements apart; different judgements never collide.
    """

    table: Table
    key: str
    element: str
    ts: int
    row: Row
    part: str = ""


class EvidenceRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An input event that holds a finding up; `text` and `facts` give its detail."""

    event_id: str
    type: str
    ts: int
    text: str
    facts: tuple[tuple[str, str | int | float], ...] = ()
    weight: int = 0
    """The most telling first: higher weights are shown first."""


class Finding(Row, frozen=True, tag="finding", kw_only=True):
    """One detector's claim about one clause and subject; the unit from which cases are made.

    `text` names a template of the explanations (`detectors/explanations/<language>.toml`), `facts`
    fill it. `score` is a probability. Ids: see `Alert` in `schemas.alerts`; `products`
    are (product id, url or empty).
    """

    detector: str
    clause: str
    marketplace: str
    subject_type: str
    subject_id: str
    score: float
    text: str
    first_ts: int
    last_ts: int
    about: str = ""
    """Tells findings of one judgement on one case apart."""
    facts: tuple[tuple[str, str | int | float], ...] = ()
    sellers: tuple[str, ...] = ()
    products: tuple[tuple[str, str], ...] = ()
    reviews: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    affected_sellers: tuple[str, ...] = ()
    affected_reviews: tuple[str, ...] = ()
    affected_accounts: tuple[str, ...] = ()
    evidence: tuple[EvidenceRow, ...] = ()
    allowed: tuple[tuple[str, Facts, int], ...] = ()
    """Known exceptions without which more would have been found: template, facts, and how many acts
    each left out. A finding that has any is a note to the case and accuses nobody (score 0)."""


@dataclass(frozen=True)
class Judge:
    """A judgement of one keyspace. `reads` are the tables it looks at: a change elsewhere does not
    call it. A bucket is a focus when one of the `focus` tables (all it reads, unless given) has a
    row that holds there. It is spared keys that have never had a row in any of the tables it
    `needs` (none are needed, unless given). `call` is pure and deterministic."""

    name: str
    keyspace: Keyspace
    reads: tuple[Table, ...]
    call: Callable[[View], Iterable[Statement | Finding]]
    says: tuple[Table, ...] = ()
    focus: tuple[Table, ...] = ()
    needs: tuple[Table, ...] = ()

    @property
    def anchors(self) -> tuple[Table, ...]:
        """The tables whose rows make a focus."""
        return self.focus or self.reads


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Thresholds of a detector: every field has a default and a description with its unit."""

    enabled: bool = True
    """Whether the detector runs. Why: to try the others without it, or to leave out what a
    marketplace does otherwise."""


@dataclass(frozen=True)
class Doc:
    """What the catalogue says of a detector, for people."""

    summary: str
    inputs: Sequence[str]
    blind_without: str
    false_positives: Sequence[str]
    runbook: Sequence[str]
    """What to check before a case is acted on."""
    actions: Sequence[str] = ()
    """What to do about one that holds."""


@dataclass(frozen=True)
class Detector:
    """A catalogue entry: what it reads, says and decides. Subclasses give the class variables and
    build `folds` and `judges` from their settings."""

    name: ClassVar[str]
    version: ClassVar[str]
    clauses: ClassVar[tuple[str, ...]]
    doc: ClassVar[Doc]
    settings_type: ClassVar[type[Settings]] = Settings
    heeds: ClassVar[tuple[AllowedKind, ...]] = ()
    """Which kinds of known exceptions change what it finds; those for sellers change cases."""

    settings: Any = field(default_factory=Settings)
    allowed: tuple[Allowed, ...] = ()
    """The known exceptions that it heeds."""

    @property
    def folds(self) -> tuple[Fold, ...]:
        """The folds whose tables the judges read."""
        return ()

    @property
    def judges(self) -> tuple[Judge, ...]:
        """The judgements, one for each keyspace it works in."""
        return ()

    @property
    def data(self) -> bytes:
        """Lexicons, models and other data files it depends on, for the fingerprint."""
        return b""


CASES = Keyspace("cases", "case id")
FINDINGS = Table(CASES, "findings", Finding, cap=4096, timeless=True)


def digest(*parts: str | bytes | int) -> str:
    """16 hex digits that identify the parts, the same in every process."""
    told = [p if isinstance(p, bytes) else str(p).encode("utf-8", "surrogatepass") for p in parts]
    return xxhash.xxh3_64_hexdigest(b"\x1f".join((*told, b"")))


def scoped(marketplace: str, identifier: str) -> str:
    """The key of a thing whose id belongs to one marketplace (products, reviews, orders)."""
    return f"{marketplace}\x1f{identifier}"


def unscoped(key: str) -> tuple[str, str]:
    """The (marketplace, id) of a `scoped` key."""
    marketplace, _, identifier = key.partition("\x1f")
    return marketplace, identifier


def flat(items: Iterable[Iterable[T]]) -> Iterator[T]:
    """The items of the items."""
    for item in items:
        yield from item
