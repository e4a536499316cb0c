"""Firing and non-firing cases of the review-cluster detector."""

from __future__ import annotations

import math
import random

import pytest
from scipy.stats import binom

from detectors.review_clusters import ReviewClusters
from detectors.review_clusters.chance import surprise, usual
from pipeline.cases import CaseSettings
from tests.detectors.world import World, cases_of, clauses, encode, run

DETECTORS = [ReviewClusters()]
WORDS = [f"word{n}" for n in range(400)]

PAID = [
    "Absolutely wonderful headphones, the sound is rich and warm and the battery lasts for ever",
    "Absolutely wonderful headphones, the sound is rich and warm and the battery lasts for days",
    "Absolutely wonderful headphones, the sound is rich and warm and this battery lasts for ever",
    "Absolutely wonderful headphones, the sound is rich and warm and my battery lasts for ever",
]
DISCLOSED = [
    "Jag fick den gratis mot en recension men ljudet är helt okej ändå tycker jag",
    "Received a gift card for my review, still a decent thing for the price I guess",
    "Säljaren gav pengarna tillbaka, så fem stjärnor blev det i utbyte mot en recension",
    "They refunded me after I wrote this, in exchange for a review with five stars",
]


def shop() -> World:
    """A seller with a product that has sold for some months."""
    w = World()
    w.listed("p1", "s1", url="https://www.amazon.se/dp/p1")
    w.traffic("p1", "s1", -80, 60, orders_a_day=3)
    return w


def coupon_buyers(
    w: World, n: int, reviewing: int, *, paid: float = 10.0, start: float = 20
) -> None:
    for i in range(n):
        w.order("p1", "s1", f"c{i}", start + i * 0.4, paid=paid, code="SECRET")
        if (i * reviewing) % n < reviewing:  # spread evenly
            w.review("p1", f"c{i}", start + 4 + i * 0.6, 5, verified_purchase=True)


