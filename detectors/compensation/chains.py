"""Each gift of money, and each bad review that turned, meets what led to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from detectors.api import DAY, Entry, Finding, Statement, View
from detectors.compensation.settings import CompensationSettings
from detectors.compensation.tables import (
    CHANGE,
    CRITICISM,
    DEEDS,
    GIFTS,
    NEITHER,
    OWN_CHANGES,
    OWN_MAIL,
    OWN_REFUNDS,
    PRAISE,
    REMOVAL,
    TURNS,
    ContactRow,
    DeedRow,
    GiftRow,
    MailRow,
    RefundRow,
    TurnRow,
)
from detectors.seller_messages.tables import LIGHT, PAID, REFUNDED, LightRow
from detectors.tables import OWN_ORDERS, OWN_REVIEWS, POSTED, OwnReviewRow
from detectors.text.moods import ALTERS, EXCUSE, UNHAPPY, UNTIED

HIGH, LOW = 4, 3
"""Stars of praise, from; and of criticism, up to."""
NOTE = 2 * DAY
"""How far from a gift a message still speaks of it."""
COMPLAINED = 60 * DAY
"""How long before a gift a complaint still explains it, and a refund before a change."""
MAX_CONTACTS = 4
WHOLE_FROM = 0.95
"""Share of the price from which it was paid back in full."""
MOST = 10.0
"""Share of the price from which it tells no more."""

Letters = Sequence[Entry[MailRow]]
Reviews = Sequence[Entry[OwnReviewRow]]


@dataclass(frozen=True)
class Written:
    """A review as it stood at some moment."""

    posted: Entry[OwnReviewRow]
    change: Entry[OwnReviewRow] | None
    """What raised it from criticism to praise, or removed it, last."""
    stars: int
    """As of the last event; 0 removed."""
    before: int
    """Before the change; of an unchanged review as `stars`."""


def judge(view: View, settings: CompensationSettings) -> Iterator[Statement | Finding]:
    """Say every gift and every turn of the month to the seller whose it is, and to the market."""
    refunds = [e for e in view.rows(OWN_REFUNDS, back=0, ahead=0) if e.row.gift]
    changes = view.rows(OWN_CHANGES, back=0, ahead=0)
    if not refunds and not changes:
        return
    account = _Account(view, settings)
    for refund in refunds:
        gift = account.gift(refund)
        yield Statement(GIFTS, gift.seller_id, gift.event_id, gift.ts, gift)
        yield from account.light(gift)
        shows = NEITHER if gift.excused else gift.follows
        deed = DeedRow(gift.seller_id, True, shows, _whole(gift))
        yield Statement(DEEDS, gift.marketplace, gift.event_id, gift.ts, deed)
    for change in changes:
        for turn in account.turns(change):
            element = f"{turn.event_id}\x1f{turn.seller_id}"
            yield Statement(TURNS, turn.seller_id, turn.event_id, turn.ts, turn)
            shows = REMOVAL if _unasked_removal(turn) else NEITHER
            deed = DeedRow(turn.seller_id, False, shows)
            yield Statement(DEEDS, turn.marketplace, element, turn.ts, deed)


def _whole(gift: GiftRow) -> int:
    return int(gift.share >= WHOLE_FROM) if gift.share else -1


def _unasked_removal(turn: TurnRow) -> bool:
    return turn.changed_to == 0 and not turn.explained


class _Account:
    """Everything that one account wrote, bought, got back and was written to."""

    def __init__(self, view: View, settings: CompensationSettings) -> None:
        self.key = view.key
        self.soon = round(settings.soon_days * DAY)
        self.contact = round(settings.contact_days * DAY)
        self.reviews = view.rows(OWN_REVIEWS)
        self.changes = view.rows(OWN_CHANGES)
        self.refunds: list[Entry[RefundRow]] = view.rows(OWN_REFUNDS)
        self.mail: list[Entry[MailRow]] = view.rows(OWN_MAIL)
        self.paid = {
            (o.row.marketplace, o.row.order_id): o.row.paid_price for o in view.rows(OWN_ORDERS)
        }

    def gift(self, refund: Entry[RefundRow]) -> GiftRow:
        """A gift and what it follows."""
        row, ts = refund.row, refund.ts
        price = self.paid.get((row.marketplace, row.order_id), 0.0)
        letters = self._letters(row.marketplace, row.seller_id, row.product_id, row.order_id)
        # Money that goes round the platform is no refund: paid in advance it buys a change too.
        until = ts + self.soon if row.off_platform else ts
        written = self._written(row.marketplace, row.product_id, ts, until)
        follows = self._follows(written, ts)
        gift = GiftRow(
            event_id=refund.by,
            ts=ts,
            marketplace=row.marketplace,
            seller_id=row.seller_id,
            order_id=row.order_id,
            product_id=row.product_id,
            buyer_id=self.key,
            off_platform=row.off_platform,
            share=round(min(row.amount / price, MOST), 3) if price > 0 else 0.0,
            excused=_excused(letters, ts, follows),
            follows=follows,
        )
        if written is None or follows == NEITHER:
            return gift
        posted, change = written.posted, written.change
        return replace(
            gift,
            days=round((ts - (change or posted).ts) / DAY, 2),
            review_id=posted.row.review_id,
            review_event=posted.by,
            review_ts=posted.ts,
            stars=written.before,
            change_event=change.by if change else "",
            change_ts=change.ts if change else 0,
            changed_to=change.row.rating if change else 0,
            contacts=self._contacts(letters, posted, change.ts) if change else (),
        )

    def light(self, gift: GiftRow) -> Iterator[Statement]:
        """What a gift that is none shows of the messages before it: a request for a change was paid
        for, what was offered for a review was a refund."""
        if gift.excused:
            return
        if gift.follows == CHANGE:
            asked = [(c.event_id, c.ts) for c in gift.contacts if c.asks]
            clause, why = "change_request", PAID
        elif gift.follows == PRAISE:
            letters = self._letters(
                gift.marketplace, gift.seller_id, gift.product_id, gift.order_id
            )
            before = [m for m in letters if m.row.to_buyer and 0 <= gift.ts - m.ts <= self.contact]
            asked = [(m.by, m.ts) for m in before[-MAX_CONTACTS:]]
            clause, why = "incentive_offer", REFUNDED
        else:
            return
        for event_id, ts in asked:
            row = LightRow(event_id, clause, why)
            yield Statement(LIGHT, gift.seller_id, f"{event_id}\x1f{gift.event_id}", ts, row)

    def turns(self, change: Entry[OwnReviewRow]) -> Iterator[TurnRow]:
        """The change as a turn of a bad review, once for each seller who had written before."""
        row, ts = change.row, change.ts
        written = self._written(row.marketplace, row.product_id, ts, ts)
        if written is None or written.change is None or written.change.by != change.by:
            return
        posted = written.posted
        for seller in sorted({m.row.seller_id for m in self.mail if m.row.to_buyer}):
            letters = self._letters(row.marketplace, seller, row.product_id, "")
            contacts = self._contacts(letters, posted, ts)
            if contacts:
                yield TurnRow(
                    event_id=change.by,
                    ts=ts,
                    marketplace=row.marketplace,
                    seller_id=seller,
                    product_id=row.product_id,
                    reviewer_id=self.key,
                    review_id=row.review_id,
                    review_event=posted.by,
                    review_ts=posted.ts,
                    stars=written.before,
                    changed_to=row.rating,
                    explained=self._explained(letters, posted, change),
                    contacts=contacts,
                )

    def _letters(self, marketplace: str, seller: str, product: str, order: str) -> Letters:
        return [
            m
            for m in self.mail
            if (m.row.seller_id, m.row.marketplace) == (seller, marketplace)
            and (m.row.product_id in ("", product) or (order and m.row.order_id == order))
        ]

    def _written(self, marketplace: str, product: str, ts: int, until: int) -> Written | None:
        """The last review of a product posted by `ts`, with its changes up to `until`."""
        about = (marketplace, product)
        posts = [
            r
            for r in self.reviews
            if r.row.what == POSTED
            and r.ts <= ts
            and (r.row.marketplace, r.row.product_id) == about
            and not r.row.programme
        ]
        if not posts:
            return None
        posted = posts[-1]
        stars = before = posted.row.rating
        turned: Entry[OwnReviewRow] | None = None
        for change in self.changes:
            row = change.row
            if (row.marketplace, row.review_id) != (marketplace, posted.row.review_id):
                continue
            if not posted.ts <= change.ts <= until:
                continue
            if 0 < stars <= LOW and (row.rating >= HIGH or row.rating == 0):
                turned, before = change, stars
            stars = row.rating
        if turned is None or 0 < stars <= LOW:  # never raised, or lowered again
            return Written(posted, None, stars, stars)
        return Written(posted, turned, stars, before)

    def _follows(self, written: Written | None, ts: int) -> str:
        if written is None or abs(ts - (written.change or written.posted).ts) > self.soon:
            return NEITHER
        if written.change is not None:
            return CHANGE
        if not written.stars:
            return NEITHER
        return PRAISE if written.stars >= HIGH else CRITICISM

    def _contacts(
        self, letters: Letters, posted: Entry[OwnReviewRow], until: int
    ) -> tuple[ContactRow, ...]:
        first = max(posted.ts, until - self.contact)
        return tuple(
            ContactRow(
                m.by,
                m.ts,
                m.row.message_id,
                m.row.review_id == posted.row.review_id,
                bool(m.row.tone & ALTERS),
            )
            for m in letters
            if m.row.to_buyer and first <= m.ts <= until
        )[-MAX_CONTACTS:]

    def _explained(
        self, letters: Letters, posted: Entry[OwnReviewRow], change: Entry[OwnReviewRow]
    ) -> bool:
        if any(not m.row.to_buyer and posted.ts <= m.ts <= change.ts for m in letters):
            return True
        about = (change.row.marketplace, change.row.product_id)
        return any(
            (r.row.marketplace, r.row.product_id) == about
            and change.ts - COMPLAINED <= r.ts <= change.ts + self.soon
            for r in self.refunds
        )


def _excused(letters: Letters, ts: int, follows: str) -> bool:
    for m in letters:
        tone = m.row.tone
        if m.row.to_buyer:
            # Apologies come with paid changes too: there, only "nothing in return" counts.
            excuses = UNTIED if follows == CHANGE else UNTIED | EXCUSE
            if tone & excuses and abs(m.ts - ts) <= NOTE:
                return True
        elif follows != CHANGE and tone & UNHAPPY and 0 <= ts - m.ts <= COMPLAINED:
            # A bad review is complaint enough: paying for its change is not excused by another.
            return True
    return False
