"""What an alert is booked as."""

from __future__ import annotations

import pytest

from pipeline.scorer import Context
from tests.scorer.truths import alert, booked, ids, lookalike, matched, opened, planted, truth

BOUGHT = planted(
    "bought",
    sellers=["S"],
    products=["P"],
    reviews=ids("r", 6),
    accounts=ids("a", 6),
    messages=ids("m", 4),
    evidence=["told"],
)
RING = planted(
    "ring",
    "review_ring",
    products=["P1", "P2"],
    reviews=ids("ring-r", 20),
    accounts=ids("ring-a", 8),
    affected=["T1", "T2"],
)
FANS = lookalike("fans", reviews=ids("f", 8), accounts=ids("fa", 5), affected=["T8"])
CARD = lookalike("card", "insert_solicitation", sellers=["S9"], messages=ids("card", 5))
WORLD = truth(BOUGHT, RING, FANS, CARD)


def named(clause: str = "incentive_offer", **fields: object) -> str:
    """The outcome of an alert that names the bought case's seller, and these."""
    return booked(WORLD, alert(clause, sellers=["S"], **fields)).outcome


def grouped(clause: str = "review_ring", **fields: object) -> str:
    """The outcome of an alert on a group."""
    return booked(WORLD, alert(clause, **fields)).outcome


def test_the_guilty_seller_with_what_it_did_is_found() -> None:
    assert named(reviews=ids("r", 2), accounts=ids("a", 2)) == "hit"
    assert named(messages=["m1"]) == "hit"


def test_the_guilty_seller_as_subject_alone_is_found() -> None:
    subject = {"type": "seller", "id": "S"}
    assert booked(WORLD, alert(subject=subject, reviews=["r1"])).outcome == "hit"


def test_another_marketplace_is_another_party() -> None:
    assert named(reviews=ids("r", 6), marketplace="amazon.de") == "stray"


def test_another_clause_is_neither_hit_nor_false() -> None:
    assert named("review_gating", messages=ids("m", 4)) == "elsewhere"
    assert grouped(reviews=ids("r", 6), accounts=ids("a", 6)) == "elsewhere"


def test_a_clause_named_with_reason_is_told_apart() -> None:
    club = planted("club", "review_club", tolerated=["incentive_offer"], sellers=["S"])
    assert booked(truth(club), alert(sellers=["S"])).outcome == "tolerated"
    assert booked(truth(club), alert("self_review", sellers=["S"])).outcome == "elsewhere"


def test_every_clause_of_a_case_is_admitted() -> None:
    case = planted(
        clauses=["incentive_offer", "off_platform_contact"], sellers=["S"], messages=["m0"]
    )
    one = alert("off_platform_contact", sellers=["S"], messages=["m0"])
    assert booked(truth(case), one).outcome == "hit"


def test_the_guilty_seller_for_the_wrong_things_is_not_found() -> None:
    assert named(reviews=["x", "y"]) == "haystack"
    assert named(messages=["x"]) == "haystack"


def test_a_haystack_that_names_every_account_is_no_hit() -> None:
    everybody = ids("x", 500)
    assert named(reviews=ids("r", 6), accounts=ids("a", 6) + everybody) == "haystack"
    assert grouped(accounts=ids("ring-a", 8) + everybody) == "haystack"


def test_few_strangers_are_no_haystack() -> None:
    assert named(reviews=["r1"], accounts=["x", "y"]) == "hit"
    assert named(reviews=["r1"], accounts=["x", "y", "z"]) == "haystack"
    assert named(reviews=ids("r", 3), accounts=ids("x", 7)) == "hit"
    assert named(reviews=ids("r", 3), accounts=ids("x", 8)) == "haystack"


def test_what_a_list_leaves_out_belongs_only_as_far_as_the_case_has_room() -> None:
    shown = ids("ring-a", 8)
    assert grouped(accounts=shown, reviews_omitted=20) == "hit"
    assert grouped(accounts=shown, accounts_omitted=500) == "haystack"


def test_witnesses_and_the_sellers_people_are_no_strangers() -> None:
    case = planted(sellers=["S"], messages=["m0"], evidence=ids("told", 5), reviews=["r0"])
    world = truth(case)
    assert booked(world, alert(sellers=["S"], reviews=ids("told", 5))).outcome == "hit"
    staff = alert(sellers=["S"], messages=["m0"], accounts=ids("staff", 4))
    assert booked(world, staff).outcome == "haystack"
    context = Context(of_seller={"S": frozenset(ids("staff", 3))}, sender={"m0": "staff3"})
    assert booked(world, staff, context).outcome == "hit"


def test_reviews_that_a_seller_wrote_about_are_no_strangers() -> None:
    world = truth(planted("pressed", "change_request", sellers=["S"], messages=["m0"]))
    one = alert("change_request", sellers=["S"], messages=["m0"], reviews=ids("r", 4))
    assert booked(world, one).outcome == "haystack"
    context = Context(about={"m0": "r1", "other": "r2"})
    assert booked(world, one, context).outcome == "haystack"
    two = alert("change_request", sellers=["S"], messages=["m0"], reviews=ids("r", 3))
    assert booked(world, two, context).outcome == "hit"


