"""What is offered for a review: `incentive_offer`, `refund_after_review`, `review_club`,
`paid_change` and `insert_solicitation`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.catalogue.example import (
    Body,
    Example,
    Make,
    also,
    drop,
    each,
    fires,
    instead,
    less,
    more,
    only,
    put,
    quiet,
    reviewed,
    says,
    told,
    when,
)
from tests.catalogue.example import world as made
from tests.detectors import test_review_clusters as clusters
from tests.detectors.test_compensation import (
    APOLOGY,
    ASKS,
    COMPLAINT,
    HELP,
    message,
    praised,
    refund,
    turned,
)
from tests.detectors.test_compensation import market as payers
from tests.detectors.test_review_clusters import DISCLOSED, PAID, club, coupon_buyers
from tests.detectors.world import World

INCENTIVE, REFUND, CLUB = "incentive_offer", "refund_after_review", "review_club"
CHANGE, INSERT = "paid_change", "insert_solicitation"
NEUTRAL = "Please leave an honest review, good or bad. It helps other customers."

selling = partial(made, base=clusters.shop)


def coupons(n: int, reviewing: int, paid: float = 10.0) -> Make:
    """Buyers with a coupon, and how many of them review."""
    return selling(lambda w: coupon_buyers(w, n, reviewing, paid=paid))


def written(*texts: str) -> Make:
    """Five-star reviews by different authors."""

    def add(w: World) -> None:
        for n, text in enumerate(texts):
            w.review("p1", f"a{n}", 20 + n, 5, text=text)

    return selling(add)


def sampled(w: World) -> None:
    """A programme of the platform gives the product away."""
    for i in range(10):
        w.order("p1", "s1", f"v{i}", 20, paid=0.0)
        w.review("p1", f"v{i}", 24 + i * 0.3, 5, programme="vine")


def retold(*texts: str) -> Callable[[World], World]:
    """The reviews that have a text say these instead, in turn."""

    def apply(w: World) -> World:
        following = iter(texts)
        return each(lambda b: {**b, "text": next(following)} if "text" in b else b)(w)

    return apply


def of_s1(**fields: object) -> Callable[[World], World]:
    """Refunds of the seller have these fields."""
    return put("order.refunded", {"seller_id": "s1"}, **fields)


def coupon_price(paid: float) -> Callable[[World], World]:
    """Whoever used a coupon or paid next to nothing paid this instead."""
    cheap = lambda b: {**b, "paid_price": paid} if b["paid_price"] < 100 else b  # noqa: E731
    return each(cheap, "order.placed")


def _those_who_review(w: World) -> World:
    authors = {b["reviewer_id"] for _, b in w.events if b["type"] == "review.posted"}
    return only(lambda b: not b.get("promo_code") or b["buyer_id"] in authors, "order.placed")(w)


INCENTIVE_OFFER = (
    fires(
        INCENTIVE,
        "a message that offers a gift card",
        "the offer",
        says("Leave us a five star review and we will send you a 20 euro gift card."),
        instead(NEUTRAL),
    ),
    fires(
        INCENTIVE,
        "a buyer who tells of an offer",
        "it was for a review",
        told("They offered me 200 kr for a five star review."),
        instead("They offered me 200 kr for the broken charger."),
    ),
    fires(
        INCENTIVE,
        "nearly all who bought at a deep discount review",
        "the discount",
        coupons(7, 6),
        coupon_price(190.0),
    ),
    fires(
        INCENTIVE,
        "praise by many in the same words",
        "the same words",
        written(*PAID),
        retold("Bra ljud", "Sitter skönt på huvudet hela dagen", "Batteriet räcker", "Helt okej"),
    ),
    fires(
        INCENTIVE,
        "reviews that tell what they got",
        "they tell it",
        written(*DISCLOSED),
        retold("Bra ljud", "Sitter skönt på huvudet hela dagen", "Batteriet räcker", "Helt okej"),
    ),
    quiet(
        INCENTIVE,
        "a refusal",
        "the seller says no",
        says("No, we never give a gift card for a review."),
        instead("Yes, we give a gift card for a review."),
    ),
    quiet(
        INCENTIVE,
        "a sale for everybody",
        "no review is asked for",
        says("This week all our products are 20% off for everybody."),
        instead("Write us a review and this week all our products are 20% off for you."),
    ),
    quiet(
        INCENTIVE,
        "a crowd with a coupon",
        "most of it writes nothing",
        coupons(60, 13),
        _those_who_review,
    ),
    quiet(
        INCENTIVE,
        "a sampling programme",
        "the platform runs it",
        selling(sampled),
        drop("review.posted", "programme"),
    ),
    quiet(
        INCENTIVE,
        "eager buyers",
        "they paid the full price",
        coupons(7, 7, paid=190.0),
        each(lambda b: {**b, "paid_price": 10.0} if b.get("promo_code") else b, "order.placed"),
    ),
    quiet(
        INCENTIVE,
        "praise in a few common words",
        "so few words are alike by chance",
        written(*["Great product, fast delivery"] * 8),
        retold(*PAID, *PAID),
    ),
)


def months_apart() -> World:
    """Refunds over months for orders that nobody knows of."""
    w = payers()
    for i in range(6):
        w.review("p1", f"buyer{i}", 20 + i * 18, 5)
        refund(w, "p1", f"buyer{i}", 22 + i * 18, f"old{i}")
    return w


def critics(w: World) -> None:
    """Those who blamed the product are paid back as well."""
    for i in range(4):
        order = w.order("p1", "s1", f"critic{i}", 10 + i * 6)
        w.review("p1", f"critic{i}", 30 + i * 6, 2)
        refund(w, "p1", f"critic{i}", 33 + i * 6, order)


def notes(
    n: int, day: float, pause: float, text: str, *, to_buyer: bool = True
) -> Callable[[World], None]:
    """Adds a message to or from each of n buyers."""

    def add(w: World) -> None:
        for i in range(n):
            message(w, f"buyer{i}", day + i * pause, text, to_buyer=to_buyer)

    return add


def earlier(days: float) -> Callable[[World], World]:
    """The seller's refunds come earlier."""
    return when(lambda _, day: day - days, "order.refunded", seller_id="s1")


