"""What the reviews of one product have in common, against what leaves them unexplained.

Each sign gives a log-likelihood ratio of "incentivised" against "organic"; caps keep one sign from
deciding alone, as the model is only roughly true.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache, partial

import msgspec

from detectors.api import DAY, Entry, Statement, View, unscoped
from detectors.review_clusters.chance import is_sampled
from detectors.review_clusters.tables import (
    BLAME,
    CLUSTERED,
    MEMBERSHIPS,
    PRAISE,
    WORDED,
    WORDINGS,
    ClusteredRow,
    ClusterSettings,
    MemberRow,
    WordedRow,
    WordingRow,
)
from detectors.tables import ORDERS, POSTED, REVIEWS, OrderRow, ReviewRow
from detectors.wording import likeness, stacked

MAX_COMPARED = 300
MAX_MEMBERS = 80
SALE_CAP, GIVEAWAY_CAP = 2.5, 9.0
MANY = 5
"""From how many of them reviews at a deep discount count in full (count)."""
RIPE = 14 * DAY
"""A buyer who has not reviewed this long after the order is taken not to."""
PROMPT, PAID_PROMPT, OWN_PROMPT = 21 * DAY, 0.85, 0.45
"""How soon after its order a review counts as prompt, how many are of those that were paid for,
and how many of the others (0 to 1)."""
PRIOR_BUYERS = 20
"""How many buyers of the product itself the rate in the settings is worth (count)."""
MOST_UNPAID = 0.5
"""No more than so many buyers are taken to review of their own accord (0 to 1)."""
PROMPT_CAP, LATE_CAP = 1.0, 4.0
WORDING_CAP = 6.0
DISCLOSURE_CAP = 6.5
BURST_CAP = 1.5
SHOWN_FROM = 2.0
"""Evidence (log-likelihood ratio) from which a cluster is worth following up."""


class Posted(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A posted review as the product sees it."""

    entry: Entry[ReviewRow]
    row: ReviewRow
    wording: WordingRow | None
    paid: bool
    """Bought at a deep discount by its author."""


def judge(view: View, settings: ClusterSettings) -> Iterator[Statement]:
    """Say each candidate cluster's members to their authors."""
    own = [e for e in view.rows(REVIEWS, back=0, ahead=0) if _counts(e)]
    if not own:
        return
    wordings: dict[str, WordingRow] = {}
    for worded in view.each(WORDINGS, _by_review):
        wordings.update(worded)
    # Asked for twice at most, and by most weeks not at all.
    compared = cache(partial(_compared, [e.row for e in own], wordings, settings))
    if is_sampled(view.key):
        pairs, alike = compared()
        if pairs:
            row = WordedRow(unscoped(view.key)[1], pairs, alike)
            yield Statement(WORDED, unscoped(view.key)[0], "", view.start, row)
    deep = _deep_orders(view, settings)
    if not (_is_marked([e.row for e in own], wordings, deep) or compared()[1]):
        return
    # The review table remembers longer than the keyspace looks back.
    rows = view.rows(REVIEWS, back=REVIEWS.keyspace.lookback)
    for e in rows:
        if e.row and e.row.programme:
            deep.pop(e.row.reviewer_id, None)  # a sampling programme's order, not a coupon's
    seen = [_posted(e, wordings, deep) for e in rows if _counts(e)]
    orders: list[Entry[OrderRow]] = view.rows(ORDERS)
    for side in (PRAISE, BLAME):
        if any(view.start <= p.entry.ts < view.end and _side(p.row) == side for p in seen):
            yield from _cluster(view, side, seen, orders, deep, settings)


def _by_review(rows: Sequence[Entry[WordingRow]]) -> dict[str, WordingRow]:
    return {e.row.review_id: e.row for e in rows}


def _is_marked(
    own: Sequence[ReviewRow],
    wordings: dict[str, WordingRow],
    deep: dict[str, list[Entry[OrderRow]]],
) -> bool:
    """Whether any review of the week bears a mark by itself, which few weeks' do: bought at a deep
    discount, or disclosed."""
    if not deep.keys().isdisjoint(r.reviewer_id for r in own):
        return True
    worded = [wordings[r.review_id] for r in own if r.review_id in wordings]
    return any(w.discloses for w in worded)


