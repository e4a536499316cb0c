"""What happens could have happened: nothing before its cause, nobody before being there."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.simulator.conftest import Made, Record


def first_by(events: list[Record], key: str) -> dict[str, str]:
    """The time of the first event for each value of a field."""
    found: dict[str, str] = {}
    for event in events:
        if event.get(key):
            found.setdefault(event[key], event["occurred_at"])
    return found


def test_verified_reviews_come_after_their_order(full: Made) -> None:
    orders = {order["order_id"]: order for order in full.events("orders", "order.placed")}
    start = full.settings.start.isoformat()
    known = unknown = 0
    for review in full.events("reviews", "review.posted"):
        if not review.get("order_id"):
            continue
        assert review["verified_purchase"] is True
        order = orders.get(review["order_id"])
        if order is None:
            unknown += 1
            # Ordered before the window began: only then is the order not in it.
            assert review["occurred_at"][:10] < f"{start[:5]}07"
            continue
        known += 1
        assert order["occurred_at"] < review["occurred_at"]
        assert order["buyer_id"] == review["reviewer_id"]
        assert order["product_id"] == review["product_id"]
    assert known > 5 * unknown


def test_nobody_reviews_a_product_twice(full: Made) -> None:
    pairs = Counter(
        (review["reviewer_id"], review["product_id"])
        for review in full.events("reviews", "review.posted")
    )
    assert max(pairs.values()) == 1


def test_refunds_follow_their_order_once_and_give_back_no_more(full: Made) -> None:
    orders = {order["order_id"]: order for order in full.events("orders", "order.placed")}
    refunded = set()
    for refund in full.events("orders", "order.refunded"):
        order = orders.get(refund["order_id"])
        assert refund["order_id"] not in refunded
        refunded.add(refund["order_id"])
        if order is not None:
            assert order["occurred_at"] < refund["occurred_at"]
            assert 0 < refund["amount"] <= order["paid_price"]
            assert refund["buyer_id"] == order["buyer_id"]


def test_votes_edits_and_removals_are_of_reviews_that_stand(full: Made) -> None:
    posted = {r["review_id"]: r for r in full.events("reviews", "review.posted")}
    removed = first_by(full.events("reviews", "review.removed"), "review_id")
    for event in full.events("votes") + full.events("reviews"):
        if event["type"] == "review.posted":
            continue
        review = posted[event["review_id"]]
        assert review["occurred_at"] < event["occurred_at"]
        assert event["product_id"] == review["product_id"]
        gone = removed.get(event["review_id"])
        assert gone is None or event["occurred_at"] <= gone
        if event["type"] == "vote.cast":
            assert event["voter_id"] != review["reviewer_id"]


def test_votes_are_withdrawn_by_those_who_cast_them(full: Made) -> None:
    cast = {(v["voter_id"], v["review_id"], v["vote"]): v["occurred_at"]
            for v in full.events("votes", "vote.cast")}  # fmt: skip
    for vote in full.events("votes", "vote.withdrawn"):
        at = cast[vote["voter_id"], vote["review_id"], vote["vote"]]
        assert at < vote["occurred_at"]


def test_accounts_are_registered_before_they_act(full: Made) -> None:
    registered = first_by(full.events("accounts", "account.registered"), "account_id")
    acts = [
        *((e, e["reviewer_id"]) for e in full.events("reviews")),
        *((e, e["voter_id"]) for e in full.events("votes")),
        *((e, e["buyer_id"]) for e in full.events("orders")),
        *((e, e["account_id"]) for e in full.events("accounts", "account.identified")),
        *((e, e["account_id"]) for e in full.events("accounts", "relation.declared")),
        *((e, e.get("buyer_id")) for e in full.events("seller-messages")),
        *((e, e.get("sender_id")) for e in full.events("seller-messages")),
    ]
    for event, account in acts:
        if account is not None:
            assert registered[account] <= event["occurred_at"], event


def test_products_are_listed_before_they_sell_or_join(full: Made) -> None:
    listed = first_by(full.events("catalog", "product.listed"), "product_id")
    for event in full.events("orders") + full.events("reviews") + full.events("catalog"):
        assert listed[event["product_id"]] <= event["occurred_at"], event


def test_sellers_are_there_before_their_products(full: Made) -> None:
    owners = {e["seller_id"]: e["occurred_at"]
              for e in full.events("accounts", "account.registered")
              if e["role"] == "seller"}  # fmt: skip
    for event in full.events("catalog", "product.listed"):
        assert owners[event["seller_id"]] <= event["occurred_at"]


def test_variations_leave_after_they_joined(full: Made) -> None:
    joined: defaultdict[tuple[str, str], int] = defaultdict(int)
    for event in full.events("catalog"):
        key = event.get("parent_id", ""), event["product_id"]
        if event["type"] == "variation.added":
            joined[key] += 1
        elif event["type"] == "variation.removed":
            joined[key] -= 1
            assert joined[key] >= 0


def test_prices_are_paid_in_the_money_of_the_marketplace(full: Made) -> None:
    money = {"amazon.se": "SEK", "amazon.pl": "PLN"}
    for order in full.events("orders", "order.placed"):
        marketplace = order["marketplace"]
        assert order["currency"] == money.get(marketplace, "EUR")
        assert 0 <= order["paid_price"] <= order["list_price"]


def test_threads_alternate_in_time(full: Made) -> None:
    threads: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
    for message in full.events("seller-messages"):
        if message["channel"] == "buyer_seller_messaging" and message.get("order_id"):
            threads[message["seller_id"], message["order_id"]].append(message)
    answered = [t for t in threads.values() if {m["direction"] for m in t} == {
        "to_buyer", "from_buyer"}]  # fmt: skip
    assert len(answered) > 500
    assert sum(len(t) for t in answered) / len(answered) > 2
