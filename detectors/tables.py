"""Keyspaces, and the tables and folds that several detectors share.

Keyspaces in the order in which statements may flow:

    account -> identifier -> product -> reviewer -> listing -> pair -> campaign -> seller -> cases

`product` sees what happens on one product, `reviewer` what one account does, `listing` says whose a
product is (the catalogue may come long after the reviews), `seller` what is known of one seller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from detectors.api import DAY, Fold, Keyspace, Observed, Placed, Row, Table, scoped
from schemas.events import (
    OrderPlaced,
    ProductListed,
    ReviewEdited,
    ReviewPosted,
    ReviewRemoved,
    VoteCast,
    VoteWithdrawn,
)

WEEK = 7 * DAY
MONTH = 30 * DAY

ACCOUNT = Keyspace("account", "account id")
IDENTIFIER = Keyspace("identifier", "identifier type and hash")
PRODUCT = Keyspace("product", "marketplace and product id", WEEK, lookback=12, lookahead=2)
REVIEWER = Keyspace("reviewer", "account id", MONTH, lookback=6, lookahead=6)
LISTING = Keyspace("listing", "marketplace and product id", MONTH, lookback=0, lookahead=12)
SELLER = Keyspace("seller", "seller id", MONTH, lookback=3, lookahead=3)
MARKET = Keyspace("market", "marketplace", MONTH, lookback=5, lookahead=0)
"""What is usual on a marketplace, as of each month."""

POSTED, EDITED, REMOVED = "posted", "edited", "removed"
MAX_ATTRIBUTES, ATTRIBUTE_CHARS = 16, 64
"""How many attributes of a listing are kept, and how much of each."""
TYPE_OF = {POSTED: "review.posted", EDITED: "review.edited", REMOVED: "review.removed"}


class ReviewRow(Row, frozen=True, tag="review"):
    """One event of a review on a product; `what` is posted, edited or removed."""

    what: str
    review_id: str
    reviewer_id: str
    rating: int
    """1 to 5; 0 for a removal."""
    verified: bool = False
    programme: str = ""
    order_id: str = ""
    seller_id: str = ""
    by_platform: bool = False
    """A removal by the platform, not by the reviewer."""


class VoteRow(Row, frozen=True, tag="vote"):
    """What one voter says of one review: `vote` as in the contract; withdrawn: `cast` False."""

    review_id: str
    voter_id: str
    vote: str
    cast: bool


class OrderRow(Row, frozen=True, tag="order"):
    """One order of a product."""

    order_id: str
    seller_id: str
    buyer_id: str
    list_price: float
    paid_price: float
    promo_code: str = ""


class ListingRow(Row, frozen=True, tag="listing"):
    """A product's listing as it was written once; the latest seen holds."""

    product_id: str
    seller_id: str
    title: str
    category: str
    brand: str = ""
    url: str = ""
    attributes: tuple[str, ...] = ()
    """Values of its attributes: a colour, a size."""


class OwnReviewRow(Row, frozen=True, tag="own_review"):
    """One event of a review, by its author."""

    what: str
    marketplace: str
    review_id: str
    product_id: str
    rating: int
    verified: bool = False
    programme: str = ""
    seller_id: str = ""


class OwnVoteRow(Row, frozen=True, tag="own_vote"):
    """A vote, by its voter."""

    marketplace: str
    review_id: str
    product_id: str
    vote: str
    cast: bool


class OwnOrderRow(Row, frozen=True, tag="own_order"):
    """An order, by its buyer."""

    marketplace: str
    order_id: str
    product_id: str
    seller_id: str
    list_price: float
    paid_price: float
    promo_code: str = ""


def say_of(vote: str) -> str:
    """A voter has one say of Helpful or Not helpful on a review, and another of Report abuse."""
    return "abuse" if vote == "report_abuse" else "help"


# -- keyspace product ------------------------------------------------------------------------------

REVIEWS = Table(PRODUCT, "reviews", ReviewRow, cap=2048, lookback=104)
"""Reviews of a product by event; kept two years, so that a vote finds the review it is about."""
VOTES = Table(PRODUCT, "votes", VoteRow, cap=512)
"""Votes, one part for each review and say, so that many Helpful clicks crowd out no report."""
ORDERS = Table(PRODUCT, "orders", OrderRow, cap=2048)


def _reviews(
    event: ReviewPosted | ReviewEdited | ReviewRemoved, seen: Observed
) -> Iterable[Placed]:
    key = scoped(event.marketplace, event.product_id)
    return ((key, "", event.event_id, seen.once(review_row)),)


