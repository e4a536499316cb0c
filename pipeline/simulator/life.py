"""Ordinary life: what is sold, reviewed, returned and voted on, and the visits planned for it."""

from __future__ import annotations

from bisect import bisect_right
from random import Random

import numpy as np

from pipeline.simulator.catalogue import BURN_IN, Product
from pipeline.simulator.chance import mix, poisson, stream
from pipeline.simulator.clock import DAY, HOUR, MINUTE
from pipeline.simulator.conduct import Conduct
from pipeline.simulator.visits import Contact, ContactKind, Order, Review, Visit
from pipeline.simulator.world import VoteKind, World

# Thresholds of the latent opinion between five, four, three and two stars: together with broken
# items they give the J shape of real ratings.
_STARS = ((-0.43, 5), (-1.1, 4), (-1.65, 3), (-2.05, 2))
_BROKEN = (1, 1, 1, 1, 2, 2, 3)

_WRITES = {1: 1.2, 2: 1.0, 3: 0.75, 4: 0.9, 5: 1.05}
"""How much likelier than usual somebody of that opinion writes a review."""

_UNVERIFIED = 0.09
"""Reviews without a purchase, for each order."""

_SAMPLED = 0.25
"""Launches that the platform's sampling programme takes part in."""

_VOTES = 0.85
"""Votes for each review, on average over a long-tailed draw."""