REFUND_AFTER_REVIEW = (
    fires(
        REFUND,
        "full refunds soon after praise",
        "nothing was sent back",
        lambda: praised(4),
        of_s1(item_returned=True),
    ),
    fires(
        REFUND,
        "two payments round the platform",
        "they go round the platform",
        lambda: praised(2, via="off_platform", reason="unknown"),
        of_s1(via="platform"),
    ),
    fires(
        REFUND,
        "a slow drip over months",
        "no defect is named",
        months_apart,
        of_s1(reason="defect"),
    ),
    fires(
        REFUND,
        "a message that promises it",
        "the review comes first",
        says("Once your review is online we will refund the full price."),
        instead("Once your parcel is back we will refund the full price."),
    ),
    fires(
        REFUND,
        "a buyer who tells of the promise",
        "the review was asked for",
        told(
            "You wrote that you would refund me after my review. It is online now, where is my "
            "money?"
        ),
        instead("You promised to refund me after I sent it back. The parcel is on its way now."),
    ),
    quiet(
        REFUND,
        "refunds for a defect",
        "the defect",
        lambda: praised(5, reason="defect"),
        of_s1(reason="goodwill"),
    ),
    quiet(
        REFUND,
        "a small kindness",
        "it is a small part of the price",
        lambda: praised(5, amount=30.0),
        of_s1(amount=200.0),
    ),
    quiet(
        REFUND,
        "paid back before anything was written",
        "the refund is older than the review",
        lambda: earlier(14)(praised(6)),
        earlier(-14),
    ),
    quiet(
        REFUND,
        "announced for a delay",
        "the seller said why, with no string",
        made(notes(5, 33, 6, APOLOGY), lambda: praised(5)),
        less("message.sent"),
    ),
    quiet(
        REFUND,
        "after a complaint",
        "the buyer had complained",
        made(notes(5, 31, 6, COMPLAINT, to_buyer=False), lambda: praised(5)),
        less("message.sent"),
    ),
    quiet(
        REFUND,
        "to critics as to admirers",
        "critics get it too",
        made(critics, lambda: praised(4)),
        only(lambda b: "critic" not in b["buyer_id"], "order.refunded"),
    ),
)


def panel(w: World) -> None:
    """One seller lets its panel review product after product."""
    for n in range(3):
        w.listed(f"q{n}", "t")
        w.traffic(f"q{n}", "t", -60, 60, orders_a_day=1)
        for i in range(n, n + 5):
            w.order(f"q{n}", "t", f"m{i}", 10 + n * 9, paid=20.0, code=f"PANEL{n}")
            w.review(f"q{n}", f"m{i}", 17 + n * 9 + i, 5, verified_purchase=True)


def clubs(members: int, sellers: int) -> Make:
    """A club, as in the detector's own tests."""
    return made(lambda w: club(w, range(members), sellers=sellers))