def review_row(event: ReviewPosted | ReviewEdited | ReviewRemoved) -> ReviewRow:
    """The row of a review event."""
    if isinstance(event, ReviewPosted):
        return ReviewRow(
            POSTED,
            event.review_id,
            event.reviewer_id,
            event.rating,
            bool(event.verified_purchase),
            event.programme or "",
            event.order_id or "",
            event.seller_id or "",
        )
    if isinstance(event, ReviewEdited):
        return ReviewRow(EDITED, event.review_id, event.reviewer_id, event.rating)
    by_platform = event.removed_by == "platform"
    return ReviewRow(REMOVED, event.review_id, event.reviewer_id, 0, by_platform=by_platform)


def _votes(event: VoteCast | VoteWithdrawn, _: Observed) -> Iterable[Placed]:
    key = scoped(event.marketplace, event.product_id)
    row = VoteRow(event.review_id, event.voter_id, event.vote, isinstance(event, VoteCast))
    part = f"{event.review_id}\x1f{say_of(event.vote)}"
    return ((key, part, event.voter_id, row),)


def _orders(event: OrderPlaced, _: Observed) -> Iterable[Placed]:
    row = OrderRow(
        event.order_id,
        event.seller_id,
        event.buyer_id,
        event.list_price,
        event.paid_price,
        event.promo_code or "",
    )
    return ((scoped(event.marketplace, event.product_id), "", event.event_id, row),)


REVIEWS_OF_PRODUCT = Fold(REVIEWS, (ReviewPosted, ReviewEdited, ReviewRemoved), _reviews)
VOTES_OF_PRODUCT = Fold(VOTES, (VoteCast, VoteWithdrawn), _votes)
ORDERS_OF_PRODUCT = Fold(ORDERS, (OrderPlaced,), _orders)

# -- keyspace reviewer -----------------------------------------------------------------------------

OWN_REVIEWS = Table(REVIEWER, "own_reviews", OwnReviewRow, cap=512)
OWN_VOTES = Table(REVIEWER, "own_votes", OwnVoteRow, cap=512)
OWN_ORDERS = Table(REVIEWER, "own_orders", OwnOrderRow, cap=512)


def _own_reviews(
    event: ReviewPosted | ReviewEdited | ReviewRemoved, seen: Observed
) -> Iterable[Placed]:
    row = seen.once(review_row)
    own = OwnReviewRow(
        row.what,
        event.marketplace,
        row.review_id,
        event.product_id,
        row.rating,
        row.verified,
        row.programme,
        row.seller_id,
    )
    return ((event.reviewer_id, "", event.event_id, own),)


def _own_votes(event: VoteCast | VoteWithdrawn, _: Observed) -> Iterable[Placed]:
    cast = isinstance(event, VoteCast)
    row = OwnVoteRow(event.marketplace, event.review_id, event.product_id, event.vote, cast)
    element = f"{event.marketplace}\x1f{event.review_id}\x1f{say_of(event.vote)}"
    return ((event.voter_id, "", element, row),)


def _own_orders(event: OrderPlaced, _: Observed) -> Iterable[Placed]:
    row = OwnOrderRow(
        event.marketplace,
        event.order_id,
        event.product_id,
        event.seller_id,
        event.list_price,
        event.paid_price,
        event.promo_code or "",
    )
    return ((event.buyer_id, "", event.event_id, row),)


REVIEWS_OF_REVIEWER = Fold(OWN_REVIEWS, (ReviewPosted, ReviewEdited, ReviewRemoved), _own_reviews)
VOTES_OF_VOTER = Fold(OWN_VOTES, (VoteCast, VoteWithdrawn), _own_votes)
ORDERS_OF_BUYER = Fold(OWN_ORDERS, (OrderPlaced,), _own_orders)

# -- keyspace listing ------------------------------------------------------------------------------

LISTINGS = Table(LISTING, "listings", ListingRow, cap=64, timeless=True)
"""Every version of a product's listing, by event."""
HEADS = Table(LISTING, "heads", ReviewRow, cap=2048, lookback=12)
"""Reviews of a product by event, once more: kept a year, so that a vote that a judgement of its
voter sends on finds the review it is about."""


def _listings(event: ProductListed, _: Observed) -> Iterable[Placed]:
    row = ListingRow(
        event.product_id,
        event.seller_id,
        event.title,
        event.category,
        event.brand or "",
        event.url or "",
        _values(event.attributes) if event.attributes else (),
    )
    return ((scoped(event.marketplace, event.product_id), "", event.event_id, row),)


def _values(attributes: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(attributes[name][:ATTRIBUTE_CHARS] for name in sorted(attributes)[:MAX_ATTRIBUTES])


LISTINGS_OF_PRODUCT = Fold(LISTINGS, (ProductListed,), _listings)
HEADS_OF_PRODUCT = Fold(HEADS, (ReviewPosted, ReviewEdited, ReviewRemoved), _reviews)
