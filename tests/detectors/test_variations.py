"""Firing and non-firing cases of the variation detector."""

from __future__ import annotations

import pytest

from detectors.tables import ListingRow
from detectors.variations import Variations
from detectors.variations.likeness import overlap, profile, unrelated
from tests.detectors.world import World, cases_of

DETECTORS = [Variations()]


def product(
    w: World, name: str, title: str, category: str, reviews: int = 8, **fields: object
) -> None:
    """A listing with reviews from before and after day 0."""
    w.listed(name, "s1", title=title, category=category, **fields)
    for i in range(reviews):
        w.review(name, f"{name}-{i}", -40 + 10 * i, 5 - i % 3)


def join(w: World, *names: str, parent: str = "parent", day: float = 0) -> None:
    for i, name in enumerate(names):
        w.add(
            "variation.added",
            day + i / 24,
            parent_id=parent,
            product_id=name,
            seller_id="s1",
            theme="color",
        )


def leave(w: World, name: str, day: float) -> None:
    w.add("variation.removed", day, parent_id="parent", product_id=name, seller_id="s1")


def lamp_and_harness(w: World) -> None:
    product(w, "p1", "Lumo Pro bordslampa, svart", "Home/Lamps", brand="Lumo")
    product(w, "p2", "Vovve Pro hundsele, svart", "Pets/Dogs", reviews=0, brand="Vovve")


class TestFires:
    def test_two_things_from_different_branches(self) -> None:
        w = World()
        lamp_and_harness(w)
        join(w, "p1", "p2")
        (case,) = cases_of(w, DETECTORS)
        assert (case.clause, case.subject.id) == ("variation_abuse", "s1")
        assert [p.product_id for p in case.products] == ["p1", "p2"]
        assert "p2 (Pets/Dogs; 0 reviews" in case.explanation
        assert "p1 (Home/Lamps; 8 reviews" in case.explanation
        assert len(case.evidence) == 2

    def test_one_brand_in_two_leaves_of_one_branch(self) -> None:
        w = World()
        product(w, "p1", "Voltis USB-C laddare 20 W", "Electronics/Chargers", brand="Voltis")
        product(w, "p2", "Voltis väckarklocka", "Electronics/Clocks", brand="Voltis")
        join(w, "p1", "p2")
        assert len(cases_of(w, DETECTORS)) == 1

    def test_a_bundle_between_them_joins_nothing(self) -> None:
        w = World()
        product(w, "p1", "Alma ullgarn, vit", "Hobby/Yarn", brand="Alma")
        product(w, "p2", "Alma ullgarn + akrylfärger", "Hobby/Yarn", brand="Alma")
        product(w, "p3", "Alma akrylfärger, röd", "Hobby/Paint", brand="Alma")
        join(w, "p1", "p2", "p3")
        assert len(cases_of(w, DETECTORS)) == 1

    def test_a_stranger_among_many_colours(self) -> None:
        w = World()
        for i, colour in enumerate(("svart", "vit", "röd", "blå")):
            product(w, f"p{i}", f"Lumo bordslampa, {colour}", "Home/Lamps", brand="Lumo")
        product(w, "p9", "Lumo stekpanna, grön", "Kitchen/Pans", reviews=1, brand="Lumo")
        join(w, "p0", "p1", "p2", "p3", "p9")
        (case,) = cases_of(w, DETECTORS)
        assert "p9" in [p.product_id for p in case.products]

    def test_joined_for_some_days_and_left(self) -> None:
        w = World()
        lamp_and_harness(w)
        join(w, "p1", "p2")
        leave(w, "p2", 9)
        assert len(cases_of(w, DETECTORS)) == 1

    def test_rewritten_afterwards_to_hide_it(self) -> None:
        w = World()
        lamp_and_harness(w)
        join(w, "p1", "p2")
        w.listed("p2", "s1", day=4, title="Lumo bordslampa, vit", category="Home/Lamps")
        (case,) = cases_of(w, DETECTORS)
        assert "product.listed" in {e.type for e in case.evidence}

    def test_catalogue_that_comes_after_the_join(self) -> None:
        w = World()
        join(w, "p1", "p2", day=-250)
        lamp_and_harness(w)
        assert len(cases_of(w, DETECTORS)) == 1

    def test_dead_listing_reused_for_another_thing(self) -> None:
        w = World()
        product(w, "p1", "Sommo solhatt", "Clothing/Hats", brand="Sommo")
        w.listed("p1", "s1", day=30, title="Ekko högtalare", category="Audio/Speakers", brand="Ek")
        (case,) = cases_of(w, DETECTORS)
        assert case.subject.id == "s1"
        assert "Audio/Speakers" in case.explanation


