"""Firing and non-firing cases of the reviewer-seller graph."""

from __future__ import annotations

import pytest

from detectors.seller_graph import SellerGraph
from schemas.alerts import Alert
from tests.detectors.world import World, cases_of, clauses

DETECTORS = [SellerGraph()]
LEAF = "Electronics/Headphones"


def market() -> World:
    """Seller s1 with its owner and an employee, a rival in the same category, others elsewhere."""
    w = World()
    w.registered("boss", "seller", "s1")
    w.registered("erik", "buyer")
    w.related("s1", "erik", "employee")
    w.registered("rita", "seller", "s2")
    w.listed("p1", "s1", url="https://www.amazon.se/dp/p1")
    w.listed("p1b", "s1")
    w.listed("p2", "s2")
    w.listed("kettle", "s3", category="Kitchen/Kettles", title="Kettle")
    for n in range(6):
        w.review("p1", f"buyer{n}", n * 3, 3 + n % 3, verified_purchase=True)
        w.review("p2", f"buyer{n}", n * 3 + 1, 3 + n % 3, verified_purchase=True)
    return w


def honest(w: World, account: str, *, first: float = -60, reviews: int = 8) -> None:
    """Reviews of other people's products, bought and paid for."""
    for n in range(reviews):
        w.review(f"thing{n}", account, first + n * 9, 3 + n % 3, verified_purchase=True)


def share(w: World, kind: str, identifier: str, *accounts: str, day: float = -250) -> None:
    for n, account in enumerate(accounts):
        w.identified(account, kind, identifier, day + n * 0.1)


def strangers(n: int) -> list[str]:
    return [f"stranger{i}" for i in range(n)]


def found(w: World) -> list[Alert]:
    return cases_of(w, DETECTORS)


def without(w: World, type_: str, **fields: str) -> World:
    """The world without the events of a type that have these fields."""
    kept = World()
    kept.events = [
        e
        for e in w.events
        if e[1]["type"] != type_ or any(e[1].get(k) != v for k, v in fields.items())
    ]
    assert len(kept.events) < len(w.events)
    return kept


