"""A month of what was written by, to and about one seller, clause by clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import msgspec

from detectors.api import EvidenceRow, Finding, Statement, View, flat, scoped, unscoped
from detectors.seller_messages.settings import MessageSettings
from detectors.seller_messages.tables import (
    ANSWER,
    BASELESS,
    BUYER_SAYS,
    CHANNEL,
    CONTACT,
    LABELS,
    LIGHT,
    OWN_PRODUCTS,
    PAID,
    READ,
    REFUNDED,
    REPLY,
    REVIEW_LABELS,
    REVIEW_SAYS,
    SELLER_SAYS,
    SPOKEN_FOR,
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
OF_REVIEWS = WRITTEN_BY_INSIDERS | {"variation_abuse"}
"""Clauses that reviews show, rather than tell of."""
ASKING = frozenset({"review_gating", CONTACT})
"""Clauses whose texts offer nothing and are about no review."""
LONE_BASELESS = 0.5
"""Factor on the odds of a request to change a review that was not written, where it is the only
one: nobody sends a letter to everybody once."""
REVIEWED_ALREADY = 0.1
"""Factor on the odds that a message about a review asks only the happy for one: it is there."""
WITNESSES = 3
"""Texts beyond these, in other words, add nothing."""

Facts = tuple[tuple[str, str | int | float], ...]
Light = frozenset[tuple[str, str, str]]
"""Event, clause and what is said of it."""


def pass_on(view: View) -> Iterator[Statement]:
    """Say what each text shows to its seller or product, with how many others use the words."""
    own = [e.row for e in view.rows(READ, back=0, ahead=0) if e.row.score]
    if not own:
        return
    everybody: list[LabelRow] = [e.row for e in view.rows(READ)]
    users = len({_user(row) for row in everybody})
    harmless = any(not row.score for row in everybody)
    for row in own:
        if harmless and row.earlier_event:
            continue
        said = msgspec.structs.replace(row, users=users)
        element = f"{row.clause}\x1f{row.event_id}\x1f{row.earlier_event}"
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
        yield _finding(own, "product", product_id, {}, _Scale(settings))


def judge(view: View, settings: MessageSettings) -> Iterator[Finding]:
    """One finding for each marketplace and clause of the month."""
    rows = [e.row for e in view.rows(LABELS, back=0, ahead=0) if e.row]
    if not rows:
        return
    light = frozenset((e.row.event_id, e.row.clause, e.row.why) for e in view.rows(LIGHT))
    rows = _settled(rows, light)
    urls = {
        (e.row.marketplace, e.row.product_id): e.row.url
        for e in view.rows(OWN_PRODUCTS)
        if e.row and e.row.url
    }
    scale = _Scale(
        settings,
        frozenset(r.event_id for r in rows if r.source == CHANNEL and _is_answer(view, r)),
        light,
    )
    for marketplace, clause in sorted({(r.marketplace, r.clause) for r in rows}):
        own = [r for r in rows if (r.marketplace, r.clause) == (marketplace, clause)]
        yield _finding(own, "seller", view.key, urls, scale)


def _settled(rows: Sequence[LabelRow], light: Light) -> list[LabelRow]:
    """The texts under the clause that their thread, or what came of them, shows them to be of: one
    story is one case."""
    shown = {(r.event_id, r.clause) for r in rows}
    settled: list[LabelRow] = []
    for row in rows:
        if (row.event_id, row.clause, SPOKEN_FOR) in light:
            continue
        clause = row.clause
        if (row.event_id, clause, PAID) in light:
            clause = "paid_change"
        elif (row.event_id, clause, REFUNDED) in light:
            clause = "refund_after_review"
        if clause == row.clause:
            settled.append(row)
        elif (row.event_id, clause) not in shown:
            settled.append(msgspec.structs.replace(row, clause=clause))
        elif clause == "refund_after_review":  # it offers something else as well
            settled.append(row)
    return settled


def _is_answer(view: View, row: LabelRow) -> bool:
    """Whether the buyer had written to the seller outside of the platform before."""
    return bool(row.buyer_id) and any(
        e.ts <= row.ts for e in view.rows(WROTE, row.buyer_id, ahead=0)
    )


@dataclass(frozen=True)
class _Scale:
    """What each text weighs."""

    settings: MessageSettings
    answers: frozenset[str] = frozenset()
    """Events that answer a buyer who wrote outside of the platform first."""
    light: Light = frozenset()

    def score(self, row: LabelRow) -> float:
        """How probably a text breaks the clause."""
        settings = self.settings
        if row.source == CHANNEL:
            answer = row.event_id in self.answers
            return settings.answered_contact if answer else settings.initiated_contact
        score = row.score
        if score <= ADDED_SCORE:
            score *= settings.unruled
        if row.says == BUYER_SAYS:
            score *= settings.hearsay
        elif row.says == REVIEW_SAYS:
            about_itself = row.clause in WRITTEN_BY_INSIDERS
            score *= settings.confessed if about_itself else settings.retold
        odds = score / (1.0 - score) * self._excused(row)
        # What everybody writes, few can mean as it seems.
        odds /= max(1.0, row.users / self._usual_from(row)) ** 2
        return odds / (1.0 + odds)

    def alone(self, row: LabelRow) -> bool:
        """Whether a text adds nothing to others: its words are usual, or it has an excuse that
        others have too."""
        return row.users > self._usual_from(row) or self._excused(row) < 1.0

    def _usual_from(self, row: LabelRow) -> float:
        if row.clause == "change_request" and not _of_a_review(row):
            return self.settings.unnamed_usual_from
        return self.settings.asking_usual_from if row.clause in ASKING else self.settings.usual_from

    def _excused(self, row: LabelRow) -> float:
        """A factor on the odds."""
        if (row.event_id, row.clause, ANSWER) in self.light:
            return self.settings.answered_request
        if (row.event_id, row.clause, BASELESS) in self.light:
            letters = sum(why == BASELESS for _, _, why in self.light)
            return self.settings.baseless_request if letters > 1 else LONE_BASELESS
        if row.clause == "review_gating" and row.says == SELLER_SAYS and _of_a_review(row):
            return REVIEWED_ALREADY
        return 1.0


def _of_a_review(row: LabelRow) -> bool:
    return bool(row.review_id) or row.channel == REPLY


def _combined(rows: Sequence[LabelRow], scale: _Scale) -> float:
    """Texts as independent witnesses: of those in the same words, and of one writer's, the
    strongest alone. Usual words do not add up, for what excuses one excuses all; nor do answers to
    buyers who wrote first, for each is excused in itself."""
    initiated = [r for r in rows if r.event_id not in scale.answers]
    if not initiated:
        return scale.settings.answered_contact
    witnesses: dict[str, float] = {}
    usual = 0.0
    for row in initiated:
        if scale.alone(row):
            usual = max(usual, scale.score(row))
            continue
        # The same words prove no more when they are sent again: a form letter is read once.
        by = row.wording if row.says == SELLER_SAYS else row.account_id or row.wording
        witnesses[by] = max(witnesses.get(by, 0.0), scale.score(row))
    strongest = sorted(witnesses.values())[-WITNESSES:]
    return min(0.99, max(usual, 1.0 - prod(1.0 - s for s in strongest)))


def _finding(
    rows: Sequence[LabelRow],
    subject_type: str,
    subject_id: str,
    urls: dict[tuple[str, str], str],
    scale: _Scale,
) -> Finding:
    clause, marketplace = rows[0].clause, rows[0].marketplace
    said = [r for r in rows if r.says == SELLER_SAYS]
    told = [r for r in rows if r.says != SELLER_SAYS]
    insiders = [r for r in told if r.review_id and clause in WRITTEN_BY_INSIDERS]
    hearsay = not said and not any(r.says == REVIEW_SAYS and clause in OF_REVIEWS for r in told)
    products = sorted({r.product_id for r in rows if r.product_id})
    first, last = min(r.earlier_ts or r.ts for r in rows), max(r.ts for r in rows)
    telling = sorted(rows, key=lambda r: (-scale.score(r), r.ts, r.event_id))[:MAX_EVIDENCE]
    return Finding(
        detector=NAME,
        clause=clause,
        marketplace=marketplace,
        subject_type=subject_type,
        subject_id=subject_id,
        score=_combined(rows, scale),
        text="messages.told" if hearsay else f"messages.{clause}",
        about=f"{marketplace}\x1f{clause}",
        facts=(
            ("who", f"@of_{subject_type}"),
            ("subject", subject_id),
            ("clause", f"@{clause}"),
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
        messages=_ids([r.message_id for r in said] + [r.earlier_message for r in said]),
        affected_reviews=_ids([r.review_id for r in told]),
        affected_accounts=_ids([r.buyer_id for r in said] + [r.account_id for r in told]),
        evidence=tuple(flat(_evidence(r, scale) for r in telling))[:MAX_EVIDENCE],
    )


def _ids(ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({i for i in ids if i}))


def _evidence(row: LabelRow, scale: _Scale) -> Iterator[EvidenceRow]:
    weight = round(100 * scale.score(row))
    if row.source == CHANNEL:
        text = "messages.answered" if row.event_id in scale.answers else "messages.channel"
        sent: Facts = (("message", row.message_id), ("channel", f"@{row.channel}"))
        yield EvidenceRow(row.event_id, row.event_type, row.ts, text, sent, weight)
        return
    facts: Facts = (
        ("what", row.message_id or row.review_id),
        ("kind", f"@{row.source}"),
        ("clause", f"@{row.clause}"),
        ("spans", ", ".join(f"{a}–{b}" for a, b in row.spans[:5]) or "–"),
    )
    if not row.earlier_event:
        yield EvidenceRow(row.event_id, row.event_type, row.ts, "messages.words", facts, weight)
        return
    if not row.earlier_message:
        yield EvidenceRow(row.event_id, row.event_type, row.ts, "messages.happy", facts, weight)
        praise: Facts = (("account", row.buyer_id), ("later", row.message_id))
        yield EvidenceRow(
            row.earlier_event, row.event_type, row.earlier_ts, "messages.praise", praise, weight
        )
        return
    both = (*facts, ("earlier", row.earlier_message))
    yield EvidenceRow(row.event_id, row.event_type, row.ts, "messages.completes", both, weight)
    begins = (("message", row.earlier_message), ("later", row.message_id))
    yield EvidenceRow(
        row.earlier_event, row.event_type, row.earlier_ts, "messages.begins", begins, weight
    )
