"""How a seller treats its buyers. `Conduct` is an honest seller; scenarios derive others from it
and change only what their seller does differently."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from pipeline.simulator.catalogue import Seller
from pipeline.simulator.chance import stream
from pipeline.simulator.visits import Contact, Order, Review

if TYPE_CHECKING:
    from pipeline.simulator.world import World


class Conduct:
    """An honest seller's ways.

    Attributes:
        asks: every buyer gets one neutral request for a review. None are left out.
        card: the rule of a harmless card in the package, if there is one.
        answers: writes back to buyers.
        replies: share of reviews answered in public.
    """

    def __init__(self, seller: Seller, seed: int) -> None:
        rng = stream(seed, "conduct", seller.index)
        self.seller = seller
        self.asks = rng.random() < 0.2
        self.card = (
            rng.choice(("c_thanks", "c_warranty", "c_care", "c_gift"))
            if rng.random() < 0.1
            else None
        )
        self.answers = rng.random() < 0.88
        self.replies = 0.12 if rng.random() < 0.25 else 0.0
        self.announces = rng.random() < 0.04

    def encloses(self, world: World, order: Order, rng: Random) -> None:
        """What lies in the package. Cards are transcribed now and then, not for every order."""
        if self.card is not None and rng.random() < 0.12:
            world.tells_buyer(order, self.card, order.delivered, rng, channel="package_insert")

    def ships(self, world: World, order: Order, rng: Random) -> None:
        """The order leaves."""
        if self.announces:
            rule = "s_carrier" if order.product.price > 900 and rng.random() < 0.5 else "s_shipped"
            world.tells_buyer(order, rule, world.clock.hours_later(order.at, rng, 12), rng)

    def converses(self, world: World, order: Order, contact: Contact, rng: Random) -> None:
        """A buyer has a question or a problem, or is happy; `contact.at` moves to the end."""
        rule = f"b_{contact.kind}"
        if contact.kind == "question" and rng.random() < 0.06:
            rule = rng.choice(("b_warns", "b_edit_howto", "b_elsewhere"))
        world.hears_buyer(order, rule, contact.at, rng)
        if not self.answers:
            return
        contact.at = world.clock.hours_later(contact.at, rng, 7)
        self.replies_to(world, order, contact, rule, rng)
        if contact.kind in ("defect", "late", "question") and rng.random() < 0.35:
            at = world.clock.hours_later(contact.at, rng, 16)
            world.hears_buyer(order, "b_thanks", at, rng)
            contact.at = at

    def replies_to(
        self, world: World, order: Order, contact: Contact, rule: str, rng: Random
    ) -> None:
        """The seller's answer."""
        answer = {
            "b_question": "s_answer",
            "b_late": "s_late",
            "b_defect": "s_defect",
            "b_unhappy": "s_unhappy",
            "b_happy": "s_happy",
            "b_edit_howto": "s_edit_howto",
            "b_warns": "s_refuse",
            "b_elsewhere": "s_stay",
        }[rule]
        if rule == "b_question" and rng.random() < 0.1:
            answer = "s_manual"
        world.tells_buyer(order, answer, contact.at, rng)
        if contact.kind == "defect":
            if rng.random() < 0.45:
                at = world.clock.hours_later(contact.at, rng, 20)
                world.refunds(order, at, "defect", returned=rng.random() < 0.4)
        elif contact.kind == "late" and rng.random() < 0.25:
            at = world.clock.hours_later(contact.at, rng, 20)
            world.refunds(order, at, "goodwill", share=rng.choice((0.1, 0.2, 0.3)))
            world.tells_buyer(order, "s_goodwill", at, rng)

    def follows_up(self, world: World, order: Order, contact: Contact | None, rng: Random) -> None:
        """Some days after delivery."""
        if self.asks:
            at = world.clock.days_later(order.delivered, rng, 6, 0.3)
            world.tells_buyer(order, "s_request", at, rng)

    def sees_review(self, world: World, review: Review, rng: Random) -> None:
        """A review of a product of the seller's has appeared."""
        if self.replies and review.order is not None and rng.random() < self.replies:
            rule = "s_reply_bad" if review.rating < 3 else "s_reply_good"
            at = world.clock.hours_later(review.at, rng, 30)
            world.tells_buyer(
                review.order, rule, at, rng, channel="review_reply", review=review, bare=True
            )