class TestLeavesAlone:
    @pytest.mark.parametrize(
        "titles",
        [
            ("Lumo bordslampa, svart", "Lumo bordslampa, vit"),
            ("Lumo duk 60 x 40 cm", "Lumo duk 120 x 60 cm"),
            ("Lumo batterier 4-pack", "Lumo batterier, paket om 24 stycken"),
            ("Lumo stekpanna", "Lumo stekpanna + lock + stekspade"),
            ("Lumo cykeldator 2023", "Lumo cykeldator Gen 2 (2024)"),
            ("Lumo yoga mat", "Lumo yogamatta"),
            ("Lumo Dammsugare", "Lumo skaftdammsugaren Pro"),
        ],
        ids=["colour", "size", "pack", "bundle", "model year", "language", "compound"],
    )
    def test_variants(self, titles: tuple[str, str]) -> None:
        w = World()
        for i, title in enumerate(titles):
            product(w, f"p{i}", title, "Home/Things", brand="Lumo")
        join(w, "p0", "p1")
        assert cases_of(w, DETECTORS) == []

    def test_one_thing_filed_under_two_leaves(self) -> None:
        w = World()
        product(w, "p1", "Lumo pannlampa, röd", "Sports/Camping", brand="Lumo")
        product(w, "p2", "Lumo pannlampa, blå", "Home/Lamps", brand="Lumo")
        join(w, "p1", "p2")
        assert cases_of(w, DETECTORS) == []

    def test_titles_that_say_nothing_but_a_colour(self) -> None:
        w = World()
        product(w, "p1", "Lumo, svart", "Home/Lamps", attributes={"color": "svart"})
        product(w, "p2", "Lumo, tegelröd", "Home/Lighting", attributes={"color": "tegelröd"})
        join(w, "p1", "p2")
        assert cases_of(w, DETECTORS) == []

    def test_products_that_nothing_is_known_of(self) -> None:
        w = World()
        for name in ("p1", "p2"):
            w.review(name, "a", 1)
        join(w, "p1", "p2")
        assert cases_of(w, DETECTORS) == []

    @pytest.mark.parametrize("change", ["reworded", "moved", "soon corrected", "before any review"])
    def test_a_listing_kept_up(self, change: str) -> None:
        w = World()
        reviews = 0 if change == "before any review" else 8
        product(w, "p1", "Sommo solhatt", "Clothing/Hats", reviews, brand="Sommo")
        day = -190 if change == "soon corrected" else 30
        title = "Sommo solhatt i bast" if change == "moved" else "Ekko högtalare"
        category = "Clothing/Hats" if change == "reworded" else "Audio/Speakers"
        brand = "Sommo" if change in ("reworded", "moved") else "Ek"
        w.listed("p1", "s1", day=day, title=title, category=category, brand=brand)
        assert cases_of(w, DETECTORS) == []


class TestLikeness:
    def test_a_bundle_is_like_each_of_its_parts(self) -> None:
        assert overlap(["ullgarn"], ["akrylfärger", "ullgarn"]) == 1.0

    def test_inflected_words_are_near_and_others_not(self) -> None:
        assert overlap(["lampa"], ["lampor"]) == pytest.approx(4 / 7)
        assert overlap(["kamera"], ["spinnspö"]) == 0.0

    def test_brand_and_attributes_say_nothing_of_the_thing(self) -> None:
        row = ListingRow(
            "p", "s", "ACME Klo-trad, mörkgrön", "Pets / Cats", "Acme", attributes=("Mörkgrön",)
        )
        assert profile(row).words == ("klo", "trad")
        assert profile(row).category == ("pets", "cats")

    def test_distance_grows_with_category_and_brand(self) -> None:
        def of(title: str, category: str, brand: str) -> float:
            first = profile(ListingRow("a", "s", "Lampa", "Home/Lamps", "Lumo"))
            return unrelated(first, profile(ListingRow("b", "s", title, category, brand)), 0.5)

        steps = [
            of("Lampa", "Pets/Dogs", "Vovve"),
            of("Sele", "Home/Lamps", "Lumo"),
            of("Sele", "Home/Lamps", "Vovve"),
            of("Sele", "Home/Things", "Lumo"),
            of("Sele", "Pets/Dogs", "Vovve"),
        ]
        assert steps == sorted(set(steps))
