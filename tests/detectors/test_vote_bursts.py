"""Firing and non-firing cases of the vote-burst detector."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from detectors.api import flat
from detectors.vote_bursts import VoteBursts
from schemas.alerts import Alert
from tests.detectors.world import World, cases_of

DETECTORS = [VoteBursts()]


@dataclass
class Shop:
    """Products with months of orders, reviews and votes behind them; `day` 0 is in the middle."""

    w: World = field(default_factory=World)
    reviews: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    """Review ids by product and stars."""
    buyers: dict[str, list[str]] = field(default_factory=dict)

    def product(self, product: str, seller: str, orders_a_day: float = 2) -> None:
        w, r = self.w, random.Random(f"shop-{product}")
        before = len(w.events)
        w.listed(product, seller)
        w.traffic(product, seller, -80, 60, orders_a_day)
        bodies = [(ts, body) for ts, body in w.events[before:]]
        buyers = self.buyers[product] = [
            b["buyer_id"] for _, b in bodies if b["type"] == "order.placed"
        ]
        for buyer in buyers:
            w.registered(buyer, "buyer", day=-r.uniform(100, 900))
        stars = self.reviews[product] = {n: [] for n in range(1, 6)}
        posted = sorted((ts, b["review_id"], b["rating"]) for ts, b in bodies if "rating" in b)
        for ts, review, rating in posted:
            stars[rating].append(review)
            day = (ts - w.events[0][0]) / 86_400_000_000 - 200
            for n in range(min(int(r.paretovariate(1.1)) - 1, 12)):
                voter = r.choice(buyers) if r.random() < 0.6 else f"visitor-{review}-{n}"
                vote = "helpful" if r.random() < 0.85 else "not_helpful"
                self.vote(product, review, voter, day + r.expovariate(1 / 15), vote)
        for rating, minimum in ((5, 4), (1, 3)):
            for n in range(minimum - len(stars[rating])):
                stars[rating].append(
                    w.review(product, f"author-{product}-{rating}{n}", -60 + n, rating)
                )

    def vote(
        self, product: str, review: str, voter: str, day: float, vote: str = "helpful"
    ) -> None:
        self.w.vote(product, review, voter, min(day, 85.0), vote)

    def burst(
        self,
        product: str,
        review: str,
        voters: list[str],
        day: float,
        days: float,
        vote: str = "helpful",
    ) -> None:
        r = random.Random(f"burst-{product}-{review}")
        for voter in voters:
            self.vote(product, review, voter, day + r.random() * days, vote)

    def cases(self) -> list[Alert]:
        return cases_of(self.w, DETECTORS)


def crew(n: int, name: str = "crew") -> list[str]:
    return [f"{name}{i}" for i in range(n)]


def customers(shop: Shop, n: int, product: str = "other") -> list[str]:
    """Accounts that shop elsewhere, old ones."""
    names = crew(n, "customer")
    for i, name in enumerate(names):
        shop.w.registered(name, "buyer", day=-400 - i)
        shop.w.order(product, "s9", name, -70 + i)
        shop.w.order(f"{product}{i}", "s9", name, 5 + i)
    return names


@pytest.fixture
def shop() -> Shop:
    made = Shop()
    made.product("p1", "s1")
    return made


def old(shop: Shop, stars: int, product: str = "p1", n: int = 0) -> str:
    """A review of these stars that is weeks old."""
    return shop.reviews[product][stars][n]


class TestFires:
    def test_bought_helpful_votes_on_own_praise(self, shop: Shop) -> None:
        shop.burst("p1", old(shop, 5), crew(9), 20, 0.5)
        (case,) = shop.cases()
        assert case.clause == "vote_manipulation"
        assert (case.subject.type, case.subject.id) == ("seller", "s1")
        assert case.accounts == sorted(crew(9))
        assert case.reviews == [old(shop, 5)]
        assert {e.type for e in case.evidence} == {"vote.cast"}
        assert "9 votes" in case.explanation

    def test_own_criticism_voted_down(self, shop: Shop) -> None:
        shop.burst("p1", old(shop, 1), crew(8), 20, 1, "not_helpful")
        (case,) = shop.cases()
        assert case.subject.id == "s1"
        assert case.reviews == [old(shop, 1)]

    def test_own_criticism_reported_away(self, shop: Shop) -> None:
        for n in range(3):
            shop.burst("p1", old(shop, 1, n=n), crew(7), 20 + 5 * n, 0.5, "report_abuse")
        (case,) = shop.cases()
        assert case.subject.id == "s1"
        assert case.reviews == sorted(shop.reviews["p1"][1][:3])
        assert case.accounts == sorted(crew(7))

    def test_competitors_praise_reported(self, shop: Shop) -> None:
        for n in range(3):
            shop.burst("p1", old(shop, 5, n=n), crew(7), 20 + 5 * n, 0.5, "report_abuse")
        (case,) = shop.cases()
        assert (case.subject.type, case.subject.id) == ("product", "p1")
        assert case.sellers == []
        assert case.affected.sellers == ["s1"]

    def test_competitors_criticism_voted_up(self, shop: Shop) -> None:
        shop.burst("p1", old(shop, 1), crew(12), 20, 1)
        (case,) = shop.cases()
        assert (case.subject.type, case.subject.id) == ("product", "p1")
        assert case.affected.sellers == ["s1"]

    def test_rival_whose_praise_the_same_crew_lifts(self, shop: Shop) -> None:
        shop.product("p2", "s2")
        shop.burst("p1", old(shop, 5), crew(8), 20, 1, "not_helpful")
        shop.burst("p2", old(shop, 5, "p2"), crew(8), 24, 1)
        (case,) = shop.cases()
        assert case.subject.id == "s2"
        assert [p.product_id for p in case.products] == ["p1", "p2"]
        assert case.affected.sellers == ["s1"]

    def test_crew_of_customers_on_two_products(self, shop: Shop) -> None:
        """Camouflaged accounts and small bursts; who meets again gives them away."""
        shop.product("p2", "s1")
        shop.burst("p1", old(shop, 5), customers(shop, 8), 20, 2)
        shop.burst("p2", old(shop, 5, "p2"), crew(8, "customer"), 30, 2)
        (case,) = shop.cases()
        assert case.subject.id == "s1"
        assert len(case.reviews) == 2
        assert case.accounts == sorted(crew(8, "customer"))

    def test_slow_drip_by_one_crew(self, shop: Shop) -> None:
        r = random.Random(5)
        for voter in crew(9):
            for n in range(4):
                shop.vote("p1", old(shop, 5, n=n), voter, 10 + 16 * n + r.uniform(0, 14))
        (case,) = shop.cases()
        assert case.subject.id == "s1"
        assert case.accounts == sorted(crew(9))
        assert "again and again" in case.explanation

    def test_burst_over_two_weeks_boundary(self, shop: Shop) -> None:
        # Weeks begin on Thursdays (day 1 + 7 n).
        shop.burst("p1", old(shop, 5), crew(12), 21.2, 1.6)
        (case,) = shop.cases()
        assert case.accounts == sorted(crew(12))

    def test_review_and_owner_unknown(self) -> None:
        s = Shop()
        for n in range(30):
            s.vote("p8", f"unknown{n % 9}", f"visitor{n}", 2.0 * n)
            s.w.order("p8", "s8", f"visitor{n}", 2.0 * n - 1)
        s.burst("p8", "unknown0", crew(10), 30, 0.3)
        (case,) = s.cases()
        assert (case.subject.type, case.subject.id) == ("review", "unknown0")
        assert set(case.accounts) == set(crew(10))

    def test_fresh_accounts(self, shop: Shop) -> None:
        for i, voter in enumerate(crew(6)):
            shop.w.registered(voter, "buyer", day=15 + i / 10)
        shop.burst("p1", old(shop, 5), crew(6), 20, 3)
        assert [c.subject.id for c in shop.cases()] == ["s1"]

    def test_votes_of_ordinary_visitors_are_not_named(self, shop: Shop) -> None:
        busy = shop.buyers["p1"][:6]
        shop.burst("p1", old(shop, 5), crew(14), 20, 1)
        shop.burst("p1", old(shop, 4), busy, 15, 12)
        (case,) = shop.cases()
        assert set(case.accounts) == set(crew(14))


class TestStaysSilent:
    def test_ordinary_months(self, shop: Shop) -> None:
        assert shop.cases() == []

    @pytest.mark.parametrize("days", [1.0, 6.0])
    def test_viral_product_or_promotion_day(self, shop: Shop, days: float) -> None:
        """Orders, reviews and votes on all reviews rise; most visitors are new here."""
        r = random.Random(8)
        shown = [rv for stars in shop.reviews["p1"].values() for rv in stars[:4]]
        for n in range(150):
            day = 20 + r.random() * days
            visitor = f"wave{n}"
            if n % 2:
                shop.w.order("p1", "s1", visitor, day)
                shop.w.registered(visitor, "buyer", day=-r.uniform(-15, 700))
            if r.random() < 0.6:
                vote = "helpful" if r.random() < 0.8 else "not_helpful"
                shop.vote("p1", min(r.choices(shown, k=2)), visitor, day + r.random() / 2, vote)
        assert shop.cases() == []

    def test_review_that_became_the_top_review(self, shop: Shop) -> None:
        r = random.Random(9)
        for n in range(60):
            voter = r.choice(shop.buyers["p1"]) if n % 2 else f"reader{n}"
            shop.vote("p1", old(shop, 5), voter, 10 + r.random() * 60)
        assert shop.cases() == []

    def test_one_review_read_by_many_customers(self, shop: Shop) -> None:
        """A defect that buyers confirm within a day."""
        readers = random.Random(4).sample(shop.buyers["p1"], 18)
        shop.burst("p1", old(shop, 1), [*readers, *crew(3, "reader")], 20, 1.5)
        assert shop.cases() == []

    def test_abusive_review_reported_by_unrelated_people(self, shop: Shop) -> None:
        readers = random.Random(4).sample(shop.buyers["p1"], 6)
        review = shop.w.review("p1", "angry", 19.5, 1)
        shop.burst("p1", review, [*readers, *crew(6, "reader")], 20, 1, "report_abuse")
        shop.w.add(
            "review.removed",
            22,
            review_id=review,
            product_id="p1",
            reviewer_id="angry",
            removed_by="platform",
        )
        assert shop.cases() == []

    def test_abusive_review_not_removed(self, shop: Shop) -> None:
        readers = random.Random(4).sample(shop.buyers["p1"], 5)
        shop.burst("p1", old(shop, 1), [*readers, *crew(3, "reader")], 20, 2, "report_abuse")
        assert shop.cases() == []

    @pytest.mark.parametrize("known", [True, False])
    def test_four_friends_on_a_small_product(self, known: bool) -> None:
        s = Shop()
        s.product("p1", "s1", orders_a_day=0.2)
        friends = customers(s, 4) if known else crew(4)
        s.burst("p1", s.w.review("p1", "author", 19), friends, 20, 1)
        assert s.cases() == []

    def test_followers_of_an_author(self, shop: Shop) -> None:
        """They vote on all that it writes, on one product after the other."""
        shop.product("p2", "s2")
        shop.product("p3", "s3")
        followers = customers(shop, 6)
        for n, product in enumerate(("p1", "p2", "p3")):
            review = shop.w.review(product, "blogger", 10 + 10 * n)
            shop.burst(product, review, followers, 10.5 + 10 * n, 2)
        assert shop.cases() == []

    def test_regulars_who_vote_on_everything(self, shop: Shop) -> None:
        """The same people on several products, each when it pleases."""
        r = random.Random(6)
        products = [f"p{n}" for n in range(2, 7)]
        for product in products:
            shop.product(product, f"s-{product}")
        for voter in customers(shop, 8):
            for product in r.sample(products, 3):
                for review in r.sample([*flat(shop.reviews[product].values())], 2):
                    vote = "helpful" if r.random() < 0.8 else "not_helpful"
                    shop.vote(product, review, voter, r.uniform(0, 80), vote)
        assert shop.cases() == []

    def test_two_of_the_crew_are_no_crew(self, shop: Shop) -> None:
        for n in range(4):
            shop.burst("p1", old(shop, 5, n=n), crew(2), 10 + 10 * n, 1)
        assert shop.cases() == []


class TestConditionRemoved:
    """What fires above is silent without what makes it suspicious."""

    def test_burst_spread_over_the_year_by_customers(self, shop: Shop) -> None:
        for i, voter in enumerate(customers(shop, 9)):
            shop.vote("p1", old(shop, 5), voter, -40 + 13 * i)
        assert shop.cases() == []

    def test_camouflaged_crew_that_never_meets_again(self, shop: Shop) -> None:
        shop.product("p2", "s1")
        shop.burst("p1", old(shop, 5), customers(shop, 8)[:4], 20, 2)
        shop.burst("p2", old(shop, 5, "p2"), crew(8, "customer")[4:], 30, 2)
        assert shop.cases() == []

    def test_drip_by_different_voters_each_time(self, shop: Shop) -> None:
        r = random.Random(5)
        readers = iter(r.sample(shop.buyers["p1"], 16))
        for n in range(4):
            for _ in range(4):
                day = 10 + 16 * n + r.uniform(0, 14)
                shop.vote("p1", old(shop, 5, n=n), next(readers), day)
        assert shop.cases() == []

    def test_reports_on_one_review_only(self, shop: Shop) -> None:
        shop.burst("p1", old(shop, 5), customers(shop, 7), 20, 1, "report_abuse")
        assert shop.cases() == []
