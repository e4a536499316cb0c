"""`vote_manipulation`: clicks that are made to order; and reviews that many people do find useful,
or rightly report."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.simulator.cases.casting import Casting
from pipeline.simulator.cases.dealings import IsReported, Pitch, Proposes
from pipeline.simulator.cases.registry import lookalike, planted
from pipeline.simulator.catalogue import Product, Seller
from pipeline.simulator.clock import DAY, HOUR
from pipeline.simulator.population import Age
from pipeline.simulator.visits import Review
from pipeline.simulator.world import VoteKind, World


class Clicks:
    """Votes by a crew on some reviews of a product, once its reviews are known; camouflage is not
    `recorded`."""

    def __init__(
        self,
        cast: Casting,
        crew: Sequence[int],
        kind: VoteKind,
        stars: Sequence[int],
        *,
        reviews: int,
        each: int,
        hours: float,
        others: Sequence[str] = (),
        recorded: bool = True,
    ) -> None:
        self.cast = cast
        self.crew = list(crew)
        self.voters = [cast.people.id[buyer] for buyer in crew] + list(others)
        self.kind = kind
        self.stars = stars
        self.reviews = reviews
        self.each = each
        self.hours = hours
        self.recorded = recorded

    def __call__(self, world: World, product: Product, reviews: list[Review]) -> None:
        rng, record = self.cast.rng, self.cast.record
        last = world.clock.end - 2 * DAY
        joined = {self.cast.people.id[buyer]: self.cast.people.joined[buyer] for buyer in self.crew}
        begun = sorted(joined.values())[len(joined) // 2]
        targets = [
            review
            for review in reviews
            if review.rating in self.stars
            and review.at < last
            and world.clock.inside(review.at)
            and review.removed is None
        ]
        for review in rng.sample(targets, min(self.reviews, len(targets))):
            early = max(review.at, begun)
            latest = max(early, last - int(self.hours * HOUR)) + 6 * HOUR
            start = world.clock.days_later(early, rng, 4, 0.9)
            if rng.random() < 0.5:
                start = early + int(rng.random() * (latest - early))
            start = min(start, latest)
            for voter in rng.sample(self.voters, min(self.each, len(self.voters))):
                at = world.clock.within(start, self.hours, rng)
                if voter == review.author or joined.get(voter, 0) >= at:
                    continue
                if not world.votes(review, voter, self.kind, at) or not self.recorded:
                    continue
                if record.act(at):
                    record.reviews.add(review.id)
                    record.accounts.add(voter)
                    if record.kind == "planted" and product.seller.id not in record.sellers:
                        record.affected.add(review.author)


def _product(cast: Casting, orders: int = 35) -> Product:
    return cast.seller(orders=orders).products[0]


def _farm(
    cast: Casting, product: Product, count: int, age: Age = "fresh", dormant: bool = True
) -> list[int]:
    """Voters: the fresh register together, the others when they like."""
    days = [int(cast.rng.random() * 0.8 * cast.clock.days) for _ in range(count)]
    if age == "fresh":
        days = days[:1] * count
    times = [cast.clock.on(day, cast.rng) for day in days]
    return cast.crew(product.seller, count, times, age, dormant)


@planted("vote_manipulation", "burst_for_own", 1)
def burst_for_own(cast: Casting) -> None:
    """Fresh accounts on one device find the shop's best reviews helpful within the hour."""
    product = _product(cast)
    crew = _farm(cast, product, 10)
    cast.share(crew, "device", cast.clock.end)
    product.afterwards.append(Clicks(cast, crew, "helpful", (5,), reviews=4, each=9, hours=1))


@planted("vote_manipulation", "buries_critics", 2)
def buries_critics(cast: Casting) -> None:
    """Bad reviews are not helpful, says a farm behind one address."""
    product = _product(cast)
    product.defects = 0.22
    crew = _farm(cast, product, 9)
    cast.share(crew, "ip", cast.clock.end)
    product.afterwards.append(Clicks(cast, crew, "not_helpful", (1, 2), reviews=6, each=8, hours=6))


