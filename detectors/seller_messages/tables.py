"""Rows, tables and folds: texts are read once, at intake, and only what they show is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from detectors import text
from detectors.api import Fold, Keyspace, Observed, Placed, Row, Table, digest
from detectors.tables import LISTING, MONTH, REVIEWER, SELLER
from detectors.text.model import ADDED_SCORE
from detectors.text.moods import HAPPY, UNHAPPY, kind_of, message_of
from detectors.text.parts import MONEY, OWN_CHANGE, REQUEST, WARM
from schemas.events import MessageSent, ProductListed, ReviewEdited, ReviewPosted

WORDING = Keyspace("wording", "marketplace, clause and words", MONTH, lookback=3, lookahead=1)
"""Everybody who writes the same words: the more do, the likelier they are a harmless letter."""

THREAD = Keyspace("thread", "seller, and buyer or order", MONTH, lookback=1)
"""What a seller and a buyer wrote to each other lately."""

OFF_PLATFORM = frozenset({"email", "phone", "sms", "chat_app", "social", "mail"})
"""Channels on which a seller may not write to a buyer at all."""
CONTACT = "off_platform_contact"
SELLER_SAYS, BUYER_SAYS, REVIEW_SAYS = "seller", "buyer", "review"
REPLY = "review_reply"
"""The channel on which there is a review to speak of."""
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
    seller_id: str = ""
    """Of a message."""
    users: int = 1
    """How many sellers wrote the same words about then, or of how many products reviews did."""
    earlier_event: str = ""
    """Of the text before it in its thread that it completes, if it needs one: its event, ..."""
    earlier_message: str = ""
    """... its message, where it is the seller's, ..."""
    earlier_ts: int = 0
    """... and its time."""


class LetterRow(Row, frozen=True, tag="letter"):
    """A message as its thread sees it."""

    text: LabelRow
    """Who wrote it, when and where; of no clause."""
    order_id: str
    parts: int
    """Bits of `detectors.text.parts`."""
    tone: int
    """Bits of `detectors.text.moods`."""
    shows: tuple[str, ...]
    """The clauses that rules find it to show by itself."""


class WishRow(Row, frozen=True, tag="wish"):
    """A message that wants something of its buyer's review: that it be changed, or offers something
    for it."""

    marketplace: str
    seller_id: str
    clause: str
    product_id: str
    review_id: str


class LightRow(Row, frozen=True, tag="light"):
    """What a message's thread, or what came of it, says of a clause that it seems to show."""

    event_id: str
    clause: str
    why: str


class WroteRow(Row, frozen=True, tag="wrote"):
    """A buyer wrote to the seller outside of the platform: what follows is an answer."""

    channel: str


class OwnProductRow(Row, frozen=True, tag="own_product"):
    """One version of a listing of the seller."""

    marketplace: str
    product_id: str
    url: str


READ = Table(WORDING, "read", LabelRow, cap=2048)
"""What texts show by their words."""
LABELS = Table(SELLER, "labels", LabelRow, cap=4096)
WROTE = Table(SELLER, "wrote", WroteRow, cap=16)
"""Part: the buyer."""
OWN_PRODUCTS = Table(SELLER, "own_products", OwnProductRow, cap=8192, timeless=True)
REVIEW_LABELS = Table(LISTING, "review_labels", LabelRow, cap=1024)
TELLING = Table(THREAD, "telling", LetterRow, cap=64)
"""A seller's messages that may complete each other."""
CONTEXT = Table(THREAD, "context", LetterRow, cap=64)
"""The other messages of a thread that bear on those."""
WISHES = Table(REVIEWER, "wishes", WishRow, cap=64)
LIGHT = Table(SELLER, "light", LightRow, cap=4096)
SPOKEN_FOR, ANSWER, BASELESS = "spoken_for", "answer", "baseless"
"""Its thread shows it to be of another clause; the buyer had asked; the buyer had written no
review."""
PAID, REFUNDED = "paid", "refunded"
"""What it wants is a change, and is paid for; what it offers for a review is a refund."""


_DIGITS = re.compile(r"\d+")


def _wording(raw: str, spans: Iterable[tuple[int, int]]) -> str:
    # Amounts and numbers differ between copies of one letter.
    return digest(*(_DIGITS.sub("0", raw[start:end].casefold()) for start, end in spans))


def _placed(row: LabelRow) -> Placed:
    return f"{row.marketplace}\x1f{row.clause}\x1f{row.wording}", "", row.event_id, row


def _read(event: MessageSent | ReviewPosted | ReviewEdited, seen: Observed) -> Iterable[Placed]:
    rows = _message(event, seen) if isinstance(event, MessageSent) else _review(event, seen)
    return map(_placed, rows)


def _message(event: MessageSent, seen: Observed) -> Iterator[LabelRow]:
    source = kind_of(event).value
    for label in seen.once(message_of).reading.labels:
        yield _of_message(
            event,
            seen,
            clause=label.clause,
            score=round(label.score, 3),
            source=source,
            spans=label.spans,
            wording=_wording(event.text, label.spans),
        )


