"""`paid_change` and `change_request`: pressure on a review that is there; and reviews that change
on their own, help that asks for nothing."""

from __future__ import annotations

from random import Random

from pipeline.simulator.cases.casting import Casting
from pipeline.simulator.cases.dealings import Bargains, IsReported, Pitch
from pipeline.simulator.cases.registry import lookalike, planted
from pipeline.simulator.catalogue import Product, Seller
from pipeline.simulator.clock import DAY
from pipeline.simulator.visits import Order, Review
from pipeline.simulator.world import World


def _unhappy(cast: Casting, orders: int = 30) -> Seller:
    """A seller whose product draws enough bad reviews."""
    seller = cast.seller(orders=orders)
    product = seller.products[0]
    product.quality = min(product.quality, -0.2) - 0.5
    product.defects = 0.3
    for at in cast.spread(7):
        cast.visit(product, at, rating=1 + (cast.rng.random() < 0.4))
    return seller


def _bargains(cast: Casting, pitch: Pitch | None, orders: int = 30, **how: object) -> None:
    seller = _unhappy(cast, orders)
    seller.conduct = Bargains(cast, seller, pitch, **how)  # type: ignore[arg-type]


# paid_change


@planted("paid_change", "plain_reply", 1)
def plain_reply(cast: Casting) -> None:
    """Money for taking the review down, in a public reply."""
    _bargains(cast, Pitch(["v_paid"], channel="review_reply"), paid="platform")


@planted("paid_change", "plain_message", 2)
def paid_message(cast: Casting) -> None:
    """The same in a message, and it works."""
    _bargains(cast, Pitch(["v_paid"]), gives_in=0.6, paid="platform")


@planted("paid_change", "disguised_text", 3)
def paid_disguised(cast: Casting) -> None:
    """The telling words are hidden; paid off the platform."""
    _bargains(cast, Pitch(["v_paid"], hidden=True), paid="off_platform")


@planted("paid_change", "buyers_report", 3)
def paid_reported(cast: Casting) -> None:
    """Only buyers tell of it."""
    seller = _unhappy(cast)
    seller.conduct = IsReported(
        cast,
        seller,
        told="b_told_paid",
        review_tells="told_paid",
        share=0.2,
        taken=0.0,
    )


@planted("paid_change", "promise_then_condition", 4)
def paid_split(cast: Casting) -> None:
    """The compensation in one message, what it is for in the next."""
    _bargains(cast, Pitch(["v_paid_a", "v_paid_b"], answered=True), paid="platform")


@planted("paid_change", "veiled_and_mixed", 4)
def paid_veiled(cast: Casting) -> None:
    """Few are approached, in veiled words, after honest help."""
    pitch = Pitch(["v_paid_soft"])
    _bargains(cast, pitch, 60, share=0.3, gives_in=0.6, paid="platform", fixes_first=True)


@planted("paid_change", "without_text", 5)
def paid_silent(cast: Casting) -> None:
    """No word is said: bad reviews turn or vanish within days, and then the money goes back."""
    _bargains(cast, None, 45, share=0.9, gives_in=0.75, paid="off_platform")


# change_request


@planted("change_request", "plain_message", 1)
def plain_request(cast: Casting) -> None:
    """Would you change your review?"""
    _bargains(cast, Pitch(["v_change"]), gives_in=0.15)


@planted("change_request", "public_reply", 2)
def public_reply(cast: Casting) -> None:
    """The same in a public reply."""
    _bargains(cast, Pitch(["v_change"], channel="review_reply"), gives_in=0.1)


@planted("change_request", "after_the_fix", 2)
def after_the_fix(cast: Casting) -> None:
    """First help, then the request."""
    _bargains(cast, Pitch(["v_change_fixed"]), fixes_first=True, gives_in=0.3)


@planted("change_request", "disguised_text", 3)
def request_disguised(cast: Casting) -> None:
    """The telling words are hidden."""
    _bargains(cast, Pitch(["v_change"], hidden=True), gives_in=0.15)


@planted("change_request", "buyers_report", 3)
def request_reported(cast: Casting) -> None:
    """Only buyers tell of it."""
    seller = _unhappy(cast)
    seller.conduct = IsReported(
        cast,
        seller,
        told="b_told_change",
        review_tells=None,
        share=0.2,
        taken=0.0,
    )


@planted("change_request", "veiled", 4)
def request_veiled(cast: Casting) -> None:
    """One star seems harsh, don't you think?"""
    _bargains(cast, Pitch(["v_change_soft"]), gives_in=0.2)