class Life:
    """Runs the products of a world one by one, in any order."""

    def __init__(self, world: World) -> None:
        self._world = world

    def run(self, product: Product) -> None:
        """Everything that happens around one product."""
        world = self._world
        seller = product.seller
        if seller.conduct is None:
            seller.conduct = Conduct(seller, world.seed)
        rng = stream(world.seed, "life", product.index)
        reviews: list[Review] = []
        reviewers: set[str] = set()
        for at in self._sales(product, rng):
            self._customer(product, at, rng, reviews, reviewers)
        for at in self._passers_by(product, rng):
            self._passes_by(product, at, rng, reviews, reviewers)
        for at in self._samples(product, rng):
            self._sampled(product, at, rng, reviews, reviewers)
        for visit in product.visits:
            self._visits(product, visit, rng, reviews, reviewers)
        reviews.sort(key=lambda review: (review.at, review.id))
        if product.parent is not None:
            self._copies(product, reviews, rng)
        for react in product.afterwards:
            react(world, product, reviews)
        self._voting(product, reviews, rng)
        for at, changes in product.rewrites:
            world.lists(product, at, **changes)

    # Customers.

    def _sales(self, product: Product, rng: Random) -> list[int]:
        clock = self._world.clock
        demand = self._world.catalogue.demand(product)
        total = float(demand.sum())
        if total <= 0:
            return []
        count = max(poisson(rng, product.rate * total / clock.days), product.floor)
        totals = np.cumsum(demand)
        days = np.searchsorted(totals, [rng.random() * total for _ in range(count)], side="right")
        last = len(demand) - 1
        return sorted(clock.on(min(int(day), last) - BURN_IN, rng) for day in days)

    def _passers_by(self, product: Product, rng: Random) -> list[int]:
        clock = self._world.clock
        first = max(clock.start, product.listed + DAY)
        count = poisson(rng, product.rate * _UNVERIFIED * (clock.end - first) / (180 * DAY))
        if first >= clock.end:
            return []
        start, days = clock.day_of(first), clock.days
        return [clock.on(start + int(rng.random() * (days - start)), rng) for _ in range(count)]

    def _price(self, product: Product, at: int, rng: Random) -> tuple[float, str | None]:
        day = self._world.clock.day_of(at)
        for promotion in product.promotions:
            if promotion.first <= day < promotion.last and (
                promotion.code is None or rng.random() < 0.7
            ):
                return round(product.price * (1 - promotion.discount), 2), promotion.code
        return product.price, None

    def _opinion(self, product: Product, buyer: int, at: int, rng: Random) -> tuple[int, bool]:
        """The stars that a buyer would give, and whether the item is broken."""
        share = product.defects
        if product.bad_batch is not None:
            day = self._world.clock.day_of(at)
            if product.bad_batch[0] <= day < product.bad_batch[1]:
                share = 0.45
        if rng.random() < share:
            return _BROKEN[int(rng.random() * len(_BROKEN))], True
        latent = product.quality - self._world.population.severity[buyer] + rng.gauss(0, 0.78)
        return next((stars for bound, stars in _STARS if latent > bound), 1), False

    def order(
        self, product: Product, buyer: int, at: int, rng: Random, visit: Visit | None = None
    ) -> Order:
        """A buyer orders a product."""
        world = self._world
        people = world.population
        paid, promo = self._price(product, at, rng)
        if visit is not None and (visit.pays != 1.0 or visit.code):
            paid, promo = round(product.price * visit.pays, 2), visit.code
        opinion, defect = self._opinion(product, buyer, at, rng)
        order = Order(
            world.identity.order(),
            product,
            buyer,
            people.id[buyer],
            people.language[buyer],
            at,
            product.price,
            paid,
            promo,
            opinion,
            defect,
            world.clock.days_later(at, rng, 3, 0.4),
        )
        world.orders(order)
        return order

    def _customer(
        self, product: Product, at: int, rng: Random, reviews: list[Review], reviewers: set[str]
    ) -> None:
        world = self._world
        buyer = world.population.draw(product.market, product.leaf, at, rng)
        if buyer is None:
            return
        order = self.order(product, buyer, at, rng)
        self.serves(order, rng)
        deal = order.deal
        if order.account in reviewers:
            return
        if deal is not None and rng.random() < deal.chance:
            reviewers.add(order.account)
            review = self.reviews(order, rng, deal.rating, tell=deal.tell)
            reviews.append(review)
            if deal.record.act(review.at):
                deal.record.took(review.id, order.account, product.id, deal.witness)
            if deal.then is not None:
                deal.then(world, review, rng)
            return
        eager = world.population.eagerness[buyer] * _WRITES[order.opinion]
        if rng.random() > eager:
            return
        reviewers.add(order.account)
        reviews.append(self.reviews(order, rng, order.opinion))

    def serves(self, order: Order, rng: Random, *, keeps: bool = False) -> None:
        """From the shipping to the follow-up: messages, problems, refunds. `keeps`: the buyer
        does not cancel."""
        world = self._world
        conduct = order.product.seller.conduct
        assert conduct is not None  # noqa: S101 - set in `run`
        if rng.random() < 0.012 and not keeps:
            world.refunds(order, world.clock.hours_later(order.at, rng, 9), "cancelled")
            return
        conduct.ships(world, order, rng)
        conduct.encloses(world, order, rng)
        contact = self._contact(order, rng)
        if contact is not None:
            conduct.converses(world, order, contact, rng)
        if order.opinion <= 2 and not order.refunded and rng.random() < 0.22:
            at = world.clock.days_later(order.delivered, rng, 7)
            reason = "defect" if order.defect else rng.choice(("return", "not_as_described"))
            world.refunds(order, at, reason, returned=None if rng.random() < 0.2 else True)  # type: ignore[arg-type]
        elif order.opinion >= 3 and rng.random() < 0.018:
            at = world.clock.days_later(order.delivered, rng, 7)
            world.refunds(order, at, "return", returned=True)
        conduct.follows_up(world, order, contact, rng)

    def _contact(self, order: Order, rng: Random) -> Contact | None:
        clock = self._world.clock
        kind: ContactKind
        if order.defect and rng.random() < 0.42:
            kind = "defect"
        elif order.opinion <= 2 and rng.random() < 0.2:
            kind = "unhappy"
        elif order.opinion == 5 and rng.random() < 0.018:
            kind = "happy"
        elif rng.random() < 0.012:
            return Contact("late", clock.days_later(order.at, rng, 4, 0.3))
        elif rng.random() < 0.026:
            return Contact("question", clock.hours_later(order.at, rng, 20))
        else:
            return None
        return Contact(kind, clock.days_later(order.delivered, rng, 2.5, 0.6))

    # Reviews.

    def reviews(
        self,
        order: Order,
        rng: Random,
        rating: int,
        *,
        at: int | None = None,
        tell: str | None = None,
        words: str = "own",
        programme: str | None = None,
    ) -> Review:
        """The buyer of an order writes a review, at its own time unless one is given."""
        world = self._world
        if at is None:
            at = world.population.sitting(order.buyer, order.delivered)
            at += int(rng.random() * 25 * MINUTE)
        review = self._writes(
            order.product,
            at,
            rating,
            rng,
            order.account,
            order.buyer,
            order.language,
            order,
            tell,
            words,
            programme,
        )
        self._second_thoughts(review, rng)
        conduct = order.product.seller.conduct
        if conduct is not None:
            conduct.sees_review(world, review, rng)
        return review

    def _writes(
        self,
        product: Product,
        at: int,
        rating: int,
        rng: Random,
        author: str,
        buyer: int | None,
        language: str,
        order: Order | None,
        tell: str | None,
        words: str,
        programme: str | None,
        shop: str | None = None,
    ) -> Review:
        world = self._world
        written = world.wording(product, buyer, language, rating, rng, tell, shop)
        if words == "none":
            written = written._replace(title=None, text=None)
        elif words != "own":
            written = written._replace(text=words)
        return world.posts(
            product,
            at,
            rating,
            rng,
            author=author,
            buyer=buyer,
            language=language,
            words=written,
            order=order,
            programme=programme,
        )

    def _second_thoughts(self, review: Review, rng: Random) -> None:
        """Edits and removals for reasons of the author's or the platform's own."""
        world = self._world
        order = review.order
        chance = rng.random()
        if order is not None and order.defect and review.rating <= 2 and chance < 0.12:
            world.rethinks(review, 4 + (rng.random() < 0.6), "update_good", rng, days=9)
        elif review.rating >= 4 and chance < 0.01:
            world.rethinks(review, 1 + int(rng.random() * 2), "update_bad", rng, days=35)
        elif chance < 0.025:
            world.rethinks(review, review.rating, None, rng, days=0.6)
        elif chance < 0.035:
            world.removes(review, world.clock.days_later(review.at, rng, 14), "reviewer")
        elif chance < 0.042:
            world.removes(review, world.clock.days_later(review.at, rng, 3), "platform")

    def _passes_by(
        self, product: Product, at: int, rng: Random, reviews: list[Review], reviewers: set[str]
    ) -> None:
        """Somebody reviews what was bought elsewhere."""
        world = self._world
        people = world.population
        buyer = people.draw(product.market, product.leaf, at, rng)
        if buyer is None or people.id[buyer] in reviewers:
            return
        reviewers.add(people.id[buyer])
        rating, _ = self._opinion(product, buyer, at, rng)
        review = self._writes(
            product,
            at,
            rating,
            rng,
            people.id[buyer],
            buyer,
            people.language[buyer],
            None,
            None,
            "own",
            None,
        )
        self._second_thoughts(review, rng)
        reviews.append(review)

    def _samples(self, product: Product, rng: Random) -> list[int]:
        """When the reviewers of the platform's sampling programme write, after a launch."""
        clock = self._world.clock
        if product.listed < clock.start or rng.random() > _SAMPLED:
            return []
        return [
            clock.days_later(product.listed, rng, 14, 0.4) for _ in range(3 + int(rng.random() * 8))
        ]

    def _sampled(
        self, product: Product, at: int, rng: Random, reviews: list[Review], reviewers: set[str]
    ) -> None:
        world = self._world
        people = world.population
        buyer = people.sampler(product.market, at, rng)
        if buyer is None or people.id[buyer] in reviewers:
            return
        reviewers.add(people.id[buyer])
        rating, _ = self._opinion(product, buyer, at, rng)
        tell = "vine" if rng.random() < 0.5 else None
        reviews.append(
            self._writes(
                product,
                at,
                rating,
                rng,
                people.id[buyer],
                buyer,
                people.language[buyer],
                None,
                tell,
                "own",
                "vine",
            )
        )

    def _copies(self, product: Product, reviews: list[Review], rng: Random) -> None:
        """Some who review one variation post the same words on the next."""
        siblings = [
            other
            for other in product.seller.products
            if other.parent == product.parent and other.index > product.index
        ]
        for review in reviews:
            if siblings and review.buyer is not None and rng.random() < 0.06:
                sibling = rng.choice(siblings)
                if sibling.listed >= review.at:
                    continue
                sibling.visits.append(
                    Visit(
                        review.at + int((1 + rng.random() * 9) * MINUTE),
                        review.buyer,
                        orders=False,
                        rating=review.rating,
                        text=review.text or "none",
                    )
                )

    # Planned visits.

    def _visits(
        self,
        product: Product,
        visit: Visit,
        rng: Random,
        reviews: list[Review],
        reviewers: set[str],
    ) -> None:
        world = self._world
        people = world.population
        buyer = visit.buyer
        author = visit.author if buyer is None else people.id[buyer]
        if author is None:
            buyer = people.draw(product.market, product.leaf, visit.at, rng)
            if buyer is None:
                return
            author = people.id[buyer]
        language = visit.language or (
            product.marketplace.title_language if buyer is None else people.language[buyer]
        )
        order: Order | None = None
        review: Review | None = None
        if visit.orders and buyer is not None:
            order = self.order(product, buyer, visit.at, rng, visit)
            order.language = language
            if visit.rating is not None:
                order.opinion, order.defect = visit.rating, False
            self.serves(order, rng, keeps=visit.reviews)
        if visit.reviews and author not in reviewers:
            reviewers.add(author)
            review = self._visit_review(product, visit, order, author, buyer, language, rng)
            reviews.append(review)
            record = visit.record
            if record is not None and record.act(review.at):
                record.reviews.add(review.id)
                record.accounts.add(author)
        if visit.then is not None:
            visit.then(world, order, review, rng)

    def _visit_review(
        self,
        product: Product,
        visit: Visit,
        order: Order | None,
        author: str,
        buyer: int | None,
        language: str,
        rng: Random,
    ) -> Review:
        rating = visit.rating
        if rating is None:
            rating = order.opinion if order is not None else 4 + (rng.random() < 0.6)
        if order is not None:
            return self.reviews(
                order,
                rng,
                rating,
                at=visit.review_at,
                tell=visit.tell,
                words=visit.text,
                programme=visit.programme,
            )
        review = self._writes(
            product,
            visit.review_at or visit.at,
            rating,
            rng,
            author,
            buyer,
            language,
            None,
            visit.tell,
            visit.text,
            visit.programme,
            visit.shop,
        )
        self._second_thoughts(review, rng)
        return review

    # Votes.

    def _voting(self, product: Product, reviews: list[Review], rng: Random) -> None:
        """Readers vote: reviews shown on top gather most, in proportion to length, to extremes
        and to what they already have (preferential attachment)."""
        world = self._world
        clock = world.clock
        shown = [review for review in reviews if clock.inside(review.at)]
        if not shown:
            return
        count = poisson(rng, len(shown) * _VOTES * 0.6 * 2.718281828 ** rng.gauss(0, 1.0))
        totals: list[float] = []
        weight = 0.0
        for place, review in enumerate(shown):
            length = len(review.text or "") / 150
            extreme = 1.6 if review.rating in (1, 5) else 1.0
            top = 9.0 if mix(place + product.index * 131) < 0.12 else 1.0
            weight += (0.3 + min(length, 5.0)) * extreme * top
            totals.append(weight)
        voted: set[tuple[str, str]] = set()
        for _ in range(count):
            review = shown[bisect_right(totals, rng.random() * weight)]
            self._reader(product, review, voted, rng)

    def _reader(
        self, product: Product, review: Review, voted: set[tuple[str, str]], rng: Random
    ) -> None:
        world = self._world
        clock = world.clock
        days = (clock.end - review.at) / DAY
        if rng.random() < 0.6:
            at = clock.days_later(review.at, rng, min(12.0, days / 3 + 0.05), 1.0)
        else:
            at = clock.on(clock.day_of(review.at) + 1 + int(rng.random() * days), rng)
        people = world.population
        reader = people.draw(product.market, product.leaf, at, rng)
        if reader is None or at <= review.at:
            return
        voter = people.id[reader]
        if voter == review.author or (voter, review.id) in voted:
            return
        voted.add((voter, review.id))
        chance = rng.random()
        kind: VoteKind = "helpful"
        if chance > 0.985:
            kind = "report_abuse"
        elif chance > (0.72 if review.rating <= 2 else 0.88):
            kind = "not_helpful"
        if world.votes(review, voter, kind, at) and rng.random() < 0.015:
            world.takes_back(review, voter, kind, at + int(rng.expovariate(1 / HOUR)) + MINUTE)
