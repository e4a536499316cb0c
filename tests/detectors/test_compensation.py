"""Firing and non-firing cases of money that follows what a buyer wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from detectors.compensation import Compensation
from detectors.seller_messages import SellerMessages
from schemas.alerts import Alert
from tests.detectors.world import World, cases_of

DETECTORS = [Compensation()]
APOLOGY = "We have credited the amount for the delay of your parcel. No conditions attached."
COMPLAINT = "The lid arrived broken and I am disappointed. What do I do?"
ASKS = "Would you please raise your review to five stars?"
OFFERS = "If you remove your review we will refund the full amount."
HELP = "Thank you for telling us. What went wrong, so that we can help?"
Change = Callable[[dict[str, Any]], dict[str, Any] | None]


def market(sellers: int = 12) -> World:
    """Seller s1, and others who give money now and then, before and after reviews."""
    w = World()
    w.listed("p1", "s1", url="https://www.amazon.se/dp/p1")
    for n in range(sellers):
        order = w.order(f"other{n}", f"o{n}", f"guest{n}", n)
        refund(w, f"other{n}", f"guest{n}", n + 4, order, amount=40, seller=f"o{n}")
        w.review(f"other{n}", f"guest{n}", n + 2 if n % 6 == 0 else n + 20, 5)
    return w


def refund(
    w: World,
    product: str,
    buyer: str,
    day: float,
    order: str,
    *,
    amount: float = 200.0,
    reason: str = "goodwill",
    via: str = "platform",
    returned: bool | None = False,
    seller: str = "s1",
) -> str:
    return w.add(
        "order.refunded",
        day,
        order_id=order,
        product_id=product,
        seller_id=seller,
        buyer_id=buyer,
        amount=amount,
        currency="SEK",
        reason=reason,
        via=via,
        item_returned=returned,
    )


def message(
    w: World, buyer: str, day: float, text: str, *, to_buyer: bool = True, **fields: Any
) -> str:
    """A message of the seller, or of the buyer; its message id."""
    message_id = f"m-{buyer}-{day}"
    w.add(
        "message.sent",
        day,
        message_id=message_id,
        seller_id="s1",
        direction="to_buyer" if to_buyer else "from_buyer",
        channel=fields.pop("channel", "buyer_seller_messaging"),
        text=text,
        lang="en",
        buyer_id=buyer,
        product_id="p1",
        **fields,
    )
    return message_id


def found(w: World) -> list[Alert]:
    return cases_of(w, DETECTORS)


def changed(w: World, type_: str, change: Change) -> World:
    """The world with events of a type changed, or left out where the change gives None."""
    other = World()
    for ts, body in w.events:
        new = change(dict(body)) if body["type"] == type_ else body
        if new is not None:
            other.events.append((ts, new))
    assert other.events != w.events
    return other


def of_s1(**fields: Any) -> Change:
    """Set these fields in the events of seller s1."""
    return lambda e: {**e, **fields} if e.get("seller_id") == "s1" else e


def gone(e: dict[str, Any]) -> dict[str, Any] | None:
    return None if e.get("seller_id") == "s1" else e


# -- refund_after_review ---------------------------------------------------------------------------


def praised(n: int, **fields: Any) -> World:
    """n buyers of s1 praise the product and get their money back some days later."""
    w = market()
    for i in range(n):
        order = w.order("p1", "s1", f"buyer{i}", 10 + i * 6)
        w.review("p1", f"buyer{i}", 30 + i * 6, 5, order_id=order)
        refund(w, "p1", f"buyer{i}", 33 + i * 6, order, **fields)
    return w


class TestRefundAfterReview:
    def test_full_refunds_soon_after_praise(self) -> None:
        w = praised(4)
        (case,) = found(w)
        assert case.clause == "refund_after_review"
        assert (case.subject.type, case.subject.id) == ("seller", "s1")
        assert case.accounts == [f"buyer{i}" for i in range(4)]
        assert len(case.reviews) == 4
        assert [p.url for p in case.products] == ["https://www.amazon.se/dp/p1"]
        assert case.score >= 0.8
        assert {e.type for e in case.evidence} == {"review.posted", "order.refunded"}
        assert ": 4, typically 3 days after the review" in case.explanation
        assert found(changed(w, "order.refunded", of_s1(item_returned=True))) == []

    def test_round_the_platform_two_are_enough(self) -> None:
        w = praised(2, via="off_platform", reason="unknown")
        (case,) = found(w)
        assert case.clause == "refund_after_review"
        assert found(changed(w, "order.refunded", of_s1(via="platform"))) == []

    def test_among_honest_refunds_of_the_same_seller(self) -> None:
        w = praised(6)
        for i in range(3):  # paid back before anything was written
            order = w.order("p1", "s1", f"early{i}", 12 + i * 5)
            refund(w, "p1", f"early{i}", 14 + i * 5, order, amount=60)
            w.review("p1", f"early{i}", 40 + i, 4)
        (case,) = found(w)
        assert case.accounts == [f"buyer{i}" for i in range(6)]
        raised = changed(
            w, "review.posted", lambda e: e if "buyer" not in e["reviewer_id"] else None
        )
        assert found(raised) == []

    def test_over_months_without_known_orders(self) -> None:
        w = market()
        for i in range(6):
            w.review("p1", f"buyer{i}", 20 + i * 18, 5)
            refund(w, "p1", f"buyer{i}", 22 + i * 18, f"old{i}")
        (case,) = found(w)
        assert len(case.accounts) == 6
        assert found(changed(w, "order.refunded", of_s1(reason="defect"))) == []

    def test_the_more_the_surer(self) -> None:
        scores = [found(praised(n))[0].score for n in (3, 4, 5)]
        assert scores == sorted(scores)
        assert len(set(scores)) == 3

    @pytest.mark.parametrize(
        "fields",
        [
            {"reason": "defect"},
            {"reason": "return", "returned": True},
            {"reason": "cancelled", "returned": None},
            {"amount": 30.0},
        ],
        ids=["defect", "return", "cancelled", "a small part"],
    )
    def test_refunds_that_something_calls_for(self, fields: dict[str, Any]) -> None:
        assert found(praised(5, **fields)) == []
        assert found(praised(5))

    def test_one_alone_proves_nothing(self) -> None:
        assert found(praised(1)) == []
        assert found(praised(5))

    def test_before_the_review(self) -> None:
        w = market()
        for i in range(6):
            order = w.order("p1", "s1", f"buyer{i}", 10 + i * 6)
            refund(w, "p1", f"buyer{i}", 14 + i * 6, order)
            w.review("p1", f"buyer{i}", 30 + i * 6, 5)
        assert found(w) == []

    def test_announced_for_a_delay(self) -> None:
        w = praised(5)
        for i in range(5):
            message(w, f"buyer{i}", 33 + i * 6, APOLOGY)
        assert found(w) == []
        assert found(changed(w, "message.sent", gone))

    def test_after_a_complaint(self) -> None:
        w = praised(5)
        for i in range(5):
            message(w, f"buyer{i}", 31 + i * 6, COMPLAINT, to_buyer=False)
        assert found(w) == []
        assert found(changed(w, "message.sent", gone))

    def test_to_critics_as_to_admirers(self) -> None:
        w = praised(4)
        for i in range(4):
            order = w.order("p1", "s1", f"critic{i}", 10 + i * 6)
            w.review("p1", f"critic{i}", 30 + i * 6, 2)
            refund(w, "p1", f"critic{i}", 33 + i * 6, order)
        assert found(w) == []

    def test_where_the_whole_marketplace_pays_late(self) -> None:
        w = praised(4)
        for n in range(60):
            w.review(f"late{n}", f"late{n}", n, 5)
            refund(w, f"late{n}", f"late{n}", n + 3, f"late{n}", seller=f"l{n}")
        assert [c for c in found(w) if c.subject.id == "s1"] == []

    def test_long_after_the_review(self) -> None:
        w = market()
        for i in range(5):
            w.review("p1", f"buyer{i}", i, 5)
            refund(w, "p1", f"buyer{i}", 60 + i, f"o{i}")
        assert found(w) == []


# -- paid_change -----------------------------------------------------------------------------------


def turned(
    n: int,
    *,
    removed: bool = False,
    contact: bool = True,
    pays: bool = True,
    after: float = 3,
    **fields: Any,
) -> World:
    """n bad reviews: the seller writes, the review is raised or removed, money follows."""
    w = market()
    for i in range(n):
        day = 20 + i * 8
        buyer = f"buyer{i}"
        order = w.order("p1", "s1", buyer, day - 12)
        review = w.review("p1", buyer, day, 2, order_id=order)
        if contact:
            message(w, buyer, day + 2, HELP, review_id=review)
        at = {"review_id": review, "product_id": "p1", "reviewer_id": buyer}
        if removed:
            w.add("review.removed", day + 4, removed_by="reviewer", **at)
        else:
            w.add("review.edited", day + 4, rating=5, **at)
        if pays:
            refund(w, "p1", buyer, day + 4 + after, order, **fields)
    return w


class TestPaidChange:
    def test_raised_then_paid(self) -> None:
        w = turned(3)
        (case,) = found(w)
        assert case.clause == "paid_change"
        assert case.subject.id == "s1"
        assert case.accounts == [f"buyer{i}" for i in range(3)]
        assert len(case.reviews) == 3
        assert len(case.messages) == 3
        assert {e.type for e in case.evidence} == {
            "review.posted",
            "review.edited",
            "order.refunded",
            "message.sent",
        }
        assert found(changed(w, "order.refunded", gone)) == []

    def test_removed_then_half_paid(self) -> None:
        w = turned(3, removed=True, amount=100.0)
        (case,) = found(w)
        assert case.clause == "paid_change"
        by_platform = changed(w, "review.removed", lambda e: {**e, "removed_by": "platform"})
        assert found(by_platform) == []

    def test_one_round_the_platform(self) -> None:
        w = turned(1, via="off_platform")
        (case,) = found(w)
        assert case.clause == "paid_change"
        assert found(changed(w, "order.refunded", of_s1(via="platform"))) == []

    def test_paid_in_advance_round_the_platform(self) -> None:
        w = turned(2, after=-1, via="off_platform")
        (case,) = found(w)
        assert case.clause == "paid_change"
        kept = changed(w, "review.edited", lambda e: {**e, "rating": 2})
        assert found(kept) == []

    def test_one_whose_author_was_asked(self) -> None:
        w = changed(turned(1), "message.sent", lambda e: {**e, "text": ASKS})
        (case,) = found(w)
        assert case.clause == "paid_change"
        assert found(changed(w, "message.sent", lambda e: {**e, "text": HELP})) == []

    def test_words_and_money_make_one_case(self) -> None:
        w = changed(turned(2), "message.sent", lambda e: {**e, "text": OFFERS})
        both = cases_of(w, [*DETECTORS, SellerMessages()])
        (case,) = [c for c in both if c.clause == "paid_change"]
        assert {d.name for d in case.detectors} == {"compensation", "seller_messages"}
        alone = [c.score for c in found(w)]
        assert case.score > max(alone)

    def test_without_a_word_that_is_known(self) -> None:
        w = turned(4, contact=False)
        (case,) = found(w)
        assert (case.clause, case.messages) == ("paid_change", [])
        assert found(changed(w, "order.refunded", of_s1(reason="defect"))) == []

    @pytest.mark.parametrize(
        "fields",
        [{"reason": "defect"}, {"reason": "return", "returned": True}, {"pays": False}],
        ids=["defect", "return", "of its own accord after a replacement"],
    )
    def test_raised_where_something_was_mended(self, fields: dict[str, Any]) -> None:
        assert found(turned(4, **fields)) == []
        assert found(turned(4))

    def test_kindness_first_then_a_better_review(self) -> None:
        assert found(turned(4, after=-3)) == []

    def test_one_alone_is_weak(self) -> None:
        assert found(turned(1)) == []

    def test_raised_from_praise_to_more_praise(self) -> None:
        w = changed(turned(2), "review.posted", lambda e: {**e, "rating": 4})
        assert [c for c in found(w) if c.clause == "paid_change"] == []

    def test_with_no_strings_said(self) -> None:
        w = turned(3)
        for i in range(3):
            message(w, f"buyer{i}", 27 + i * 8, APOLOGY)
        assert found(w) == []

    def test_raised_and_lowered_again(self) -> None:
        w = turned(3)
        for i in range(3):
            (review,) = {
                e["review_id"]
                for _, e in w.events
                if e["type"] == "review.edited" and e["reviewer_id"] == f"buyer{i}"
            }
            at = {"review_id": review, "product_id": "p1", "reviewer_id": f"buyer{i}"}
            w.add("review.edited", 25 + i * 8, rating=1, **at)
        assert found(w) == []


# -- change_request --------------------------------------------------------------------------------


class TestChangeRequest:
    def test_reviews_go_away_after_messages(self) -> None:
        w = turned(4, removed=True, pays=False)
        (case,) = found(w)
        assert case.clause == "change_request"
        assert case.subject.id == "s1"
        assert case.accounts == []
        assert case.affected.accounts == [f"buyer{i}" for i in range(4)]
        assert len(case.reviews) == len(case.messages) == 4
        assert found(changed(w, "message.sent", gone)) == []

    def test_in_public_replies(self) -> None:
        w = turned(5, removed=True, pays=False)
        w = changed(w, "message.sent", lambda e: {**e, "channel": "review_reply"})
        (case,) = found(w)
        assert case.clause == "change_request"
        assert found(changed(w, "review.removed", lambda e: {**e, "removed_by": "platform"})) == []

    def test_in_messages_that_name_no_review(self) -> None:
        w = turned(6, removed=True, pays=False)
        w = changed(w, "message.sent", lambda e: {k: v for k, v in e.items() if k != "review_id"})
        (case,) = found(w)
        assert case.clause == "change_request"
        late = changed(w, "message.sent", lambda e: {**e, "product_id": "p9"})
        assert found(late) == []

    def test_among_reviews_that_were_raised(self) -> None:
        w = turned(6, removed=True, pays=False)
        for i in range(2):
            review = w.review("p1", f"glad{i}", 20 + i, 2)
            message(w, f"glad{i}", 22 + i, HELP, review_id=review)
            at = {"review_id": review, "product_id": "p1", "reviewer_id": f"glad{i}"}
            w.add("review.edited", 25 + i, rating=5, **at)
        (case,) = found(w)
        assert len(case.reviews) == 6
        raised = changed(
            w,
            "review.removed",
            lambda e: {**e, "type": "review.edited", "rating": 5},
        )
        assert found(raised) == []

    def test_helped_buyers_raise(self) -> None:
        assert found(turned(6, pays=False)) == []

    def test_buyers_who_write_back(self) -> None:
        w = turned(5, removed=True, pays=False)
        for i in range(5):
            message(w, f"buyer{i}", 23 + i * 8, "How do I edit my review?", to_buyer=False)
        assert found(w) == []
        back = changed(w, "message.sent", lambda e: e if e["direction"] == "to_buyer" else None)
        assert found(back)

    def test_returned_and_removed(self) -> None:
        assert found(turned(5, removed=True, reason="return", returned=True)) == []

    def test_two_may_be_chance(self) -> None:
        assert found(turned(2, removed=True, pays=False)) == []

    def test_good_reviews_removed(self) -> None:
        w = turned(5, removed=True, pays=False)
        assert found(changed(w, "review.posted", lambda e: {**e, "rating": 5})) == []
