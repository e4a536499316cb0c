"""A product's joins with a parent, and the reuse of its listing for another thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from detectors.api import DAY, Entry, EvidenceRow, Finding, Statement, View, scoped, unscoped
from detectors.tables import HEADS, LISTINGS, POSTED
from detectors.tables import REMOVED as REVIEW_REMOVED
from detectors.variations.likeness import profile, unrelated
from detectors.variations.tables import (
    ADDED,
    CHANGES,
    EVER,
    LISTED,
    MEMBERS,
    REMOVED,
    ChangeRow,
    MemberRow,
    Stars,
    VariationSettings,
    Version,
)
from schemas.events import moment

NAME = "variations"
MAX_VERSIONS = 8
SAME_BRAND = 0.7
"""What is left of a reuse under the same brand: the catalogue may have been reordered (factor)."""

Entries = Sequence[Entry[Any]]


def judge(view: View, settings: VariationSettings) -> Iterator[Statement | Finding]:
    """Tell each parent that the product joined in this month; find a reused listing."""
    listings = view.rows(LISTINGS)
    own = view.rows(CHANGES, back=0, ahead=0)
    joins = [e for e in own if e.row.what == ADDED]
    rewritten = len(listings) > 1 and any(e.row.what == LISTED for e in own)
    if not joins and not rewritten:
        return
    reviews = view.rows(HEADS)
    for join in joins:
        yield _member(view, join, listings, reviews)
    if rewritten:
        yield from _reuses(view, listings, reviews, settings)


def _member(view: View, join: Entry[ChangeRow], listings: Entries, reviews: Entries) -> Statement:
    marketplace, product_id = unscoped(view.key)
    row = join.row
    left = _left(view, join)
    written = [e for e in listings if e.ts <= join.ts][-1:]
    during = [e for e in listings if join.ts < e.ts < left]
    # The catalogue may come after the join: then the first that is known holds from there on.
    versions = tuple(
        Version(max(e.ts, join.ts), e.by, profile(e.row))
        for e in (written or during[:1]) + (during if written else during[1:])
    )
    last = (written + during)[-1].row if versions else None
    return Statement(
        MEMBERS,
        scoped(marketplace, row.parent_id),
        f"{product_id}\x1f{join.by}",
        join.ts,
        MemberRow(
            product_id=product_id,
            seller_id=row.seller_id,
            event_id=join.by,
            joined=join.ts,
            left=left,
            url=last.url if last else "",
            category=last.category if last else "",
            versions=versions[:MAX_VERSIONS],
            before=stars(reviews, join.ts),
            around=stars(reviews, view.horizon),
        ),
    )


def _left(view: View, join: Entry[ChangeRow]) -> int:
    """When the product left the parent again, as far as can be seen."""
    for e in view.rows(CHANGES):
        row = e.row
        if row.what == REMOVED and row.parent_id == join.row.parent_id and e.ts > join.ts:
            return e.ts
    return EVER


def stars(reviews: Entries, before: int) -> Stars:
    """The reviews that stand at a moment, with the stars that they give then."""
    ratings: dict[str, int] = {}
    for e in reviews:
        if e.ts < before:
            row = e.row
            if row.what == REVIEW_REMOVED:
                ratings.pop(row.review_id, None)
            elif row.what == POSTED or row.review_id in ratings:
                ratings[row.review_id] = row.rating
    return Stars(len(ratings), sum(ratings.values()))


def _reuses(
    view: View, listings: Entries, reviews: Entries, settings: VariationSettings
) -> Iterator[Finding]:
    for old, new in pairwise(listings):
        if not view.start <= new.ts < view.end:
            continue
        if new.ts < listings[0].ts + round(settings.reused_after_days * DAY):
            continue
        had = stars(reviews, new.ts)
        if had.count < settings.reused_reviews:
            continue
        was, now = profile(old.row), profile(new.row)
        score = unrelated(was, now, settings.alike)
        if was.brand == now.brand:
            score *= SAME_BRAND
        if score >= 0.05:
            yield _reuse(view, old, new, had, score)


def _reuse(view: View, old: Entry[Any], new: Entry[Any], had: Stars, score: float) -> Finding:
    marketplace, product_id = unscoped(view.key)
    was, now = old.row, new.row
    shown = (("product", product_id),)
    return Finding(
        detector=NAME,
        clause="variation_abuse",
        marketplace=marketplace,
        subject_type="seller",
        subject_id=now.seller_id,
        score=score,
        text="variations.reused",
        about=f"{product_id}\x1f{new.by}",
        facts=(
            ("seller", now.seller_id),
            ("product", product_id),
            ("date", moment(new.ts).date().isoformat()),
            ("old_category", was.category),
            ("new_category", now.category),
            ("reviews", had.count),
            ("stars", had.mean),
        ),
        first_ts=new.ts,
        last_ts=new.ts,
        sellers=(now.seller_id,),
        products=((product_id, now.url),),
        evidence=(
            EvidenceRow(new.by, "product.listed", new.ts, "variations.rewritten", shown, 2),
            EvidenceRow(old.by, "product.listed", old.ts, "variations.listed", shown, 1),
        ),
    )
