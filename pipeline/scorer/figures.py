"""The figures of a scored run: by clause, variant, difficulty and lookalike (docs/scoring.md)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, get_args

from msgspec import Struct

from pipeline.scorer.calibration import Calibration, calibrate
from pipeline.scorer.estimates import Bootstrap, Estimate, rate
from pipeline.scorer.matching import FALSE, Booking, MatchedWorld, Outcome
from pipeline.scorer.truth import Ids, Lookalike, Planted, World
from schemas.alerts import CLAUSES

KINDS = ("sellers", "products", "reviews", "accounts", "messages")
"""Whom and what an alert may name."""

PRESSURE = ("paid_change", "change_request")
"""Clauses whose alerts name the reviews that it was done to."""

DAY_SECONDS = 86_400
MILLION = 1e6

T = TypeVar("T")
Guilty: TypeAlias = dict[tuple[str, str, str], Ids]
"""(clause, marketplace, kind) -> ids to be accused."""


class CaseFigures(Struct, frozen=True):
    """How some planted cases fared.

    Attributes:
        planted: how many there are.
        found: by an alert of one of their clauses.
        tolerated: not found, but alerted under a clause that may be named with reason.
        elsewhere: not found, but alerted under any other clause.
        recall: found / planted.
        clause_recall: of all pairs of a case and a clause that it breaks, the share alerted.
        delay_days: median time from the first act to the alert, event time; an upper bound where
            the alerts hold only their latest revisions.
        precision: by kind, of what the alerts that found them name, the share to be accused.
        coverage: by kind, of what found cases hold, the share that the alerts name.
    """

    planted: int
    found: int
    tolerated: int
    elsewhere: int
    recall: Estimate
    clause_recall: Estimate
    delay_days: Estimate
    precision: dict[str, Estimate]
    coverage: dict[str, Estimate]


class AlertFigures(Struct, frozen=True):
    """How right some open alerts are.

    Attributes:
        alerts: how many there are.
        outcomes: how many ended as what.
        repeats: hits on what a surer alert had found.
        precision: hits / (hits + false ones), repeats left out; alerts of a guilty party under
            another clause are neither.
        named: by kind, of all that they name, the share to be accused under their clause.
        bystanders: witnesses, victims and honest authors among those accused.
        false_per_million: false alerts for a million organic events.
    """

    alerts: int
    outcomes: dict[str, int]
    repeats: int
    precision: Estimate
    named: dict[str, Estimate]
    bystanders: int
    false_per_million: Estimate
    calibration: Calibration


class Row(Struct, frozen=True):
    """Cases and alerts of one clause, or of all."""

    cases: CaseFigures
    alerts: AlertFigures


class LookalikeFigures(Struct, frozen=True):
    """What one variant of a lookalike fooled: how many of its cases drew an alert, and how many
    alerts they drew by clause."""

    name: str
    variant: str
    cases: int
    fooled: int
    alerts: dict[str, int]


class Figures(Struct, frozen=True):
    """Everything that is known of a run over one or several worlds."""

    worlds: list[World]
    organic_events: int
    overall: Row
    clauses: dict[str, Row]
    variants: dict[str, CaseFigures]
    difficulties: dict[str, CaseFigures]
    lookalikes: list[LookalikeFigures]
    lookalikes_fooled: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A planted case and the alerts that concern it."""

    planted: Planted
    guilty: Guilty
    hits: list[Booking]
    others: list[Booking]


def figures(worlds: Sequence[MatchedWorld], bootstrap: Bootstrap | None = None) -> Figures:
    """The figures of one or several matched worlds, their cases and alerts pooled."""
    return _Counting(worlds, bootstrap or Bootstrap()).figures()


