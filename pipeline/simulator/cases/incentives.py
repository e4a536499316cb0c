"""`incentive_offer`, `refund_after_review` and `review_club`: something in return for a review;
and sampling programmes, discounts and refunds that ask for nothing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from pipeline.simulator.cases.casting import Casting
from pipeline.simulator.cases.dealings import IsReported, Pitch, Proposes
from pipeline.simulator.cases.registry import lookalike, planted
from pipeline.simulator.catalogue import Promotion, Seller
from pipeline.simulator.clock import DAY
from pipeline.simulator.visits import Order, Review
from pipeline.simulator.world import World


def _proposes(
    cast: Casting, seller: Seller, pitch: Pitch | None, share: float, **how: object
) -> None:
    seller.conduct = Proposes(cast, seller, pitch, share, **how)  # type: ignore[arg-type]


def refund_review(
    days: float, *, off_platform: bool = False, share: float = 1.0, sigma: float = 0.5
) -> Callable[[World, Review, Random], None]:
    """What happens after a review that was bought with a refund."""

    def pay(world: World, review: Review, rng: Random) -> None:
        if review.order is not None:
            at = world.clock.days_later(review.at, rng, days, sigma)
            world.refunds(
                review.order,
                at,
                "goodwill" if rng.random() < 0.7 else "unknown",
                share=share,
                off_platform=off_platform,
                returned=False,
            )

    return pay


# incentive_offer


@planted("incentive_offer", "plain_message", 1)
def plain_message(cast: Casting) -> None:
    """Money for five stars, said outright to most buyers."""
    _proposes(cast, cast.seller(), Pitch(["v_offer"]), 0.6, taken=0.4)


@planted("incentive_offer", "euphemism", 2)
def euphemism(cast: Casting) -> None:
    """A little surprise for visible feedback."""
    _proposes(cast, cast.seller(), Pitch(["v_offer_soft"]), 0.45, taken=0.3)


@planted("incentive_offer", "disguised_text", 3)
def disguised_text(cast: Casting) -> None:
    """The telling words are hidden from filters."""
    _proposes(cast, cast.seller(), Pitch(["v_offer"], hidden=True), 0.4, taken=0.3)


@planted("incentive_offer", "against_rival", 3)
def against_rival(cast: Casting) -> None:
    """A reward for a bad review of a competitor's product."""
    seller = cast.seller()
    rival = cast.rival(seller.products[0])
    pitch = Pitch(["v_offer_rival"], extra={"rival": rival.name})
    _proposes(cast, seller, pitch, 0.35)
    times = cast.burst(5, 30)
    for buyer, at in zip(cast.crew(seller, 5, times), times, strict=True):
        cast.visit(
            seller.products[0], max(at - 20 * DAY, cast.clock.start), buyer=buyer, reviews=False
        )
        cast.review(rival, at, buyer, 1 + (cast.rng.random() < 0.3))


@planted("incentive_offer", "broker_and_ring", 3, ["off_platform_contact"], ["review_ring"])
def broker_and_ring(cast: Casting) -> None:
    """A review broker posts in a group on the seller's behalf; paid reviewers come in a burst."""
    seller = cast.seller()
    broker = cast.agency(seller)
    times = cast.burst(9, 10)
    crew = cast.crew(seller, 9, times, "mixed")
    _posts(cast, seller, broker, "v_broker", times[0] - 8 * DAY, 3)
    for buyer, at in zip(crew, times, strict=True):
        cast.review(seller.products[0], at, buyer, 5)


@planted("incentive_offer", "buyers_report", 3)
def buyers_report(cast: Casting) -> None:
    """The offer is made elsewhere; only buyers' messages and reviews tell of it."""
    seller = cast.seller()
    seller.conduct = IsReported(cast, seller, told="b_told_offer", review_tells="told_offer")


@planted("incentive_offer", "promise_then_condition", 4)
def promise_then_condition(cast: Casting) -> None:
    """The present in one message, what it costs in the next."""
    pitch = Pitch(["v_offer_a", "v_offer_b"], answered=True)
    _proposes(cast, cast.seller(), pitch, 0.35, taken=0.35)


@planted("incentive_offer", "slow_drip", 4)
def slow_drip(cast: Casting) -> None:
    """One veiled offer in many honest messages."""
    seller = cast.seller(orders=70)
    _proposes(cast, seller, Pitch(["v_offer_soft"], mixed_with="s_shipped"), 0.08, taken=0.6)