def _compared(
    own: Sequence[ReviewRow], wordings: dict[str, WordingRow], settings: ClusterSettings
) -> tuple[int, int]:
    """How many pairs the week's texts make with the others in view, and how many are alike."""
    sketches = [w.sketch for r in own if (w := wordings.get(r.review_id)) and w.sketch]
    others = [w.sketch for w in wordings.values() if w.sketch]
    if not sketches or len(others) < 2:
        return 0, 0
    near = likeness(stacked(sketches), stacked(others)) >= settings.alike
    return len(sketches) * (len(others) - 1), int(near.sum()) - len(sketches)


def _counts(entry: Entry[ReviewRow]) -> bool:
    row = entry.row
    return row is not None and row.what == POSTED and not row.programme


def _side(row: ReviewRow) -> str:
    return PRAISE if row.rating >= 4 else BLAME if row.rating <= 2 else ""


def _deep_orders(view: View, settings: ClusterSettings) -> dict[str, list[Entry[OrderRow]]]:
    """Deeply discounted orders by buyer."""
    found: dict[str, list[Entry[OrderRow]]] = {}
    for deep in view.each(ORDERS, _at_most, 1 - settings.deep_discount):
        for e in deep:
            found.setdefault(e.row.buyer_id, []).append(e)
    return found


def _at_most(rows: Sequence[Entry[OrderRow]], share: float) -> list[Entry[OrderRow]]:
    """Orders for which no more than this share of the list price was paid."""
    return [
        e for e in rows if e.row.list_price > 0 and e.row.paid_price <= e.row.list_price * share
    ]


def _posted(
    entry: Entry[ReviewRow],
    wordings: dict[str, WordingRow],
    deep: dict[str, list[Entry[OrderRow]]],
) -> Posted:
    row = entry.row
    assert row is not None  # noqa: S101 - `_counts` has seen to it
    paid = any(o.ts <= entry.ts for o in deep.get(row.reviewer_id, ()))
    return Posted(entry, row, wordings.get(row.review_id), paid)


def _cluster(
    view: View,
    side: str,
    seen: Sequence[Posted],
    orders: Sequence[Entry[OrderRow]],
    deep: dict[str, list[Entry[OrderRow]]],
    settings: ClusterSettings,
) -> Iterator[Statement]:
    reviews = [p for p in seen if _side(p.row) == side]
    paid = [p for p in reviews if p.paid] if side == PRAISE else []
    others = sum(p.paid for p in seen) - len(paid) if side == PRAISE else 0
    alike = _alike(view, reviews, settings)
    disclosed = [p for p in reviews if p.wording and p.wording.discloses] if side == PRAISE else []
    # Whoever bought at a deep discount and did not praise it counts as one who was asked nothing.
    buyers = _ripe_buyers(paid, deep, now=max(orders[-1].ts, reviews[-1].entry.ts) if orders else 0)
    depth = _depth(paid, deep, settings)
    # A forum of bargain hunters who like to write explains much at half the price, and less the
    # nearer the price comes to nothing and the more there are: a handful met a slip in a price.
    discount_llr = min(
        SALE_CAP + (GIVEAWAY_CAP - SALE_CAP) * depth * min(1.0, len(paid) / MANY),
        _discount_llr(
            len({p.row.reviewer_id for p in paid}),
            buyers,
            _unpaid_rate(seen, orders, deep, settings),
            settings,
        )
        + _praise_llr(len(paid), others, settings)
        + _prompt_llr(paid, deep),
    )
    wording_llr = min(WORDING_CAP, 2.2 * (len(alike) - 1)) if len(alike) > 1 else 0.0
    disclosure_llr = min(DISCLOSURE_CAP, 3.2 + 1.6 * (len(disclosed) - 1)) if disclosed else 0.0
    if max(discount_llr, wording_llr, disclosure_llr) < SHOWN_FROM:
        return
    burst_llr = _burst_llr(view, reviews, orders)
    compared = min(MAX_COMPARED, sum(bool(p.wording and p.wording.sketch) for p in reviews))
    worded, telling = {id(p) for p in alike}, {id(p) for p in disclosed}
    marks = {
        id(p): (p.paid and discount_llr >= SHOWN_FROM, id(p) in worded, id(p) in telling)
        for p in reviews
    }
    members = [p for p in reviews if any(marks[id(p)])]
    own = [p.entry.ts for p in members if view.start <= p.entry.ts < view.end]
    if not own:
        return  # a later or earlier week speaks of it
    anchor = min(own)  # one time for all, so that they arrive in one bucket
    marketplace, product_id = unscoped(view.key)
    if alike:
        yield Statement(CLUSTERED, marketplace, side, anchor, ClusteredRow(product_id))
    for p in members[:MAX_MEMBERS]:
        by_discount, by_wording, by_disclosure = marks[id(p)]
        yield Statement(
            MEMBERSHIPS,
            p.row.reviewer_id,
            f"{side}\x1f{p.entry.by}",
            anchor,
            MemberRow(
                cluster=f"{side}\x1f{view.focus}",
                marketplace=marketplace,
                product_id=product_id,
                review_id=p.row.review_id,
                event_id=p.entry.by,
                ts=p.entry.ts,
                side=side,
                size=len(members),
                discount_llr=discount_llr,
                wording_llr=wording_llr,
                disclosure_llr=disclosure_llr,
                burst_llr=burst_llr,
                depth=depth,
                discounted=len(paid),
                deep_orders=buyers,
                alike=len(alike),
                texts=compared,
                disclosed=len(disclosed),
                seller_id=p.row.seller_id,
                by_discount=by_discount,
                by_wording=by_wording,
                by_disclosure=by_disclosure,
            ),
        )