@planted("vote_manipulation", "asks_in_text", 2)
def asks_in_text(cast: Casting) -> None:
    """Buyers are asked to click."""
    seller = cast.seller()
    seller.conduct = Proposes(cast, seller, Pitch(["v_votes"]), 0.35)


@planted("vote_manipulation", "asks_a_group", 3, ["off_platform_contact"])
def asks_a_group(cast: Casting) -> None:
    """A group is told which reviews to sink, and does."""
    seller = cast.seller()
    rival = cast.rival(seller.products[0])
    pitch = Pitch(["v_votes_down"], channel="social", extra={"rival": rival.name})
    seller.conduct = Proposes(cast, seller, pitch, 0.12)
    crew = _farm(cast, seller.products[0], 8, "mixed", dormant=False)
    rival.afterwards.append(Clicks(cast, crew, "report_abuse", (4, 5), reviews=4, each=6, hours=20))


@planted("vote_manipulation", "buyers_report", 3)
def votes_reported(cast: Casting) -> None:
    """Only buyers tell that they were asked to click."""
    seller = cast.seller()
    seller.conduct = IsReported(
        cast, seller, told="b_told_votes", review_tells=None, share=0.2, taken=0.0
    )


@planted("vote_manipulation", "staff_clicks", 3)
def staff_clicks(cast: Casting) -> None:
    """Employees and accounts on their devices vote for the shop and against its critics."""
    seller: Seller = cast.seller(staff=3, orders=35)
    product = seller.products[0]
    product.defects = 0.18
    crew = _farm(cast, product, 4, "mixed")
    cast.share([seller.staff[0], *crew[:2]], "device", cast.clock.end)
    cast.share([seller.staff[1], *crew[2:]], "phone", cast.clock.end)
    for kind, stars in (("helpful", (5,)), ("not_helpful", (1, 2))):
        product.afterwards.append(
            Clicks(cast, crew, kind, stars, reviews=5, each=6, hours=30, others=seller.staff[:3])  # type: ignore[arg-type]
        )


@planted("vote_manipulation", "reports_rival", 3)
def reports_rival(cast: Casting) -> None:
    """A competitor's good reviews are reported as abuse, by accounts tied to the seller."""
    seller = cast.seller()
    rival = cast.rival(seller.products[0], orders=35)
    crew = _farm(cast, seller.products[0], 7, "mixed")
    cast.share([seller.owner, *crew[:3]], "address", cast.clock.end)
    cast.share([crew[0], *crew[3:]], "device", cast.clock.end)
    rival.afterwards.append(Clicks(cast, crew, "report_abuse", (5,), reviews=6, each=6, hours=30))


@planted("vote_manipulation", "slow_drip", 4)
def slow_votes(cast: Casting) -> None:
    """Aged accounts, one device each, a vote or two a day for weeks."""
    product = _product(cast, 45)
    crew = _farm(cast, product, 10, "aged")
    product.afterwards.append(Clicks(cast, crew, "helpful", (5,), reviews=7, each=7, hours=24 * 25))


@planted("vote_manipulation", "large_farm", 4)
def large_farm(cast: Casting) -> None:
    """Thirty accounts, of which nobody votes more than a few times."""
    product = _product(cast, 45)
    crew = _farm(cast, product, 30, "mixed", dormant=False)
    product.afterwards.append(Clicks(cast, crew, "helpful", (4, 5), reviews=8, each=7, hours=72))


@planted("vote_manipulation", "with_camouflage", 4)
def votes_with_camouflage(cast: Casting) -> None:
    """The voters also buy, review and vote elsewhere."""
    product = _product(cast, 40)
    product.defects = 0.18
    crew = _farm(cast, product, 9, "mixed", dormant=False)
    cast.camouflage(crew, 2, product.market)
    for other in cast.bystanders(product.market, 3):
        cover = Clicks(
            cast, crew, "helpful", (4, 5), reviews=3, each=3, hours=24 * 20, recorded=False
        )
        other.afterwards.append(cover)
    product.afterwards.append(
        Clicks(cast, crew, "not_helpful", (1, 2, 3), reviews=6, each=7, hours=72)
    )


