"""Known exceptions: where they act, when they act, and that cases name them."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.seller_graph import SellerGraph
from pipeline import config
from pipeline.cases import CaseSettings
from schemas.alerts import Alert
from tests.detectors.test_seller_graph import honest, market, share
from tests.detectors.world import World, cases_of

NOBODY = '[[allow]]\nreason = "nobody"\nseller = "s999"\n'
REASON = "the tills of the shop"


def allow(key: str, start: str = "2025-01-01", until: str = "2025-03-01") -> str:
    """An exception; the worlds' day 0 is the first of January."""
    return f'[[allow]]\nreason = "{REASON}"\n{key}\nfrom = {start}\nuntil = {until}\n'


IDENTIFIER = 'identifier_type = "device"\nidentifier = "till"'
SELLER = 'seller = "s1"'


def found(w: World, text: str, **settings: Any) -> list[Alert]:
    known = config.parse(text)
    cases = CaseSettings(**settings)
    return cases_of(w, [known.detector(SellerGraph)], known.allow, cases)


def customers() -> World:
    """Customers who wrote their reviews at the till, on the owner's device, on days 20 to 22."""
    w = market()
    share(w, "device", "till", "boss", "anna", "bert")
    for n, account in enumerate(("anna", "bert")):
        w.review("p1", account, 20 + 2 * n, 5)
    return w


def employee(w: World) -> World:
    """Beside it, an employee who reviews on day 25."""
    w.related("s1", "nora", "family")
    w.review("p1", "boss", 25, 5)
    return w


class TestIdentifier:
    def test_it_ties_nobody(self) -> None:
        assert [a.accounts for a in found(customers(), NOBODY)] == [["anna", "bert"]]
        assert found(customers(), allow(IDENTIFIER)) == []

    @pytest.mark.parametrize(
        ("start", "until"), [("2025-01-01", "2025-01-21"), ("2025-01-24", "2025-03-01")]
    )
    def test_before_and_after_the_interval_it_does(self, start: str, until: str) -> None:
        (case,) = found(customers(), allow(IDENTIFIER, start, until))
        assert case.accounts == ["anna", "bert"]
        assert REASON not in case.explanation

    def test_each_act_counts_by_its_own_time(self) -> None:
        (case,) = found(customers(), allow(IDENTIFIER, until="2025-01-22"))
        assert case.accounts == ["bert"]
        assert f"2025-01-22T00:00:00+00:00 ({REASON})" in case.explanation

    def test_a_case_that_stands_without_it_names_it(self) -> None:
        (case,) = found(employee(customers()), allow(IDENTIFIER))
        assert case.accounts == ["boss"]
        assert "exception for the device till" in case.explanation
        assert "left out or weighed less: 2" in case.explanation
        (case,) = found(employee(customers()), allow(IDENTIFIER), language="sv")
        assert "undantag för enhet till" in case.explanation
        assert REASON in case.explanation

    def test_a_case_that_it_does_not_touch_does_not(self) -> None:
        (case,) = found(employee(market()), allow(IDENTIFIER))
        assert "exception" not in case.explanation

    def test_another_identifier_still_ties(self) -> None:
        w = customers()
        share(w, "bank_account", "iban", "boss", "anna")
        (case,) = found(w, allow(IDENTIFIER))
        assert case.accounts == ["anna"]
        assert "same bank account" in case.explanation
        assert REASON in case.explanation

    def test_the_same_hash_of_another_type_does_not_matter(self) -> None:
        (case,) = found(customers(), allow(IDENTIFIER.replace("device", "ip")))
        assert case.accounts == ["anna", "bert"]
        assert REASON not in case.explanation


class TestSeller:
    def test_its_cases_are_held_back(self) -> None:
        assert found(employee(market()), allow(SELLER)) == []
        assert found(employee(market()), allow(SELLER.replace("s1", "s2")))

    @pytest.mark.parametrize(
        ("start", "until"), [("2024-01-01", "2025-01-26"), ("2025-01-27", "2025-03-01")]
    )
    def test_not_before_nor_after_the_interval(self, start: str, until: str) -> None:
        (case,) = found(employee(market()), allow(SELLER, start, until))
        assert REASON not in case.explanation

    def test_what_reaches_out_of_the_interval_counts_and_names_it(self) -> None:
        (case,) = found(customers(), allow(SELLER, until="2025-01-22"))
        assert case.accounts == ["anna", "bert"]
        assert "may explain a part of this" in case.explanation

    def test_what_else_was_found_names_it(self) -> None:
        w = employee(market())
        w.review("p1b", "boss", 95, 5)
        (case,) = found(w, allow(SELLER))
        assert [p.product_id for p in case.products] == ["p1b"]
        assert "findings left out for it: 1" in case.explanation

    def test_only_the_clauses_it_is_for(self) -> None:
        w = employee(market())
        w.review("p1", "nora", 26, 5)
        assert {a.clause for a in found(w, NOBODY)} == {"self_review", "insider_review"}
        narrow = allow(f'{SELLER}\nclauses = ["self_review"]')
        assert [a.clause for a in found(w, narrow)] == ["insider_review"]


class TestProgramme:
    def test_its_reviews_are_held_against_nobody(self) -> None:
        w = market()
        w.related("s1", "nora", "employee")
        honest(w, "nora", reviews=3)
        w.review("p1", "nora", 20, 5, programme="staff-panel")
        assert found(w, NOBODY)
        assert found(w, allow('programme = "staff-panel"')) == []
        assert found(w, allow('programme = "staff-panel"', until="2025-01-15"))
        assert found(w, allow('programme = "vine"'))

    def test_a_case_of_other_reviews_names_it(self) -> None:
        w = employee(market())
        w.review("p1b", "boss", 26, 5, programme="staff-panel")
        (case,) = found(w, allow('programme = "staff-panel"'))
        assert [p.product_id for p in case.products] == ["p1"]
        assert "exception for the programme staff-panel" in case.explanation
