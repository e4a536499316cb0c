"""Admission in the contract's order, and detectors that raise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from detectors.api import DAY, HOUR, scoped
from pipeline.cases import CaseSettings
from pipeline.intake import Intake, IntakeSettings, RecentEvents, SourceClock
from pipeline.runner import InProcess
from pipeline.topology import Topology
from schemas.decode import decode
from schemas.events import iso
from schemas.refusal import Culprit
from tests.engine.toys import Crowds, Raiser

NOW = 1_760_000_000_000_000


def record(event_id: str, ts: int, **fields: Any) -> bytes:
    body = {
        "event_id": event_id,
        "type": "review.posted",
        "occurred_at": iso(ts),
        "review_id": f"r-{event_id}",
        "product_id": "p1",
        "reviewer_id": "a1",
        "rating": 5,
        **fields,
    }
    return json.dumps(body).encode()


@pytest.fixture
def intake() -> Intake:
    return Intake(Topology([Crowds()]), IntakeSettings())


def reasons(intake: Intake, clock: SourceClock, *records: bytes) -> list[str | None]:
    out: list[str | None] = []
    for raw in records:
        refusals = intake.take(raw, clock, NOW).refusals
        out.append(refusals[0].reason if refusals else None)
    return out


def test_an_hour_into_the_future_is_admitted_and_no_more(intake: Intake) -> None:
    clock = SourceClock()
    assert reasons(
        intake, clock, record("a", NOW + HOUR), record("b", NOW + HOUR + 1), record("c", NOW)
    ) == [None, "from_the_future", None]
    assert clock.newest == NOW + HOUR


def test_two_days_behind_the_newest_of_its_source_is_admitted_and_no_more(intake: Intake) -> None:
    clock = SourceClock()
    old = NOW - 2 * DAY
    assert reasons(intake, clock, record("a", NOW), record("b", old), record("c", old - 1)) == [
        None,
        None,
        "late",
    ]
    assert reasons(intake, SourceClock(), record("c", old - 1)) == [None]


def test_only_admitted_events_move_the_clock(intake: Intake) -> None:
    clock = SourceClock()
    reasons(intake, clock, b"{}", record("a", NOW + 2 * HOUR), record("b", NOW, rating=7))
    assert clock.newest is None


def test_a_duplicate_is_admitted_and_a_conflicting_one_is_not(intake: Intake) -> None:
    clock = SourceClock()
    again = json.dumps({**json.loads(record("a", NOW)), "unknown": 1, "text": None}).encode()
    other = record("a", NOW, rating=1)
    assert reasons(intake, clock, record("a", NOW), again, other) == [
        None,
        None,
        "conflicting_duplicate",
    ]


def test_the_memory_of_recent_events_is_bounded() -> None:
    recent = RecentEvents(limit=10)
    for n in range(1_000):
        assert not recent.conflicts(decode(record(f"e{n}", NOW)))
    assert len(recent._young) + len(recent._old) <= 10
    assert recent.conflicts(decode(record("e999", NOW, rating=1)))


def test_a_detector_that_raises_loses_its_own_rows_only() -> None:
    topology = Topology([Crowds(), Raiser()])
    taken = Intake(topology, IntakeSettings()).take(
        record("a", NOW, product_id="poison"), SourceClock(), NOW
    )
    (refusal,) = taken.refusals
    assert refusal.reason == "detector_error"
    assert refusal.message == "detector toy_raiser: RuntimeError: cannot read this"
    assert refusal.culprit == Culprit("toy_raiser", "product", scoped("amazon.se", "poison"))
    assert {d.table for d in taken.deltas} == {"reviews"}


def test_every_detector_that_raises_makes_a_refusal_of_its_own() -> None:
    class Another(Raiser):
        name = "toy_another"

    topology = Topology([Raiser(), Another()])
    taken = Intake(topology, IntakeSettings()).take(
        record("a", NOW, product_id="poison"), SourceClock(), NOW
    )
    assert [r.culprit and r.culprit.detector for r in taken.refusals] == [
        "toy_another",
        "toy_raiser",
    ]
    assert all("RuntimeError: cannot read this" in r.message for r in taken.refusals)


def test_a_judgement_that_raises_finds_nothing_and_stops_nobody() -> None:
    topology = Topology([Crowds(), Raiser()])
    runner = InProcess(topology, CaseSettings())
    intake, clock = Intake(topology, IntakeSettings()), SourceClock()
    poisoned = ["raise", "unstorable", "no-number", "no-template"]
    for n, product in enumerate([*poisoned, "p1", "p2", "p1", "p2"]):
        taken = intake.take(record(f"e{n}", NOW + n, product_id=product), clock, NOW)
        runner.join(taken.deltas)
    runner.finish()
    # Three say nothing; what the fourth has found cannot be told.
    assert runner.failures == {"toy_raiser.product": 3, "toy_raiser": 1}
    assert [a.accounts for a in runner.cases.latest()] == [["a1"]]