@planted("incentive_offer", "without_text", 5, tolerated=["review_club"])
def without_text(cast: Casting) -> None:
    """No word is said: single-use codes make the product almost free for buyers who then all give
    five stars at once."""
    seller = cast.seller()
    times = cast.burst(8, 45)
    for buyer, at in zip(cast.crew(seller, 8, times), times, strict=True):
        code = cast.world.identity.order().replace("-", "")[:10]
        cast.review(
            seller.products[0], at, buyer, 5, pays=0.05 + 0.1 * cast.rng.random(), code=code
        )


@planted("incentive_offer", "ring_of_several_sellers", 4, ["off_platform_contact"], ["review_ring"])
def ring_of_several_sellers(cast: Casting) -> None:
    """Three sellers use the same paid reviewers, and each tells a few buyers of the pay."""
    sellers = [cast.seller(market=0) for _ in range(3)]
    times = cast.spread(24)
    crew = cast.crew(0, 8, times, "mixed")
    for number, at in enumerate(times):
        cast.review(sellers[number // 8].products[0], at, crew[number % 8], 5)
    for seller in sellers:
        _proposes(cast, seller, Pitch(["v_offer"], channel="social"), 0.12)


def _posts(cast: Casting, seller: Seller, sender: str, rule: str, first: int, count: int) -> None:
    """Posts in a group, on the seller's behalf, some days from each other."""
    language = seller.marketplace.title_language
    at = max(first, cast.clock.start + DAY)

    def post(world: World, order: Order | None, review: Review | None, rng: Random) -> None:
        when = at
        for _ in range(count):
            slots = world.slots(seller.products[0], language, rng)
            text = world.texts.line(language, rule, rng, slots)
            message = world.sends(
                seller,
                when,
                text,
                language,
                rng,
                channel="social",
                sender=sender,
                product=seller.products[0] if rng.random() < 0.5 else None,
            )
            if message is not None and cast.record.act(when):
                cast.record.messages.add(message)
            when = world.clock.days_later(when, rng, 4)

    cast.visit(seller.products[0], at, orders=False, reviews=False, author=sender, then=post)


# refund_after_review


@planted("refund_after_review", "plain_promise", 1)
def plain_promise(cast: Casting) -> None:
    """The price back once the review is up, said outright and kept on the platform."""
    _proposes(cast, cast.seller(), Pitch(["v_refund"]), 0.5, taken=0.5, then=refund_review(2))


@planted("refund_after_review", "disguised_text", 3)
def refund_disguised(cast: Casting) -> None:
    """The telling words are hidden, and the money goes off the platform."""
    _proposes(
        cast,
        cast.seller(),
        Pitch(["v_refund"], hidden=True),
        0.4,
        taken=0.5,
        then=refund_review(4, off_platform=True),
    )


@planted("refund_after_review", "in_a_chat", 2, also=["off_platform_contact"])
def refund_in_chat(cast: Casting) -> None:
    """The promise is made in a chat app, and kept off the platform."""
    _proposes(
        cast,
        cast.seller(),
        Pitch(["v_refund"], channel="chat_app"),
        0.4,
        taken=0.5,
        then=refund_review(3, off_platform=True),
    )


@planted("refund_after_review", "buyers_report", 3)
def refund_reported(cast: Casting) -> None:
    """Only buyers tell of it."""
    seller = cast.seller()
    seller.conduct = IsReported(cast, seller, told="b_told_refund", review_tells="told_refund")


@planted("refund_after_review", "promise_then_condition", 4)
def refund_split(cast: Casting) -> None:
    """The promise in one message, the condition in the next."""
    pitch = Pitch(["v_refund_a", "v_refund_b"], answered=True)
    _proposes(cast, cast.seller(), pitch, 0.35, taken=0.5, then=refund_review(3))


@planted("refund_after_review", "mixed_with_honest", 4)
def refund_mixed(cast: Casting) -> None:
    """A few bought reviews with late part refunds, among honest refunds and requests."""
    seller = cast.seller(orders=70)
    _proposes(
        cast,
        seller,
        Pitch(["v_refund"], mixed_with="s_request"),
        0.1,
        taken=0.7,
        then=refund_review(14, share=0.8),
    )


@planted("refund_after_review", "without_text", 5)
def refund_silent(cast: Casting) -> None:
    """No word is said: buyers who gave five stars get their money back and keep the item."""
    seller = cast.seller(orders=45)
    _proposes(cast, seller, None, 0.3, taken=0.95, then=refund_review(3, sigma=0.7))


# review_club


@planted("review_club", "invitation", 1)
def invitation(cast: Casting) -> None:
    """Buyers are invited to register their profile and receive free products."""
    _proposes(cast, cast.seller(), Pitch(["v_club"]), 0.45, taken=0.3)


@planted("review_club", "web_form", 2)
def web_form(cast: Casting) -> None:
    """The club's page on the web, and its members' orders at next to nothing."""
    seller = cast.seller(products=2)
    _proposes(cast, seller, Pitch(["v_club"], channel="web"), 0.15)
    _members(cast, [seller], 6, pays=0.0, code="TESTER")


@planted("review_club", "through_a_partner", 3)
def through_a_partner(cast: Casting) -> None:
    """A partner runs the club for the seller and writes the invitations."""
    seller = cast.seller(products=2)
    pitch = Pitch(["v_club_soft"], sender=cast.agency(seller))
    _proposes(cast, seller, pitch, 0.25, taken=0.2)
    _members(cast, [seller], 5, pays=0.3, code="PANEL30")


@planted("review_club", "buyers_report", 3)
def club_reported(cast: Casting) -> None:
    """Only members tell of it, to the seller and in their reviews."""
    seller = cast.seller()
    seller.conduct = IsReported(
        cast, seller, told="b_told_club", review_tells="told_club", share=0.2
    )


@planted("review_club", "pays_by_refund", 3, also=["refund_after_review"])
def pays_by_refund(cast: Casting) -> None:
    """Members buy at the full price and get it back when the review is there."""
    seller = cast.seller()
    _proposes(
        cast,
        seller,
        Pitch(["v_club_soft", "v_refund_b"]),
        0.3,
        taken=0.6,
        then=refund_review(3, off_platform=True),
    )


@planted("review_club", "several_sellers", 4)
def several_sellers(cast: Casting) -> None:
    """One club serves four sellers: the same members, closed codes, a few invitations."""
    sellers = [cast.seller(market=0) for _ in range(4)]
    for seller in sellers:
        _proposes(cast, seller, Pitch(["v_club_soft"], channel="web"), 0.08)
    _members(cast, sellers, 9, pays=0.15, code="MEMBER")


@planted("review_club", "without_text", 5)
def club_silent(cast: Casting) -> None:
    """No word is said: a closed code at a third of the price, always the same few reviewers, over
    several products and the whole window, with camouflage."""
    seller = cast.seller(products=3, orders=35)
    crew = _members(cast, [seller], 7, pays=0.33, code="K7", own_time=True)
    cast.camouflage(crew, 2, seller.market)


def _members(
    cast: Casting,
    sellers: list[Seller],
    count: int,
    *,
    pays: float,
    code: str,
    own_time: bool = False,
) -> list[int]:
    """Members order with the club's code and review what they get."""
    products = [p for seller in sellers for p in seller.products if p.id in cast.record.products]
    campaign = cast.campaign(110)
    crew = cast.crew(sellers[0], count, cast.clock.on(campaign[0], cast.rng), "mixed")
    for product in products:
        members = cast.rng.sample(crew, max(3, int(0.8 * len(crew))))
        promo = f"{code}{int(cast.rng.random() * 900) + 100}"
        times = cast.burst(len(members), 30, campaign)
        for buyer, at in zip(members, times, strict=True):
            rating = 5 - (cast.rng.random() < 0.15)
            cast.review(product, at, buyer, rating, pays=pays, code=promo, own_time=own_time)
    return crew


# What asks for nothing.


def _vine(cast: Casting, sellers: list[Seller], count: int, days: float) -> None:
    crew = cast.crew(sellers[0], count, cast.clock.start + 2 * DAY, "aged")
    for seller in sellers:
        times = cast.burst(count, days)
        for buyer, at in zip(crew, times, strict=True):
            cast.review(
                seller.products[0],
                at,
                buyer,
                3 + int(cast.rng.random() * 3),
                orders=False,
                programme="vine",
                tell="vine" if cast.rng.random() < 0.6 else None,
            )


@lookalike("incentive_offer", "vine", "one_product")
def vine_one(cast: Casting) -> None:
    """A launch with the platform's sampling programme."""
    _vine(cast, [cast.seller()], 12, 14)


@lookalike("incentive_offer", "vine", "said_in_a_message")
def vine_message(cast: Casting) -> None:
    """The same reviewers, and orders at no price through the programme."""
    seller = cast.seller()
    times = cast.burst(8, 20)
    for buyer, at in zip(cast.crew(seller, 8, times), times, strict=True):
        cast.review(
            seller.products[0],
            at,
            buyer,
            None,
            pays=0.0,
            code="VINE",
            programme="vine",
            tell="vine",
        )


@lookalike("incentive_offer", "open_discount", "announced")
def open_discount(cast: Casting) -> None:
    """A discount for everybody, announced to all buyers."""
    seller = cast.seller(orders=40)
    first = cast.day(20)
    seller.products[0].promotions.append(Promotion(first, first + 14, 0.3, "ALLA30", 3.0))
    _proposes(cast, seller, Pitch(["s_discount"]), 0.7)


@lookalike("incentive_offer", "open_discount", "deep_cut")
def deep_cut(cast: Casting) -> None:
    """Four days at less than half the price, and the crowd that it draws."""
    seller = cast.seller(orders=40)
    first = cast.day(20)
    seller.products[0].promotions.append(Promotion(first, first + 4, 0.6, None, 14.0))
    cast.watch(seller.products[0], first, first + 45)


@lookalike("incentive_offer", "advertising_spike", "one_week")
def advertising(cast: Casting) -> None:
    """An advertisement runs for a week; many strangers buy and review."""
    seller = cast.seller(orders=45)
    first = cast.day(20)
    seller.products[0].promotions.append(Promotion(first, first + 7, 0.0, None, 16.0))
    cast.watch(seller.products[0], first, first + 45)


@lookalike("incentive_offer", "advertising_spike", "viral_day")
def viral_sales(cast: Casting) -> None:
    """A film makes the product famous for three days."""
    seller = cast.seller(orders=60)
    product = seller.products[0]
    product.viral_day = cast.day(20)
    product.quality += 0.5
    cast.watch(product, product.viral_day, product.viral_day + 45)


@lookalike("incentive_offer", "seller_refuses", "in_thread")
def refuses(cast: Casting) -> None:
    """Buyers ask for something in return; the seller never pays for reviews and says so."""
    seller = cast.seller()

    def ask(world: World, order: Order | None, review: Review | None, rng: Random) -> None:
        if order is None:
            return
        at = world.clock.days_later(order.delivered, rng, 3)
        for rule, to_buyer in ((rng.choice(("b_threat", "b_warns")), False), ("s_refuse", True)):
            tell = world.tells_buyer if to_buyer else world.hears_buyer
            message = tell(order, rule, at, rng)
            if message is not None and cast.record.act(at):
                cast.record.messages.add(message)
            at = world.clock.hours_later(at, rng, 6)

    for at in cast.spread(5):
        cast.visit(seller.products[0], at, then=ask)


def _refunds(
    cast: Casting, reason: str, *, before: bool = False, message: str | None = None
) -> None:
    """Honest refunds around reviews of all kinds."""
    seller = cast.seller()

    def refund(world: World, order: Order | None, review: Review | None, rng: Random) -> None:
        if order is None:
            return
        clock = world.clock
        at = clock.days_later(order.delivered, rng, 2)
        if not before and review is not None:
            at = clock.days_later(review.at, rng, 3)
        if message is not None:
            world.tells_buyer(order, message, at, rng)
        world.refunds(order, at, reason, share=rng.choice((1.0, 1.0, 0.3)))  # type: ignore[arg-type]
        cast.record.act(at)
        if review is not None and cast.clock.inside(review.at):
            cast.record.reviews.add(review.id)
            cast.record.accounts.add(review.author)

    for at in cast.spread(6):
        opinion = (
            cast.rng.choice((1, 2, 3, 5)) if reason == "defect" else cast.rng.choice((3, 4, 5))
        )
        (buyer,) = cast.crew(seller, 1, at - DAY, "mixed")
        cast.visit(seller.products[0], at, buyer=buyer, rating=opinion, then=refund)


@lookalike("refund_after_review", "defect_refund", "after_a_bad_review")
def defect_refund(cast: Casting) -> None:
    """Broken items are refunded, some of them after the buyer had reviewed."""
    _refunds(cast, "defect", message="s_defect")


@lookalike("refund_after_review", "defect_refund", "silent")
def defect_refund_silent(cast: Casting) -> None:
    """The same without a message."""
    _refunds(cast, "defect")


@lookalike("refund_after_review", "goodwill_no_string", "for_delays")
def goodwill(cast: Casting) -> None:
    """Goodwill for late parcels, with nothing asked in return."""
    _refunds(cast, "goodwill", message="s_goodwill")


@lookalike("refund_after_review", "goodwill_no_string", "before_any_review")
def goodwill_before(cast: Casting) -> None:
    """Goodwill soon after delivery; some of those buyers later write a review."""
    _refunds(cast, "goodwill", before=True, message="s_goodwill")


@lookalike("refund_after_review", "refund_before_review", "returned")
def refund_before(cast: Casting) -> None:
    """The refund comes first, the review weeks later."""
    _refunds(cast, "return", before=True)


@lookalike("refund_after_review", "refund_before_review", "buyer_threatened")
def refund_threat(cast: Casting) -> None:
    """The buyer demands money or else; the seller refunds for the defect and asks nothing."""
    seller = cast.seller()

    def demand(world: World, order: Order | None, review: Review | None, rng: Random) -> None:
        if order is None:
            return
        at = world.clock.days_later(order.delivered, rng, 2)
        for message, when in (
            (world.hears_buyer(order, "b_threat", at, rng), at),
            (world.tells_buyer(order, "s_refuse", at + DAY // 5, rng), at + DAY // 5),
        ):
            if message is not None and cast.record.act(when):
                cast.record.messages.add(message)
        world.refunds(order, at + DAY, "defect", returned=True)

    for at in cast.spread(4):
        cast.visit(seller.products[0], at, rating=None, then=demand)


@lookalike("review_club", "coupon_crowd", "one_forum")
def coupon_crowd(cast: Casting) -> None:
    """A forum for bargains finds an open code: the same people buy three products at once."""
    sellers = [cast.seller(market=0) for _ in range(3)]
    crew = cast.crew(0, 10, cast.clock.start + 2 * DAY, "mixed")
    for seller in sellers:
        first = cast.day(15)
        code = f"DEAL{int(cast.rng.random() * 90) + 10}"
        seller.products[0].promotions.append(Promotion(first, first + 5, 0.5, code, 9.0))
        for buyer in cast.rng.sample(crew, 7):
            at = cast.clock.on(first + int(cast.rng.random() * 3), cast.rng)
            cast.visit(seller.products[0], at, buyer=buyer, pays=0.5, code=code, record=cast.record)


@lookalike("review_club", "coupon_crowd", "one_product")
def coupon_one(cast: Casting) -> None:
    """A code meant for few gets around."""
    seller = cast.seller(orders=40)
    first = cast.day(15)
    seller.products[0].promotions.append(Promotion(first, first + 3, 0.7, "OOPS70", 18.0))
    cast.watch(seller.products[0], first, first + 45)


@lookalike("review_club", "hobbyists", "same_shops")
def hobbyists(cast: Casting) -> None:
    """People with one hobby buy the same things in their own time, and like them or not."""
    sellers = [cast.seller(market=0) for _ in range(4)]
    crew = cast.crew(0, 7, cast.clock.start + 2 * DAY, "aged")
    for seller in sellers:
        for buyer in cast.rng.sample(crew, 6):
            cast.visit(seller.products[0], cast.time(6), buyer=buyer, record=cast.record)


@lookalike("review_club", "hobbyists", "new_release")
def hobbyists_release(cast: Casting) -> None:
    """A release that all of them waited for: they order on the first days."""
    seller = cast.seller(products=2)
    crew = cast.crew(seller, 8, cast.clock.start + 2 * DAY, "aged")
    for product in seller.products[:2]:
        for buyer, at in zip(crew, cast.burst(8, 3), strict=True):
            cast.visit(product, at, buyer=buyer, record=cast.record)


@lookalike("review_club", "vine_overlap", "several_items")
def vine_overlap(cast: Casting) -> None:
    """The programme's reviewers receive the same items again and again."""
    _vine(cast, [cast.seller(market=0) for _ in range(3)], 8, 25)