def test_a_seller_told_on_by_unrelated_reviews_is_not_found() -> None:
    world = truth(planted(sellers=["S"], messages=["m0"], evidence=["told"]))
    for review, outcome in (("told", "hit"), ("unrelated", "haystack")):
        beside = {"sellers": [], "reviews": [review], "accounts": []}
        assert booked(world, alert(sellers=["S"], affected=beside)).outcome == outcome


def test_a_seller_among_many_others_is_not_named() -> None:
    two = alert(sellers=["S", "S1"], reviews=["r1"])
    assert booked(WORLD, two).outcome == "hit"
    three = alert(sellers=["S", "S1", "S2"], reviews=["r1"])
    assert booked(WORLD, three).outcome == "haystack"
    wrong = alert(sellers=["S", "S1"], subject={"type": "seller", "id": "S1"}, reviews=ids("r", 6))
    assert booked(WORLD, wrong).outcome == "haystack"


@pytest.mark.parametrize(
    ("kind", "enough"), [("reviews", "ring-r"), ("accounts", "ring-a")], ids=["reviews", "accounts"]
)
def test_a_group_is_known_by_three_of_its_own(kind: str, enough: str) -> None:
    assert grouped(**{kind: ids(enough, 3)}) == "hit"
    assert grouped(**{kind: ids(enough, 2)}) == "stray"


def test_a_small_group_is_known_by_half_of_its_own() -> None:
    pair = truth(planted("pair", "review_ring", accounts=["a0", "a1", "a2"]))
    assert booked(pair, alert("review_ring", accounts=["a0", "a1"])).outcome == "hit"
    assert booked(pair, alert("review_ring", accounts=["a0"])).outcome == "stray"


def test_a_product_is_found_where_the_seller_is_not_known() -> None:
    one = alert(subject={"type": "product", "id": "P"}, reviews=ids("r", 4))
    assert booked(WORLD, one).outcome == "hit"
    only = truth(planted("joined", "variation_abuse", sellers=["S"], products=["P", "Q"]))
    on_product = alert("variation_abuse", subject={"type": "product", "id": "P"})
    assert booked(only, on_product).outcome == "hit"


def test_a_seller_who_only_gained_from_a_ring_is_another_clause_at_most() -> None:
    gained = alert(sellers=["T1"], reviews=ids("ring-r", 6))
    assert booked(WORLD, gained).outcome == "elsewhere"
    nobody = alert(sellers=["T7"], reviews=ids("ring-r", 6))
    assert booked(WORLD, nobody).outcome == "haystack"


def test_an_attacked_rival_who_is_accused_is_a_victim() -> None:
    attack = planted("attack", sellers=["S"], reviews=ids("r", 5), affected=["RIVAL"])
    one = alert(sellers=["RIVAL"], reviews=ids("r", 5))
    assert booked(truth(attack), one).outcome == "victim"


def test_lookalikes_are_booked_by_their_seller_or_their_people() -> None:
    by_seller = booked(WORLD, alert("insert_solicitation", sellers=["S9"]))
    assert (by_seller.outcome, by_seller.lookalike) == ("lookalike", CARD)
    by_people = booked(WORLD, alert("review_ring", accounts=ids("fa", 4)))
    assert (by_people.outcome, by_people.lookalike) == ("lookalike", FANS)


def test_nothing_planted_is_stray() -> None:
    assert booked(WORLD, alert(sellers=["S5"], reviews=["x"])).outcome == "stray"
    assert grouped(accounts=ids("x", 4)) == "stray"
    assert booked(truth(), alert(sellers=["S"])).outcome == "stray"


def test_one_alert_may_find_two_cases() -> None:
    other = planted("other", "review_ring", accounts=ids("other", 8))
    both = booked(
        truth(RING, other), alert("review_ring", accounts=ids("ring-a", 8) + ids("other", 8))
    )
    assert {p.case for p in both.planted} == {"ring", "other"}


def test_the_surest_alert_finds_and_the_others_repeat() -> None:
    alerts = [
        alert(subject={"type": "product", "id": f"P{n}"}, reviews=ids("r", 4), score=score)
        for n, score in enumerate([0.6, 0.9, 0.7])
    ]
    bookings = matched(WORLD, *alerts).bookings
    assert [(b.alert.score, b.repeats) for b in bookings] == [
        (0.9, False),
        (0.7, True),
        (0.6, True),
    ]


def test_each_seller_of_a_case_deserves_an_alert() -> None:
    club = planted("club", "review_club", sellers=["S1", "S2"], reviews=ids("r", 4))
    alerts = [alert("review_club", sellers=[s], reviews=["r1"]) for s in ("S1", "S2")]
    assert not any(b.repeats for b in matched(truth(club), *alerts).bookings)


def test_withdrawn_alerts_are_ignored() -> None:
    assert opened([alert(sellers=["S"], status="withdrawn")]) == []
