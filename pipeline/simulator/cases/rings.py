"""`review_ring`: reviewers acting as one with no seller proven behind them; and people who only
share a taste, a season, a family or a programme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.simulator.cases.casting import Casting
from pipeline.simulator.cases.registry import lookalike, planted
from pipeline.simulator.catalogue import Product
from pipeline.simulator.clock import DAY
from pipeline.simulator.population import Age


def _targets(cast: Casting, count: int) -> list[Product]:
    """Products of different sellers in one marketplace. No seller is proven to be behind it, so
    the sellers are noted as affected."""
    products = []
    market: int | None = None
    for _ in range(count):
        seller = cast.seller(market=market, orders=14, notes=False)
        market = seller.market
        cast.record.marketplace = seller.marketplace.name
        cast.record.affected.add(seller.id)
        cast.record.products.add(seller.products[0].id)
        products.append(seller.products[0])
    return products


class Ring:
    """Some people, some products of different sellers, and the weeks in which they meet.

    Attributes:
        campaign: first and last day. Most of the people are registered before it, some replace
            others on the way.
    """

    def __init__(
        self,
        cast: Casting,
        products: int,
        people: int,
        *,
        weeks: int = 8,
        age: Age = "mixed",
        dormant: bool = True,
        room: int = 14,
    ) -> None:
        self.cast = cast
        self.products = _targets(cast, products)
        self.campaign = cast.campaign(weeks * 7, room)
        first, last = self.campaign
        late = [int(cast.rng.random() * 0.7 * (last - first)) for _ in range(people // 3)]
        days = [first] * (people - len(late)) + [first + day for day in late]
        times = [cast.clock.on(day, cast.rng) for day in days]
        self.people = cast.crew(self.products[0].seller, people, times, age, dormant)

    def meet(self, share: float, days: float) -> Iterator[tuple[Product, int, int]]:
        """For each product a part of the people within some days of each other: product, buyer
        and time."""
        rng, joined = self.cast.rng, self.cast.people.joined
        count = max(3, round(share * len(self.people)))
        for product in self.products:
            times = self.cast.burst(count, days, self.campaign)
            there = [buyer for buyer in self.people if joined[buyer] < times[0] - 2 * DAY]
            members = rng.sample(there, min(count, len(there)))
            for buyer, at in zip(members, times, strict=False):
                yield product, buyer, at

    def storm(self, share: float, days: float, rating: int = 5, **details: Any) -> None:
        """They meet, and all give that rating."""
        for product, buyer, at in self.meet(share, days):
            self.cast.review(product, at, buyer, rating, **details)

    def shop(self, share: float, days: float) -> None:
        """They meet, and each has its own opinion."""
        for product, buyer, at in self.meet(share, days):
            self.cast.visit(product, at, buyer=buyer, record=self.cast.record)


@planted("review_ring", "burst", 1)
def burst(cast: Casting) -> None:
    """All of them, five products, two days each."""
    Ring(cast, 5, 8, weeks=5, age="fresh").storm(1.0, 2, orders=False)


@planted("review_ring", "one_star_raid", 2)
def raid(cast: Casting) -> None:
    """The same with one star."""
    Ring(cast, 4, 8).storm(0.9, 2, rating=1, orders=False)


@planted("review_ring", "same_words", 2)
def same_words(cast: Casting) -> None:
    """They copy each other's words, with small changes."""
    ring = Ring(cast, 3, 7)
    models: dict[int, str] = {}
    language = ring.products[0].seller.marketplace.title_language
    for product, buyer, at in ring.meet(0.85, 6):
        if product.index not in models:
            slots = cast.world.slots(product, language, cast.rng)
            slots["noun"] = product.noun_in(language) or product.name
            model = cast.world.texts.review(
                language, 5, product.leaf, cast.rng, slots, wordiness=2.0, tell="use"
            )
            models[product.index] = model.text or ""
        text = _reworded(cast, models[product.index])
        cast.review(product, at, buyer, 5, text=text, language=language)


def _reworded(cast: Casting, text: str) -> str:
    sentences = text.split(". ")
    if len(sentences) > 2 and cast.rng.random() < 0.6:
        del sentences[int(cast.rng.random() * len(sentences))]
    if cast.rng.random() < 0.5:
        cast.rng.shuffle(sentences)
    return ". ".join(sentences)


