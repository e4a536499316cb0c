"""Texts of one thread read together: a promise in one, the condition in the next; and what its
buyer had said or done that explains one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from detectors.api import DAY, Entry, Finding, Statement, View
from detectors.seller_messages.settings import MessageSettings
from detectors.seller_messages.tables import (
    ANSWER,
    BASELESS,
    CONTEXT,
    LIGHT,
    PAID,
    READ,
    REPLY,
    SPOKEN_FOR,
    TELLING,
    WISHES,
    LabelRow,
    LetterRow,
    LightRow,
    WishRow,
)
from detectors.tables import OWN_REVIEWS, POSTED, OwnReviewRow
from detectors.text import parts
from detectors.text.moods import EXCUSE, HAPPY, UNHAPPY

SURE, LIKELY, MAYBE, FAIRLY = 0.85, 0.8, 0.75, 0.55
"""Scores of what two texts show: one ties what the other promises; the promise has no reason and
the wish follows; so that either may have been meant for something else; so that a neutral request
may only have come at a happy moment."""
ANSWERED = 3 * DAY
"""How soon a request answers a message."""
COMPLAINED = 30 * DAY
"""How long a complaint explains what is promised after it."""
LOW = 3
"""Stars of a bad review, up to."""
CARD = "package_insert"

_CHANGES = frozenset(("change_request", "paid_change"))
_OFFERS = frozenset(("incentive_offer", "refund_after_review", "review_club", "paid_change"))


@dataclass(frozen=True)
class _Shown:
    """A clause that a text shows with the one before it, or by what it is about."""

    clause: str
    score: float
    later: LetterRow
    earlier: LetterRow | None


def judge(view: View, settings: MessageSettings) -> Iterator[Statement | Finding]:
    """Say what this month's messages show together with those before them, and which of them the
    buyer had asked for."""
    focus: list[LetterRow] = [e.row for e in view.rows(TELLING, back=0, ahead=0)]
    if not focus:
        return
    others: list[LetterRow] = [e.row for e in view.rows(CONTEXT)]
    own = [e.row for e in view.rows(TELLING)] + [r for r in others if _by_seller(r)]
    own.sort(key=lambda r: (r.text.ts, r.text.event_id))
    buyer = [r for r in others if not _by_seller(r)]
    this_month = [r for r in own if view.start <= r.text.ts < view.end]
    apart = round(settings.thread_days * DAY)
    labels: dict[tuple[str, str], _Shown] = {}
    excuses: dict[tuple[str, str], LetterRow] = {}
    for later in this_month:
        for shown in _shown(later, own, buyer, apart):
            at = (later.text.event_id, shown.clause)
            if at not in labels or labels[at].score <= shown.score:  # of equals the nearest
                labels[at] = shown
        if _alters(later) and _asked_for(later, own, buyer, apart):
            excuses[later.text.event_id, ANSWER] = later
    for (_, clause), shown in labels.items():
        yield _label(shown)
        for letter in (shown.earlier, shown.later):
            if clause == "paid_change" and letter and _alters(letter):
                excuses[letter.text.event_id, SPOKEN_FOR] = letter
    for (_, why), letter in excuses.items():
        text = letter.text
        yield _in_light(text.seller_id, text.event_id, text.ts, "change_request", why)


def in_light_of_reviews(view: View) -> Iterator[Statement | Finding]:
    """Say which of this month's requests for another review went to a buyer that had written none,
    and which offers are made for a bad review that stands: for its change."""
    wishes = view.rows(WISHES, back=0, ahead=0)
    if not wishes:
        return
    reviews: list[Entry[OwnReviewRow]] = view.rows(OWN_REVIEWS)
    for entry in wishes:
        row: WishRow = entry.row
        known = [e for e in reviews if e.ts <= entry.ts and e.row.marketplace == row.marketplace]
        if row.clause == "change_request":
            if not any(e.row.what == POSTED and _of_product(e.row, row) for e in known):
                yield _in_light(row.seller_id, entry.by, entry.ts, row.clause, BASELESS)
        else:
            stars = [e.row.rating for e in known if e.row.review_id == row.review_id]
            if stars and 0 < stars[-1] <= LOW:
                yield _in_light(row.seller_id, entry.by, entry.ts, row.clause, PAID)


def _of_product(review: OwnReviewRow, wish: WishRow) -> bool:
    return wish.product_id in ("", review.product_id)


def _shown(
    later: LetterRow, own: Sequence[LetterRow], buyer: Sequence[LetterRow], apart: int
) -> Iterator[_Shown]:
    """What a message shows that it does not by itself, with each of those before it."""
    if not _asked_for(later, own, buyer, apart):
        yield from _about_its_review(later)
    yield from _in_one(later)
    yield from _of_the_happy(later, buyer)
    for earlier in own:
        near = 0 <= later.text.ts - earlier.text.ts <= apart
        if near and earlier is not later and _one_matter(earlier, later):
            for shown in _together(earlier, later, buyer):
                if shown.clause not in {*later.shows, *earlier.shows}:
                    yield shown


def _by_seller(letter: LetterRow) -> bool:
    return bool(letter.text.says == "seller")


def _alters(letter: LetterRow) -> bool:
    return bool(letter.parts & parts.ALTER) or "change_request" in letter.shows


def _one_matter(one: LetterRow, other: LetterRow) -> bool:
    """Whether nothing says that the two are about different purchases."""
    products, orders = (one.text.product_id, other.text.product_id), (one.order_id, other.order_id)
    return all(not a or not b or a == b for a, b in (products, orders))


def _called_for(gives: LetterRow, buyer: Sequence[LetterRow]) -> bool:
    """Whether what a message gives has a reason: it regrets something, or the buyer had
    complained."""
    return bool(gives.tone & EXCUSE) or any(
        r.tone & UNHAPPY
        and gives.text.ts - COMPLAINED <= r.text.ts <= gives.text.ts
        and _one_matter(r, gives)
        for r in buyer
    )


def _asked_for(
    letter: LetterRow, own: Sequence[LetterRow], buyer: Sequence[LetterRow], apart: int
) -> bool:
    """Whether the buyer had spoken of changing a review before the seller ever did."""
    asked = [r.text.ts for r in buyer if r.parts & parts.OWN_CHANGE]
    before = [t for t in asked if letter.text.ts - apart <= t <= letter.text.ts]
    if not before:
        return False
    return not any(r.text.ts < before[0] and _alters(r) for r in own)


def _about_its_review(letter: LetterRow) -> Iterator[_Shown]:
    """A message about a review that asks for "it" to be taken down."""
    about = letter.text.review_id or letter.text.channel == REPLY
    if about and letter.parts & parts.ALTER_IT and not _CHANGES & {*letter.shows}:
        yield _Shown("change_request", MAYBE, letter, None)


def _in_one(letter: LetterRow) -> Iterator[_Shown]:
    """A message that wants a review changed and, in other sentences, holds out money."""
    held_out = letter.parts & (parts.PROMISE | parts.SUM | parts.REPAY)
    if (
        held_out
        and _alters(letter)
        and not letter.tone & EXCUSE
        and "paid_change" not in letter.shows
    ):
        yield _Shown("paid_change", LIKELY, letter, None)


def _of_the_happy(letter: LetterRow, buyer: Sequence[LetterRow]) -> Iterator[_Shown]:
    """A request in answer to a buyer who wrote in happy, in words that are not for everybody. The
    same words to another buyer score 0: they are for everybody (`verdict.pass_on`)."""
    if not letter.parts & parts.PLAIN or letter.text.review_id or letter.shows:
        return
    before = [r for r in buyer if letter.text.ts - ANSWERED <= r.text.ts <= letter.text.ts]
    moods = [r for r in before if r.tone & (HAPPY | UNHAPPY)]
    if not moods or moods[-1].tone & UNHAPPY:
        yield _Shown("review_gating", 0.0, letter, None)
        return
    if letter.parts & (parts.WARM | parts.REQUEST):
        score = LIKELY if letter.parts & parts.WARM else FAIRLY
        yield _Shown("review_gating", score, letter, moods[-1])


def _together(earlier: LetterRow, later: LetterRow, buyer: Sequence[LetterRow]) -> Iterator[_Shown]:
    """A clause that two texts make, whichever of them asks and whichever gives."""
    for asks, gives in ((later, earlier), (earlier, later)):
        called_for = _called_for(gives, buyer)
        shown = _change(asks, gives, called_for)
        if shown is None and not _OFFERS & {*earlier.shows, *later.shows}:
            shown = _offer(asks, gives, called_for)
        if shown is not None:
            clause, score = shown
            yield _Shown(clause, score, later, earlier)
            return


def _change(asks: LetterRow, gives: LetterRow, called_for: bool) -> tuple[str, float] | None:
    """Another review is wished for in one text, money spoken of in the other."""
    if not _alters(asks):
        return None
    held_out = gives.parts & (parts.PROMISE | parts.SUM | parts.REPAY)
    if asks.parts & parts.ALTER_TIED and (held_out or gives.parts & parts.MONEY):
        return "paid_change", SURE
    if called_for:
        return None
    if held_out:
        return "paid_change", LIKELY
    done = gives.parts & parts.PAID and gives.text.ts <= asks.text.ts
    return ("paid_change", MAYBE) if done else None


def _offer(asks: LetterRow, gives: LetterRow, called_for: bool) -> tuple[str, float] | None:
    """A promise in one text, what it waits for in the other."""
    promised = gives.text.ts <= asks.text.ts
    gift, refund = gives.parts & parts.PROMISE, gives.parts & parts.REPAY
    if asks.parts & parts.CONDITION and (promised or not called_for):
        score = SURE
        gift |= gives.parts & parts.SUM
    elif asks.parts & parts.WISH and promised and not called_for:
        score = MAYBE
    elif (
        asks.parts & parts.REQUEST
        and gives.parts & parts.PENDING
        and not promised
        and not called_for
    ):
        score = MAYBE
        gift = gift or not refund
    else:
        return None
    if not (gift or refund):
        return None
    if CARD in (asks.text.source, gives.text.source):
        return "insert_solicitation", score
    return ("refund_after_review" if refund else "incentive_offer"), score


def _label(shown: _Shown) -> Statement:
    row = replace(shown.later.text, clause=shown.clause, score=shown.score)
    if shown.earlier is not None:
        text = shown.earlier.text
        row = replace(
            row,
            earlier_event=text.event_id,
            earlier_message=text.message_id if _by_seller(shown.earlier) else "",
            earlier_ts=text.ts,
        )
    return _to_wording(row)


def _to_wording(row: LabelRow) -> Statement:
    key = f"{row.marketplace}\x1f{row.clause}\x1f{row.wording}"
    return Statement(READ, key, row.event_id, row.ts, row)


def _in_light(seller: str, event_id: str, ts: int, clause: str, why: str) -> Statement:
    row = LightRow(event_id, clause, why)
    return Statement(LIGHT, seller, f"{event_id}\x1f{clause}\x1f{why}", ts, row)
