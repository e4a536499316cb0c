"""Some months of a seller's gifts of money and of reviews that turned become findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log

import msgspec

from detectors.api import EvidenceRow, Finding, View
from detectors.compensation import odds
from detectors.compensation.settings import CompensationSettings
from detectors.compensation.tables import (
    CHANGE,
    CRITICISM,
    GIFTS,
    PRAISE,
    TURNS,
    USUAL,
    ContactRow,
    GiftRow,
    TurnRow,
    UsualRow,
)
from detectors.seller_messages.tables import OWN_PRODUCTS
from schemas.events import iso

NAME = "compensation"
MAX_NAMED = 500
MAX_EVIDENCE = 40
REMOVAL_PRIOR = 0.15
"""Share of an honest seller's turned reviews that were removed unexplained, unless others tell."""

Facts = tuple[tuple[str, str | int | float], ...]


def judge(view: View, settings: CompensationSettings) -> Iterator[Finding]:
    """Findings on the seller in each marketplace where this month holds a gift or a removal that
    may be one, judged by all that the window shows."""
    gifts: list[GiftRow] = [e.row for e in view.rows(GIFTS, back=0, ahead=0)]
    turns: list[TurnRow] = [e.row for e in view.rows(TURNS, back=0, ahead=0)]
    places = {g.marketplace for g in gifts if _is_hit(g, PRAISE) or _is_hit(g, CHANGE)}
    places |= {t.marketplace for t in turns if _is_removal(t)}
    if not places:
        return
    urls = {
        (e.row.marketplace, e.row.product_id): e.row.url
        for e in view.rows(OWN_PRODUCTS)
        if e.row.url
    }
    for place in sorted(places):
        yield from _Window(view, place, urls, settings).findings()


def _is_hit(gift: GiftRow, follows: str) -> bool:
    return gift.follows == follows and not gift.excused


def _is_removal(turn: TurnRow) -> bool:
    return turn.changed_to == 0 and not turn.explained


def _telling(usual: UsualRow) -> tuple[int, bytes]:
    return (usual.givers + usual.writers, msgspec.msgpack.encode(usual))