def _ripe_buyers(paid: Sequence[Posted], deep: dict[str, list[Entry[OrderRow]]], now: int) -> int:
    """Buyers at a deep discount who have reviewed or had the time to."""
    reviewed = {p.row.reviewer_id for p in paid}
    silent = sum(
        b not in reviewed and min(o.ts for o in os) <= now - RIPE for b, os in deep.items()
    )
    return len(reviewed) + silent


def _unpaid_rate(
    seen: Sequence[Posted],
    orders: Sequence[Entry[OrderRow]],
    deep: dict[str, list[Entry[OrderRow]]],
    settings: ClusterSettings,
) -> float:
    """How many who pay nothing with a review write one: as many as of the product's other buyers,
    shrunk towards the setting, and no fewer than that."""
    reviewers = {p.row.reviewer_id for p in seen}
    last = max((o.ts for o in orders), default=0)
    others = {
        o.row.buyer_id
        for o in orders
        if o.row and o.row.buyer_id not in deep
        if o.ts <= last - RIPE or o.row.buyer_id in reviewers
    }
    least = settings.organic_review_rate
    told = least * PRIOR_BUYERS + len(others & reviewers)
    return min(max(least, told / (PRIOR_BUYERS + len(others))), MOST_UNPAID)


def _discount_llr(reviewed: int, buyers: int, organic: float, settings: ClusterSettings) -> float:
    """How much better "the review is the price" explains that `reviewed` of `buyers` at a deep
    discount wrote a review: a ratio of binomial likelihoods, so that a coupon open to everybody,
    which few review, speaks against it."""
    if reviewed < 2:
        return 0.0
    paid = settings.paid_review_rate
    silent = max(buyers - reviewed, 0)
    return reviewed * math.log(paid / organic) + silent * math.log((1 - paid) / (1 - organic))


def _praise_llr(praising: int, others: int, settings: ClusterSettings) -> float:
    """Who pays for reviews gets four and five stars; a crowd of bargain hunters is of all minds."""
    paid, organic = settings.paid_praise, settings.organic_praise
    if praising < 2:
        return 0.0
    return praising * math.log(paid / organic) + others * math.log((1 - paid) / (1 - organic))


def _prompt_llr(paid: Sequence[Posted], deep: dict[str, list[Entry[OrderRow]]]) -> float:
    """Who pays with a review is asked for it soon; who bought for itself writes when it likes."""
    if len(paid) < 2:
        return 0.0
    prompt = 0
    for p in paid:
        ordered = max(o.ts for o in deep[p.row.reviewer_id] if o.ts <= p.entry.ts)
        prompt += p.entry.ts - ordered <= PROMPT
    late = len(paid) - prompt
    llr = prompt * math.log(PAID_PROMPT / OWN_PROMPT)
    llr += late * math.log((1 - PAID_PROMPT) / (1 - OWN_PROMPT))
    return max(-LATE_CAP, min(PROMPT_CAP, llr))