def _of_message(event: MessageSent, seen: Observed, **shown: Any) -> LabelRow:
    to_buyer = event.direction == "to_buyer"
    return LabelRow(
        event_id=event.event_id,
        event_type="message.sent",
        ts=seen.ts,
        marketplace=event.marketplace,
        says=SELLER_SAYS if to_buyer else BUYER_SAYS,
        channel=event.channel,
        message_id=event.message_id,
        review_id=event.review_id or "",
        product_id=event.product_id or "",
        account_id=(event.sender_id if to_buyer else event.buyer_id) or "",
        buyer_id=event.buyer_id or "",
        seller_id=event.seller_id,
        **shown,
    )


_CONTEXT = MONEY | REQUEST | OWN_CHANGE | WARM
"""Parts that alone complete nothing."""


def _telling(event: MessageSent, seen: Observed) -> Iterable[Placed]:
    if event.direction != "to_buyer":
        return ()
    message = seen.once(message_of)
    alters = "change_request" in {label.clause for label in message.reading.labels}
    if not (alters or message.part.parts & ~_CONTEXT):
        return ()
    return _letter(event, seen)


def _context(event: MessageSent, seen: Observed) -> Iterable[Placed]:
    message = seen.once(message_of)
    if event.direction == "to_buyer":
        parts = message.part.parts
        bears = parts & (MONEY | REQUEST) > 0 and not parts & ~_CONTEXT
    else:
        bears = bool(message.part.parts & OWN_CHANGE or message.tone & (HAPPY | UNHAPPY))
    return _letter(event, seen) if bears else ()


def _letter(event: MessageSent, seen: Observed) -> Iterable[Placed]:
    about = event.buyer_id or event.order_id or event.review_id
    if not about:
        return ()
    message = seen.once(message_of)
    spans = message.part.spans
    text = _of_message(
        event,
        seen,
        clause="",
        score=0.0,
        source=kind_of(event).value,
        spans=spans,
        wording=_wording(event.text, spans),
    )
    labels = message.reading.labels
    shows = tuple(sorted({label.clause for label in labels if label.score > ADDED_SCORE}))
    row = LetterRow(text, event.order_id or "", message.part.parts, message.tone, shows)
    return ((f"{event.marketplace}\x1f{event.seller_id}\x1f{about}", "", event.event_id, row),)


def _wishes(event: MessageSent, seen: Observed) -> Iterable[Placed]:
    if event.direction != "to_buyer" or not event.buyer_id:
        return
    review_id = event.review_id or ""
    about = bool(review_id) or event.channel == REPLY
    for label in seen.once(message_of).reading.labels:
        clause = label.clause
        if (clause == "incentive_offer" and review_id) or (
            clause == "change_request" and not about
        ):
            row = WishRow(
                event.marketplace, event.seller_id, clause, event.product_id or "", review_id
            )
            yield event.buyer_id, "", f"{clause}\x1f{event.event_id}", row


def _contact(event: MessageSent, seen: Observed) -> Iterable[Placed]:
    if event.direction != "to_buyer" or event.channel not in OFF_PLATFORM:
        return ()
    row = _of_message(event, seen, clause=CONTACT, score=1.0, source=CHANNEL)
    return ((event.seller_id, "", f"{CHANNEL}\x1f{event.event_id}", row),)


def _wrote(event: MessageSent, _: Observed) -> Iterable[Placed]:
    if event.direction == "to_buyer" or event.channel not in OFF_PLATFORM or not event.buyer_id:
        return ()
    return ((event.seller_id, event.buyer_id, event.event_id, WroteRow(event.channel)),)


def _own_products(event: ProductListed, _: Observed) -> Iterable[Placed]:
    row = OwnProductRow(event.marketplace, event.product_id, event.url or "")
    return ((event.seller_id, "", event.event_id, row),)


def _review(event: ReviewPosted | ReviewEdited, seen: Observed) -> Iterator[LabelRow]:
    if not event.text or (isinstance(event, ReviewPosted) and event.programme):
        return
    for label in text.read(event.text, text.Kind.REVIEW_TEXT, event.lang).labels:
        yield LabelRow(
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
            wording=_wording(event.text, label.spans),
        )


TELLING_OF_THREAD = Fold(TELLING, (MessageSent,), _telling)
CONTEXT_OF_THREAD = Fold(CONTEXT, (MessageSent,), _context)
WISHES_OF_BUYER = Fold(WISHES, (MessageSent,), _wishes)
READ_OF_TEXTS = Fold(READ, (MessageSent, ReviewPosted, ReviewEdited), _read)
CONTACT_OF_SELLER = Fold(LABELS, (MessageSent,), _contact)
WROTE_TO_SELLER = Fold(WROTE, (MessageSent,), _wrote)
PRODUCTS_OF_SELLER = Fold(OWN_PRODUCTS, (ProductListed,), _own_products)
