"""Rows, tables and folds: whom a seller asks, who wrote in and how, and who only bought.

Rows are kept by buyer, so that full tables keep the same sample of buyers.
"""

from __future__ import annotations

from collections.abc import Iterable

from detectors.api import Fold, Observed, Placed, Row, Table
from detectors.tables import SELLER
from detectors.text.moods import MENTIONS, REQUEST, message_of
from schemas.events import MessageSent, OrderPlaced, OrderRefunded

NEUTRAL = 0
"""A buyer's message that is neither happy nor a complaint; moods are those of `detectors.text`."""


class AskRow(Row, frozen=True, tag="ask"):
    """A buyer was asked for a review, or may have been; the latest of a month holds."""

    marketplace: str
    buyer_id: str
    message_id: str
    product_id: str
    surely: bool
    """The words ask; else they only mention reviews, and who got them is not counted as left out:
    a template that is not understood would look like silence."""


class ToldRow(Row, frozen=True, tag="told"):
    """A buyer wrote in: the latest of a month and mood holds."""

    marketplace: str
    buyer_id: str
    mood: int


class SoldRow(Row, frozen=True, tag="sold"):
    """A buyer bought, or got money back; the latest of a month holds."""

    marketplace: str
    buyer_id: str


ASKED = Table(SELLER, "asked", AskRow, cap=4096)
TOLD = Table(SELLER, "told", ToldRow, cap=4096)
SOLD = Table(SELLER, "sold", SoldRow, cap=1024)
UNDONE = Table(SELLER, "undone", SoldRow, cap=1024)
"""Purchases that were cancelled, sent back or refunded: nobody asks for a review of those."""


def _asked(event: MessageSent, seen: Observed) -> Iterable[Placed]:
    if event.direction != "to_buyer" or not event.buyer_id or event.channel == "package_insert":
        return ()
    tone = seen.once(message_of).tone
    surely = bool(tone & REQUEST)
    if event.review_id or not (surely or tone & MENTIONS):
        return ()
    row = AskRow(
        event.marketplace, event.buyer_id, event.message_id, event.product_id or "", surely
    )
    return ((event.seller_id, "", event.buyer_id, row),)


def _told(event: MessageSent, seen: Observed) -> Iterable[Placed]:
    if event.direction != "from_buyer" or not event.buyer_id:
        return ()
    mood = seen.once(message_of).tone
    row = ToldRow(event.marketplace, event.buyer_id, mood)
    return ((event.seller_id, "", f"{event.buyer_id}\x1f{mood}", row),)


def _sold(event: OrderPlaced | OrderRefunded, _: Observed) -> Iterable[Placed]:
    row = SoldRow(event.marketplace, event.buyer_id)
    return ((event.seller_id, "", event.buyer_id, row),)


REQUESTS_OF_SELLER = Fold(ASKED, (MessageSent,), _asked)
MAIL_TO_SELLER = Fold(TOLD, (MessageSent,), _told)
BUYERS_OF_SELLER = Fold(SOLD, (OrderPlaced,), _sold)
REFUNDS_OF_SELLER = Fold(UNDONE, (OrderRefunded,), _sold)