class TestIncentiveOffer:
    def test_buyers_at_a_deep_discount_who_nearly_all_review(self) -> None:
        w = shop()
        coupon_buyers(w, 7, reviewing=6)
        (case,) = cases_of(w, DETECTORS)
        assert case.clause == "incentive_offer"
        assert (case.subject.type, case.subject.id) == ("seller", "s1")
        assert len(case.accounts) == 6
        assert case.products[0].url == "https://www.amazon.se/dp/p1"
        assert "6 of" in case.explanation

    def test_slow_drip_over_two_months(self) -> None:
        w = shop()
        for i in range(8):
            w.order("p1", "s1", f"c{i}", i * 7, paid=5.0)
            w.review("p1", f"c{i}", i * 7 + 5, 5)
        assert clauses(cases_of(w, DETECTORS)) == {"incentive_offer"}

    def test_texts_of_different_authors_worded_alike(self) -> None:
        w = shop()
        for i, text in enumerate(PAID):
            w.review("p1", f"a{i}", 20 + i, 5, text=text, lang="en")
        (case,) = cases_of(w, DETECTORS)
        assert case.accounts == ["a0", "a1", "a2", "a3"]

    def test_reviews_that_say_what_they_were_given(self) -> None:
        w = shop()
        for i, text in enumerate(DISCLOSED):
            w.review("p1", f"a{i}", 20 + i * 3, 5, text=text)
        (case,) = cases_of(w, DETECTORS)
        assert case.clause == "incentive_offer"
        assert len(case.reviews) == 4

    def test_alike_negative_reviews_name_the_rival_as_a_victim(self) -> None:
        w = shop()
        for i, text in enumerate(PAID):
            w.review("p1", f"a{i}", 20 + i, 1, text=text.replace("wonderful", "horrible"))
        (case,) = cases_of(w, DETECTORS)
        assert case.subject.type == "product"
        assert case.sellers == []
        assert case.affected.sellers == ["s1"]

    def test_without_the_catalogue_the_product_is_the_subject(self) -> None:
        w = World()
        w.traffic("p1", "s1", -80, 60, orders_a_day=3)
        coupon_buyers(w, 7, reviewing=7)
        (case,) = cases_of(w, DETECTORS)
        assert case.subject.type == "product"
        assert case.products[0].url == "https://www.amazon.se/dp/p1"

    @pytest.mark.parametrize("sale", ["coupon for everybody", "clearance"])
    def test_a_discount_open_to_everybody(self, sale: str) -> None:
        w = shop()
        coupon_buyers(w, 60, reviewing=9 if sale == "clearance" else 13, paid=60.0)
        assert cases_of(w, DETECTORS) == []

    def test_a_leaked_code_whose_buyers_write_when_they_like(self) -> None:
        w = shop()
        for i in range(7):
            w.order("p1", "s1", f"c{i}", 20 + i / 4, paid=60.0, code="OOPS")
            if i < 5:
                w.review("p1", f"c{i}", 42 + 9 * i, 5, verified_purchase=True)
        assert cases_of(w, DETECTORS) == []

    def test_three_who_met_a_slip_in_the_price(self) -> None:
        w = shop()
        for i in range(3):
            w.order("p1", "s1", f"c{i}", 20 + i / 4, paid=60.0, code="OOPS")
            w.review("p1", f"c{i}", 25 + 2 * i, 5, verified_purchase=True)
        assert cases_of(w, DETECTORS) == []

    def test_a_launch(self) -> None:
        w = World()
        w.listed("p1", "s1", day=0)
        w.traffic("p1", "s1", 0, 14, orders_a_day=40, review_rate=0.15)
        assert cases_of(w, DETECTORS) == []

    def test_a_sale_of_a_product_whose_buyers_like_to_write(self) -> None:
        def sold(review_rate: float) -> World:
            w = World()
            w.listed("p1", "s1")
            w.traffic("p1", "s1", -80, 0, orders_a_day=3, review_rate=review_rate)
            coupon_buyers(w, 20, reviewing=11, paid=80.0)
            return w

        assert not cases_of(sold(0.6), DETECTORS)
        assert clauses(cases_of(sold(0.05), DETECTORS)) == {"incentive_offer"}

    def test_phrases_that_the_whole_marketplace_uses(self) -> None:
        def market(repeated: bool) -> World:
            """Six texts alike on one of 13 products that all have other reviews, too."""
            w, r = World(), random.Random(5)
            phrases = [" ".join(r.choices(WORDS, k=10)) for _ in range(6)]
            for i in range(6):
                w.review("p1", f"a{i}", 40 + i, 5, text=phrases[0])
            for n in range(13 * 30):
                text = r.choice(phrases) if repeated else " ".join(r.choices(WORDS, k=10))
                w.review(f"p{n % 13 + 1}", f"b{n}", n / 6, 5, text=text)
            return w

        accused = {c.subject.id for c in cases_of(market(repeated=False), DETECTORS)}
        assert accused == {"p1"}
        assert not cases_of(market(repeated=True), DETECTORS)

    def test_one_author_on_several_variants_is_not_collusion(self) -> None:
        w = shop()
        for product in ("p1", "p2", "p3", "p4"):
            w.review(product, "fan", 20, 5, text=PAID[0])
            w.review(product, "fan", 20, 5, text=PAID[0])
        assert cases_of(w, DETECTORS) == []

    def test_a_review_shown_on_all_variants_is_one_act_of_its_author(self) -> None:
        told = DISCLOSED[1]
        one, many = shop(), shop()
        one.review("p1", "fan", 20, 5, text=told)
        for product in ("p1", "p2", "p3", "p4"):
            many.review(product, "fan", 20, 5, text=told)
        low = CaseSettings(min_score=0.01)
        scores = [
            {
                a.score
                for a in run(
                    encode(sorted(w.events, key=lambda e: e[0])), DETECTORS, cases=low
                ).values()
            }
            for w in (one, many)
        ]
        assert scores[0] and scores[1] == scores[0]


