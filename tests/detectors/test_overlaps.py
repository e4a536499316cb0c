"""One story is one case of the right clause: what was written and what happened, put together."""

from __future__ import annotations

import pytest

from detectors.compensation import Compensation
from detectors.seller_messages import SellerMessages
from schemas.alerts import Alert
from tests.detectors.world import World, cases_of

MESSAGING = "buyer_seller_messaging"


def message(made: World, text: str, day: float, buyer: str, **fields: str) -> None:
    made.add(
        "message.sent",
        day,
        message_id=f"m{len(made.events)}",
        seller_id="s1",
        direction="to_buyer",
        channel=fields.pop("channel", MESSAGING),
        text=text,
        buyer_id=buyer,
        product_id="p1",
        **fields,
    )


def refund(made: World, order: str, buyer: str, day: float, **fields: str) -> None:
    made.add(
        "order.refunded",
        day,
        order_id=order,
        product_id="p1",
        seller_id="s1",
        buyer_id=buyer,
        amount=200.0,
        currency="SEK",
        reason=fields.get("reason", "goodwill"),
        via=fields.get("via", "platform"),
    )


def found(made: World) -> list[Alert]:
    return cases_of(made, [SellerMessages(), Compensation()])


def asked_to_change(*, paid: bool, reason: str = "goodwill") -> World:
    made = World()
    made.listed("p1", "s1")
    for n in range(4):
        buyer = f"b{n}"
        order = made.order("p1", "s1", buyer, n)
        review = made.review("p1", buyer, n + 5, 1)
        message(made, "Please change your bad review.", n + 6, buyer, review_id=review)
        made.add(
            "review.edited",
            n + 8,
            review_id=review,
            product_id="p1",
            reviewer_id=buyer,
            rating=5,
        )
        if paid:
            refund(made, order, buyer, n + 9, reason=reason)
    return made


def test_a_request_that_was_paid_for_is_a_paid_change_alone() -> None:
    (case,) = found(asked_to_change(paid=True))
    assert case.clause == "paid_change"
    assert {d.name for d in case.detectors} == {"compensation", "seller_messages"}
    assert len(case.messages) == 4


@pytest.mark.parametrize("world", [
    asked_to_change(paid=False), asked_to_change(paid=True, reason="defect"),
], ids=["not paid for", "paid back for a defect"])  # fmt: skip
def test_a_request_that_was_not_paid_for_stays_one(world: World) -> None:
    assert [a.clause for a in found(world)] == ["change_request"]


@pytest.mark.parametrize(
    ("paid", "clause"), [(True, "refund_after_review"), (False, "incentive_offer")]
)
def test_money_for_a_review_that_comes_as_a_refund_is_one(paid: bool, clause: str) -> None:
    made = World()
    made.listed("p1", "s1")
    for n in range(4):
        buyer = f"b{n}"
        order = made.order("p1", "s1", buyer, n)
        message(made, "First the review, then you get 20 euro.", n + 3, buyer)
        made.review("p1", buyer, n + 5, 5)
        if paid:
            refund(made, order, buyer, n + 7, via="off_platform")
    assert [a.clause for a in found(made)] == [clause]


@pytest.mark.parametrize(
    ("stars", "clause"), [(1, "paid_change"), (5, "incentive_offer"), (None, "incentive_offer")]
)
def test_an_offer_about_a_bad_review_that_stands_is_for_its_change(
    stars: int | None, clause: str
) -> None:
    made = World()
    made.listed("p1", "s1")
    if stars:
        made.review("p1", "b1", 1, stars, review_id="r1")
    message(made, "We give you 20 euro for five stars.", 2, "b1", review_id="r1")
    assert [a.clause for a in found(made)] == [clause]


def test_one_letter_that_pays_and_asks_is_a_paid_change_alone() -> None:
    made = World()
    made.listed("p1", "s1")
    made.review("p1", "b1", 1, 1, review_id="r1")
    text = "We will gladly send you 20 euro. Please also remove the review."
    message(made, text, 2, "b1", review_id="r1")
    assert [a.clause for a in found(made)] == ["paid_change"]