@planted("review_ring", "shared_devices", 2)
def shared_devices(cast: Casting) -> None:
    """Two people with five accounts each."""
    ring = Ring(cast, 4, 10)
    cast.share(ring.people[:5], "device", cast.clock.end)
    cast.share(ring.people[5:], "device", cast.clock.end)
    ring.storm(0.7, 5)


@planted("review_ring", "stars_without_text", 3)
def stars_only(cast: Casting) -> None:
    """Ratings alone."""
    Ring(cast, 4, 9).storm(0.8, 4, text="none", orders=False)


@planted("review_ring", "aged_with_camouflage", 4)
def aged_ring(cast: Casting) -> None:
    """Old accounts with honest reviews of well-known products between the others."""
    ring = Ring(cast, 5, 8, weeks=14, age="aged", dormant=False)
    cast.camouflage(ring.people, 3, ring.products[0].seller.market)
    ring.storm(0.8, 6)


@planted("review_ring", "slow_drip", 4)
def slow_ring(cast: Casting) -> None:
    """One review in a few days, for months."""
    Ring(cast, 5, 8, weeks=20).storm(0.8, 45, own_time=True)


@planted("review_ring", "rotating_subsets", 5)
def rotating(cast: Casting) -> None:
    """Every product gets another half of the ring, mixed ratings, verified, over two weeks."""
    ring = Ring(cast, 7, 12, weeks=20, age="aged", dormant=False)
    cast.camouflage(ring.people, 2, ring.products[0].seller.market)
    for product, buyer, at in ring.meet(0.5, 14):
        cast.review(product, at, buyer, 5 - (cast.rng.random() < 0.25), own_time=True)


# People who merely agree.


@lookalike("review_ring", "shared_taste", "whole_window")
def shared_taste(cast: Casting) -> None:
    """Friends of one hobby buy the same things over the months, each in its own time."""
    Ring(cast, 5, 6, weeks=25, age="aged", dormant=False, room=60).shop(0.7, 120)


@lookalike("review_ring", "shared_taste", "new_season")
def shared_season(cast: Casting) -> None:
    """The season begins, and they all need the same things."""
    Ring(cast, 3, 7, weeks=3, age="aged", dormant=False, room=60).shop(0.7, 12)


@lookalike("review_ring", "seasonal_gifts", "december")
def gifts(cast: Casting) -> None:
    """Everybody buys the same presents in the same days."""
    Ring(cast, 3, 12, weeks=2, dormant=False, room=60).shop(0.6, 9)


@lookalike("review_ring", "seasonal_gifts", "school_start")
def school(cast: Casting) -> None:
    """A class list: sixteen parents, three things."""
    Ring(cast, 3, 16, weeks=4, dormant=False, room=60).shop(0.6, 7)


@lookalike("review_ring", "family_ring", "shared_home")
def family_ring(cast: Casting) -> None:
    """A family of four shares card, address and taste."""
    ring = Ring(cast, 4, 4, weeks=12, age="aged", dormant=False, room=60)
    cast.share(ring.people, "address", cast.clock.end)
    cast.share(ring.people, "ip", cast.clock.end)
    ring.shop(1.0, 15)


@lookalike("review_ring", "family_ring", "in_laws")
def in_laws(cast: Casting) -> None:
    """Two homes, one payment card, and presents for the same children."""
    ring = Ring(cast, 3, 5, weeks=10, age="aged", dormant=False, room=60)
    cast.share(ring.people[:3], "address", cast.clock.end)
    cast.share(ring.people[3:], "address", cast.clock.end)
    cast.share(ring.people[1:4], "payment_card", cast.clock.end)
    ring.shop(0.8, 6)


@lookalike("review_ring", "vine_reviewers", "same_batches")
def vine_ring(cast: Casting) -> None:
    """The programme sends the same batch to the same reviewers, all honest."""
    ring = Ring(cast, 4, 7, weeks=12, age="aged", dormant=False, room=40)
    for product, buyer, at in ring.meet(1.0, 12):
        rating = 3 + int(cast.rng.random() * 3)
        cast.review(product, at, buyer, rating, orders=False, programme="vine")


@lookalike("review_ring", "vine_reviewers", "quick_ones")
def vine_quick(cast: Casting) -> None:
    """Most of them write within two days of the delivery, and say that it was free."""
    ring = Ring(cast, 3, 8, weeks=10, age="aged", dormant=False, room=40)
    for product, buyer, at in ring.meet(0.9, 2):
        rating = 4 + int(cast.rng.random() * 2)
        cast.review(product, at, buyer, rating, orders=False, programme="vine", tell="vine")
