"""Random events of every type over few ids, so that everything meets everything."""

from __future__ import annotations

import random
from typing import Any

from detectors.api import DAY
from schemas.events import iso
from tests.detectors.world import START, Event

PAID_FOR = "I received this product for free in exchange for my honest review and I like it a lot"
FILLER = [
    "det",
    "fungerar",
    "bra",
    "och",
    "jag",
    "är",
    "nöjd",
    "med",
    "köpet",
    "men",
    "batteriet",
    "kunde",
    "hålla",
    "lite",
    "längre",
]


def events(seed: int, size: int, days: int) -> list[Event]:
    """`size` events in the order of their times."""
    r = random.Random(f"anything-{seed}")
    found = [_event(r, n, days) for n in range(size)]
    found += _mobs(r, found)
    found += _choosy(r, days)
    found += _ring(r, days)
    return sorted(found, key=lambda e: (e[0], e[1]["event_id"]))


def _event(r: random.Random, n: int, days: int) -> Event:
    ts = START + r.randrange(days * DAY)
    kind = r.choices(list(_MAKERS), [m[0] for m in _MAKERS.values()])[0]
    body = {
        "event_id": f"e{n}",
        "type": kind,
        "occurred_at": iso(ts),
        "marketplace": r.choice(["amazon.se", "amazon.se", "amazon.se", "amazon.de"]),
        **_MAKERS[kind][1](r, n, ts),
    }
    return ts, {k: v for k, v in body.items() if v is not None}


