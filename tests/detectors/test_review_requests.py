"""Firing and non-firing cases of who is asked for a review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from detectors.api import DAY
from detectors.review_requests import ReviewRequests
from detectors.review_requests.odds import against_both, favours, leaves_out
from schemas.alerts import Alert
from schemas.events import iso
from tests.detectors.world import World, cases_of

DETECTORS = [ReviewRequests()]
ASK = "You have had it for a while now. We would be glad of an honest review, good or bad."
PRAISE = "Just wanted to say how pleased I am with it, it works perfectly!"
COMPLAINT = "It broke after two days and I am disappointed. What do I do?"
QUESTION = "Does it come with a cable for Europe?"
ANSWER = "It does. Page three of the manual shows where it goes."
END = 140
REFUND = {"type": "order.refunded", "amount": 200, "currency": "SEK", "reason": "defect"}


def mail(
    w: World, buyer: str, day: float, text: str, *, to_buyer: bool = True, lang: str = "en"
) -> str:
    """A message of the seller, or of the buyer; its message id."""
    message_id = f"m-{buyer}-{day}"
    w.add(
        "message.sent",
        day,
        message_id=message_id,
        seller_id="s1",
        direction="to_buyer" if to_buyer else "from_buyer",
        channel="buyer_seller_messaging",
        text=text,
        lang=lang,
        buyer_id=buyer,
        product_id="p1",
    )
    return message_id


def buyers(
    w: World,
    kind: str,
    n: int,
    writes: str = "",
    *,
    asked: int | None = None,
    first: float = 5,
    ask: str = ASK,
    lang: str = "en",
    reply: str = "",
) -> list[str]:
    """n buyers over some months who write in, or do not; of whom the first `asked` are asked."""
    asks = []
    for i in range(n):
        day = first + i * (END - 35 - first) / n
        buyer = f"{kind}{i}"
        w.order("p1", "s1", buyer, day)
        if writes:
            mail(w, buyer, day + 4, writes, to_buyer=False, lang=lang)
        if reply:
            mail(w, buyer, day + 4.5, reply)
        if i < (n if asked is None else asked):
            asks.append(mail(w, buyer, day + 5, ask, lang=lang))
    return asks


def market() -> World:
    """A seller; its last request comes late, so that all the others have had their chance."""
    w = World()
    w.listed("p1", "s1", url="https://www.amazon.se/dp/p1")
    w.order("p1", "s1", "last", END - 3)
    mail(w, "last", END - 2, PRAISE, to_buyer=False)
    mail(w, "last", END, ASK)
    return w


def of_buyer(message: dict[str, Any], ts: int) -> dict[str, Any]:
    """The fields of a refund to the one who wrote a message."""
    same = ("marketplace", "seller_id", "buyer_id", "product_id")
    ids = {"event_id": f"refund-{message['event_id']}", "order_id": message["buyer_id"]}
    return {k: message[k] for k in same} | ids | {"occurred_at": iso(ts), "via": "platform"}


def found(w: World) -> list[Alert]:
    return cases_of(w, DETECTORS)


def changed(w: World, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> World:
    """The world with events changed, or left out where the change gives None."""
    other = World()
    for ts, body in w.events:
        new = change(dict(body))
        if new is not None:
            other.events.append((ts, new))
    assert other.events != w.events
    return other


def retold(w: World, old: str, new: str) -> World:
    """The world in which buyers wrote something else."""
    return changed(w, lambda e: {**e, "text": new} if e.get("text") == old else e)


class TestReviewGating:
    def test_only_those_who_wrote_in_happy(self) -> None:
        w = market()
        asks = buyers(w, "happy", 8, PRAISE)
        buyers(w, "mute", 25, asked=0)
        buyers(w, "curious", 4, QUESTION, asked=0)
        (case,) = found(w)
        assert case.clause == "review_gating"
        assert (case.subject.type, case.subject.id) == ("seller", "s1")
        assert set(asks) <= set(case.messages)
        assert case.accounts == []
        assert [p.url for p in case.products] == ["https://www.amazon.se/dp/p1"]
        assert "asks for reviews where it has heard that the buyer is happy" in case.explanation
        assert case.score >= 0.9
        assert found(retold(w, PRAISE, QUESTION)) == []

    def test_a_happy_buyer_in_words_not_understood(self) -> None:
        w = market()
        asks = buyers(w, "happy", 8, PRAISE)
        buyers(w, "odd", 1, QUESTION)
        buyers(w, "mute", 25, asked=0)
        (case,) = found(w)
        assert set(asks) <= set(case.messages)
        buyers(w, "curious", 7, QUESTION)  # these are no exception any more
        assert found(w) == []

    def test_the_latest_requests_count(self) -> None:
        w = World()
        w.listed("p1", "s1")
        buyers(w, "mute", 40, asked=0)
        for i in range(7):
            mail(w, f"happy{i}", END - 45 + 7 * i, PRAISE, to_buyer=False)
            mail(w, f"happy{i}", END - 44 + 7 * i, ASK)
        (case,) = found(w)
        assert "7 of 7 buyers who had written in happy" in case.explanation

    def test_happy_but_not_complaining_writers(self) -> None:
        w = market()
        buyers(w, "happy", 8, PRAISE)
        buyers(w, "cross", 8, COMPLAINT, asked=0, reply=ANSWER)
        w = changed(w, lambda e: None if e["type"] == "order.placed" else e)
        (case,) = found(w)
        assert set(case.affected.accounts) == {f"cross{i}" for i in range(8)}
        assert found(retold(w, COMPLAINT, PRAISE)) == []

    def test_complaints_are_left_out(self) -> None:
        w = market()
        buyers(w, "mute", 30)
        buyers(w, "happy", 3, PRAISE)
        buyers(w, "cross", 6, COMPLAINT, asked=0)
        (case,) = found(w)
        assert "leaves out buyers who complained" in case.explanation
        assert set(case.affected.accounts) <= {f"cross{i}" for i in range(6)}
        assert len(case.affected.accounts) >= 5
        assert found(retold(w, COMPLAINT, QUESTION)) == []

    @pytest.mark.parametrize(
        ("lang", "praise", "ask"),
        [
            (
                "sv",
                "Hej! Ville bara säga att jag är jättenöjd, den fungerar perfekt.",
                "Du får gärna skriva en recension, bra som dålig.",
            ),
            (
                "de",
                "Ich wollte nur sagen, wie zufrieden ich damit bin, einfach klasse.",
                "Wenn Sie mögen, schreiben Sie eine Rezension, Lob wie Kritik.",
            ),
        ],
    )
    def test_in_other_languages(self, lang: str, praise: str, ask: str) -> None:
        w = market()
        buyers(w, "happy", 8, praise, ask=ask, lang=lang)
        buyers(w, "mute", 25, asked=0)
        (case,) = found(w)
        assert case.clause == "review_gating"
        assert found(retold(w, ask, ANSWER)) == []

    def test_in_one_marketplace_of_two(self) -> None:
        w = market()
        buyers(w, "happy", 8, PRAISE)
        buyers(w, "mute", 25, asked=0)
        w = changed(w, lambda e: {**e, "marketplace": "amazon.de"})
        other = World()
        other.events = [(ts, {**b, "event_id": f"se-{b['event_id']}"}) for ts, b in w.events]
        fair = World()
        buyers(fair, "fair", 30)
        buyers(fair, "cross", 6, COMPLAINT)
        other.events += fair.events
        (case,) = found(other)
        assert case.marketplace == "amazon.de"

    def test_everybody_is_asked(self) -> None:
        w = market()
        buyers(w, "happy", 8, PRAISE)
        buyers(w, "mute", 25)
        buyers(w, "cross", 6, COMPLAINT)
        assert found(w) == []
        unasked = {f"cross{i}" for i in range(6)}
        assert found(
            changed(
                w, lambda e: None if e.get("buyer_id") in unasked and e.get("text") == ASK else e
            )
        )

    def test_some_of_everybody(self) -> None:
        w = market()
        buyers(w, "happy", 8, PRAISE, asked=4)
        buyers(w, "mute", 30, asked=15)
        buyers(w, "cross", 6, COMPLAINT, asked=3)
        assert found(w) == []

    def test_support_that_never_mentions_reviews(self) -> None:
        w = market()
        buyers(w, "happy", 8, PRAISE, ask="Thank you for the kind words!")
        buyers(w, "mute", 25, asked=0)
        buyers(w, "cross", 6, COMPLAINT, asked=0, reply=ANSWER)
        assert found(w) == []

    def test_in_answer_to_any_message(self) -> None:
        w = market()
        buyers(w, "happy", 8, PRAISE)
        buyers(w, "curious", 6, QUESTION)
        buyers(w, "cross", 4, COMPLAINT)
        buyers(w, "mute", 25, asked=0)
        assert found(w) == []

    def test_complaints_that_ended_in_a_refund(self) -> None:
        w = market()
        buyers(w, "mute", 30)
        buyers(w, "cross", 6, COMPLAINT, asked=0)
        refunded = World()
        for ts, body in w.events:
            refunded.events.append((ts, body))
            if body.get("text") == COMPLAINT:
                refunded.events.append((ts + DAY, {**REFUND, **of_buyer(body, ts + DAY)}))
        assert found(w)
        assert found(refunded) == []

    def test_complaints_made_after_the_request(self) -> None:
        w = market()
        buyers(w, "mute", 30)
        for i in range(6):
            mail(w, f"mute{i * 4}", 100 + i, COMPLAINT, to_buyer=False)
        assert found(w) == []

    def test_complaints_of_months_when_nobody_was_asked(self) -> None:
        w = market()
        buyers(w, "early", 20, first=75)
        for i in range(6):
            w.order("p1", "s1", f"cross{i}", 58 + i)
            mail(w, f"cross{i}", 60 + i, COMPLAINT, to_buyer=False)
        assert found(w) == []

    def test_buyers_who_may_still_be_asked(self) -> None:
        w = World()
        buyers(w, "mute", 30)
        for i in range(6):
            w.order("p1", "s1", f"cross{i}", 96 + i)
            mail(w, f"cross{i}", 97 + i, COMPLAINT, to_buyer=False)
        assert found(w) == []


def test_factors_are_fair() -> None:
    alike = [((5, 10), (5, 10))]
    assert favours(alike) < 0
    assert leaves_out(alike) < 0
    assert favours([((10, 10), (0, 10))]) > leaves_out([((5, 10), (0, 10))]) > 0
    assert favours([((0, 10), (10, 10))]) < 0
    mixed = against_both(((0.9, 20.0), (0.1, 1.0)))
    assert 1.0 < mixed < 20.0
