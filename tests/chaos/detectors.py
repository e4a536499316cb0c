"""A detector that counts: how often each event has been applied to the state, durably."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from detectors.api import (
    Detector,
    Doc,
    Finding,
    Fold,
    Judge,
    Keyspace,
    Observed,
    Placed,
    Row,
    Table,
    View,
)
from pipeline.topology import Topology
from schemas.events import AccountRegistered, ReviewPosted
from tests.engine.toys import Crowds

APPLIED = Keyspace("applied", "event id")


class Application(Row, frozen=True, tag="chaos_application"):
    """That an event was applied."""


APPLICATIONS = Table(APPLIED, "applications", Application, timeless=True)


def _apply(event: ReviewPosted | AccountRegistered, _: Observed) -> Iterable[Placed]:
    # Against the rule that folds are idempotent, and on purpose: state would hide what is applied
    # twice, as joining again changes nothing. A new element each time shows it.
    return ((event.event_id, "", uuid4().hex, Application()),)


def _nothing(_: View) -> Iterable[Finding]:
    return ()


@dataclass(frozen=True)
class Applied(Detector):
    """One row for each time that an event was applied."""

    name = "chaos_applied"
    version = "1"
    clauses = ("review_ring",)
    doc = Doc("a count", (), "", (), (), ())

    @property
    def folds(self) -> tuple[Fold, ...]:
        return (Fold(APPLICATIONS, (ReviewPosted, AccountRegistered), _apply),)

    @property
    def judges(self) -> tuple[Judge, ...]:
        return (Judge("chaos_applied.none", APPLIED, (APPLICATIONS,), _nothing),)


def topology() -> Topology:
    """What the workers of the chaos suite run."""
    return Topology([Crowds(), Applied()])