class TestSelfReview:
    def test_the_owner_openly(self) -> None:
        w = market()
        review = w.review("p1", "boss", 20, 5)
        (case,) = found(w)
        assert case.clause == "self_review"
        assert (case.subject.type, case.subject.id) == ("seller", "s1")
        assert (case.sellers, case.accounts, case.reviews) == (["s1"], ["boss"], [review])
        assert [p.url for p in case.products] == ["https://www.amazon.se/dp/p1"]
        assert case.score >= 0.95
        assert "belongs to seller s1 as its owner" in case.explanation
        assert {e.type for e in case.evidence} == {"account.registered", "review.posted"}
        assert found(without(w, "account.registered", account_id="boss")) == []

    def test_as_a_buyer_with_the_owners_bank_account(self) -> None:
        w = market()
        share(w, "bank_account", "iban", "boss", "mask")
        honest(w, "mask")
        w.review("p1", "mask", 20, 5, verified_purchase=True)
        (case,) = found(w)
        assert (case.clause, case.accounts) == ("self_review", ["mask"])
        assert "same bank account as account boss" in case.explanation
        kinds = [e.type for e in case.evidence]
        assert kinds.count("account.identified") == 2
        assert found(without(w, "account.identified", account_id="mask")) == []

    def test_on_the_owners_device_against_a_rival(self) -> None:
        w = market()
        share(w, "device", "phone1", "boss", "mask")
        share(w, "ip", "home", "boss", "mask")
        review = w.review("p2", "mask", 20, 1)
        (case,) = found(w)
        assert (case.clause, case.subject.id) == ("self_review", "s1")
        assert case.reviews == [review]
        assert case.affected.sellers == ["s2"]
        assert [p.product_id for p in case.products] == ["p2"]
        assert found(without(w, "product.listed", seller_id="s1")) == []

    def test_many_masks_on_one_device(self) -> None:
        w = market()
        masks = [f"mask{n}" for n in range(5)]
        share(w, "device", "phone1", "boss", *masks)
        for n, mask in enumerate(masks):
            honest(w, mask, reviews=2)
            w.review("p1", mask, 20 + n, 5)
        (case,) = found(w)
        assert case.accounts == masks
        assert "accounts that use it: 6" in case.explanation

    def test_owner_and_catalogue_known_only_later(self) -> None:
        w = World()
        w.review("q", "lotta", 5, 5)
        w.related("s9", "lotta", "owner", day=25)
        w.listed("q", "s9", day=60)
        assert clauses(found(w)) == {"self_review"}

    def test_without_catalogue_where_the_review_names_the_seller(self) -> None:
        w = World()
        w.registered("boss", "seller", "s1")
        w.review("q", "boss", 5, 5, seller_id="s1")
        assert clauses(found(w)) == {"self_review"}
        assert found(without(w, "account.registered")) == []

    def test_several_weak_identifiers_add_up(self) -> None:
        w = market()
        share(w, "email", "mail", "boss", "mask", *strangers(5))
        share(w, "phone", "number", "boss", "mask", *strangers(10)[5:])
        w.review("p1", "mask", 20, 4, verified_purchase=True)
        honest(w, "mask", first=10, reviews=2)
        assert clauses(found(w)) == {"self_review"}
        assert found(without(w, "account.identified", identifier_type="phone")) == []

    @pytest.mark.parametrize("kind", ["ip", "device", "payment_card"])
    def test_strangers_behind_one_exit(self, kind: str) -> None:
        w = market()
        share(w, kind, "exit", "boss", *strangers(40))
        for n, account in enumerate(strangers(40)[:4]):
            w.review("p1", account, 20 + n, 5)
        assert found(w) == []

    def test_an_exit_that_few_had_used_at_first(self) -> None:
        w = market()
        share(w, "device", "library", "boss", "reader")
        share(w, "device", "library", *strangers(40), day=-20)
        w.review("p1", "reader", 20, 5, verified_purchase=True)
        assert found(w) == []

    def test_carrier_network_of_ten(self) -> None:
        w = market()
        share(w, "ip", "carrier", "boss", *strangers(9))
        for n, account in enumerate(strangers(9)):
            w.review("p1", account, 20 + n, 5)
        assert found(w) == []

    def test_several_exits_of_one_vpn(self) -> None:
        w = market()
        for n in range(6):
            share(w, "ip", f"exit{n}", "boss", "guest")
        honest(w, "guest")
        w.review("p1", "guest", 20, 5, verified_purchase=True)
        assert found(w) == []

    def test_network_of_the_sellers_shop(self) -> None:
        w = market()
        customers = strangers(5)
        share(w, "ip", "shop", "boss", *customers)
        for n, account in enumerate(customers):
            w.order("p1", "s1", account, 18 + n)
            w.review("p1", account, 25 + n, 5, verified_purchase=True)
        assert found(w) == []

    def test_telephone_sold_to_a_customer(self) -> None:
        w = market()
        w.identified("boss", "device", "old", -200)
        w.identified("boss", "device", "new", -90)
        w.identified("buyer", "device", "old", -20)
        honest(w, "buyer")
        w.review("p1", "buyer", 20, 5, verified_purchase=True)
        assert found(w) == []


