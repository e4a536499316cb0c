"""The members of one parent, compared with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise
from typing import NamedTuple

from detectors.api import DAY, EvidenceRow, Finding, View, unscoped
from detectors.variations.likeness import unrelated
from detectors.variations.listing import NAME
from detectors.variations.tables import EVER, MEMBERS, MemberRow, Profile, VariationSettings
from schemas.events import moment

MAX_COMPARED = 128
MAX_EVIDENCE = 20
GAINS = 3
"""From how many reviews that one of them has the other gains something by the join (count)."""
NO_GAIN = 0.85
"""What is left of the probability where nothing shows that a join gained anything (factor)."""
SHOWN_FROM = 0.05

Apart = Callable[[Profile, Profile], float]


class Strangers(NamedTuple):
    """Two members that are not variants of one thing, and how surely (probability)."""

    a: MemberRow
    b: MemberRow
    since: int
    score: float

    @property
    def gained(self) -> int:
        """Reviews that the one of them with fewer is shown with."""
        return max(self.a.around.count, self.b.around.count)


def judge(view: View, settings: VariationSettings) -> Iterator[Finding]:
    """One finding for each seller that joined what does not belong together."""
    members = [e.row for e in view.rows(MEMBERS)]
    if len(members) < 2:
        return
    by_seller: dict[str, list[Strangers]] = {}
    for pair in _strangers(members[:MAX_COMPARED], settings):
        later = max((pair.a, pair.b), key=lambda m: (m.joined, m.event_id))
        by_seller.setdefault(later.seller_id, []).append(pair)
    for seller in sorted(by_seller):
        yield _finding(view, seller, by_seller[seller])


def _strangers(members: Sequence[MemberRow], settings: VariationSettings) -> Iterator[Strangers]:
    @cache
    def apart(a: Profile, b: Profile) -> float:
        # Colours and sizes of one thing have one profile: most comparisons are looked up.
        return unrelated(a, b, settings.alike)

    settled = round(settings.settled_days * DAY)
    for a, b in combinations(members, 2):
        if a.product_id != b.product_id:
            since, score = _worst(a, b, apart, settled)
            if score >= SHOWN_FROM:
                yield Strangers(a, b, since, score)


def _worst(a: MemberRow, b: MemberRow, apart: Apart, settled: int) -> tuple[int, float]:
    """Since when two members have stood together least alike, and how surely they are strangers.

    A listing rewritten under the parent counts as it was before and after; what did not last, was
    mended.
    """
    start, end = max(a.joined, b.joined), min(a.left, b.left)
    turns = {start, *(v.since for m in (a, b) for v in m.versions if start < v.since < end)}
    worst, since = 0.0, start
    for at, until in pairwise((*sorted(turns), end)):
        if until - at >= settled:
            one, other = _profile(a, at), _profile(b, at)
            score = apart(one, other) if one and other else 0.0
            if score > worst:
                worst, since = score, at
    return since, worst


def _profile(member: MemberRow, at: int) -> Profile | None:
    """What a member was at a moment; the first that is known where its listing came later."""
    before = [v for v in member.versions if v.since <= at] or member.versions[:1]
    return before[-1].profile if before else None


def _finding(view: View, seller: str, pairs: Sequence[Strangers]) -> Finding:
    marketplace, parent = unscoped(view.key)
    lead = max(pairs, key=lambda p: (p.score, p.gained, p.a.event_id, p.b.event_id))
    poor, rich = sorted((lead.a, lead.b), key=lambda m: (m.around.count, m.around.mean, m.event_id))
    named = {m.event_id: m for p in pairs for m in (p.a, p.b)}
    joins = sorted(named.values(), key=lambda m: (m.joined, m.event_id))
    worth = 1.0 if lead.gained >= GAINS else NO_GAIN
    together = poor.around + rich.around
    return Finding(
        detector=NAME,
        clause="variation_abuse",
        marketplace=marketplace,
        subject_type="seller",
        subject_id=seller,
        score=lead.score * worth,
        text="variations.joined",
        about=parent,
        facts=(
            ("seller", seller),
            ("parent", parent),
            ("products", len({m.product_id for m in joins})),
            ("date", moment(lead.since).date().isoformat()),
            ("a", poor.product_id),
            ("a_category", poor.category),
            ("a_reviews", poor.around.count),
            ("a_stars", poor.around.mean),
            ("b", rich.product_id),
            ("b_category", rich.category),
            ("b_reviews", rich.around.count),
            ("b_stars", rich.around.mean),
            ("stars", together.mean),
        ),
        first_ts=joins[0].joined,
        last_ts=max(m.left if m.left < EVER else m.joined for m in joins),
        sellers=(seller,),
        products=tuple(sorted({(m.product_id, m.url) for m in joins})),
        evidence=tuple(_evidence(lead, joins)),
    )


def _evidence(lead: Strangers, joins: Sequence[MemberRow]) -> Iterator[EvidenceRow]:
    leading = {lead.a.event_id, lead.b.event_id}
    ranked = sorted(joins, key=lambda m: (m.event_id not in leading, m.joined, m.event_id))
    for m in ranked[:MAX_EVIDENCE]:
        facts = (("product", m.product_id), ("category", m.category))
        weight = 3 if m.event_id in leading else 1
        yield EvidenceRow(
            m.event_id, "variation.added", m.joined, "variations.added", facts, weight
        )
        if m.event_id in leading:
            for v in m.versions[1:]:
                yield EvidenceRow(
                    v.event_id, "product.listed", v.since, "variations.rewritten", facts[:1], 2
                )
