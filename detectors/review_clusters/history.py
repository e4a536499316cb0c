"""What an author of a cluster does elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from detectors.api import DAY, SECOND, Statement, View, scoped
from detectors.review_clusters.tables import (
    MEMBERS,
    MEMBERSHIPS,
    ClusterSettings,
    JudgedMemberRow,
    MemberRow,
    PaidProduct,
)
from detectors.tables import OWN_ORDERS, OWN_REVIEWS, POSTED

REVIEW_WITHIN = 90 * DAY
"""A review this long after a discounted order is taken to be about it."""
MAX_PRODUCTS = 24


def judge(view: View, settings: ClusterSettings) -> Iterator[Statement]:
    """Pass each membership on to its product with its author's history."""
    own = view.rows(MEMBERSHIPS, back=0, ahead=0)
    if not own:
        return
    posted = [e for e in view.rows(OWN_REVIEWS) if e.row and e.row.what == POSTED]
    paid = _paid_products(view, settings)
    marked = [e.row for e in view.rows(MEMBERSHIPS) if e.row and _marked(e.row)]
    for e in own:
        row = e.row
        if row is None:
            continue
        # A review that is shown on all variants of a product is no other cluster on each of them.
        others = {
            (m.marketplace, m.product_id)
            for m in marked
            if (m.marketplace, m.product_id) != (row.marketplace, row.product_id)
            and abs(m.ts - row.ts) >= SECOND
        }
        yield Statement(
            MEMBERS,
            scoped(row.marketplace, row.product_id),
            f"{row.cluster}\x1f{row.event_id}",
            e.ts,
            JudgedMemberRow(row, view.key, len(posted), len(others), paid),
            part=row.cluster,
        )


def _marked(row: MemberRow) -> bool:
    return row.by_discount or row.by_wording or row.by_disclosure


def _paid_products(view: View, settings: ClusterSettings) -> tuple[PaidProduct, ...]:
    """Products that the author bought at a deep discount and then praised."""
    reviewed: dict[tuple[str, str], list[int]] = {}
    for e in view.rows(OWN_REVIEWS):
        if e.row and e.row.what == POSTED and e.row.rating >= 4 and not e.row.programme:
            reviewed.setdefault((e.row.marketplace, e.row.product_id), []).append(e.ts)
    found: set[PaidProduct] = set()
    for e in view.rows(OWN_ORDERS):
        row = e.row
        if row is None or row.list_price <= 0:
            continue
        if row.paid_price > row.list_price * (1 - settings.deep_discount):
            continue
        times = reviewed.get((row.marketplace, row.product_id), ())
        if any(0 <= t - e.ts <= REVIEW_WITHIN for t in times):
            found.add(PaidProduct(row.seller_id, row.marketplace, row.product_id))
    return tuple(sorted(found))[:MAX_PRODUCTS]