def renamed(name: Callable[[str, str], str]) -> Callable[[World], World]:
    """Members m0, m1, ... of each product go by other names."""

    def change(body: Body) -> Body:
        for key in ("buyer_id", "reviewer_id"):
            if str(body.get(key, "")).startswith("m"):
                body[key] = name(body[key], body["product_id"])
        return body

    return each(change)


def regulars(w: World) -> None:
    """The same six review alike at three sellers, at the price that everybody pays."""
    for s in range(3):
        w.listed(f"q{s}", f"t{s}")
        w.traffic(f"q{s}", f"t{s}", -60, 60, orders_a_day=2)
        for i in range(6):
            w.order(f"q{s}", f"t{s}", f"m{i}", 10 + s * 5)
            w.review(f"q{s}", f"m{i}", 18 + s * 5 + i, 5, verified_purchase=True)


REVIEW_CLUB = (
    fires(
        CLUB,
        "the same discounted reviewers at several sellers",
        "the discount",
        clubs(5, 3),
        coupon_price(200.0),
    ),
    fires(
        CLUB,
        "four members at four sellers",
        "the same ones recur",
        clubs(4, 4),
        renamed(lambda member, product: f"{member}-{product}"),
    ),
    fires(
        CLUB,
        "one seller's panel",
        "it reviews",
        made(panel),
        only(lambda b: not b["reviewer_id"].startswith("m"), "review.posted"),
    ),
    fires(
        CLUB,
        "a message that invites to a tester group",
        "products are free for reviews",
        says("Join our tester club: free products in exchange for your reviews."),
        instead("Join our club: news about our products in exchange for your e-mail address."),
    ),
    fires(
        CLUB,
        "a public profile to register",
        "reviews are watched through it",
        says(
            "Register your public Amazon profile on our review platform to get free products for "
            "your reviews."
        ),
        instead("Register your product with our service, then choose your warranty."),
    ),
    quiet(
        CLUB,
        "other buyers at each seller",
        "they never meet again",
        lambda: renamed(lambda member, product: f"{member}-{product}")(clubs(5, 3)()),
        each(
            lambda b: {
                k: v.split("-q")[0] if k in ("buyer_id", "reviewer_id") and v[0] == "m" else v
                for k, v in b.items()
            }
        ),
    ),
    quiet(
        CLUB,
        "coupon hunters",
        "they do not review",
        made(lambda w: club(w, range(5), sellers=3, reviewing=False)),
        more(
            lambda w: [
                w.review(f"q{s}", f"m{i}", 16 + s * 3 + i * 0.2, 5)
                for s in range(3)
                for i in range(5)
            ]
        ),
    ),
    quiet(
        CLUB,
        "hobbyists who buy the same things",
        "they pay what everybody pays",
        made(regulars),
        each(lambda b: {**b, "paid_price": 0.0} if b["buyer_id"][0] == "m" else b, "order.placed"),
    ),
    quiet(
        CLUB,
        "reviewers of a sampling programme",
        "the platform runs it",
        lambda: also(
            each(
                lambda b: {**b, "paid_price": 0.0} if b["buyer_id"][0] == "m" else b,
                "order.placed",
            ),
            each(
                lambda b: {**b, "programme": "vine"} if b["reviewer_id"][0] == "m" else b,
                "review.posted",
            ),
        )(made(regulars)()),
        drop("review.posted", "programme"),
    ),
    quiet(
        CLUB,
        "a club for owners of the product",
        "nothing is free",
        says("Join our club of owners: register your product and get help with it."),
        instead("Join our club of testers: register your profile and get it free for a review."),
    ),
)


def lowered_again(w: World) -> None:
    """Each review is lowered again later."""
    raised = [b for _, b in w.events if b["type"] == "review.edited"]
    for i, body in enumerate(raised):
        at = {k: body[k] for k in ("review_id", "product_id", "reviewer_id")}
        w.add("review.edited", 25 + i * 8, rating=1, **at)


