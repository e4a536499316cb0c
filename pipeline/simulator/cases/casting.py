"""Casts one scenario: picks its sellers, products and people, and plans what they will do."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Any

from pipeline.simulator.catalogue import Product, Relation, Seller
from pipeline.simulator.clock import DAY, HOUR, MINUTE
from pipeline.simulator.markets import MARKETPLACES
from pipeline.simulator.population import Age, IdentifierType
from pipeline.simulator.truth import Record
from pipeline.simulator.visits import Review, Visit
from pipeline.simulator.world import World


class NoRoom(Exception):  # noqa: N818 - reads as the sentence it is
    """The world is too small for the scenario."""


class Stage:
    """What the scenarios of a world share: who is already taken, and the busy days."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.taken: set[int] = set()
        self.days = list(accumulate(world.clock.busyness(0).tolist()))
        popular: dict[int, list[Product]] = {}
        for product in sorted(world.catalogue.products, key=lambda p: -p.rate):
            listed = popular.setdefault(product.market, [])
            if product.listed < world.clock.start and len(listed) < 60:
                listed.append(product)
        self.popular = popular


class Casting:
    """The hands of one scenario. Everything it draws comes from its own stream."""

    def __init__(self, stage: Stage, record: Record, rng: Random) -> None:
        self.stage = stage
        self.world = stage.world
        self.clock = stage.world.clock
        self.people = stage.world.population
        self.record = record
        self.rng = rng

    # Time.

    def day(self, room: int = 2) -> int:
        """A day of the window, the busier the likelier, with `room` days left after it."""
        last = max(1, self.clock.days - room)
        totals = self.stage.days
        return bisect(totals, self.rng.random() * totals[last - 1], 0, last - 1)

    def time(self, room: int = 2) -> int:
        """A time in the window."""
        return self.clock.on(self.day(room), self.rng)

    def phase(self) -> tuple[int, int]:
        """When a seller's conduct is another than usual: begin and length in milliseconds. It is
        meant round the window: what does not end before the window's end is going on at its
        beginning, so that no part of the window is fuller than another."""
        begin = self.clock.on(int(self.rng.random() * self.clock.days), self.rng)
        return begin, int(self.rng.uniform(0.6, 0.95) * self.clock.days) * DAY

    def spread(self, count: int) -> list[int]:
        """Times over the whole window, in order."""
        return sorted(self.time(1) for _ in range(count))

    def campaign(self, days: int, room: int = 14) -> tuple[int, int]:
        """First and last day of some weeks of work. It may have begun before the window or go on
        after it, as work in progress does; half of it lies inside, and it begins with `room`
        days left."""
        first = int(self.rng.random() * self.clock.days) - days // 2
        first = min(first, self.clock.days - room)
        return first, first + days

    def burst(self, count: int, days: float, campaign: tuple[int, int] | None = None) -> list[int]:
        """Times within some days of each other, in order, at hours of the daily curve; with a
        `campaign` inside of it, as far as it is long enough."""
        if campaign is None:
            first = self.day(int(days) + 1)
        else:
            room = max(1, campaign[1] - campaign[0] - int(days))
            first = campaign[0] + int(self.rng.random() * room)
        return sorted(
            self.clock.on(first + int(self.rng.random() * days), self.rng) for _ in range(count)
        )

    # Sellers and products.

    def seller(
        self,
        *,
        orders: int = 25,
        products: int = 1,
        staff: int = 0,
        market: int | None = None,
        notes: bool = True,
    ) -> Seller:
        """A seller that no other scenario has, with enough products and customers.

        Args:
            orders: the least number of orders of its first product.
            staff: the least number of employees.
            notes: write it down as one that the record is about.
        """
        sellers = self.world.catalogue.sellers
        for _ in range(5_000):
            seller = sellers[int(self.rng.random() * len(sellers))]
            if seller.index in self.stage.taken or market not in (None, seller.market):
                continue
            if self._few_people(seller.market):
                continue
            self.stage.taken.add(seller.index)
            self._stock(seller, products)
            for number, product in enumerate(seller.products[:products]):
                self.settle(product, orders if number == 0 else orders // 2)
            self.hire(seller, staff)
            if notes:
                self.record.sellers.add(seller.id)
                self.record.products.update(p.id for p in seller.products[:products])
                self.record.marketplace = seller.marketplace.name
            return seller
        raise NoRoom("no seller left")

    def _stock(self, seller: Seller, count: int) -> None:
        """At least `count` products at home, and these before any that are sold abroad."""
        at_home = sum(product.market == seller.market for product in seller.products)
        for _ in range(count - at_home):
            self.world.catalogue.add(seller, seller.products[0].leaf, self.rng)
        seller.products.sort(key=lambda product: product.market != seller.market)

    def _few_people(self, market: int) -> bool:
        """Small worlds have marketplaces with hardly any buyers."""
        return MARKETPLACES[market].share * self.people.size < 120

    def settle(self, product: Product, orders: int) -> None:
        """The product was there before the window and sells at least that often."""
        if product.listed > self.clock.start - 40 * DAY:
            product.listed = self.clock.on(-40 - int(self.rng.random() * 400), self.rng)
            product.seller.joined = min(product.seller.joined, product.listed - 5 * DAY)
        product.floor = max(product.floor, int(orders * (0.8 + 0.6 * self.rng.random())))

    def hire(self, seller: Seller, count: int) -> list[str]:
        """The seller has at least that many employees; returns their accounts."""
        while len(seller.staff) < count:
            number = len(seller.staff)
            seller.staff.append(self.world.identity.account("staff", seller.index, number))
        return seller.staff[:count] if count else []

    def agency(self, seller: Seller, declared: bool = True) -> str:
        """A partner's account; where it is declared it is known whose partner it is."""
        agency = self.rng.choice(self.world.catalogue.agencies)
        if declared:
            seller.partners.append((agency, "agency"))
        return agency

    def rival(self, product: Product, orders: int = 20) -> Product:
        """A competitor's product in the same leaf and marketplace; its seller breaks nothing."""
        for candidate in self.rng.sample(
            self.world.catalogue.products, len(self.world.catalogue.products)
        ):
            other = candidate.seller
            if (
                candidate.leaf is product.leaf
                and candidate.market == product.market
                and other is not product.seller
                and other.index not in self.stage.taken
            ):
                break
        else:
            other = self.seller(market=product.market, notes=False)
            candidate = self.world.catalogue.add(other, product.leaf, self.rng)
        self.stage.taken.add(other.index)
        self.settle(candidate, orders)
        self.record.affected.add(other.id)
        self.record.products.add(candidate.id)
        return candidate

    def bystanders(self, market: int, count: int) -> list[Product]:
        """Well-known products of a marketplace."""
        popular = self.stage.popular[market]
        return self.rng.sample(popular, min(count, len(popular)))

    # People.

    def crew(
        self,
        seller_or_market: Seller | int,
        count: int,
        at: int | Sequence[int],
        age: Age = "mixed",
        dormant: bool = False,
    ) -> list[int]:
        """Buyers for a part, nobody twice, registered before `at`; of several
        times, each before its own.

        Raises:
            NoRoom: there are not enough.
        """
        market = seller_or_market if isinstance(seller_or_market, int) else seller_or_market.market
        try:
            return self.people.recruit(self.rng, count, market, at, age, dormant)
        except ValueError as error:
            raise NoRoom(str(error)) from error

    def new_identifier(self, kind: IdentifierType) -> str:
        """An identifier that nobody has yet."""
        return self.world.identity.identifier(
            kind, "case", self.record.kind, self.record.number, self.rng.random()
        )

    def seen(
        self, who: Sequence[int | str], kind: IdentifierType, identifier: str, before: int
    ) -> None:
        """Buyers (numbers) or other accounts (ids) are seen with an identifier, before `before`
        where their registration allows it."""
        for person in who:
            if isinstance(person, int):
                account, joined = self.people.id[person], self.people.joined[person]
            else:
                account, joined = person, self.clock.start - 10 * DAY
            latest = max(before - HOUR, joined + 2 * MINUTE)
            at = joined + MINUTE + int(self.rng.random() ** 2 * (latest - joined - MINUTE))
            at = max(self.clock.same_day(at, self.rng), joined + MINUTE)
            self.world.is_seen_with(account, kind, identifier, at)

    def share(self, who: Sequence[int | str], kind: IdentifierType, before: int) -> None:
        """They are all seen with one new identifier."""
        self.seen(who, kind, self.new_identifier(kind), before)

    def related(self, seller: Seller, person: int | str, relation: Relation, at: int) -> None:
        """The person's tie to the seller is declared."""
        account = self.people.id[person] if isinstance(person, int) else person
        self.world.is_related(account, seller.id, relation, at)

    # Plans.

    def visit(self, product: Product, at: int, **details: Any) -> None:
        """Plan a visit that is no part of the record."""
        product.visits.append(Visit(at, **details))

    def review(
        self,
        product: Product,
        at: int,
        buyer: int | None,
        rating: int | None,
        *,
        own_time: bool = False,
        **details: Any,
    ) -> None:
        """Plan a review at a time, ordered some days before unless `orders=False`, which the
        record holds. `own_time`: when the buyer sits down to write after that time."""
        ordered = at
        if details.get("orders", True) and buyer is not None:
            ordered = self.clock.on(
                self.clock.day_of(at) - 4 - int(self.rng.random() * 8), self.rng
            )
            joined = self.people.joined[buyer]
            ordered = max(ordered, min(joined + HOUR, at - 12 * HOUR))
        product.visits.append(
            Visit(
                ordered,
                buyer,
                rating=rating,
                review_at=None if own_time else at,
                record=self.record,
                **details,
            )
        )
        self.record.products.add(product.id)

    def watch(self, product: Product, first: int = -10_000, last: int = 10_000) -> None:
        """The record is about all reviews of a product posted from day `first` on and before
        `last`."""

        def note(world: World, product: Product, reviews: list[Review]) -> None:
            for review in reviews:
                if first <= world.clock.day_of(review.at) < last and self.record.act(review.at):
                    self.record.reviews.add(review.id)
                    self.record.accounts.add(review.author)

        product.afterwards.append(note)

    def camouflage(self, crew: Sequence[int], each: int, market: int) -> None:
        """The crew also buys and reviews well-known products, with honest opinions."""
        for buyer in crew:
            for product in self.bystanders(market, each):
                at = max(self.time(1), self.people.joined[buyer] + DAY)
                self.visit(product, at, buyer=buyer)
