"""The truth names everything that was planted, and only what is there."""

from __future__ import annotations

from collections import Counter

from pipeline.simulator.cases.registry import SCENARIOS
from tests.simulator.conftest import Made

CLAUSES = {
    "self_review", "incentive_offer", "refund_after_review", "review_club", "insider_review",
    "paid_change", "review_gating", "variation_abuse", "insert_solicitation",
    "vote_manipulation", "change_request", "off_platform_contact", "review_ring",
}  # fmt: skip


def test_every_clause_has_variants_from_careless_to_careful() -> None:
    for clause in CLAUSES:
        levels = [s.difficulty for s in SCENARIOS if s.kind == "planted" and s.clause == clause]
        assert len(levels) >= 5, clause
        assert min(levels) == 1, clause
        assert max(levels) == 5, clause


def test_every_clause_has_lookalikes_in_several_variants() -> None:
    for clause in CLAUSES:
        names = {s.name for s in SCENARIOS if s.kind == "lookalike" and s.clause == clause}
        variants = [s for s in SCENARIOS if s.kind == "lookalike" and s.clause == clause]
        assert names, clause
        assert len(variants) >= 4, clause


def test_names_are_unique() -> None:
    names = Counter((s.name, s.variant) for s in SCENARIOS)
    assert max(names.values()) == 1


def test_every_scenario_happens_at_scale_one(full: Made, other: Made) -> None:
    wanted = {(s.kind, s.name, s.variant) for s in SCENARIOS}
    for made in (full, other):
        found = {(r["kind"], r.get("name", r.get("clause")), r["variant"]) for r in made.truth}
        assert not made.summary.skipped
        assert wanted == found


def test_a_small_world_has_a_handful_of_each(small: Made) -> None:
    assert len(small.planted) >= 4
    assert len(small.lookalikes) >= 4


def test_violations_are_rare(full: Made) -> None:
    sellers = {s for r in full.planted for s in r["sellers"]}
    accounts = {a for r in full.planted for a in r["accounts"]}
    registered = full.events("accounts", "account.registered")
    assert len(sellers) < 0.02 * sum(e["role"] == "seller" for e in registered)
    assert len(accounts) < 0.02 * len(registered)


def test_honest_sellers_are_honest(full: Made) -> None:
    guilty = {s for r in full.planted for s in r["sellers"]}
    for record in full.lookalikes:
        assert not guilty & set(record["sellers"]), record["name"]
    for record in full.planted:
        assert not guilty & {a for a in record["affected"] if a.startswith("S")}


def test_ids_exist_in_the_events(full: Made) -> None:
    reviews = {e["review_id"] for e in full.events("reviews", "review.posted")}
    messages = {e["message_id"] for e in full.events("seller-messages")}
    products = {e["product_id"] for e in full.events("catalog", "product.listed")}
    accounts = {e["account_id"] for e in full.events("accounts", "account.registered")}
    for record in full.truth:
        assert set(record["reviews"]) | set(record["evidence"]) <= reviews
        assert set(record["messages"]) <= messages
        assert set(record["products"]) <= products
        assert set(record["accounts"]) <= accounts


def test_first_and_last_act_frame_what_is_named(full: Made) -> None:
    messages = {e["message_id"]: e["occurred_at"] for e in full.events("seller-messages")}
    for record in full.truth:
        assert record["first_act"] <= record["last_act"]
        for message in record["messages"]:
            assert record["first_act"] <= messages[message] <= record["last_act"]


def test_every_planted_case_shows_itself(full: Made) -> None:
    """A case needs something to be found by: messages, reviews, or variations."""
    for record in full.planted:
        shown = record["messages"] or record["reviews"] or record["evidence"]
        assert shown or record["clause"] == "variation_abuse", record


def test_witnesses_are_not_accused(full: Made) -> None:
    author = {e["review_id"]: e["reviewer_id"] for e in full.events("reviews", "review.posted")}
    for record in full.planted:
        assert not {author[review] for review in record["evidence"]} & set(record["accounts"])
