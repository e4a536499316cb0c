"""Rows, tables and folds: gifts of money, changes of reviews, and who wrote to whom."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.api import Fold, Observed, Placed, Row, Table
from detectors.tables import MARKET, REVIEWER, SELLER, OwnReviewRow, review_row
from detectors.text.moods import message_of
from schemas.events import MessageSent, OrderRefunded, ReviewEdited, ReviewRemoved

UNCALLED_FOR = frozenset({"goodwill", "unknown"})
"""Reasons of a refund that name none."""

PRAISE, CHANGE, CRITICISM, NEITHER = "praise", "change", "criticism", ""
"""What a gift follows: a good review, a bad one that its author raised or removed, one that
stands unchanged, or nothing."""
REMOVAL = "removal"


class RefundRow(Row, frozen=True, tag="refund"):
    """Money that goes back to a buyer: as a gift, where nothing calls for it."""

    marketplace: str
    order_id: str
    product_id: str
    seller_id: str
    amount: float
    off_platform: bool
    gift: bool


class MailRow(Row, frozen=True, tag="mail"):
    """A message between a seller and this buyer."""

    marketplace: str
    seller_id: str
    to_buyer: bool
    message_id: str
    product_id: str = ""
    order_id: str = ""
    review_id: str = ""
    tone: int = 0
    """Bits of `detectors.text.moods`."""


class ContactRow(Row, frozen=True, tag="contact"):
    """A message of the seller between a review and its change."""

    event_id: str
    ts: int
    message_id: str
    about_review: bool
    asks: bool = False
    """Its words are of changing or removing a review."""


class GiftRow(Row, frozen=True, tag="gift"):
    """A gift of money and what it followed."""

    event_id: str
    ts: int
    marketplace: str
    seller_id: str
    order_id: str
    product_id: str
    buyer_id: str
    off_platform: bool
    share: float
    """Of what was paid; 0 where the order is not known."""
    excused: bool
    """The buyer had complained, or the seller said that nothing was wanted in return."""
    follows: str = NEITHER
    days: float = 0.0
    """Since what it followed."""
    review_id: str = ""
    review_event: str = ""
    review_ts: int = 0
    stars: int = 0
    change_event: str = ""
    change_ts: int = 0
    changed_to: int = 0
    """Stars after the change; 0 for a removal."""
    contacts: tuple[ContactRow, ...] = ()


class TurnRow(Row, frozen=True, tag="turn"):
    """A bad review that its author raised or removed after the seller had written."""

    event_id: str
    ts: int
    marketplace: str
    seller_id: str
    product_id: str
    reviewer_id: str
    review_id: str
    review_event: str
    review_ts: int
    stars: int
    changed_to: int
    """0 for a removal."""
    explained: bool
    """The buyer had written back, or money or a return had settled the matter."""
    contacts: tuple[ContactRow, ...] = ()


class DeedRow(Row, frozen=True, tag="deed"):
    """A gift or a turn, as the market sees it."""

    seller_id: str
    is_gift: bool
    shows: str
    """What a gift follows, `REMOVAL` of an unexplained removal, or nothing."""
    whole: int = -1
    """Whether a gift is of all that was paid: 1 or 0, -1 where the order is not known."""


class UsualRow(Row, frozen=True, tag="usual"):
    """What the other sellers of a marketplace did lately: how many gave money, the sums of their
    shares of gifts that follow praise and a change, how many saw bad reviews turn after they had
    written, and the sum of their shares of removals; of how many the orders are known, and the sum
    of their shares of gifts of all that was paid."""

    marketplace: str
    givers: int
    praise: float
    change: float
    writers: int
    removal: float
    priced: int
    whole: float


OWN_REFUNDS = Table(REVIEWER, "own_refunds", RefundRow, cap=128)
OWN_CHANGES = Table(REVIEWER, "own_changes", OwnReviewRow, cap=128)
OWN_MAIL = Table(REVIEWER, "own_mail", MailRow, cap=256)
DEEDS = Table(MARKET, "deeds", DeedRow, cap=4096)
GIFTS = Table(SELLER, "gifts", GiftRow, cap=4096)
TURNS = Table(SELLER, "turns", TurnRow, cap=1024)
USUAL = Table(SELLER, "usual", UsualRow, cap=64)


def _refunds(event: OrderRefunded, _: Observed) -> Iterable[Placed]:
    off_platform = event.via == "off_platform"
    row = RefundRow(
        event.marketplace,
        event.order_id,
        event.product_id,
        event.seller_id,
        event.amount,
        off_platform,
        not event.item_returned and (off_platform or event.reason in UNCALLED_FOR),
    )
    return ((event.buyer_id, "", event.event_id, row),)


def _changes(event: ReviewEdited | ReviewRemoved, seen: Observed) -> Iterable[Placed]:
    row = seen.once(review_row)
    if row.by_platform:
        return ()
    own = OwnReviewRow(row.what, event.marketplace, row.review_id, event.product_id, row.rating)
    return ((event.reviewer_id, "", event.event_id, own),)


def _mail(event: MessageSent, seen: Observed) -> Iterable[Placed]:
    if not event.buyer_id or event.channel == "package_insert":
        return ()
    row = MailRow(
        event.marketplace,
        event.seller_id,
        event.direction == "to_buyer",
        event.message_id,
        event.product_id or "",
        event.order_id or "",
        event.review_id or "",
        seen.once(message_of).tone,
    )
    return ((event.buyer_id, "", event.event_id, row),)


REFUNDS_OF_BUYER = Fold(OWN_REFUNDS, (OrderRefunded,), _refunds)
CHANGES_OF_REVIEWER = Fold(OWN_CHANGES, (ReviewEdited, ReviewRemoved), _changes)
MAIL_OF_BUYER = Fold(OWN_MAIL, (MessageSent,), _mail)
