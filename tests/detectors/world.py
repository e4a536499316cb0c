"""Small worlds for tests of detectors: builders of events, and the cases that come of them.

`cases_of` runs each world in order, shuffled within the lateness bound and doubled, lazily and
eagerly, with ticks at different times, and fails where the open cases differ.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from detectors.allowed import Allowed
from detectors.api import DAY, Detector
from pipeline.cases import CaseSettings
from pipeline.intake import Intake, IntakeSettings, SourceClock
from pipeline.runner import InProcess
from pipeline.topology import Topology
from schemas.alerts import Alert
from schemas.events import iso

START = 1_735_689_600_000_000  # 2025-01-01
HOUR = DAY // 24
FAR = 1 << 55

Event = tuple[int, dict[str, Any]]
"""Event time and body."""


class World:
    """Collects events; ids are drawn from a counter. `day` counts from the start, fractions too."""

    def __init__(self, marketplace: str = "amazon.se") -> None:
        self.events: list[Event] = []
        self.marketplace = marketplace
        self._ids = 0

    def add(self, type_: str, day: float, **fields: Any) -> str:
        """Any event; its id. Fields that are None are left out."""
        self._ids += 1
        event_id = f"ev{self._ids:06d}"
        ts = START + round(day * DAY)
        body = {
            "event_id": event_id,
            "type": type_,
            "occurred_at": iso(ts),
            "marketplace": self.marketplace,
            **{k: v for k, v in fields.items() if v is not None},
        }
        self.events.append((ts, body))
        return event_id

    def listed(self, product: str, seller: str, day: float = -200, **fields: Any) -> str:
        category = fields.pop("category", "Electronics/Headphones")
        title = fields.pop("title", "Headphones")
        return self.add(
            "product.listed",
            day,
            product_id=product,
            seller_id=seller,
            title=title,
            category=category,
            **fields,
        )

    def review(
        self, product: str, reviewer: str, day: float, rating: int = 5, **fields: Any
    ) -> str:
        """A posted review; its review id."""
        review_id = fields.pop("review_id", f"rv{self._ids + 1:06d}")
        self.add(
            "review.posted",
            day,
            review_id=review_id,
            product_id=product,
            reviewer_id=reviewer,
            rating=rating,
            **fields,
        )
        return review_id

    def vote(self, product: str, review: str, voter: str, day: float, vote: str = "helpful") -> str:
        return self.add(
            "vote.cast", day, review_id=review, product_id=product, voter_id=voter, vote=vote
        )

    def order(
        self,
        product: str,
        seller: str,
        buyer: str,
        day: float,
        paid: float = 200.0,
        listed: float = 200.0,
        code: str | None = None,
    ) -> str:
        """An order; its order id."""
        order_id = f"or{self._ids + 1:06d}"
        self.add(
            "order.placed",
            day,
            order_id=order_id,
            product_id=product,
            seller_id=seller,
            buyer_id=buyer,
            list_price=listed,
            paid_price=paid,
            currency="SEK",
            promo_code=code,
        )
        return order_id

    def registered(
        self, account: str, role: str, seller: str | None = None, day: float = -300
    ) -> str:
        return self.add("account.registered", day, account_id=account, role=role, seller_id=seller)

    def identified(self, account: str, kind: str, identifier: str, day: float = -250) -> str:
        return self.add(
            "account.identified",
            day,
            account_id=account,
            identifier_type=kind,
            identifier=identifier,
        )

    def related(
        self,
        seller: str,
        account: str,
        relation: str,
        day: float = -250,
        until: float | None = None,
    ) -> str:
        ended = None if until is None else iso(START + round(until * DAY))
        return self.add(
            "relation.declared",
            day,
            seller_id=seller,
            account_id=account,
            relation=relation,
            until=ended,
        )

    def traffic(
        self,
        product: str,
        seller: str,
        first: int,
        last: int,
        orders_a_day: float,
        seed: int = 1,
        review_rate: float = 0.08,
    ) -> None:
        """Ordinary buyers from day `first` to day `last`: orders, and J-shaped reviews of some."""
        r = random.Random(f"{seed}-{product}")
        for n in range(round((last - first) * orders_a_day)):
            day = r.uniform(first, last)
            buyer = f"buyer-{product}-{seed}-{n}"
            self.order(product, seller, buyer, day)
            if r.random() < review_rate:
                stars = r.choices((5, 4, 3, 2, 1), (60, 18, 8, 5, 9))[0]
                self.review(product, buyer, day + r.uniform(3, 20), stars, verified_purchase=True)


def encode(events: Sequence[Event]) -> list[bytes]:
    """Event bodies as records."""
    return [json.dumps(body, ensure_ascii=False).encode() for _, body in events]


def run(
    lines: Sequence[bytes],
    detectors: Sequence[Detector],
    *,
    eager: bool = False,
    tick_every: int = 0,
    cases: CaseSettings | None = None,
    allowed: Sequence[Allowed] = (),
) -> dict[str, Alert]:
    """The open cases by id."""
    topology = Topology(detectors, allowed)
    runner = InProcess(topology, cases or CaseSettings(), eager=eager)
    intake, clock = Intake(topology, IntakeSettings()), SourceClock()
    for i, raw in enumerate(lines, 1):
        taken = intake.take(raw, clock, FAR)
        assert not taken.refusals, taken.refusals
        runner.join(taken.deltas)
        if tick_every and i % tick_every == 0 and clock.newest is not None:
            runner.tick(clock.newest - intake.lateness)
    if eager:
        runner.tick(-FAR)
    runner.finish()
    assert not runner.failures, runner.failures
    return {a.case_id: a for a in runner.cases.latest() if a.status == "open"}


def cases_of(
    world: World,
    detectors: Sequence[Detector],
    allowed: Sequence[Allowed] = (),
    cases: CaseSettings | None = None,
) -> list[Alert]:
    """The open cases of a world, the same from every way of running it; sorted by clause."""
    events = sorted(world.events, key=lambda e: (e[0], e[1]["event_id"]))
    bound = partial(run, detectors=detectors, allowed=allowed, cases=cases)
    plain = bound(encode(events))
    r = random.Random(len(events))
    moved = [(ts + r.randrange(19 * DAY // 10), body) for ts, body in events]
    moved += [(ts + r.randrange(19 * DAY // 10), b) for ts, b in events if r.random() < 0.1]
    moved.sort(key=lambda e: e[0])
    pace = max(10, len(moved) // 7)
    for other in (
        bound(encode(moved), tick_every=pace),
        bound(encode(moved), eager=True, tick_every=pace),
    ):
        assert _comparable(other) == _comparable(plain)
    return sorted(plain.values(), key=lambda a: (a.clause, a.case_id))


def _comparable(cases: dict[str, Alert]) -> dict[str, Any]:
    return {
        k: msgspec.to_builtins(msgspec.structs.replace(a, revision=0)) for k, a in cases.items()
    }


def clauses(alerts: Sequence[Alert]) -> set[str]:
    """The clauses of the cases."""
    return {a.clause for a in alerts}
