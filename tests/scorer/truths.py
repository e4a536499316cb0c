"""Small truths and alerts by hand, and the oracle that knows a truth by heart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from pipeline.scorer import Context, OpenCase, Truth, match, standing
from pipeline.scorer.matching import Booking, MatchedWorld
from pipeline.scorer.truth import Lookalike, Planted, World
from schemas.alerts import Alert

FIRST = "2025-03-01T00:00:00Z"
LAST = "2025-03-11T00:00:00Z"
LISTS = ("sellers", "products", "reviews", "accounts", "messages", "evidence", "affected")


def ids(prefix: str, count: int) -> list[str]:
    """`prefix`0, `prefix`1 and so on."""
    return [f"{prefix}{number}" for number in range(count)]


def _happening(fields: dict[str, Any]) -> dict[str, Any]:
    common = {"variant": "plain", "marketplace": "amazon.se", "acts": 10}
    times = {"first_act": FIRST, "last_act": LAST}
    return common | times | {name: [] for name in LISTS} | fields


def planted(case: str = "p", clause: str = "incentive_offer", **fields: Any) -> Planted:
    """A planted case; by default one that breaks its clause alone."""
    line = {"kind": "planted", "case": case, "clause": clause, "clauses": [clause], "difficulty": 1}
    return msgspec.convert(_happening(line | fields), Planted)


def lookalike(case: str = "l", looks_like: str = "review_ring", **fields: Any) -> Lookalike:
    """A lookalike."""
    line = {"kind": "lookalike", "case": case, "name": "shared_taste", "looks_like": looks_like}
    return msgspec.convert(_happening(line | fields), Lookalike)


def truth(*happenings: Planted | Lookalike, events: int = 1_000_000) -> Truth:
    """A world with these in it."""
    world = World(seed=1, scale=1.0, days=180, phrasing="build", events={"reviews": events})
    return Truth(
        world,
        tuple(h for h in happenings if isinstance(h, Planted)),
        tuple(h for h in happenings if isinstance(h, Lookalike)),
    )


def alert(clause: str = "incentive_offer", **fields: Any) -> Alert:
    """An alert; its subject is the first seller, else a group, unless given. `products` are ids."""
    sellers = fields.get("sellers", [])
    subject = {"type": "seller", "id": sellers[0]} if sellers else {"type": "group", "id": "g"}
    subject = fields.pop("subject", subject)
    marketplace = fields.get("marketplace", "amazon.se")
    products = [
        {"product_id": product, "url": "https://shop.example/"}
        for product in fields.pop("products", [])
    ]
    complete = {
        "schema_version": 1,
        "case_id": f"{clause} {marketplace} {subject['type']} {subject['id']}",
        "revision": 1,
        "status": "open",
        "clause": clause,
        "severity": "high",
        "score": 0.9,
        "marketplace": marketplace,
        "subject": subject,
        "sellers": [],
        "products": products,
        "reviews": [],
        "accounts": [],
        "messages": [],
        "affected": {"sellers": [], "reviews": [], "accounts": []},
        "explanation": "Something happened.",
        "evidence": [],
        "first_event_at": FIRST,
        "last_event_at": LAST,
        "detectors": [],
    }
    return msgspec.convert(complete | fields, Alert)


def opened(alerts: Iterable[Alert]) -> list[OpenCase]:
    """The open cases of alerts, each its case's only revision."""
    return standing([each] for each in alerts)


def matched(world: Truth, *alerts: Alert, context: Context | None = None) -> MatchedWorld:
    """The world with these alerts booked."""
    return match(world, opened(alerts), context or Context())


def booked(world: Truth, one: Alert, context: Context | None = None) -> Booking:
    """What becomes of a single alert."""
    (booking,) = matched(world, one, context=context).bookings
    return booking


def oracle(world: Truth) -> Iterator[Alert]:
    """The alerts of somebody who knows: one for each clause and seller of a case, or for a group
    where there is no seller to accuse."""
    for case in world.planted:
        for clause in case.clauses:
            sellers = [] if clause == "review_ring" else sorted(case.sellers)
            for subject in sellers or [None]:
                about = (
                    {"type": "group", "id": case.case}
                    if subject is None
                    else {"type": "seller", "id": subject}
                )
                yield alert(
                    clause,
                    case_id=f"{case.case} {clause} {subject}",
                    subject=about,
                    sellers=[] if subject is None else [subject],
                    marketplace=case.marketplace,
                    products=sorted(case.products),
                    reviews=sorted(case.reviews),
                    accounts=sorted(case.accounts),
                    messages=sorted(case.messages),
                    score=1.0,
                    first_event_at=case.first_act.isoformat(),
                    last_event_at=case.last_act.isoformat(),
                )