class _Window:
    """What is known of one seller in one marketplace."""

    def __init__(
        self,
        view: View,
        place: str,
        urls: dict[tuple[str, str], str],
        settings: CompensationSettings,
    ) -> None:
        self.seller, self.place, self.urls, self.settings = view.key, place, urls, settings
        self.gifts: list[GiftRow] = [e.row for e in view.rows(GIFTS) if e.row.marketplace == place]
        self.turns: list[TurnRow] = [e.row for e in view.rows(TURNS) if e.row.marketplace == place]
        usual: list[UsualRow] = [e.row for e in view.rows(USUAL) if e.row.marketplace == place]
        self.usual = max(usual, key=_telling) if usual else None

    def findings(self) -> Iterator[Finding]:
        """At most one for each clause."""
        praise = [g for g in self.gifts if _is_hit(g, PRAISE)]
        change = [g for g in self.gifts if _is_hit(g, CHANGE)]
        if praise:
            yield from self._told(self._praise(praise))
        if change:
            yield from self._told(self._change(change))
        else:
            removals = [t for t in self.turns if _is_removal(t)]
            if removals:
                yield from self._told(self._removals(removals))

    def _told(self, finding: Finding) -> Iterator[Finding]:
        if finding.score >= self.settings.report_from:
            yield finding

    def _expected(self, prior: float, total: float, sellers: int) -> float:
        """The marketplace's share, drawn towards the prior where few sellers tell of it."""
        weight = self.settings.sellers
        return (prior * weight + total) / (weight + sellers)

    def _praise(self, hits: Sequence[GiftRow]) -> Finding:
        settings, usual = self.settings, self.usual
        expected = self._expected(
            settings.after_praise, usual.praise if usual else 0.0, usual.givers if usual else 0
        )
        critics = sum(_is_hit(g, CRITICISM) for g in self.gifts)
        logs = odds.share_factor(len(hits), len(self.gifts), expected, settings.alike)
        whole = self._expected(
            settings.whole, usual.whole if usual else 0.0, usual.priced if usual else 0
        )
        logs += odds.marks(odds.of_praise(g, whole) for g in hits)
        logs += critics * log(odds.CRITIC_TOO)
        facts = (*self._facts(hits, expected), ("critics", critics))
        score = odds.probability(settings.guilty, logs)
        return self._of_gifts("refund_after_review", hits, score, "compensation.praise", facts)

    def _change(self, hits: Sequence[GiftRow]) -> Finding:
        settings, usual = self.settings, self.usual
        expected = self._expected(
            settings.after_change, usual.change if usual else 0.0, usual.givers if usual else 0
        )
        logs = odds.share_factor(len(hits), len(self.gifts), expected, settings.alike)
        logs += odds.marks(odds.of_change(g) for g in hits)
        facts = (
            *self._facts(hits, expected),
            ("removed", sum(g.changed_to == 0 for g in hits)),
            ("written", sum(bool(g.contacts) for g in hits)),
        )
        score = odds.probability(settings.guilty, logs)
        return self._of_gifts("paid_change", hits, score, "compensation.change", facts)

    def _facts(self, hits: Sequence[GiftRow], expected: float) -> Facts:
        days = sorted(abs(g.days) for g in hits)
        return (
            ("seller", self.seller),
            ("hits", len(hits)),
            ("gifts", len(self.gifts)),
            ("share", round(100 * len(hits) / len(self.gifts))),
            ("expected", round(100 * expected)),
            ("off", sum(g.off_platform for g in hits)),
            ("days", round(days[len(days) // 2], 1)),
            ("first", iso(min(g.ts for g in hits))[:10]),
            ("last", iso(max(g.ts for g in hits))[:10]),
        )

    def _of_gifts(
        self, clause: str, hits: Sequence[GiftRow], score: float, text: str, facts: Facts
    ) -> Finding:
        named = hits[-MAX_NAMED:]
        return Finding(
            detector=NAME,
            clause=clause,
            marketplace=self.place,
            subject_type="seller",
            subject_id=self.seller,
            score=score,
            text=text,
            about=f"{self.place}\x1f{clause}",
            facts=facts,
            first_ts=min(g.review_ts for g in named),
            last_ts=max(max(g.ts, g.change_ts) for g in named),
            sellers=(self.seller,),
            products=self._products(g.product_id for g in named),
            reviews=tuple(sorted({g.review_id for g in named})),
            accounts=tuple(sorted({g.buyer_id for g in named})),
            messages=tuple(sorted({g.contacts[-1].message_id for g in named if g.contacts})),
            evidence=tuple(_evidence_of_gifts(named))[:MAX_EVIDENCE],
        )

    def _removals(self, hits: Sequence[TurnRow]) -> Finding:
        settings, usual = self.settings, self.usual
        expected = self._expected(
            REMOVAL_PRIOR, usual.removal if usual else 0.0, usual.writers if usual else 0
        )
        logs = odds.share_factor(len(hits), len(self.turns), expected, settings.alike)
        logs += odds.marks(odds.of_removal(t) for t in hits)
        named = hits[-MAX_NAMED:]
        return Finding(
            detector=NAME,
            clause="change_request",
            marketplace=self.place,
            subject_type="seller",
            subject_id=self.seller,
            score=odds.probability(settings.guilty, logs),
            text="compensation.removal",
            about=f"{self.place}\x1fchange_request",
            facts=(
                ("seller", self.seller),
                ("hits", len(hits)),
                ("turns", len(self.turns)),
                ("expected", round(100 * expected)),
                ("first", iso(hits[0].ts)[:10]),
                ("last", iso(hits[-1].ts)[:10]),
            ),
            first_ts=min(t.review_ts for t in named),
            last_ts=max(t.ts for t in named),
            sellers=(self.seller,),
            products=self._products(t.product_id for t in named),
            reviews=tuple(sorted({t.review_id for t in named})),
            messages=tuple(sorted({t.contacts[-1].message_id for t in named})),
            affected_accounts=tuple(sorted({t.reviewer_id for t in named})),
            evidence=tuple(_evidence_of_turns(named))[:MAX_EVIDENCE],
        )

    def _products(self, ids: Iterator[str]) -> tuple[tuple[str, str], ...]:
        return tuple((p, self.urls.get((self.place, p), "")) for p in sorted(set(ids)))


def _evidence_of_gifts(gifts: Sequence[GiftRow]) -> Iterator[EvidenceRow]:
    """Of the latest gifts first: the money, the change, the message before it, the review."""
    for gift in reversed(gifts):
        about: Facts = (
            ("account", gift.buyer_id),
            ("product", gift.product_id),
            ("review", gift.review_id),
            ("stars", gift.stars),
        )
        off = "@off_platform" if gift.off_platform else "@on_platform"
        money = (*about, ("days", abs(gift.days)), ("share", round(100 * gift.share)), ("via", off))
        known = "gift"
        if gift.change_event:
            known = "payment" if gift.days >= 0 else "advance"
        known += "" if gift.share else "_of_unknown"
        yield EvidenceRow(
            gift.event_id, "order.refunded", gift.ts, f"compensation.seen.{known}", money, 4
        )
        if gift.change_event:
            yield _changed(gift.change_event, gift.change_ts, gift.changed_to, about)
            yield from _wrote(gift.contacts[-1:], about)
        yield EvidenceRow(
            gift.review_event, "review.posted", gift.review_ts, "compensation.seen.review", about, 1
        )


def _evidence_of_turns(turns: Sequence[TurnRow]) -> Iterator[EvidenceRow]:
    for turn in reversed(turns):
        about: Facts = (
            ("account", turn.reviewer_id),
            ("product", turn.product_id),
            ("review", turn.review_id),
            ("stars", turn.stars),
        )
        yield _changed(turn.event_id, turn.ts, turn.changed_to, about)
        yield from _wrote(turn.contacts[-1:], about)
        yield EvidenceRow(
            turn.review_event, "review.posted", turn.review_ts, "compensation.seen.review", about, 1
        )


def _changed(event_id: str, ts: int, stars: int, about: Facts) -> EvidenceRow:
    if stars:
        facts = (*about, ("now", stars))
        return EvidenceRow(event_id, "review.edited", ts, "compensation.seen.raised", facts, 3)
    return EvidenceRow(event_id, "review.removed", ts, "compensation.seen.removed", about, 3)


def _wrote(contacts: Sequence[ContactRow], about: Facts) -> Iterator[EvidenceRow]:
    for c in contacts:
        facts = (*about, ("message", c.message_id))
        yield EvidenceRow(c.event_id, "message.sent", c.ts, "compensation.seen.contact", facts, 2)