class _Counting:
    def __init__(self, worlds: Sequence[MatchedWorld], bootstrap: Bootstrap) -> None:
        self.worlds = worlds
        self.bootstrap = bootstrap
        self.organic = sum(world.truth.organic_events for world in worlds)
        self.cases: list[_Case] = []
        self.alerts: list[tuple[Booking, Guilty, Ids]] = []
        for world in worlds:
            guilty = _guilty(world)
            concerning: defaultdict[Planted, list[Booking]] = defaultdict(list)
            for booking in world.bookings:
                for planted in booking.planted:
                    concerning[planted].append(booking)
            for planted in world.truth.planted:
                about = concerning[planted]
                hits = [b for b in about if b.outcome == "hit"]
                others = [b for b in about if b.outcome in ("tolerated", "elsewhere")]
                self.cases.append(_Case(planted, guilty, hits, others))
            bystanders = frozenset[str]().union(
                *(p.evidence | p.affected for p in world.truth.planted)
            )
            self.alerts += [(booking, guilty, bystanders) for booking in world.bookings]

    def figures(self) -> Figures:
        by_variant = _grouped(self.cases, lambda c: f"{c.planted.clause}:{c.planted.variant}")
        by_difficulty = _grouped(self.cases, lambda c: str(c.planted.difficulty))
        lookalikes = self._lookalikes()
        fooled = sum(each.fooled for each in lookalikes)
        spared = sum(each.cases for each in lookalikes) - fooled
        return Figures(
            worlds=[world.truth.world for world in self.worlds],
            organic_events=self.organic,
            overall=self._row(None),
            clauses={clause: self._row(clause) for clause in CLAUSES},
            variants={name: self._cases(cases) for name, cases in by_variant.items()},
            difficulties={name: self._cases(cases) for name, cases in by_difficulty.items()},
            lookalikes=lookalikes,
            lookalikes_fooled=self.bootstrap.ratio([(1, 1)] * fooled + [(0, 1)] * spared),
        )

    def _row(self, clause: str | None) -> Row:
        """Cases that break the clause first of all, and alerts of the clause."""
        cases = [c for c in self.cases if clause in (None, c.planted.clause)]
        alerts = [a for a in self.alerts if clause in (None, a[0].alert.clause)]
        return Row(self._cases(cases), self._alerts(alerts))

    def _cases(self, cases: Sequence[_Case]) -> CaseFigures:
        ratio = self.bootstrap.ratio
        found = [case for case in cases if case.hits]
        missed = [{b.outcome for b in case.others} for case in cases if not case.hits]
        hits = [(booking, case.guilty) for case in found for booking in case.hits]
        return CaseFigures(
            planted=len(cases),
            found=len(found),
            tolerated=sum("tolerated" in outcomes for outcomes in missed),
            elsewhere=sum(outcomes == {"elsewhere"} for outcomes in missed),
            recall=ratio((bool(case.hits), 1) for case in cases),
            clause_recall=ratio(
                (clause in {b.alert.clause for b in case.hits}, 1)
                for case in cases
                for clause in case.planted.clauses
            ),
            delay_days=self.bootstrap.median(_delay(case) for case in found),
            precision={
                kind: ratio(_right(booking, guilty, kind) for booking, guilty in hits)
                for kind in KINDS
            },
            coverage={kind: ratio(_covered(case, kind) for case in found) for kind in KINDS},
        )

    def _alerts(self, alerts: Sequence[tuple[Booking, Guilty, Ids]]) -> AlertFigures:
        ratio = self.bootstrap.ratio
        outcomes = Counter(booking.outcome for booking, _, _ in alerts)
        judged = [a for a in alerts if a[0].outcome not in ("tolerated", "elsewhere")]
        return AlertFigures(
            alerts=len(alerts),
            outcomes={outcome: outcomes[outcome] for outcome in get_args(Outcome)},
            repeats=sum(booking.repeats for booking, _, _ in alerts),
            precision=ratio((b.outcome == "hit", 1) for b, _, _ in judged if not b.repeats),
            named={
                kind: ratio(_right(booking, guilty, kind) for booking, guilty, _ in judged)
                for kind in KINDS
            },
            bystanders=sum(
                len(bystanders & booking.named.of(kind))
                for booking, _, bystanders in alerts
                for kind in ("sellers", "reviews", "accounts")
            ),
            false_per_million=rate(sum(outcomes[o] for o in FALSE), self.organic / MILLION),
            calibration=calibrate(
                ((booking.alert.score, booking.outcome == "hit") for booking, _, _ in judged),
                self.bootstrap,
            ),
        )

    def _lookalikes(self) -> list[LookalikeFigures]:
        drawn: defaultdict[Lookalike, Counter[str]] = defaultdict(Counter)
        for booking, _, _ in self.alerts:
            if booking.lookalike is not None:
                drawn[booking.lookalike][booking.alert.clause] += 1
        every = [lookalike for world in self.worlds for lookalike in world.truth.lookalikes]
        found = []
        for same in _grouped(every, lambda each: f"{each.name}:{each.variant}").values():
            alerts = sum((drawn[each] for each in same), Counter[str]())
            found.append(
                LookalikeFigures(
                    name=same[0].name,
                    variant=same[0].variant,
                    cases=len(same),
                    fooled=sum(bool(drawn[each]) for each in same),
                    alerts=dict(sorted(alerts.items())),
                )
            )
        return found


def _grouped(items: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(sorted(groups.items()))


def _guilty(world: MatchedWorld) -> Guilty:
    """Whom and what alerts of a clause may accuse: what its cases list, who acts for their sellers,
    and the reviews that somebody was pressed about."""
    found: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for planted in world.truth.planted:
        for clause in planted.clauses:
            for kind in KINDS:
                found[clause, planted.marketplace, kind] |= getattr(planted, kind)
            found[clause, planted.marketplace, "accounts"] |= world.context.behind(planted)
            if clause in PRESSURE:
                found[clause, planted.marketplace, "reviews"] |= world.context.pressed(planted)
    return {key: frozenset(ids) for key, ids in found.items()}


def _right(booking: Booking, guilty: Guilty, kind: str) -> tuple[int, int]:
    """How many of the ids that an alert names are to be accused, and how many it names."""
    named = booking.named.of(kind)
    key = (booking.alert.clause, booking.alert.marketplace, kind)
    return len(named & guilty.get(key, frozenset())), len(named)


def _covered(case: _Case, kind: str) -> tuple[int, int]:
    """How many of a case's ids the alerts that found it name, and how many it has."""
    held: Ids = getattr(case.planted, kind)
    named = frozenset[str]().union(*(booking.named.of(kind) for booking in case.hits))
    return len(held & named), len(held)


def _delay(case: _Case) -> float:
    """Days from a case's first act to its first alert."""
    known = min(booking.case.known_by for booking in case.hits)
    return max((known - case.planted.first_act).total_seconds() / DAY_SECONDS, 0.0)
