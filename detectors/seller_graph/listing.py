"""Whose product an act of a seller's people is about, and what the review voted on says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from detectors.api import Entry, Statement, View
from detectors.seller_graph.tables import (
    LINKED_ACTS,
    SELLER_ACTS,
    SEPARATOR,
    Act,
    LinkedActRow,
    SellerActRow,
)
from detectors.tables import HEADS, LISTINGS, REMOVED, ListingRow, ReviewRow

LOW = 2
"""Up to so many stars a review blames; from `HIGH` on it praises."""
HIGH = 4

NOT_LISTED = ListingRow("", "", "", "")


def judge(view: View) -> Iterator[Statement]:
    """Tell a seller which acts of its people are on its own products; those on other sellers'
    products too, where they may harm a rival."""
    linked = [e.row for e in view.rows(LINKED_ACTS, back=0, ahead=0)]
    if not linked:
        return
    listings = view.rows(LISTINGS)
    voted = {row.act.review_id for row in linked if row.act.vote}
    heads: dict[str, list[Entry[Any]]] = {}
    if voted:
        for e in view.rows(HEADS):
            if e.row.review_id in voted:
                heads.setdefault(e.row.review_id, []).append(e)
    for row in linked:
        act = row.act
        versions = heads.get(act.review_id, [])
        head = _head(versions, act.ts) if act.vote else None
        if act.vote and head is None:
            continue
        yield from _tell(row, _listing(listings, act.ts), head, _upheld(versions))


def _listing(listings: Sequence[Entry[Any]], at: int) -> ListingRow:
    """The listing as it was at that time; the first one where it came later."""
    before = [e.row for e in listings if e.ts <= at]
    rows: list[ListingRow] = before[-1:] or [e.row for e in listings[:1]]
    return rows[0] if rows else NOT_LISTED


def _head(versions: Sequence[Entry[Any]], at: int) -> ReviewRow | None:
    """The review as it read when it was voted on; as first known where that came later."""
    written = [e for e in versions if e.row.what != REMOVED]
    before = [e.row for e in written if e.ts <= at]
    rows: list[ReviewRow] = before[-1:] or [e.row for e in written[:1]]
    return rows[0] if rows else None


def _upheld(versions: Sequence[Entry[Any]]) -> bool:
    return any(e.row.by_platform for e in versions)


def _tell(
    row: LinkedActRow, listing: ListingRow, head: ReviewRow | None, upheld: bool
) -> Iterator[Statement]:
    act = row.act
    named = {listing.seller_id, act.seller_id, head.seller_id if head else ""} - {""}
    sides = [s for s in row.sides if s.seller_id in named]
    own = bool(sides)
    if not own:
        # Who works for the product's seller as well attacks no rival.
        if not (listing.seller_id and _may_harm(act)):
            return
        sides = list(row.sides)
    for side in sides:
        told = SellerActRow(
            act,
            side.bonds,
            own,
            side.seller_id if own else listing.seller_id,
            listing.category,
            listing.url,
            head.rating if head else act.rating,
            head.reviewer_id if head else "",
            len(sides),
            upheld,
            side.excused,
        )
        element = SEPARATOR.join((act.actor, act.review_id, act.vote))
        yield Statement(SELLER_ACTS, side.seller_id, element, act.ts, told)


def _may_harm(act: Act) -> bool:
    return bool(act.vote) or act.rating <= LOW
