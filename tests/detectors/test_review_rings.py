"""Firing and non-firing cases of the ring detector."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from detectors.review_rings import ReviewRings
from tests.detectors.world import World, cases_of, encode, run

DETECTORS = [ReviewRings()]
CATEGORIES = ("Home/Lamps", "Pets/Dogs", "Audio/Speakers", "Garden/Pots", "Car/Tools", "Toys/Kites")


def shops(products: int, *, sellers: int = 0, reviews: int = 8) -> World:
    """Products of different kinds with ordinary reviews over half a year."""
    w = World()
    for p in range(products):
        seller = f"s{p % sellers}" if sellers else f"s{p}"
        w.listed(f"p{p}", seller, category=CATEGORIES[p % len(CATEGORIES)])
        r = random.Random(p)
        for i in range(reviews):
            stars = r.choices((5, 4, 3, 2, 1), (50, 20, 10, 8, 12))[0]
            w.review(f"p{p}", f"o{p}-{i}", r.uniform(-60, 120), stars, verified_purchase=True)
    return w


def ring(
    w: World,
    accounts: int,
    products: Sequence[int],
    *,
    stars: Sequence[int] = (5,),
    spread: float = 3.0,
    pause: float = 10.0,
    verified: bool = True,
    skipping: int = 0,
    programme: str | None = None,
) -> None:
    """Accounts that review product after product, each within `spread` days, `pause` days apart;
    one in `skipping` leaves one out."""
    r = random.Random(7)
    n = 0
    for k, p in enumerate(products):
        for a in range(accounts):
            n += 1
            if skipping and (a + 2 * k) % skipping == 0:
                continue
            w.review(
                f"p{p}",
                f"m{a}",
                k * pause + r.uniform(0, spread),
                stars[n % len(stars)],
                verified_purchase=verified,
                programme=programme,
            )


def shoppers(
    w: World,
    accounts: int,
    products: Sequence[int],
    *,
    spread: float,
    pause: float,
    sitting: bool = False,
) -> None:
    """Honest people who come to the same products: two of three review one, as they found it."""
    r = random.Random(11)
    for a in range(accounts):
        day = r.uniform(0, spread)
        for k, p in enumerate(products):
            stars = r.choices((5, 4, 3, 2, 1), (50, 25, 10, 7, 8))[0]
            when = k * pause + (day if sitting else r.uniform(0, spread))
            if r.random() < 2 / 3:
                w.review(f"p{p}", f"m{a}", when, stars, verified_purchase=True)


class TestFires:
    def test_burst_after_burst(self) -> None:
        w = shops(5)
        ring(w, 8, range(5), verified=False)
        (case,) = cases_of(w, DETECTORS)
        assert (case.clause, case.subject.type) == ("review_ring", "group")
        assert case.accounts == [f"m{i}" for i in range(8)]
        assert len(case.reviews) == 40
        assert case.sellers == []
        assert case.affected.sellers == [f"s{i}" for i in range(5)]
        assert "40 reviews there, 40 of them with four or five stars" in case.explanation

    def test_raid_of_one_star_reviews(self) -> None:
        w = shops(4)
        ring(w, 6, range(4), stars=(1, 1, 2))
        (case,) = cases_of(w, DETECTORS)
        assert "one or two stars" in case.explanation
        assert len(case.reviews) == 24

    def test_verified_and_camouflaged_by_other_reviews(self) -> None:
        w = shops(6)
        ring(w, 7, range(4), spread=5, pause=13)
        for a in range(7):
            for n in range(3):
                w.review(f"elsewhere{a}-{n}", f"m{a}", 9 + 17 * n, 4 - n, verified_purchase=True)
        (case,) = cases_of(w, DETECTORS)
        assert len(case.accounts) == 7
        assert not any(p.product_id.startswith("elsewhere") for p in case.products)

    def test_slow_drip(self) -> None:
        w = shops(6)
        ring(w, 8, range(6), spread=24, pause=20, skipping=5)
        assert len(cases_of(w, DETECTORS)) == 1

    def test_rotating_subsets(self) -> None:
        w = shops(6)
        ring(w, 10, range(6), spread=6, pause=15, skipping=2)
        assert len(cases_of(w, DETECTORS)) >= 1

    def test_without_the_catalogue(self) -> None:
        w = shops(5)
        w.events = [e for e in w.events if e[1]["type"] == "review.posted"]
        ring(w, 8, range(5))
        (case,) = cases_of(w, DETECTORS)
        assert len(case.products) == 5

    def test_two_rings_are_two_cases(self) -> None:
        w = shops(8)
        ring(w, 6, range(4), verified=False)
        other = World()
        other._ids = 90_000
        ring(other, 6, range(4, 8), verified=False)
        for ts, body in other.events:
            w.events.append((ts, {**body, "reviewer_id": "x" + body["reviewer_id"]}))
        assert len({a.subject.id for a in cases_of(w, DETECTORS)}) == 2

    def test_a_ring_goes_on_as_one_case(self) -> None:
        w = shops(9)
        ring(w, 6, range(9), pause=25)
        (case,) = cases_of(w, DETECTORS)
        assert len(case.products) >= 5


class TestLeavesAlone:
    def test_shared_taste_of_many_minds(self) -> None:
        w = shops(5)
        shoppers(w, 8, range(5), spread=25, pause=15)
        assert cases_of(w, DETECTORS) == []

    def test_shared_taste_of_one_mind_at_their_own_pace(self) -> None:
        w = shops(5, reviews=10)
        r = random.Random(3)
        for a in range(6):
            for p in range(5):
                if r.random() < 0.5:
                    w.review(f"p{p}", f"m{a}", r.uniform(0, 120), 5, verified_purchase=True)
        assert cases_of(w, DETECTORS) == []

    def test_fans_of_one_seller_at_each_launch(self) -> None:
        w = shops(4, sellers=1)
        shoppers(w, 9, range(4), spread=14, pause=30)
        for p in range(4):
            w.traffic(f"p{p}", "s0", 30 * p - 5, 30 * p + 4, orders_a_day=20, review_rate=0.2)
        assert cases_of(w, DETECTORS) == []

    def test_gifts_reviewed_at_one_sitting(self) -> None:
        w = shops(3)
        shoppers(w, 12, range(3), spread=20, pause=0.003, sitting=True)
        assert cases_of(w, DETECTORS) == []

    @pytest.mark.parametrize("seed", range(3))
    def test_regulars_of_a_busy_marketplace(self, seed: int) -> None:
        w = World()
        r = random.Random(f"busy-{seed}")
        for _ in range(1500):
            product = f"p{min(int(r.paretovariate(0.9)), 60)}"
            stars = r.choices((5, 4, 3, 2, 1), (55, 20, 9, 6, 10))[0]
            w.review(product, f"a{r.randrange(250)}", r.uniform(0, 200), stars)
        assert run(encode(sorted(w.events, key=lambda e: e[0])), DETECTORS) == {}