@planted("vote_manipulation", "careful_mix", 5)
def careful_mix(cast: Casting) -> None:
    """Few voters at a time out of many, up here and down there, over the whole window."""
    product = _product(cast, 60)
    product.defects = 0.15
    crew = _farm(cast, product, 12, "aged", dormant=False)
    rival = cast.rival(product, orders=40)
    plans: tuple[tuple[Product, VoteKind, tuple[int, ...]], ...] = (
        (product, "helpful", (5,)),
        (product, "not_helpful", (1, 2)),
        (rival, "not_helpful", (5,)),
    )
    for target, kind, stars in plans:
        target.afterwards.append(Clicks(cast, crew, kind, stars, reviews=8, each=4, hours=24 * 14))


# Votes that are meant.


def _crowd(cast: Casting, kind: VoteKind, stars: Sequence[int], voters: int, hours: float) -> None:
    product = _product(cast, 40)
    if max(stars) <= 2:
        product.defects = 0.2
    crew = _farm(cast, product, voters, "mixed", dormant=False)
    product.afterwards.append(Clicks(cast, crew, kind, stars, reviews=1, each=voters, hours=hours))


@lookalike("vote_manipulation", "viral_product", "one_review")
def viral_product(cast: Casting) -> None:
    """A product is in the news, and everybody reads its first review in one day."""
    _crowd(cast, "helpful", (5, 4), 25, 20)


@lookalike("vote_manipulation", "viral_product", "critical_review")
def viral_critic(cast: Casting) -> None:
    """The news is bad: a critical review helps everybody."""
    _crowd(cast, "helpful", (1, 2), 22, 24)


@lookalike("vote_manipulation", "top_review", "for_weeks")
def top_review(cast: Casting) -> None:
    """The review shown on top gathers votes for weeks."""
    _crowd(cast, "helpful", (5, 4, 3), 30, 24 * 40)


@lookalike("vote_manipulation", "top_review", "unhelpful")
def top_unhelpful(cast: Casting) -> None:
    """A review that says nothing is shown on top, and readers say so."""
    _crowd(cast, "not_helpful", (5,), 14, 24 * 20)


@lookalike("vote_manipulation", "real_abuse_reports", "insults")
def real_abuse(cast: Casting) -> None:
    """A review insults people; readers report it and the platform removes it."""
    product = _product(cast)
    at = cast.time(15)
    (author,) = cast.crew(product.seller, 1, at, "mixed")
    crew = cast.crew(product.seller, 9, at, "mixed")
    cast.review(product, at, author, 1, tell="abuse", orders=False)

    def report(world: World, product: Product, reviews: list[Review]) -> None:
        writer = cast.people.id[author]
        for review in [r for r in reviews if r.author == writer]:
            last = review.at
            for buyer in crew:
                when = world.clock.hours_later(review.at, cast.rng, 18)
                if world.votes(review, cast.people.id[buyer], "report_abuse", when):
                    cast.record.act(when)
                    cast.record.accounts.add(cast.people.id[buyer])
                    last = max(last, when)
            world.removes(review, world.clock.hours_later(last, cast.rng, 9), "platform")

    product.afterwards.append(report)


@lookalike("vote_manipulation", "real_abuse_reports", "not_removed")
def abuse_stays(cast: Casting) -> None:
    """The same, before the platform gets to it."""
    product = _product(cast)
    at = cast.time(15)
    (author,) = cast.crew(product.seller, 1, at, "mixed")
    cast.review(product, at, author, 5, tell="abuse", orders=False)
    crew = cast.crew(product.seller, 7, at, "mixed")

    def report(world: World, product: Product, reviews: list[Review]) -> None:
        writer = cast.people.id[author]
        for review in [r for r in reviews if r.author == writer]:
            for buyer in crew:
                when = world.clock.days_later(review.at, cast.rng, 3)
                if world.votes(review, cast.people.id[buyer], "report_abuse", when):
                    cast.record.act(when)
                    cast.record.accounts.add(cast.people.id[buyer])

    product.afterwards.append(report)
