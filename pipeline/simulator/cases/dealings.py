"""Sellers who do not keep to the policy: each is an honest seller with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from pipeline.simulator.cases.casting import Casting
from pipeline.simulator.catalogue import Seller
from pipeline.simulator.clock import DAY, HOUR
from pipeline.simulator.conduct import Conduct
from pipeline.simulator.visits import Contact, Deal, Order, Review
from pipeline.simulator.world import Channel, World

_PATIENCE = 4
"""Buyers that a seller lets pass before it is sure to turn to one."""


class Scripted(Conduct):
    """A seller of a scenario. What it writes on purpose goes into the record."""

    def __init__(self, cast: Casting, seller: Seller) -> None:
        super().__init__(seller, cast.world.seed)
        self.answers = True
        self.record = cast.record
        self._begin, self._length = cast.phase()
        self._round = cast.clock.days * DAY
        self._passed = 0

    def acts(self, at: int) -> bool:
        """Whether it goes on at that time: before and after, the seller is as honest as any."""
        return (at - self._begin) % self._round < self._length

    def turns_to(self, rng: Random, share: float) -> bool:
        """Whether it turns to this buyer: to a share of them, and to one of the first few."""
        self._passed += 1
        return rng.random() < share or (self.record.acts == 0 and self._passed > _PATIENCE)

    def notes(self, message: str | None, at: int) -> None:
        """Write a message down as part of the case."""
        if message is not None and self.record.act(at):
            self.record.messages.add(message)


@dataclass(slots=True, eq=False)
class Pitch:
    """What is said to a buyer: one rule after the other, with hours between them."""

    rules: Sequence[str]
    channel: Channel = "buyer_seller_messaging"
    hidden: bool = False
    sender: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    answered: bool = False
    mixed_with: str | None = None

    def make(
        self,
        dealer: Scripted,
        world: World,
        order: Order,
        at: int,
        rng: Random,
        review: Review | None = None,
    ) -> int:
        """Say it all; returns when it ends."""
        if self.mixed_with is not None:
            world.tells_buyer(order, self.mixed_with, at, rng)
            at = world.clock.hours_later(at, rng, 20)
        for number, rule in enumerate(self.rules):
            if number:
                if self.answered:
                    at = world.clock.hours_later(at, rng, 6)
                    world.hears_buyer(order, "b_ok", at, rng)
                at = world.clock.hours_later(at, rng, 9)
            message = world.tells_buyer(
                order,
                rule,
                at,
                rng,
                channel=self.channel,
                sender=self.sender,
                hidden=self.hidden,
                extra=self.extra,
                review=review,
                bare=self.channel in ("review_reply", "web", "social"),
            )
            dealer.notes(message, at)
        return at


class Proposes(Scripted):
    """Approaches some buyers after delivery. Where there is a `deal`, some of them take it: they
    write the wanted review, and `then` happens."""

    def __init__(
        self,
        cast: Casting,
        seller: Seller,
        pitch: Pitch | None,
        share: float,
        *,
        taken: float = 0.0,
        rating: int = 5,
        then: Callable[[World, Review, Random], None] | None = None,
    ) -> None:
        super().__init__(cast, seller)
        self.pitch = pitch
        self.share = share
        self.taken = taken
        self.rating = rating
        self.then = then

    def follows_up(self, world: World, order: Order, contact: Contact | None, rng: Random) -> None:
        super().follows_up(world, order, contact, rng)
        if not self.acts(order.at) or not self.turns_to(rng, self.share):
            return
        if self.pitch is not None:
            at = world.clock.days_later(order.delivered, rng, 2)
            self.pitch.make(self, world, order, at, rng)
        if self.taken:
            order.deal = Deal(self.record, self.rating, self.taken, self.then)


class Bargains(Scripted):
    """Approaches the authors of bad reviews. Some give in: the review is changed or removed, and
    where it is `paid` for, money goes back."""

    def __init__(
        self,
        cast: Casting,
        seller: Seller,
        pitch: Pitch | None,
        *,
        share: float = 0.8,
        gives_in: float = 0.4,
        paid: Literal["no", "platform", "off_platform"] = "no",
        fixes_first: bool = False,
    ) -> None:
        super().__init__(cast, seller)
        self.pitch = pitch
        self.share = share
        self.gives_in = gives_in
        self.paid = paid
        self.fixes_first = fixes_first

    def sees_review(self, world: World, review: Review, rng: Random) -> None:
        order = review.order
        if (
            review.rating > 3
            or order is None
            or not self.acts(review.at)
            or rng.random() > self.share
        ):
            super().sees_review(world, review, rng)
            return
        clock = world.clock
        at = clock.hours_later(review.at, rng, 30)
        if self.fixes_first:
            world.tells_buyer(order, "s_defect", at, rng)
            at = clock.days_later(at, rng, 4)
        if self.pitch is not None:
            at = self.pitch.make(self, world, order, at, rng, review)
        if rng.random() < self.gives_in:
            self._turn(world, order, review, at, rng)

    def _turn(self, world: World, order: Order, review: Review, at: int, rng: Random) -> None:
        clock = world.clock
        at = clock.days_later(at, rng, 2.5)
        changed = (
            world.removes(review, at, "reviewer")
            if rng.random() < 0.4
            else world.rethinks(review, 4 + (rng.random() < 0.8), None, rng, at=at)
        )
        if not changed:
            return
        self.record.act(at)
        self.record.reviews.add(review.id)
        if self.paid == "no":
            return
        self.record.accounts.add(order.account)
        world.refunds(
            order,
            clock.days_later(at, rng, 1.5),
            "goodwill",
            share=rng.choice((1.0, 1.0, 0.5)),
            off_platform=self.paid == "off_platform",
            returned=False,
        )


class Gates(Scripted):
    """Asks only some buyers for a review, by what they wrote before."""

    def __init__(
        self,
        cast: Casting,
        seller: Seller,
        *,
        asks_happy: str | None = None,
        diverts: str | None = None,
        asks_silent: bool = False,
        asks_all: bool = False,
        more_happy: float = 0.4,
        hidden: bool = False,
    ) -> None:
        super().__init__(cast, seller)
        self.asks = asks_all
        self.asks_happy = asks_happy
        self.diverts = diverts
        self.asks_silent = asks_silent
        self.asks_all = asks_all
        self.more_happy = more_happy
        self.hidden = hidden

    def ships(self, world: World, order: Order, rng: Random) -> None:
        super().ships(world, order, rng)
        # Its customers write more often than others' do: the seller asks how they are.
        if (
            self.acts(order.at)
            and order.opinion == 5
            and self.more_happy
            and self.turns_to(rng, self.more_happy)
        ):
            contact = Contact("happy", world.clock.days_later(order.delivered, rng, 2))
            self.converses(world, order, contact, rng)

    def replies_to(
        self, world: World, order: Order, contact: Contact, rule: str, rng: Random
    ) -> None:
        if not self.acts(order.at):
            super().replies_to(world, order, contact, rule, rng)
            return
        if contact.kind == "happy" and self.asks_happy is not None:
            self._tells(world, order, self.asks_happy, contact.at, rng)
            return
        super().replies_to(world, order, contact, rule, rng)
        if contact.kind in ("unhappy", "defect") and self.diverts is not None:
            at = world.clock.hours_later(contact.at, rng, 8)
            self._tells(world, order, self.diverts, at, rng)

    def _tells(self, world: World, order: Order, rule: str, at: int, rng: Random) -> None:
        message = world.tells_buyer(order, rule, at, rng, hidden=self.hidden)
        self.notes(message, at)

    def follows_up(self, world: World, order: Order, contact: Contact | None, rng: Random) -> None:
        quiet = contact is None or contact.kind == "happy"
        if not self.acts(order.at):
            super().follows_up(world, order, contact, rng)
        elif self.asks_all or (self.asks_silent and quiet and not order.refunded):
            at = world.clock.days_later(order.delivered, rng, 8, 0.3)
            self._tells(world, order, "s_request", at, rng)


class Encloses(Scripted):
    """Lays cards into the package, and their text becomes known now and then."""

    def __init__(
        self,
        cast: Casting,
        seller: Seller,
        cards: Sequence[str],
        *,
        share: float = 0.35,
        hidden: bool = False,
        together: bool = False,
        taken: float = 0.25,
    ) -> None:
        super().__init__(cast, seller)
        self.cards = cards
        self.share = share
        self.hidden = hidden
        self.together = together
        self.taken = taken

    def encloses(self, world: World, order: Order, rng: Random) -> None:
        if not self.acts(order.at):
            super().encloses(world, order, rng)
            return
        if self.turns_to(rng, self.share):
            cards = self.cards if self.together else [rng.choice(self.cards)]
            for number, card in enumerate(cards):
                at = order.delivered + number * HOUR // 30
                message = world.tells_buyer(
                    order, card, at, rng, channel="package_insert", hidden=self.hidden
                )
                if self.record.kind == "lookalike" or not card.startswith("c_"):
                    self.notes(message, at)
        # The card is in every package, seen or not.
        order.deal = Deal(self.record, 5, self.taken)


class IsReported(Scripted):
    """Does it where nobody sees; only some buyers tell, in messages or in their reviews."""

    def __init__(
        self,
        cast: Casting,
        seller: Seller,
        *,
        told: str,
        review_tells: str | None,
        share: float = 0.25,
        channel: Channel = "buyer_seller_messaging",
        taken: float = 0.2,
    ) -> None:
        super().__init__(cast, seller)
        self.told = told
        self.review_tells = review_tells
        self.share = share
        self.channel = channel
        self.taken = taken

    def follows_up(self, world: World, order: Order, contact: Contact | None, rng: Random) -> None:
        super().follows_up(world, order, contact, rng)
        if not self.acts(order.at):
            return
        if self.turns_to(rng, self.share):
            at = world.clock.days_later(order.delivered, rng, 5)
            message = world.hears_buyer(order, self.told, at, rng, channel=self.channel)
            self.notes(message, at)
        elif self.review_tells is not None and rng.random() < self.share:
            order.deal = Deal(
                self.record, min(order.opinion, 3), 0.6, tell=self.review_tells, witness=True
            )
        elif rng.random() < self.taken:
            order.deal = Deal(self.record, 5, 0.8)