PAID_CHANGE = (
    fires(
        CHANGE,
        "raised, then paid",
        "the money",
        lambda: turned(3),
        less("order.refunded", seller_id="s1"),
    ),
    fires(
        CHANGE,
        "removed, then half paid",
        "its author removed it",
        lambda: turned(3, removed=True, amount=100.0),
        put("review.removed", removed_by="platform"),
    ),
    fires(
        CHANGE,
        "one payment round the platform",
        "it goes round the platform",
        lambda: turned(1, via="off_platform"),
        of_s1(via="platform"),
    ),
    fires(
        CHANGE,
        "one author who was asked and paid",
        "the author was asked",
        lambda: instead(ASKS)(turned(1)),
        instead(HELP),
    ),
    fires(
        CHANGE,
        "a message that offers money",
        "it is for changing the review",
        says("If you change your one star review to five stars we will send you 30 euro."),
        instead("If the delivery changes we will send you a message."),
    ),
    fires(
        CHANGE,
        "a buyer who tells of the offer",
        "it is for removing the review",
        told("You offered me 300 kr if I delete my review. I will not."),
        instead("You offered me a new one if I send it back. I will."),
    ),
    quiet(
        CHANGE,
        "a defect made good",
        "the defect",
        lambda: turned(4, reason="defect"),
        of_s1(reason="goodwill"),
    ),
    quiet(
        CHANGE,
        "raised of its own accord after help",
        "nobody was paid",
        lambda: turned(4, pays=False),
        lambda w: turned(4),
    ),
    quiet(
        CHANGE,
        "kindness first, a better review later",
        "the money came before",
        lambda: turned(4, after=-3),
        earlier(-6),
    ),
    quiet(
        CHANGE,
        "from praise to more praise",
        "there was nothing to buy off",
        lambda: put("review.posted", {"rating": 2}, rating=4)(turned(3)),
        put("review.posted", {"rating": 4}, rating=2),
    ),
    quiet(
        CHANGE,
        "money with no string",
        "the seller said so",
        made(notes(3, 27, 8, APOLOGY), lambda: turned(3)),
        lambda w: turned(3),
    ),
    quiet(
        CHANGE,
        "raised and lowered again",
        "the seller gained nothing",
        made(lowered_again, lambda: turned(3)),
        less("review.edited", rating=1),
    ),
)

CARD = "package_insert"
OFFER = "Leave a five star review and get a 10 euro gift card!"
TELL = "There was a card in the box that promised 10 euro for a five star review."
TELL_TOO = "The seller put a card in the package: 5 stars and they send you a gift card."

INSERT_SOLICITATION = (
    fires(
        INSERT,
        "a card that offers a gift",
        "the offer",
        says(OFFER, channel=CARD),
        instead("Thank you for your purchase! We hope that you enjoy it."),
    ),
    fires(
        INSERT,
        "a card that asks for five stars",
        "the stars",
        says("Please give us 5 stars on Amazon!", channel=CARD),
        instead("Please tell others on Amazon what you think, good or bad."),
    ),
    fires(
        INSERT,
        "a card that keeps the unhappy away",
        "they are sent elsewhere",
        says(
            "Happy? Leave us a review! Not happy? Contact us first instead of reviewing.",
            channel=CARD,
        ),
        instead("Questions? Contact us any time. We would be glad of any honest review."),
    ),
    fires(
        INSERT,
        "two buyers mention the card in reviews",
        "the second of them",
        reviewed(TELL, TELL_TOO),
        less("review.posted", reviewer_id="author1"),
    ),
    fires(
        INSERT,
        "a buyer complains of the card",
        "the card was in the package",
        told("In my package was a card that promises 10 euro for a five star review. Really?"),
        instead("In my package was a card with the wrong address. Really?"),
    ),
    quiet(
        INSERT,
        "a thank-you card",
        "it asks for nothing",
        says("Thank you for your purchase! We hope that you enjoy it.", channel=CARD),
        instead("Thank you for your purchase! Give us five stars and enjoy a gift card."),
    ),
    quiet(
        INSERT,
        "a warranty card",
        "it is about the warranty",
        says(
            "Register your product within 30 days and get one more year of warranty.", channel=CARD
        ),
        instead("Send us your five star review within 30 days and get one more year of warranty."),
    ),
    quiet(
        INSERT,
        "a card that asks for an honest review",
        "good or bad",
        says("We would be glad of your honest review, good or bad.", channel=CARD),
        instead("We would be glad of your positive review with five stars."),
    ),
    quiet(
        INSERT,
        "a buyer who warns in general",
        "it is no card of this seller",
        reviewed(
            "Beware of sellers who put cards in the box that promise money for five stars.",
            "Some sellers put in cards that promise gifts for five stars. Not here, well done.",
        ),
        retold(TELL, TELL_TOO),
    ),
    quiet(
        INSERT,
        "the same offer in a message",
        "it was no card",
        says(OFFER),
        put("message.sent", channel=CARD),
    ),
)

EXAMPLES: tuple[Example, ...] = (
    *INCENTIVE_OFFER,
    *REFUND_AFTER_REVIEW,
    *REVIEW_CLUB,
    *PAID_CHANGE,
    *INSERT_SOLICITATION,
)
