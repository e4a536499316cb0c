"""Books each alert: to the planted cases that it finds, to the lookalike that fooled it, or as
false. The rules are those of docs/scoring.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline.scorer.alerts import OpenCase
from pipeline.scorer.context import Context
from pipeline.scorer.truth import Happening, Ids, Lookalike, Planted, Truth
from schemas.alerts import Alert

Outcome: TypeAlias = Literal[
    "hit", "tolerated", "elsewhere", "lookalike", "victim", "haystack", "stray"
]
FALSE: tuple[Outcome, ...] = ("lookalike", "victim", "haystack", "stray")
"""Outcomes that count against precision."""

ENOUGH = 3
"""So many of a case's reviews, accounts or messages name it; of a small case, half of them."""
FEW_STRANGERS = 2
"""So many wrong reviews and accounts make no haystack yet."""
PRECISE = 0.3
"""Share of the reviews and accounts named that must belong to the case."""

_NOBODY: Ids = frozenset()
_CONTENT = ("reviews", "accounts", "messages")


@dataclass(frozen=True, slots=True)
class Named:
    """Whom and what an alert accuses, its subject included; or whom and what a case is about."""

    sellers: Ids = _NOBODY
    products: Ids = _NOBODY
    reviews: Ids = _NOBODY
    accounts: Ids = _NOBODY
    messages: Ids = _NOBODY
    omitted: int = 0
    """Reviews and accounts that are counted but not listed."""
    beside: Ids = _NOBODY
    """Reviews that are named without being accused."""

    def of(self, kind: str) -> Ids:
        """The ids of a kind, such as `reviews`."""
        ids: Ids = getattr(self, kind)
        return ids

    def common(self, other: Named) -> int:
        """How many ids both name."""
        return sum(
            len(self.of(kind) & other.of(kind)) for kind in ("sellers", "products", *_CONTENT)
        )