class TestInsiderReview:
    @pytest.mark.parametrize("relation", ["employee", "family", "agency", "manufacturer"])
    def test_people_of_the_seller_openly(self, relation: str) -> None:
        w = market()
        w.related("s1", "nora", relation)
        honest(w, "nora")
        w.review("p1", "nora", 20, 5, verified_purchase=True)
        (case,) = found(w)
        assert (case.clause, case.accounts) == ("insider_review", ["nora"])
        assert found(without(w, "relation.declared", account_id="nora")) == []

    def test_registered_staff_and_partner(self) -> None:
        w = market()
        w.registered("stig", "staff", "s1")
        w.registered("pia", "partner", "s1")
        w.review("p1", "stig", 20, 4)
        w.review("p1b", "pia", 22, 2)
        (case,) = found(w)
        assert (case.clause, case.accounts) == ("insider_review", ["pia", "stig"])

    def test_employee_against_a_rival(self) -> None:
        w = market()
        w.review("p2", "erik", 20, 1, verified_purchase=True)
        (case,) = found(w)
        assert (case.subject.id, case.affected.sellers) == ("s1", ["s2"])
        assert case.accounts == ["erik"]
        assert "Bad reviews of competing products" in case.explanation

    def test_on_the_employees_card(self) -> None:
        w = market()
        share(w, "payment_card", "card", "erik", "friend")
        w.review("p1", "friend", 20, 5, verified_purchase=True)
        (case,) = found(w)
        assert case.accounts == ["friend"]
        assert "same payment card as account erik" in case.explanation
        assert found(without(w, "relation.declared")) == []

    def test_household_of_the_owner(self) -> None:
        w = market()
        share(w, "address", "home", "boss", "spouse")
        share(w, "ip", "home", "boss", "spouse")
        w.review("p1", "spouse", 20, 5)
        (case,) = found(w)
        assert (case.clause, case.accounts) == ("insider_review", ["spouse"])

    def test_who_writes_to_buyers_for_the_seller(self) -> None:
        w = market()
        message = {
            "message_id": "m1",
            "seller_id": "s1",
            "direction": "to_buyer",
            "channel": "buyer_seller_messaging",
            "text": "Hej",
            "sender_id": "helper",
        }
        w.add("message.sent", -40, **message)
        w.review("p1", "helper", 20, 5)
        assert clauses(found(w)) == {"insider_review"}
        assert found(without(w, "message.sent")) == []

    def test_over_two_identifiers(self) -> None:
        """The nearer employee was hired after all, but the account between serves the owner."""
        w = market()
        w.related("s1", "late", "employee", day=90)
        share(w, "bank_account", "iban", "boss", "between")
        share(w, "device", "tablet", "late", "between", "outer")
        w.review("p1", "between", 20, 5)
        w.review("p1", "outer", 21, 5)
        (case,) = found(w)
        assert case.accounts == ["between", "outer"]

    def test_review_rewritten_after_hiring(self) -> None:
        w = market()
        w.registered("nora", "buyer", day=-200)
        w.review("p1", "nora", -40, 3, review_id="r1", verified_purchase=True)
        w.registered("nora", "staff", "s1", day=-20)
        assert found(w) == []
        edit = {"review_id": "r1", "product_id": "p1", "reviewer_id": "nora", "rating": 5}
        w.add("review.edited", 10, **edit)
        (case,) = found(w)
        assert case.reviews == ["r1"]

    @pytest.mark.parametrize("home", [False, True])
    def test_a_device_alone_is_the_sellers_own_hand(self, home: bool) -> None:
        w = market()
        share(w, "device", "office-tablet", "erik", "sock1", "sock2")
        if home:
            share(w, "address", "house", "erik", "sock1", "sock2")
        w.review("p1", "sock1", 20, 5)
        w.review("p1", "sock2", 22, 5)
        assert clauses(found(w)) == {"insider_review" if home else "self_review"}

    def test_former_address(self) -> None:
        w = market()
        w.identified("erik", "address", "flat", -240)
        w.identified("erik", "address", "house", -100)
        w.identified("tenant", "address", "flat", -80)
        w.review("p1", "tenant", 20, 5)
        assert found(w) == []
        w.identified("erik", "address", "flat", -5)  # moves back in with the tenant
        assert clauses(found(w)) == {"insider_review"}

    def test_two_addresses_on_one_day(self) -> None:
        """Which of them he had left by then is not known: the next tenant moves in."""
        w = market()
        w.identified("erik", "address", "house", -100)
        w.identified("erik", "address", "flat", -99.8)
        w.identified("tenant", "address", "flat", -30)
        w.review("p1", "tenant", 20, 5)
        assert found(w) == []
        w.identified("erik", "address", "flat", -5)  # there he is, still
        assert clauses(found(w)) == {"insider_review"}

    def test_who_moved_out_before(self) -> None:
        w = market()
        share(w, "address", "flat", "erik", "mate")
        w.identified("mate", "address", "elsewhere", -60)
        w.review("p1", "mate", 20, 5)
        assert found(w) == []

    def test_employment_that_ended(self) -> None:
        w = market()
        w.related("s1", "nora", "employee", day=-250, until=-10)
        share(w, "device", "phone", "nora", "friend")
        w.review("p1", "nora", 20, 5)
        w.review("p1", "friend", 21, 5)
        assert found(w) == []

    def test_employment_whose_end_is_said_later(self) -> None:
        w = market()
        w.related("s1", "nora", "employee", day=-250)
        w.review("p1", "nora", 20, 5)
        assert clauses(found(w)) == {"insider_review"}
        w.related("s1", "nora", "employee", day=30, until=-10)
        assert found(w) == []

    def test_office_network_and_same_town(self) -> None:
        w = market()
        share(w, "ip", "office", "erik", *strangers(9))
        share(w, "address", "town", "erik", *strangers(30))
        for n, account in enumerate(strangers(4)):
            w.review("p1", account, 20 + n, 5)
        assert found(w) == []

    def test_small_office_of_customers(self) -> None:
        w = market()
        share(w, "ip", "office", "erik", *strangers(4))
        share(w, "address", "office", "erik", *strangers(4))
        for n, account in enumerate(strangers(4)):
            honest(w, account)
            w.review("p1", account, 20 + n, 5, verified_purchase=True)
        assert found(w) == []

    def test_place_where_people_of_many_sellers_meet(self) -> None:
        w = market()
        for n in range(2, 5):
            w.related(f"s{n}", f"worker{n}", "employee")
        share(w, "phone", "reception", "erik", "worker2", "worker3", "worker4", "guest")
        honest(w, "guest")
        w.review("p1", "guest", 20, 5, verified_purchase=True)
        assert found(w) == []

    def test_sharer_who_is_unhappy(self) -> None:
        w = market()
        share(w, "device", "tablet", "erik", "guest")
        honest(w, "guest")
        w.review("p1", "guest", 20, 1, verified_purchase=True)
        assert found(w) == []


