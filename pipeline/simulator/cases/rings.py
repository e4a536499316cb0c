"""`review_ring`: reviewers acting as one with no seller proven behind them; and people who only
share a taste, a season, a family or a programme."""

from __future__ import annotations

from collections.abc import Sequence

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


def _crew(
    cast: Casting, products: Sequence[Product], count: int, age: Age = "mixed", dormant: bool = True
) -> list[int]:
    return cast.crew(products[0].seller, count, cast.clock.start + 20 * DAY, age, dormant)


def _storm(
    cast: Casting,
    products: Sequence[Product],
    crew: Sequence[int],
    *,
    share: float,
    days: float,
    rating: int = 5,
    **details: object,
) -> None:
    """Each product gets most of the crew within some days of each other."""
    for product in products:
        members = cast.rng.sample(list(crew), max(3, round(share * len(crew))))
        for buyer, at in zip(members, cast.burst(len(members), days), strict=True):
            cast.review(product, at, buyer, rating, **details)


@planted("review_ring", "burst", 1)
def burst(cast: Casting) -> None:
    """All of them, five products, two days each."""
    products = _targets(cast, 5)
    _storm(cast, products, _crew(cast, products, 8, "fresh"), share=1.0, days=2, orders=False)


@planted("review_ring", "one_star_raid", 2)
def raid(cast: Casting) -> None:
    """The same with one star."""
    products = _targets(cast, 4)
    _storm(cast, products, _crew(cast, products, 8), share=0.9, days=2, rating=1, orders=False)


@planted("review_ring", "same_words", 2)
def same_words(cast: Casting) -> None:
    """They copy each other's words, with small changes."""
    products = _targets(cast, 3)
    crew = _crew(cast, products, 7)
    for product in products:
        language = product.seller.marketplace.title_language
        slots = cast.world.slots(product, language, cast.rng)
        slots["noun"] = product.noun_in(language) or product.name
        model = cast.world.texts.review(language, 5, product.leaf, cast.rng, slots, wordiness=2.0)
        times = cast.burst(6, 6)
        for buyer, at in zip(cast.rng.sample(crew, 6), times, strict=True):
            cast.review(
                product, at, buyer, 5, text=_reworded(cast, model.text or "Bra!"), language=language
            )


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
    products = _targets(cast, 4)
    crew = _crew(cast, products, 10)
    cast.share(crew[:5], "device", cast.clock.end)
    cast.share(crew[5:], "device", cast.clock.end)
    _storm(cast, products, crew, share=0.7, days=5)


@planted("review_ring", "stars_without_text", 3)
def stars_only(cast: Casting) -> None:
    """Ratings alone."""
    products = _targets(cast, 4)
    _storm(cast, products, _crew(cast, products, 9), share=0.8, days=4, text="none", orders=False)


@planted("review_ring", "aged_with_camouflage", 4)
def aged_ring(cast: Casting) -> None:
    """Old accounts with honest reviews of well-known products between the others."""
    products = _targets(cast, 5)
    crew = _crew(cast, products, 8, "aged", dormant=False)
    cast.camouflage(crew, 3, products[0].seller.market)
    _storm(cast, products, crew, share=0.8, days=6)


@planted("review_ring", "slow_drip", 4)
def slow_ring(cast: Casting) -> None:
    """One review in a few days, for months."""
    products = _targets(cast, 5)
    _storm(cast, products, _crew(cast, products, 8), share=0.8, days=45)


@planted("review_ring", "rotating_subsets", 5)
def rotating(cast: Casting) -> None:
    """Every product gets another half of the ring, mixed ratings, verified, over two weeks."""
    products = _targets(cast, 7)
    crew = _crew(cast, products, 12, "aged", dormant=False)
    cast.camouflage(crew, 2, products[0].seller.market)
    for product in products:
        members = cast.rng.sample(crew, 6)
        for buyer, at in zip(members, cast.burst(6, 14), strict=True):
            cast.review(product, at, buyer, 5 - (cast.rng.random() < 0.25))


# People who merely agree.


def _fans(cast: Casting, count: int, people: int, share: float, days: float | None) -> None:
    products = _targets(cast, count)
    crew = _crew(cast, products, people, "aged", dormant=False)
    for product in products:
        members = cast.rng.sample(crew, max(2, round(share * people)))
        times = cast.spread(len(members)) if days is None else cast.burst(len(members), days)
        for buyer, at in zip(members, times, strict=True):
            cast.visit(product, at, buyer=buyer, record=cast.record)


@lookalike("review_ring", "shared_taste", "whole_window")
def shared_taste(cast: Casting) -> None:
    """Friends of one hobby buy the same things over the months, each in its own time."""
    _fans(cast, 5, 6, 0.7, None)


@lookalike("review_ring", "shared_taste", "new_season")
def shared_season(cast: Casting) -> None:
    """The season begins, and they all need the same things."""
    _fans(cast, 3, 7, 0.7, 12)


@lookalike("review_ring", "seasonal_gifts", "december")
def gifts(cast: Casting) -> None:
    """Everybody buys the same presents in the same days."""
    _fans(cast, 3, 12, 0.6, 9)


@lookalike("review_ring", "seasonal_gifts", "school_start")
def school(cast: Casting) -> None:
    """A class list: twenty parents, three things."""
    _fans(cast, 3, 16, 0.6, 7)


@lookalike("review_ring", "family_ring", "shared_home")
def family_ring(cast: Casting) -> None:
    """A family of four shares card, address and taste."""
    products = _targets(cast, 4)
    crew = _crew(cast, products, 4, "aged", dormant=False)
    cast.share(crew, "address", cast.clock.end)
    cast.share(crew, "ip", cast.clock.end)
    for product in products:
        for buyer, at in zip(crew, cast.burst(4, 15), strict=True):
            cast.visit(product, at, buyer=buyer, record=cast.record)


@lookalike("review_ring", "vine_reviewers", "same_batches")
def vine_ring(cast: Casting) -> None:
    """The programme sends the same batch to the same reviewers, all honest."""
    products = _targets(cast, 4)
    crew = _crew(cast, products, 7, "aged", dormant=False)
    for product in products:
        for buyer, at in zip(crew, cast.burst(7, 12), strict=True):
            cast.review(
                product, at, buyer, 3 + int(cast.rng.random() * 3), orders=False, programme="vine"
            )