def named_by(alert: Alert) -> Named:
    """Whom and what an alert accuses."""
    subject = {alert.subject.type: {alert.subject.id}}
    return Named(
        sellers=frozenset(subject.get("seller", set()).union(alert.sellers)),
        products=frozenset(
            subject.get("product", set()).union(p.product_id for p in alert.products)
        ),
        reviews=frozenset(subject.get("review", set()).union(alert.reviews)),
        accounts=frozenset(subject.get("account", set()).union(alert.accounts)),
        messages=frozenset(alert.messages),
        omitted=(alert.reviews_omitted or 0) + (alert.accounts_omitted or 0),
        beside=frozenset(alert.affected.reviews),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Party:
    """A case of the truth as alerts are held against it.

    Attributes:
        core: whom and what it is about.
        belongs: that and whoever has to do with it without guilt, or acts for its sellers: no
            strangers, when it is asked whether an alert names anything but.
    """

    record: Happening
    core: Named
    belongs: Named

    @classmethod
    def of(cls, record: Happening, context: Context) -> Party:
        """The party of a record."""
        behind = context.behind(record) if isinstance(record, Planted) else _NOBODY
        pressed = context.pressed(record) if isinstance(record, Planted) else _NOBODY
        core = Named(
            record.sellers,
            record.products,
            record.reviews,
            record.accounts | behind,
            record.messages,
        )
        belongs = Named(
            record.sellers | record.affected,
            record.products,
            record.reviews | pressed | record.evidence | record.affected,
            core.accounts | record.affected,
            record.messages,
        )
        return cls(record, core, belongs)

    def accuses_seller(self, alert: Alert, named: Named) -> bool:
        """One of its sellers is accused, and not among as many others who have no part in it."""
        right = named.sellers & self.core.sellers
        if alert.subject.type == "seller" and alert.subject.id not in right:
            return False
        return bool(right) and 2 * len(right) >= len(named.sellers)

    def accuses_others(self, named: Named) -> bool:
        """A seller is accused who has no part in it at all; where no seller is proven, those who
        gain or suffer have one."""
        return not named.sellers <= (self.core.sellers or self.record.affected)

    def shows_enough(self, named: Named) -> bool:
        """Enough of its reviews, accounts or messages are named to know it by."""
        record = self.record
        kinds = [k for k in _CONTENT if getattr(record, k)] or ["products"]
        return any(
            len(named.of(kind) & ids) >= min(ENOUGH, (len(ids) + 1) // 2)
            for kind in kinds
            if (ids := getattr(record, kind))
        )

    def touches(self, named: Named) -> bool:
        """Something of what is named belongs to it, where both name anything of a kind; an alert
        that accuses a seller alone may name the reviews that told of it."""
        record = self.record
        told = record.reviews | record.messages | record.evidence
        if named.beside and told and not any(named.of(kind) for kind in _CONTENT):
            return bool(named.beside & self.belongs.reviews)
        for kinds in (_CONTENT, ("products",)):
            both = [k for k in kinds if named.of(k) and self.belongs.of(k)]
            if both:
                return any(named.of(kind) & self.belongs.of(kind) for kind in both)
        return True

    def is_lost_in(self, named: Named) -> bool:
        """What is named is a haystack: hardly any of it belongs here. What is left out of the
        lists is taken to belong as far as the case has room for it."""
        right = room = total = 0
        for kind in ("reviews", "accounts"):
            right += len(named.of(kind) & self.belongs.of(kind))
            room += len(self.belongs.of(kind))
            total += len(named.of(kind))
        total += named.omitted
        right += min(named.omitted, room - right)
        return total - right > FEW_STRANGERS and right < PRECISE * total

    def is_found_by(self, alert: Alert, named: Named) -> bool:
        """The alert names this party, by what it did, and little else."""
        if self.accuses_seller(alert, named):
            return self.touches(named) and not self.is_lost_in(named)
        return self.is_pointed_at_by(named)

    def is_pointed_at_by(self, named: Named) -> bool:
        """Named by its reviews, accounts or messages, with no other seller accused."""
        return (
            not self.accuses_others(named)
            and self.shows_enough(named)
            and not self.is_lost_in(named)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Booking:
    """What became of an alert.

    Attributes:
        planted: the cases that it finds; for `victim` and `haystack`, the case it went wrong about.
        lookalike: what fooled it.
        repeats: a surer alert of the same clause found the same sellers' same cases.
    """

    case: OpenCase
    named: Named
    outcome: Outcome
    planted: tuple[Planted, ...] = ()
    lookalike: Lookalike | None = None
    repeats: bool = False

    @property
    def alert(self) -> Alert:
        """The latest revision of the alert."""
        return self.case.alert


@dataclass(frozen=True, slots=True, eq=False)
class MatchedWorld:
    """One world with every open alert booked."""

    truth: Truth
    context: Context
    bookings: tuple[Booking, ...]


def match(truth: Truth, cases: Iterable[OpenCase], context: Context) -> MatchedWorld:
    """Book the alerts of a world, the surest first."""
    matcher = _Matcher(truth, context)
    ordered = sorted(cases, key=lambda case: (-case.alert.score, case.alert.case_id))
    return MatchedWorld(truth, context, tuple(matcher.book(case) for case in ordered))


class _Matcher:
    """The parties of a world by whatever an alert may name, and what was found already."""

    def __init__(self, truth: Truth, context: Context) -> None:
        self._by_id: defaultdict[str, list[Party]] = defaultdict(list)
        for happening in (*truth.planted, *truth.lookalikes):
            self._add(Party.of(happening, context))
        self._found: set[tuple[str, str, str]] = set()

    def _add(self, party: Party) -> None:
        belongs = party.belongs
        for kind in ("sellers", "products", *_CONTENT):
            for each in belongs.of(kind):
                self._by_id[each].append(party)

    def _candidates(self, alert: Alert, named: Named) -> Iterator[Party]:
        """The parties of the alert's marketplace that share an id with it, the closest first."""
        seen = {
            id(party): party
            for kind in ("sellers", "products", *_CONTENT)
            for each in named.of(kind)
            for party in self._by_id.get(each, ())
            if party.record.marketplace == alert.marketplace
        }
        yield from sorted(seen.values(), key=lambda p: (-named.common(p.belongs), p.record.case))

    def book(self, case: OpenCase) -> Booking:
        """Book one alert; alerts must come the surest first."""
        alert, named = case.alert, named_by(case.alert)
        parties = list(self._candidates(alert, named))
        guilty = [p for p in parties if isinstance(p.record, Planted)]
        found = [p.record for p in guilty if p.is_found_by(alert, named)]
        planted = [record for record in found if isinstance(record, Planted)]
        if hits := [p for p in planted if alert.clause in p.clauses]:
            repeats = self._repeats(hits, alert, named)
            return Booking(case, named, "hit", tuple(hits), repeats=repeats)
        if near := [p for p in planted if alert.clause in p.tolerated]:
            return Booking(case, named, "tolerated", tuple(near))
        if planted:
            return Booking(case, named, "elsewhere", tuple(planted))
        for party in parties:
            if isinstance(party.record, Lookalike) and (
                named.sellers & party.core.sellers or party.is_pointed_at_by(named)
            ):
                return Booking(case, named, "lookalike", lookalike=party.record)
        for party in guilty:
            outcome = _gone_wrong(party, named)
            if outcome is not None and isinstance(party.record, Planted):
                return Booking(case, named, outcome, (party.record,))
        return Booking(case, named, "stray")

    def _repeats(self, hits: list[Planted], alert: Alert, named: Named) -> bool:
        keys = {
            (planted.case, alert.clause, seller)
            for planted in hits
            for seller in (named.sellers & planted.sellers or {""})
        }
        repeats = keys <= self._found
        self._found |= keys
        return repeats


def _gone_wrong(party: Party, named: Named) -> Outcome | None:
    """What an alert that does not find a planted case did instead, if it is about it at all."""
    if named.sellers & party.core.sellers:
        return "haystack"
    if not party.shows_enough(named):
        return None
    return "victim" if named.sellers & party.record.affected else "haystack"