@planted("change_request", "in_two_messages", 4)
def request_split(cast: Casting) -> None:
    """A small favour in one message, the stars in the next."""
    _bargains(cast, Pitch(["v_change_a", "v_change_b"], answered=True), gives_in=0.2)


@planted("change_request", "unasked_how_to", 5)
def unasked_how_to(cast: Casting) -> None:
    """Nothing is asked: only how one edits a review, which nobody wanted to know."""
    _bargains(cast, Pitch(["v_change_howto"]), fixes_first=True, gives_in=0.25)


# Innocent changes.


def _changes(cast: Casting, *, message: str | None, refunds: bool, asks: bool) -> None:
    """Bad reviews that their authors change after help."""
    seller = _unhappy(cast)

    def help_out(world: World, order: Order | None, review: Review | None, rng: Random) -> None:
        if order is None or review is None:
            return
        clock = world.clock
        at = clock.hours_later(review.at, rng, 20)
        if message is not None:
            sent = world.tells_buyer(order, message, at, rng)
            if sent is not None and cast.record.act(at):
                cast.record.messages.add(sent)
        if refunds:
            world.refunds(order, clock.days_later(at, rng, 1), "defect")
        if asks:
            at = clock.days_later(at, rng, 3)
            world.hears_buyer(order, "b_edit_howto", at, rng)
            at = clock.hours_later(at, rng, 6)
            sent = world.tells_buyer(order, "s_edit_howto", at, rng)
            if sent is not None and cast.record.act(at):
                cast.record.messages.add(sent)
        at = clock.days_later(at, rng, 5)
        if rng.random() < 0.75 and world.rethinks(review, 4, "update_good", rng, at=at):
            cast.record.act(at)
            cast.record.reviews.add(review.id)
            cast.record.accounts.add(review.author)

    for at in cast.spread(9):
        (buyer,) = cast.crew(seller, 1, at - DAY, "mixed")
        cast.visit(seller.products[0], at, buyer=buyer, rating=1, then=help_out)


@lookalike("paid_change", "change_after_replacement", "replacement")
def after_replacement(cast: Casting) -> None:
    """The replacement works, so the authors raise their ratings on their own."""
    _changes(cast, message="s_defect", refunds=False, asks=False)


@lookalike("paid_change", "change_after_replacement", "refund_for_the_defect")
def after_defect_refund(cast: Casting) -> None:
    """The defect was refunded before, with no word about the review."""
    _changes(cast, message="s_defect", refunds=True, asks=False)


@lookalike("paid_change", "change_after_replacement", "on_second_thoughts")
def second_thoughts(cast: Casting) -> None:
    """Nobody wrote to anybody: the authors found out how the thing works, or got used to it."""
    _changes(cast, message=None, refunds=False, asks=False)


@lookalike("paid_change", "change_after_replacement", "buyer_demands")
def buyer_demands(cast: Casting) -> None:
    """The buyer offers to take the review down for money; the seller refuses."""
    seller = _unhappy(cast)

    def demand(world: World, product: Product, reviews: list[Review]) -> None:
        rng = cast.rng
        for review in [r for r in reviews if r.rating <= 2 and r.order is not None][:5]:
            order = review.order
            assert order is not None  # noqa: S101 - chosen so
            at = world.clock.hours_later(review.at, rng, 30)
            for rule in ("b_threat", "s_refuse"):
                tell = world.hears_buyer if rule == "b_threat" else world.tells_buyer
                message = tell(order, rule, at, rng)
                if message is not None and cast.record.act(at):
                    cast.record.messages.add(message)
                at = world.clock.hours_later(at, rng, 8)

    seller.products[0].afterwards.append(demand)


@lookalike("change_request", "help_only", "in_message")
def help_only(cast: Casting) -> None:
    """Every bad review is answered with help, and nothing is asked."""
    seller = _unhappy(cast)
    seller.conduct = Bargains(cast, seller, Pitch(["s_unhappy"]), gives_in=0.12)


@lookalike("change_request", "help_only", "in_public")
def help_in_public(cast: Casting) -> None:
    """The same in public replies."""
    seller = _unhappy(cast)
    pitch = Pitch(["s_reply_bad"], channel="review_reply")
    seller.conduct = Bargains(cast, seller, pitch, gives_in=0.12)


@lookalike("change_request", "buyer_asks_how_to_edit", "after_replacement")
def asks_how_to(cast: Casting) -> None:
    """The buyer asks how to edit, the seller answers."""
    _changes(cast, message="s_defect", refunds=False, asks=True)


@lookalike("change_request", "buyer_asks_how_to_edit", "out_of_the_blue")
def asks_how_to_blue(cast: Casting) -> None:
    """The same without any help before."""
    _changes(cast, message=None, refunds=False, asks=True)
