"""A judge is spared keys that have nothing of what it needs, and misses none of the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from msgspec import structs

from detectors.api import Finding, Fold, Judge, View
from detectors.tables import OWN_REVIEWS, REVIEWER, REVIEWS_OF_REVIEWER
from pipeline.cases import CaseSettings
from pipeline.intake import Intake, IntakeSettings, SourceClock
from pipeline.runner import InProcess
from pipeline.topology import Topology
from schemas.events import AccountRegistered
from tests.engine.cluster import FAR, content
from tests.engine.test_convergence import review, role, world
from tests.engine.toys import OWNER, OWNER_ROLES, WRITER_ROLES, Crowds, RoleRow, _role, _Toy

ROLES = replace(WRITER_ROLES, keyspace=REVIEWER)


@dataclass(frozen=True)
class Registered(_Toy):
    """Reviewers whose role is known."""

    name = "toy_registered"
    spared: bool = True

    @property
    def folds(self) -> tuple[Fold, ...]:
        return (REVIEWS_OF_REVIEWER, Fold(OWNER_ROLES, (AccountRegistered,), _role))

    @property
    def judges(self) -> tuple[Judge, ...]:
        return (
            Judge("toy.owner", OWNER, (OWNER_ROLES,), self._owner, (ROLES,)),
            Judge(
                "toy.reviewer",
                REVIEWER,
                (OWN_REVIEWS, ROLES),
                self._reviewer,
                focus=(OWN_REVIEWS,),
                needs=(ROLES,) if self.spared else (),
            ),
        )

    def _owner(self, view: View) -> Iterator[object]:
        for statement in Crowds()._owner(view):
            yield structs.replace(statement, table=ROLES)

    def _reviewer(self, view: View) -> Iterator[Finding]:
        reviews = view.rows(OWN_REVIEWS, back=0, ahead=0)
        roles = [e.row for e in view.rows(ROLES) if isinstance(e.row, RoleRow)]
        if not roles or not reviews:
            return
        yield Finding(
            detector=self.name,
            clause="review_ring",
            marketplace="amazon.se",
            subject_type="account",
            subject_id=view.key,
            score=0.9,
            text="case.more",
            facts=(("count", len(reviews) + len(roles)),),
            first_ts=reviews[0].ts,
            last_ts=reviews[-1].ts,
            about=str(view.focus),
        )


def judged(lines: list[bytes], *, spared: bool, eager: bool) -> tuple[dict[str, str], int]:
    runner = InProcess(Topology([Registered(spared=spared)]), CaseSettings(), eager=eager)
    intake, clock = Intake(runner._topology, IntakeSettings()), SourceClock()
    for n, raw in enumerate(lines, 1):
        runner.join(intake.take(raw, clock, FAR).deltas)
        if n % 25 == 0 and clock.newest is not None:
            runner.tick(clock.newest - intake.lateness)
    runner.finish()
    return content(runner.cases.latest()), runner.judged


def test_the_same_cases_from_fewer_judgements() -> None:
    events = world(5, 300, 300)
    # Reviewers of whom nothing is known, and one who is known only at the end.
    events += [review(1000 + n, events[n][0], 1, 100 + n % 40) for n in range(200)]
    events += [role(2000, events[299][0], 100)]
    lines = [raw for _, raw in sorted(events)]
    for eager in (False, True):
        plain, many = judged(lines, spared=False, eager=eager)
        spared, few = judged(lines, spared=True, eager=eager)
        assert plain == spared
        assert len(plain) > 3
        assert few < 0.6 * many