def _depth(
    paid: Sequence[Posted], deep: dict[str, list[Entry[OrderRow]]], settings: ClusterSettings
) -> float:
    """How near the mean discount is to a giveaway: 0 at the shallowest that counts, 1 at one."""
    shares = sorted(
        min(o.row.paid_price / o.row.list_price for o in deep[p.row.reviewer_id] if o.row)
        for p in paid
    )
    if not shares:
        return 0.0
    off = 1.0 - math.fsum(shares) / len(shares)
    floor = settings.deep_discount
    return min(1.0, max(0.0, off - floor) / max(settings.giveaway - floor, 1e-9))


def _alike(view: View, reviews: Sequence[Posted], settings: ClusterSettings) -> list[Posted]:
    """The largest group of reviews by different authors that are worded alike, of those groups
    that reach into the week."""
    texts = [p for p in reviews if p.wording and p.wording.sketch]
    if len(texts) > MAX_COMPARED:
        texts = sorted(texts, key=lambda p: _distance(view, p.entry))[:MAX_COMPARED]
    own = [n for n, p in enumerate(texts) if view.start <= p.entry.ts < view.end]
    if not own or len(texts) < 2:
        return []
    sketches = stacked([p.wording.sketch for p in texts if p.wording])
    # Most weeks have nothing of the kind, which their own reviews tell.
    if (likeness(sketches[own], sketches) >= settings.alike).sum() == len(own):
        return []
    from scipy.sparse import csr_array  # noqa: PLC0415 - slow to import, seldom needed
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - as above

    alike = csr_array(likeness(sketches, sketches) >= settings.alike)
    _, labels = connected_components(alike, directed=False)
    best: list[Posted] = []
    for label in sorted({int(labels[n]) for n in own}):
        group = [p for p, x in zip(texts, labels, strict=True) if x == label]
        # One author may say the same twice, and a review shown on several variants is one's.
        authors: dict[str, Posted] = {}
        for p in group:
            authors.setdefault(p.row.reviewer_id, p)
        if len(authors) > max(1, len(best)):
            best = list(authors.values())
    return best


def _distance(view: View, entry: Entry[ReviewRow]) -> tuple[int, int, str]:
    """How far from the week a review was posted; ties by time and event."""
    return max(view.start - entry.ts, entry.ts - view.end, 0), entry.ts, entry.by


def _burst_llr(view: View, reviews: Sequence[Posted], orders: Sequence[Entry[OrderRow]]) -> float:
    """A week with more reviews of one side than the product's past and its orders explain, as the
    tail of a negative binomial; supporting evidence only, for launches and promotions burst too."""
    own = sum(view.start <= p.entry.ts < view.end for p in reviews)
    if own < 4:
        return 0.0
    before = sum(p.entry.ts < view.start for p in reviews)
    first = min(p.entry.ts for p in reviews)
    week = view.end - view.start
    weeks = (view.start - first) / week
    if weeks < 4:
        return 0.0  # a launch has no past to compare with
    past_orders = sum(o.ts < view.start for o in orders) / weeks
    own_orders = sum(view.start - week <= o.ts < view.end for o in orders) / 2
    traffic = max(1.0, own_orders / past_orders) if past_orders > 0 else 1.0
    return min(BURST_CAP, max(0.0, _tail_bits(own, max(0.5, before / weeks) * traffic)) / 4)


def _tail_bits(count: int, mean: float, dispersion: float = 2.0) -> float:
    """-ln P(X >= count) for a negative binomial of this mean and shape, bounded from below by its
    largest term (cheap, and within a nat of the sum)."""
    if count <= mean:
        return 0.0
    log_term = (
        math.lgamma(count + dispersion)
        - math.lgamma(dispersion)
        - math.lgamma(count + 1)
        + dispersion * math.log(dispersion / (dispersion + mean))
        + count * math.log(mean / (dispersion + mean))
    )
    return -log_term
