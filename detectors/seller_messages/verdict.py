"""A month of what was written by, to and about one seller, clause by clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import msgspec

from detectors.api import EvidenceRow, Finding, Statement, View, scoped, unscoped
from detectors.seller_messages.settings import MessageSettings
from detectors.seller_messages.tables import (
    BUYER_SAYS,
    CHANNEL,
    LABELS,
    OWN_PRODUCTS,
    READ,
    REVIEW_LABELS,
    REVIEW_SAYS,
    SELLER_SAYS,
    WROTE,
    LabelRow,
)
from detectors.tables import LISTINGS
from detectors.text.model import ADDED_SCORE
from schemas.events import iso

NAME = "seller_messages"
MAX_EVIDENCE = 20
WRITTEN_BY_INSIDERS = frozenset({"self_review", "insider_review"})
"""Clauses where a review that shows them is itself what the policy bars."""
REPLY = "review_reply"
"""The channel on which there is a review to speak of."""
WITNESSES = 3
"""Texts beyond these, in other words, add nothing."""


def pass_on(view: View) -> Iterator[Statement]:
    """Say what each text shows to its seller or product, with how many others use the words."""
    own = [e.row for e in view.rows(READ, back=0, ahead=0) if e.row]
    if not own:
        return
    users = len({_user(e.row) for e in view.rows(READ) if e.row})
    for row in own:
        said = msgspec.structs.replace(row, users=users)
        element = f"{row.clause}\x1f{row.event_id}"
        if row.says == REVIEW_SAYS:
            key = scoped(row.marketplace, row.product_id)
            yield Statement(REVIEW_LABELS, key, element, row.ts, said)
        else:
            yield Statement(LABELS, row.seller_id, element, row.ts, said)


def _user(row: LabelRow) -> tuple[str, str]:
    return row.seller_id, "" if row.seller_id else row.product_id


def attribute(view: View, settings: MessageSettings) -> Iterator[Statement | Finding]:
    """Say what reviews tell to the seller of their product; where nobody knows the seller, it is a
    finding on the product."""
    rows = [e.row for e in view.rows(REVIEW_LABELS, back=0, ahead=0) if e.row]
    if not rows:
        return
    listings = view.rows(LISTINGS)
    listing = listings[-1].row if listings else None
    if listing is not None:
        for row in rows:
            yield Statement(
                LABELS, listing.seller_id, f"{row.clause}\x1f{row.event_id}", row.ts, row
            )
        return
    _, product_id = unscoped(view.key)
    for clause in sorted({r.clause for r in rows}):
        own = [r for r in rows if r.clause == clause]
        yield _finding(own, "product", product_id, {}, settings, answers=frozenset())


def judge(view: View, settings: MessageSettings) -> Iterator[Finding]:
    """One finding for each marketplace and clause of the month."""
    rows = [e.row for e in view.rows(LABELS, back=0, ahead=0) if e.row]
    if not rows:
        return
    urls = {
        (e.row.marketplace, e.row.product_id): e.row.url
        for e in view.rows(OWN_PRODUCTS)
        if e.row and e.row.url
    }
    answers = frozenset(r.event_id for r in rows if r.source == CHANNEL and _is_answer(view, r))
    for marketplace, clause in sorted({(r.marketplace, r.clause) for r in rows}):
        own = [r for r in rows if (r.marketplace, r.clause) == (marketplace, clause)]
        yield _finding(own, "seller", view.key, urls, settings, answers)


def _is_answer(view: View, row: LabelRow) -> bool:
    """Whether the buyer had written to the seller outside of the platform before."""
    return bool(row.buyer_id) and any(
        e.ts <= row.ts for e in view.rows(WROTE, row.buyer_id, ahead=0)
    )


def _score(row: LabelRow, settings: MessageSettings, answers: frozenset[str]) -> float:
    if row.source == CHANNEL:
        answer = row.event_id in answers
        return settings.answered_contact if answer else settings.initiated_contact
    score = row.score
    if score <= ADDED_SCORE:
        score *= settings.unruled
    if row.says == BUYER_SAYS:
        score *= settings.hearsay
    elif row.says == REVIEW_SAYS:
        about_itself = row.clause in WRITTEN_BY_INSIDERS
        score *= settings.confessed if about_itself else settings.retold
    # What everybody writes, few can mean as it seems.
    odds = score / (1.0 - score) / max(1.0, row.users / _usual_from(row, settings)) ** 2
    return odds / (1.0 + odds)


def _usual_from(row: LabelRow, settings: MessageSettings) -> float:
    unnamed = row.clause == "change_request" and not row.review_id and row.channel != REPLY
    return settings.unnamed_usual_from if unnamed else settings.usual_from


def _combined(
    rows: Sequence[LabelRow], settings: MessageSettings, answers: frozenset[str]
) -> float:
    """Texts as independent witnesses: of those in the same words, and of one writer's, the
    strongest alone. Usual words do not add up, for what excuses one excuses all; nor do answers to
    buyers who wrote first, for each is excused in itself."""
    initiated = [r for r in rows if r.event_id not in answers]
    if not initiated:
        return settings.answered_contact
    witnesses: dict[str, float] = {}
    usual = 0.0
    for row in initiated:
        if row.users > _usual_from(row, settings):
            usual = max(usual, _score(row, settings, answers))
            continue
        # The same words prove no more when they are sent again: a form letter is read once.
        by = row.wording if row.says == SELLER_SAYS else row.account_id or row.wording
        witnesses[by] = max(witnesses.get(by, 0.0), _score(row, settings, answers))
    strongest = sorted(witnesses.values())[-WITNESSES:]
    return min(0.99, max(usual, 1.0 - prod(1.0 - s for s in strongest)))


def _finding(
    rows: Sequence[LabelRow],
    subject_type: str,
    subject_id: str,
    urls: dict[tuple[str, str], str],
    settings: MessageSettings,
    answers: frozenset[str],
) -> Finding:
    clause, marketplace = rows[0].clause, rows[0].marketplace
    said = [r for r in rows if r.says == SELLER_SAYS]
    told = [r for r in rows if r.says != SELLER_SAYS]
    insiders = [r for r in told if r.review_id and clause in WRITTEN_BY_INSIDERS]
    products = sorted({r.product_id for r in rows if r.product_id})
    first, last = min(r.ts for r in rows), max(r.ts for r in rows)
    return Finding(
        detector=NAME,
        clause=clause,
        marketplace=marketplace,
        subject_type=subject_type,
        subject_id=subject_id,
        score=_combined(rows, settings, answers),
        text=f"messages.{clause}",
        about=f"{marketplace}\x1f{clause}",
        facts=(
            ("subject", subject_id),
            ("said", len(said)),
            ("told", len(told)),
            ("first", iso(first)[:10]),
            ("last", iso(last)[:10]),
        ),
        first_ts=first,
        last_ts=last,
        sellers=(subject_id,) if subject_type == "seller" else (),
        products=tuple((p, urls.get((marketplace, p), "")) for p in products),
        reviews=_ids([r.review_id for r in said] + [r.review_id for r in insiders]),
        accounts=_ids([r.account_id for r in said] + [r.account_id for r in insiders]),
        messages=_ids([r.message_id for r in said]),
        affected_reviews=_ids([r.review_id for r in told]),
        affected_accounts=_ids([r.buyer_id for r in said] + [r.account_id for r in told]),
        evidence=tuple(_evidence(r, settings, answers) for r in rows[:MAX_EVIDENCE]),
    )


def _ids(ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({i for i in ids if i}))


def _evidence(row: LabelRow, settings: MessageSettings, answers: frozenset[str]) -> EvidenceRow:
    weight = round(100 * _score(row, settings, answers))
    if row.source == CHANNEL:
        text = "messages.answered" if row.event_id in answers else "messages.channel"
        sent = (("message", row.message_id), ("channel", f"@{row.channel}"))
        return EvidenceRow(row.event_id, row.event_type, row.ts, text, sent, weight)
    where = ", ".join(f"{a}–{b}" for a, b in row.spans[:5]) or "–"
    facts = (
        ("what", row.message_id or row.review_id),
        ("kind", f"@{row.source}"),
        ("clause", f"@{row.clause}"),
        ("spans", where),
    )
    return EvidenceRow(row.event_id, row.event_type, row.ts, "messages.words", facts, weight)
