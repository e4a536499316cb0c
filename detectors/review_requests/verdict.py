"""Some months of a seller's requests for reviews become a finding."""

from __future__ import annotations

from collections.abc import Iterator

from detectors.api import EvidenceRow, Finding, View
from detectors.review_requests import odds
from detectors.review_requests.groups import (
    CONTENT,
    DISCONTENT,
    MUTE,
    NEUTRAL,
    SETTLED,
    Buyer,
    Counts,
    Groups,
    enough,
    groups_of,
)
from detectors.review_requests.settings import RequestSettings
from detectors.review_requests.tables import ASKED
from detectors.seller_messages.tables import OWN_PRODUCTS
from schemas.events import iso

NAME = "review_requests"
MAX_NAMED = 500
MAX_SHOWN = 12

Facts = tuple[tuple[str, str | int | float], ...]


def judge(view: View, settings: RequestSettings) -> Iterator[Finding]:
    """A finding for each marketplace of this month's requests where mood tells who is asked."""
    places = enough(view, settings)
    if not places:
        return
    asked = view.rows(ASKED, back=0, ahead=0)
    if len(asked) >= ASKED.cap:
        return  # of a sample of requests nobody can tell who was never asked
    for place in sorted(places & {e.row.marketplace for e in asked}):
        groups = groups_of(view, place, settings)
        findings = [f for f in _findings(view, place, groups, settings) if f]
        yield from sorted(findings, key=lambda f: (-f.score, f.text))[:1]


def _findings(
    view: View, place: str, groups: Groups, settings: RequestSettings
) -> Iterator[Finding]:
    for text, score in (
        ("requests.happy_only", _happy_only(groups, settings)),
        ("requests.complaints_left_out", _complaints_left_out(groups, settings)),
    ):
        if score >= settings.report_from:
            yield _finding(view, place, groups, text, score)


def _happy_only(groups: Groups, settings: RequestSettings) -> float:
    """Those who wrote in happy are asked, others hardly."""
    asked = sum(b.ask is not None and b.ask.row.surely for b in groups.buyers if b.group == CONTENT)
    if asked < settings.min_told:
        return 0.0
    everybody = odds.favours(_months(groups, (CONTENT,), (DISCONTENT, MUTE), (NEUTRAL,)))
    writers = odds.favours(_months(groups, (CONTENT,), (DISCONTENT, SETTLED), (NEUTRAL,)))
    share = settings.threads_only
    logs = odds.against_both(((1.0 - share, everybody), (share, writers)))
    return odds.probability(settings.guilty, logs)


def _complaints_left_out(groups: Groups, settings: RequestSettings) -> float:
    """Those who complained are hardly asked, others are."""
    asked, of = groups.total(DISCONTENT)
    if of - asked < settings.min_told:
        return 0.0
    everybody = odds.leaves_out(_months(groups, (CONTENT, NEUTRAL, MUTE), (DISCONTENT,)))
    writers = odds.leaves_out(_months(groups, (CONTENT, NEUTRAL), (DISCONTENT,)))
    share = settings.silence
    logs = odds.against_both(((1.0 - share, everybody), (share, writers)))
    return odds.probability(settings.guilty, logs)


def _months(groups: Groups, *of: tuple[str, ...]) -> list[tuple[Counts, ...]]:
    return [tuple(groups.counts(month, *some) for some in of) for month in groups.months]


def _finding(view: View, place: str, groups: Groups, text: str, score: float) -> Finding:
    happy_only = text == "requests.happy_only"
    asked = groups.named(CONTENT, asked=True)
    if not happy_only:
        asked += groups.named(NEUTRAL, asked=True) + groups.named(MUTE, asked=True)
    asked = asked[-MAX_NAMED:]
    left_out = groups.named(DISCONTENT, asked=False)
    asks = [b.ask for b in asked if b.ask and b.ask.row.surely]
    urls = {
        e.row.product_id: e.row.url
        for e in view.rows(OWN_PRODUCTS)
        if e.row.marketplace == place and e.row.url
    }
    products = sorted({a.row.product_id for a in asks if a.row.product_id})
    first, last = min(a.ts for a in asks), max(a.ts for a in asks)
    return Finding(
        detector=NAME,
        clause="review_gating",
        marketplace=place,
        subject_type="seller",
        subject_id=view.key,
        score=score,
        text=text,
        about=place,
        facts=(
            ("seller", view.key),
            *_counts("happy", groups.total(CONTENT)),
            *_counts("complained", groups.total(DISCONTENT)),
            *_counts("wrote", groups.total(NEUTRAL)),
            *_counts("mute", groups.total(MUTE)),
            ("first", iso(first)[:10]),
            ("last", iso(last)[:10]),
        ),
        first_ts=first,
        last_ts=last,
        sellers=(view.key,),
        products=tuple((p, urls.get(p, "")) for p in products),
        messages=tuple(sorted({a.row.message_id for a in asks})),
        affected_accounts=tuple(sorted({b.buyer_id for b in left_out})),
        evidence=tuple(_evidence(asked, left_out)),
    )


def _counts(name: str, counts: Counts) -> Facts:
    return ((f"{name}_asked", counts[0]), (name, counts[1]))


def _evidence(asked: list[Buyer], left_out: list[Buyer]) -> Iterator[EvidenceRow]:
    for buyer in left_out[-MAX_SHOWN:]:
        facts: Facts = (("account", buyer.buyer_id),)
        yield EvidenceRow(
            buyer.event_id, "message.sent", buyer.event_ts, "requests.seen.complaint", facts, 3
        )
    for buyer in asked[-MAX_SHOWN:]:
        if buyer.ask is None or not buyer.ask.row.surely:
            continue
        facts = (("account", buyer.buyer_id), ("message", buyer.ask.row.message_id))
        yield EvidenceRow(
            buyer.ask.by, "message.sent", buyer.ask.ts, "requests.seen.request", facts, 2
        )
        if buyer.group == CONTENT:
            yield EvidenceRow(
                buyer.event_id, "message.sent", buyer.event_ts, "requests.seen.praise", facts, 1
            )
