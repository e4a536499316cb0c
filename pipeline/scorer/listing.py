"""What became of each alert, planted case and lookalike: one line each, to look into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from pipeline.scorer.matching import MatchedWorld, Outcome
from pipeline.scorer.truth import Happening
from schemas.alerts import Clause, Subject


class AlertLine(Struct, frozen=True, kw_only=True, tag_field="kind", tag="alert"):
    """An open alert; `cases` are those of the truth that it was booked to."""

    case_id: str
    clause: Clause
    score: float
    marketplace: str
    subject: Subject
    outcome: Outcome
    repeats: bool
    cases: list[str]


class PlantedLine(Struct, frozen=True, kw_only=True, tag_field="kind", tag="planted"):
    """A planted case and the alerts booked to it, by how they turned out."""

    case: str
    clause: Clause
    variant: str
    found: bool
    alerts: dict[Outcome, list[str]]


class LookalikeLine(Struct, frozen=True, kw_only=True, tag_field="kind", tag="lookalike"):
    """A lookalike and the alerts that it drew."""

    case: str
    name: str
    variant: str
    alerts: list[str]


def listing(world: MatchedWorld) -> Iterator[AlertLine | PlantedLine | LookalikeLine]:
    """The lines of a matched world: alerts the surest first, then the truth in its order."""
    drawn: defaultdict[Happening, defaultdict[Outcome, list[str]]]
    drawn = defaultdict(lambda: defaultdict(list))
    for booking in world.bookings:
        alert = booking.alert
        about: list[Happening] = [*booking.planted]
        if booking.lookalike is not None:
            about.append(booking.lookalike)
        for happening in about:
            drawn[happening][booking.outcome].append(alert.case_id)
        yield AlertLine(
            case_id=alert.case_id,
            clause=alert.clause,
            score=alert.score,
            marketplace=alert.marketplace,
            subject=alert.subject,
            outcome=booking.outcome,
            repeats=booking.repeats,
            cases=[happening.case for happening in about],
        )
    for planted in world.truth.planted:
        yield PlantedLine(
            case=planted.case,
            clause=planted.clause,
            variant=planted.variant,
            found="hit" in drawn[planted],
            alerts=dict(drawn[planted]),
        )
    for lookalike in world.truth.lookalikes:
        yield LookalikeLine(
            case=lookalike.case,
            name=lookalike.name,
            variant=lookalike.variant,
            alerts=drawn[lookalike]["lookalike"],
        )