def _mobs(r: random.Random, world: list[Event]) -> list[Event]:
    """Two crews of accounts that do nothing but vote, together, on a few reviews each."""
    posted = [(ts, body) for ts, body in world if body["type"] == "review.posted"]
    votes: list[Event] = []
    for crew in range(2):
        for target, (posted_at, review) in enumerate(r.sample(posted, min(4, len(posted)))):
            begun = posted_at + r.randrange(DAY // 4, 2 * DAY)
            for voter in range(14):
                ts = begun + r.randrange(DAY // 8)
                body = {
                    "event_id": f"mob{crew}-{target}-{voter}",
                    "type": "vote.cast",
                    "occurred_at": iso(ts),
                    "marketplace": review["marketplace"],
                    "review_id": review["review_id"],
                    "product_id": review["product_id"],
                    "voter_id": f"crew{crew}-{voter}",
                    "vote": "helpful" if review["rating"] >= 4 else "not_helpful",
                }
                votes.append((ts, body))
    return votes


def _choosy(r: random.Random, days: int) -> list[Event]:
    """A seller that asks the buyers who write in happy, and nobody else, for reviews."""
    found: list[Event] = []
    for n in range(16):
        buyer, ts = f"glad{n}", START + r.randrange(days * DAY * 9 // 10)
        happy = n % 2 == 0
        texts = [("from_buyer", "I am so happy with it!" if happy else "Is there a manual?")]
        texts += [("to_buyer", "Please write a review of it.")] * happy
        for step, (direction, text) in enumerate(texts):
            at = ts + step * DAY // 2
            body = {
                "event_id": f"choosy{n}-{step}",
                "type": "message.sent",
                "occurred_at": iso(at),
                "marketplace": "amazon.se",
                "message_id": f"choosy{n}-{step}",
                "seller_id": "choosy",
                "direction": direction,
                "channel": "buyer_seller_messaging",
                "text": text,
                "buyer_id": buyer,
            }
            found.append((at, body))
    return found


def _ring(r: random.Random, days: int) -> list[Event]:
    """Accounts that praise product after product together."""
    reviews: list[Event] = []
    for product in range(4):
        begun = START + r.randrange(min(days, 120) * DAY)
        for account in range(6):
            ts = begun + r.randrange(2 * DAY)
            body = {
                "event_id": f"ring-{product}-{account}",
                "type": "review.posted",
                "occurred_at": iso(ts),
                "marketplace": "amazon.se",
                "review_id": f"ring-{product}-{account}",
                "product_id": f"p{20 + product}",
                "reviewer_id": f"ring{account}",
                "rating": 5,
            }
            reviews.append((ts, body))
    return reviews


def _product(r: random.Random) -> str:
    return f"p{min(int(r.paretovariate(0.8)), 12)}"


def _account(r: random.Random) -> str:
    return f"a{r.randrange(25)}"


def _seller(r: random.Random) -> str:
    return f"s{r.randrange(4)}"


def _text(r: random.Random) -> str | None:
    if r.random() < 0.1:
        return PAID_FOR
    return " ".join(r.choices(FILLER, k=r.randrange(4, 20))) if r.random() < 0.7 else None


def _posted(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    hot = r.random() < 0.05
    return {
        "review_id": _hot(ts) if hot else f"r{n}",
        "product_id": "p1" if hot else _product(r),
        "reviewer_id": _account(r),
        "rating": r.choices([5, 4, 3, 2, 1], [60, 15, 8, 5, 12])[0],
        "text": _text(r),
        "verified_purchase": r.random() < 0.7,
        "programme": "vine" if r.random() < 0.05 else None,
        "seller_id": _seller(r) if r.random() < 0.3 else None,
    }


def _edited(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    body = _posted(r, n, ts)
    review = f"r{r.randrange(max(n, 1))}"
    kept = ("product_id", "reviewer_id", "rating", "text")
    return {"review_id": review, **{k: body[k] for k in kept}}


def _removed(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    return {
        "review_id": f"r{r.randrange(max(n, 1))}",
        "product_id": _product(r),
        "reviewer_id": _account(r),
        "removed_by": r.choice(["reviewer", "platform"]),
    }


def _hot(ts: int) -> str:
    """The review of product p1 that a crew of voters is on for some weeks."""
    return f"hot{ts // (20 * DAY)}"


def _vote(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    if r.random() < 0.2:
        voter, vote = f"voter{r.randrange(8)}", r.choice(["helpful", "report_abuse"])
        return {"review_id": _hot(ts), "product_id": "p1", "voter_id": voter, "vote": vote}
    return {
        "review_id": f"r{r.randrange(max(n, 1))}",
        "product_id": _product(r),
        "voter_id": _account(r),
        "vote": r.choices(["helpful", "not_helpful", "report_abuse"], [6, 2, 1])[0],
    }


def _message(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    return {
        "message_id": f"m{n}",
        "seller_id": _seller(r),
        "direction": r.choice(["to_buyer", "from_buyer"]),
        "channel": r.choice(["buyer_seller_messaging", "package_insert", "email", "chat_app"]),
        "text": r.choice(
            [
                "Thank you for your order. We hope you like it.",
                "We will refund you in full once you have left a five star review.",
                "Vi skickar ett presentkort på 200 kr när du har skrivit en positiv recension.",
            ]
        ),
        "buyer_id": _account(r),
        "product_id": _product(r),
    }


def _listed(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    return {
        "product_id": _product(r),
        "seller_id": _seller(r),
        "title": r.choice(["Headphones", "Kettle", "Yoga mat"]),
        "category": r.choice(["Electronics/Headphones", "Kitchen/Kettles"]),
        "brand": r.choice([None, "Acme"]),
        "url": r.choice([None, "https://www.amazon.se/dp/x"]),
    }


def _variation(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    return {
        "parent_id": f"parent{r.randrange(3)}",
        "product_id": _product(r),
        "seller_id": _seller(r),
    }


def _registered(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    role = r.choice(["buyer", "buyer", "seller", "staff", "partner"])
    return {
        "account_id": _account(r),
        "role": role,
        "seller_id": None if role == "buyer" else _seller(r),
    }


def _identified(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    kind = r.choice(["device", "ip", "address", "payment_card", "bank_account", "tax_id", "email"])
    return {
        "account_id": _account(r),
        "identifier_type": kind,
        "identifier": f"{kind}{r.randrange(8)}",
    }


def _related(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    return {
        "seller_id": _seller(r),
        "account_id": _account(r),
        "relation": r.choice(["owner", "employee", "family", "partner", "agency", "manufacturer"]),
        "until": iso(ts + 40 * DAY) if r.random() < 0.3 else None,
    }


def _order(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    deep = r.random() < 0.3
    return {
        "order_id": f"o{n}",
        "product_id": _product(r),
        "seller_id": _seller(r),
        "buyer_id": _account(r),
        "list_price": 200,
        "paid_price": 5.0 if deep else 190.5,
        "currency": "SEK",
        "promo_code": "CODE" if deep else None,
    }


def _refund(r: random.Random, n: int, ts: int) -> dict[str, Any]:
    return {
        "order_id": f"o{r.randrange(max(n, 1))}",
        "product_id": _product(r),
        "seller_id": _seller(r),
        "buyer_id": _account(r),
        "amount": 190.5,
        "currency": "SEK",
        "reason": r.choice(["defect", "goodwill", "unknown"]),
        "via": r.choice(["platform", "off_platform"]),
        "item_returned": r.choice([None, True, False]),
    }


_MAKERS: dict[str, tuple[int, Any]] = {
    "review.posted": (30, _posted),
    "review.edited": (3, _edited),
    "review.removed": (2, _removed),
    "vote.cast": (40, _vote),
    "vote.withdrawn": (4, _vote),
    "message.sent": (10, _message),
    "product.listed": (3, _listed),
    "variation.added": (1, _variation),
    "variation.removed": (1, _variation),
    "account.registered": (4, _registered),
    "account.identified": (8, _identified),
    "relation.declared": (2, _related),
    "order.placed": (30, _order),
    "order.refunded": (3, _refund),
}
