"""Rows, tables and folds: texts are read once, at intake, and only what they show is kept."""

from __future__ import annotations

from collections.abc import Iterable

from detectors import text
from detectors.api import Fold, Observed, Placed, Row, Table, digest, scoped
from detectors.tables import LISTING, SELLER
from detectors.text.moods import kind_of, message_of
from schemas.events import MessageSent, ProductListed, ReviewEdited, ReviewPosted

OFF_PLATFORM = frozenset({"email", "phone", "sms", "chat_app", "social", "mail"})
"""Channels on which a seller may not write to a buyer at all."""
CONTACT = "off_platform_contact"
SELLER_SAYS, BUYER_SAYS, REVIEW_SAYS = "seller", "buyer", "review"
CHANNEL = "channel"
"""`source` of a label that comes from the channel alone, not from words."""


class LabelRow(Row, frozen=True, tag="label"):
    """One clause that one text shows, or that its channel does."""

    event_id: str
    event_type: str
    ts: int
    marketplace: str
    clause: str
    score: float
    says: str
    """Who says it: the seller, a buyer of it, or a review."""
    source: str
    """`channel`, or the kind of text."""
    channel: str = ""
    message_id: str = ""
    review_id: str = ""
    product_id: str = ""
    account_id: str = ""
    """Who wrote it, for the seller or as a buyer."""
    buyer_id: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    """The words that show it: code points of the raw text, half open."""
    wording: str = ""
    """Digest of those words: the same in every copy of a form letter."""


class WroteRow(Row, frozen=True, tag="wrote"):
    """A buyer wrote to the seller outside of the platform: what follows is an answer."""

    channel: str


class OwnProductRow(Row, frozen=True, tag="own_product"):
    """One version of a listing of the seller."""

    marketplace: str
    product_id: str
    url: str


LABELS = Table(SELLER, "labels", LabelRow, cap=4096)
WROTE = Table(SELLER, "wrote", WroteRow, cap=16)
"""Part: the buyer."""
OWN_PRODUCTS = Table(SELLER, "own_products", OwnProductRow, cap=8192, timeless=True)
REVIEW_LABELS = Table(LISTING, "review_labels", LabelRow, cap=1024)


def _wording(raw: str, label: text.Label) -> str:
    return digest(*(raw[start:end].casefold() for start, end in label.spans))


def _labels(event: MessageSent, seen: Observed) -> Iterable[Placed]:
    to_buyer = event.direction == "to_buyer"
    kind = kind_of(event)
    found: dict[str, tuple[float, str, tuple[tuple[int, int], ...], str]] = {
        label.clause: (label.score, kind.value, label.spans, _wording(event.text, label))
        for label in seen.once(message_of).reading.labels
    }
    if to_buyer and event.channel in OFF_PLATFORM:
        found[CONTACT] = (1.0, CHANNEL, (), "")
    for clause, (score, source, spans, wording) in sorted(found.items()):
        row = LabelRow(
            event_id=event.event_id,
            event_type="message.sent",
            ts=seen.ts,
            marketplace=event.marketplace,
            clause=clause,
            score=round(score, 3),
            says=SELLER_SAYS if to_buyer else BUYER_SAYS,
            source=source,
            channel=event.channel,
            message_id=event.message_id,
            review_id=event.review_id or "",
            product_id=event.product_id or "",
            account_id=(event.sender_id if to_buyer else event.buyer_id) or "",
            buyer_id=event.buyer_id or "",
            spans=spans,
            wording=wording,
        )
        yield event.seller_id, "", f"{clause}\x1f{event.event_id}", row


def _wrote(event: MessageSent, _: Observed) -> Iterable[Placed]:
    if event.direction == "to_buyer" or event.channel not in OFF_PLATFORM or not event.buyer_id:
        return ()
    return ((event.seller_id, event.buyer_id, event.event_id, WroteRow(event.channel)),)


def _own_products(event: ProductListed, _: Observed) -> Iterable[Placed]:
    row = OwnProductRow(event.marketplace, event.product_id, event.url or "")
    return ((event.seller_id, "", event.event_id, row),)


def _review_labels(event: ReviewPosted | ReviewEdited, seen: Observed) -> Iterable[Placed]:
    if not event.text or (isinstance(event, ReviewPosted) and event.programme):
        return
    for label in text.read(event.text, text.Kind.REVIEW_TEXT, event.lang).labels:
        row = LabelRow(
            event_id=event.event_id,
            event_type="review.posted" if isinstance(event, ReviewPosted) else "review.edited",
            ts=seen.ts,
            marketplace=event.marketplace,
            clause=label.clause,
            score=round(label.score, 3),
            says=REVIEW_SAYS,
            source="review_text",
            review_id=event.review_id,
            product_id=event.product_id,
            account_id=event.reviewer_id,
            spans=label.spans,
            wording=_wording(event.text, label),
        )
        key = scoped(event.marketplace, event.product_id)
        yield key, "", f"{label.clause}\x1f{event.event_id}", row


LABELS_OF_SELLER = Fold(LABELS, (MessageSent,), _labels)
WROTE_TO_SELLER = Fold(WROTE, (MessageSent,), _wrote)
PRODUCTS_OF_SELLER = Fold(OWN_PRODUCTS, (ProductListed,), _own_products)
LABELS_OF_REVIEWS = Fold(REVIEW_LABELS, (ReviewPosted, ReviewEdited), _review_labels)
