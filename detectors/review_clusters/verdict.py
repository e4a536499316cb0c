"""A cluster with its authors' histories becomes a finding on the seller of the product."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from detectors.api import EvidenceRow, Finding, View, scoped, unscoped
from detectors.review_clusters.chance import surprise
from detectors.review_clusters.tables import (
    CHANCES,
    MEMBERS,
    PRAISE,
    ClusterSettings,
    JudgedMemberRow,
    MemberRow,
    PaidProduct,
)
from detectors.tables import LISTINGS, ListingRow

NAME = "review_clusters"
SERIAL_LLR, SERIAL_CAP = 0.8, 3.0
CLUB_LLR, CLUB_CAP = 1.0, 4.0
MAX_EVIDENCE = 20


def judge(view: View, settings: ClusterSettings) -> Iterator[Finding]:
    """One finding for each cluster whose evidence makes a violation believable."""
    chances = view.rows(CHANCES, back=0, ahead=0)
    share = chances[-1].row.share if chances else 0.0
    for cluster in view.parts(MEMBERS, back=0, ahead=0):
        rows = [e.row for e in view.rows(MEMBERS, cluster, back=0, ahead=0) if e.row]
        if rows:
            yield from _findings(view, rows, share, settings)


def listing_of(view: View) -> ListingRow | None:
    """The product's listing as it was last written before the horizon."""
    rows = view.rows(LISTINGS)
    return rows[-1].row if rows else None


def _findings(
    view: View, rows: Sequence[JudgedMemberRow], share: float, settings: ClusterSettings
) -> Iterator[Finding]:
    """`share`: of pairs of texts that are alike by chance."""
    first = max(rows, key=lambda r: (r.member.size, r.member.event_id)).member
    listing = listing_of(view)
    seller = listing.seller_id if listing else _seller_said(rows)
    serial = sum(r.other_clusters > 0 for r in rows)
    together = _together(view.key, rows, settings)
    wording = first.wording_llr
    believed = 1.0
    if wording > 0.0:
        wording = min(wording, surprise(first.alike, first.texts, share))
        believed = wording / first.wording_llr
    logit = (
        math.log(settings.prior / (1 - settings.prior))
        + first.discount_llr
        + wording
        + first.disclosure_llr
        + first.burst_llr
        + min(SERIAL_CAP, SERIAL_LLR * serial * max(first.depth, _by_text(rows, believed)))
    )
    club = bool(together.members) and first.side == PRAISE
    if club:
        logit += first.depth * min(CLUB_CAP, CLUB_LLR * len(together.members))
    score = 1 / (1 + math.exp(-logit))
    if score < 0.05:
        return
    yield _finding(view, rows, seller, listing, score, together if club else Together())


def _by_text(rows: Sequence[JudgedMemberRow], believed: float) -> float:
    """Share of members that the texts mark, not a discount alone; likeness counts as far as it is
    believed not to be chance."""
    told = sum(r.member.by_disclosure for r in rows)
    alike = sum(r.member.by_wording and not r.member.by_disclosure for r in rows)
    return (told + believed * alike) / len(rows)


def _seller_said(rows: Sequence[JudgedMemberRow]) -> str:
    """The seller that most of the reviews themselves name, if any."""
    named = Counter(r.member.seller_id for r in rows if r.member.seller_id)
    return min(named, key=lambda s: (-named[s], s)) if named else ""


class Together(NamedTuple):
    """Members that recur together, and where."""

    members: frozenset[str] = frozenset()
    products: frozenset[PaidProduct] = frozenset()


def _together(key: str, rows: Sequence[JudgedMemberRow], settings: ClusterSettings) -> Together:
    """Members that together review other products, too, that they bought at a deep discount."""
    members: dict[PaidProduct, set[str]] = {}
    for r in rows:
        if r.member.by_discount:
            for other in r.paid:
                if scoped(other.marketplace, other.product_id) != key:
                    members.setdefault(other, set()).add(r.reviewer_id)
    groups = {p: m for p, m in members.items() if len(m) >= settings.club_members}
    return Together(frozenset().union(*groups.values()), frozenset(groups))


def _finding(
    view: View,
    rows: Sequence[JudgedMemberRow],
    seller: str,
    listing: ListingRow | None,
    score: float,
    club: Together,
) -> Finding:
    marketplace, product_id = unscoped(view.key)
    members = [r.member for r in rows]
    lead = members[0]
    praise = lead.side == PRAISE
    # Who gains from blame is unknown: its product is the subject, its seller the victim.
    accused = bool(seller) and praise
    text = "clusters.club" if club.members else _text(lead) if praise else "clusters.blame"
    return Finding(
        detector=NAME,
        clause="review_club" if club.members else "incentive_offer",
        marketplace=marketplace,
        subject_type="seller" if accused else "product",
        subject_id=seller if accused else product_id,
        score=score if praise else score * 0.8,
        text=text,
        about=lead.cluster,
        facts=(
            ("product", product_id),
            ("seller", seller),
            ("reviews", len({m.review_id for m in members})),
            ("discounted", lead.discounted),
            ("deep_orders", lead.deep_orders),
            ("alike", lead.alike),
            ("disclosed", lead.disclosed),
            ("together", len(club.members)),
            ("other_products", len(club.products)),
            ("other_sellers", len({p.seller_id for p in club.products} - {seller})),
            ("serial", sum(r.other_clusters > 0 for r in rows)),
        ),
        first_ts=min(m.ts for m in members),
        last_ts=max(m.ts for m in members),
        sellers=(seller,) if accused else (),
        products=((product_id, listing.url if listing else ""),),
        reviews=tuple(sorted({m.review_id for m in members})),
        accounts=tuple(sorted({r.reviewer_id for r in rows})),
        affected_sellers=(seller,) if seller and not accused else (),
        evidence=tuple(
            EvidenceRow(
                m.event_id,
                "review.posted",
                m.ts,
                _detail(m.by_disclosure, m.by_discount),
                (("review", m.review_id),),
                weight=3 * m.by_disclosure + 2 * m.by_discount + m.by_wording,
            )
            for m in sorted(members, key=lambda m: (m.ts, m.event_id))[:MAX_EVIDENCE]
        ),
    )


def _text(lead: MemberRow) -> str:
    """The sentence that speaks of what was found, not of what was not."""
    signs = {
        "clusters.discount": lead.discount_llr > 0,
        "clusters.wording": lead.wording_llr > 0,
        "clusters.disclosure": lead.disclosure_llr > 0,
    }
    shown = [text for text, found in signs.items() if found]
    return shown[0] if len(shown) == 1 else "clusters.several"


def _detail(disclosed: bool, discounted: bool) -> str:
    if disclosed:
        return "clusters.disclosed"
    if discounted:
        return "clusters.discounted"
    return "clusters.alike"