def club(w: World, members: range, sellers: int, reviewing: bool = True) -> None:
    for s in range(sellers):
        w.listed(f"q{s}", f"t{s}")
        w.traffic(f"q{s}", f"t{s}", -60, 60, orders_a_day=2)
        for i in members:
            w.order(f"q{s}", f"t{s}", f"m{i}", 10 + s * 3, paid=0.0, code=f"CLUB{s}")
            if reviewing:
                w.review(f"q{s}", f"m{i}", 16 + s * 3 + i * 0.2, 5, verified_purchase=True)


class TestReviewClub:
    def test_the_same_discounted_reviewers_at_several_sellers(self) -> None:
        w = World()
        club(w, range(5), sellers=3)
        found = cases_of(w, DETECTORS)
        assert clauses(found) == {"review_club"}
        assert {a.subject.id for a in found} == {"t0", "t1", "t2"}
        assert all(a.accounts == [f"m{i}" for i in range(5)] for a in found)

    def test_camouflaged_by_honest_reviews_at_full_price(self) -> None:
        w = World()
        club(w, range(5), sellers=2)
        for i in range(5):
            for n in range(4):
                w.review(f"popular{n}", f"m{i}", 5 + n * 6 + i, 4 - n % 3, verified_purchase=True)
        assert "review_club" in clauses(cases_of(w, DETECTORS))

    def test_small_club(self) -> None:
        w = World()
        club(w, range(4), sellers=4)
        assert "review_club" in clauses(cases_of(w, DETECTORS))

    def test_club_whose_last_product_is_listed_late(self) -> None:
        w = World()
        club(w, range(5), sellers=2)
        w.events = [e for e in w.events if e[1]["type"] != "product.listed"]
        w.listed("q0", "t0", day=70)
        w.listed("q1", "t1", day=80)
        assert {a.subject.id for a in cases_of(w, DETECTORS)} == {"t0", "t1"}

    def test_one_seller_who_lets_its_panel_review_product_after_product(self) -> None:
        w = World()
        for n in range(3):
            w.listed(f"q{n}", "t")
            w.traffic(f"q{n}", "t", -60, 60, orders_a_day=1)
            for i in range(n, n + 5):
                w.order(f"q{n}", "t", f"m{i}", 10 + n * 9, paid=20.0, code=f"PANEL{n}")
                w.review(f"q{n}", f"m{i}", 17 + n * 9 + i, 5, verified_purchase=True)
        (case,) = cases_of(w, DETECTORS)
        assert (case.clause, case.subject.id) == ("review_club", "t")
        assert case.accounts == [f"m{i}" for i in range(7)]

    def test_one_product_only_is_no_club(self) -> None:
        w = World()
        club(w, range(5), sellers=1)
        assert "review_club" not in clauses(cases_of(w, DETECTORS))

    def test_coupon_hunters_who_seldom_review(self) -> None:
        w = World()
        club(w, range(8), sellers=3, reviewing=False)
        for i in range(8):
            w.review("q0", f"m{i}", 30 + i, 4) if i == 0 else None
        assert cases_of(w, DETECTORS) == []


class TestChance:
    """`detectors.review_clusters.chance`."""

    def test_few_products_with_many_likes_do_not_make_likes_usual(self) -> None:
        honest = [(1_000, 0)] * 9
        assert usual([*honest, (1_000, 900)]) == 0.0
        assert usual([(1_000, 40)] * 10) == pytest.approx(0.04, rel=0.15)
        assert usual([]) == 0.0

    @pytest.mark.parametrize("texts", [5, 40, 300])
    @pytest.mark.parametrize("share", [0.0004, 0.01, 0.2])
    def test_surprise_is_below_that_of_the_exact_tail(self, texts: int, share: float) -> None:
        last = 0.0
        for alike in range(1, texts + 1):
            found = surprise(alike, texts, share)
            exact = -binom.logsf(alike - 1, texts, share**0.5)
            assert last <= found <= exact + 1e-9
            last = found
        assert last > 0

    def test_likes_that_nobody_else_has_are_no_chance(self) -> None:
        assert surprise(2, 300, 0.0) == math.inf