def voted(w: World) -> tuple[str, str, str, str]:
    """Praise and blame of the seller's product, praise and blame of the rival's."""
    return (
        w.review("p1", "fan", 2, 5),
        w.review("p1", "critic", 3, 1),
        w.review("p2", "fan", 4, 5),
        w.review("p2", "critic", 5, 1),
    )


class TestVoteManipulation:
    def test_employee_lifts_praise(self) -> None:
        w = market()
        praise, *_ = voted(w)
        w.vote("p1", praise, "erik", 10)
        (case,) = found(w)
        assert case.clause == "vote_manipulation"
        assert (case.subject.id, case.accounts, case.reviews) == ("s1", ["erik"], [praise])
        assert case.affected.accounts == ["fan"]
        assert [p.product_id for p in case.products] == ["p1"]
        assert "Helpful" in " ".join(e.detail for e in case.evidence)
        assert found(without(w, "relation.declared")) == []

    def test_masks_bury_criticism(self) -> None:
        w = market()
        _, blame, *_ = voted(w)
        masks = ["mask1", "mask2"]
        share(w, "device", "phone1", "boss", *masks)
        for n, mask in enumerate(masks):
            w.vote("p1", blame, mask, 10 + n, "not_helpful")
            w.vote("p1", blame, mask, 10.1 + n, "report_abuse")
        (case,) = found(w)
        assert (case.clause, case.accounts) == ("vote_manipulation", masks)
        assert "same device as account boss" in case.explanation
        assert found(without(w, "account.identified", account_id="boss")) == []

    def test_against_a_rival_again_and_again(self) -> None:
        w = market()
        _, _, praise, blame = voted(w)
        w.vote("p2", blame, "erik", 10)
        w.vote("p2", praise, "erik", 11, "not_helpful")
        w.vote("p2", praise, "erik", 12, "report_abuse")
        (case,) = found(w)
        assert case.affected.sellers == ["s2"]
        assert case.reviews == sorted((praise, blame))
        assert found(without(w, "product.listed", seller_id="s1")) == []

    def test_reports_of_several_critics(self) -> None:
        w = market()
        for n in range(3):
            blame = w.review("p1", f"critic{n}", 3 + n, 1 + n % 2)
            w.vote("p1", blame, "boss", 10 + n, "report_abuse")
        (case,) = found(w)
        assert (case.clause, case.accounts) == ("vote_manipulation", ["boss"])

    def test_vote_that_comes_before_its_review(self) -> None:
        w = market()
        w.vote("p1", "later", "erik", 10)
        assert found(w) == []
        w.review("p1", "fan", 11, 5, review_id="later")
        assert clauses(found(w)) == {"vote_manipulation"}

    def test_bank_account_of_family(self) -> None:
        w = market()
        praise, blame, *_ = voted(w)
        w.related("s1", "son", "family")
        share(w, "bank_account", "iban", "son", "friend")
        w.vote("p1", praise, "friend", 10)
        w.vote("p1", blame, "friend", 40, "not_helpful")
        (case,) = found(w)
        assert case.reviews == sorted((praise, blame))

    def test_viral_review(self) -> None:
        w = market()
        praise, blame, *_ = voted(w)
        for n, account in enumerate(strangers(60)):
            w.vote("p1", praise if n % 3 else blame, account, 10 + n * 0.01)
        share(w, "ip", "exit", "boss", *strangers(20))
        assert found(w) == []

    def test_one_report_of_one_review(self) -> None:
        w = market()
        _, blame, *_ = voted(w)
        w.vote("p1", blame, "erik", 10, "report_abuse")
        assert found(w) == []

    def test_vote_taken_back(self) -> None:
        w = market()
        praise, *_ = voted(w)
        w.vote("p1", praise, "erik", 10)
        taken = {"review_id": praise, "product_id": "p1", "voter_id": "erik", "vote": "helpful"}
        w.add("vote.withdrawn", 45, **taken)
        assert found(w) == []

    def test_votes_elsewhere_and_one_on_a_rival(self) -> None:
        w = market()
        _, _, _, blame = voted(w)
        kettle = w.review("kettle", "fan", 3, 5)
        w.vote("kettle", kettle, "erik", 10, "not_helpful")
        w.vote("p2", blame, "erik", 11)
        assert found(w) == []


def test_marketplaces_are_cases_of_their_own() -> None:
    w = market()
    w.review("p1", "boss", 20, 5)
    w.marketplace = "amazon.de"
    w.listed("p1", "s1")
    w.review("p1", "boss", 21, 5)
    assert [(a.marketplace, len(a.reviews)) for a in found(w)] in (
        [("amazon.se", 1), ("amazon.de", 1)],
        [("amazon.de", 1), ("amazon.se", 1)],
    )


def test_more_acts_and_stronger_identifiers_never_lower_the_score() -> None:
    scores = []
    for kinds in (["device"], ["device", "ip"], ["device", "ip", "payment_card"]):
        w = market()
        for kind in kinds:
            share(w, kind, kind, "boss", "mask")
        w.review("p1", "mask", 20, 5)
        scores += [a.score for a in found(w)]
        w.review("p1b", "mask", 22, 5)
        scores += [a.score for a in found(w)]
    assert scores[:2] == sorted(scores[:2])
    assert scores[::2] == sorted(scores[::2])
    assert scores[0] < scores[-1]
