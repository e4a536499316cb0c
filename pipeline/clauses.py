"""The clauses of the policy as `detectors/clauses.toml` tells them, and the severity of cases."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import msgspec

from schemas.alerts import CLAUSES, Severity


class ClauseDoc(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a clause of the policy bars, the law that such an act may break as well, and how much
    harm a proven violation does, relative to a fake review (1), and why."""

    bars: str
    law: tuple[str, ...]
    harm: float
    because: str


FROM: Mapping[Severity, float] = MappingProxyType(
    {"critical": 0.97, "high": 0.85, "medium": 0.6, "low": 0.0}
)
"""From which product of score and harm a case is that severe."""


@cache
def clause_docs() -> dict[str, ClauseDoc]:
    """Every clause of the contract, in its order."""
    raw = (resources.files("detectors") / "clauses.toml").read_text(encoding="utf-8")
    told = msgspec.convert(tomllib.loads(raw), dict[str, ClauseDoc])
    return {clause: told[clause] for clause in CLAUSES}


def severity(clause: str, score: float) -> Severity:
    """How urgent a case is: the harm to be expected, its score times the clause's harm."""
    expected = round(score * clause_docs()[clause].harm, 6)
    return next(level for level, least in FROM.items() if expected >= least)


def least_score(clause: str, level: Severity) -> float | None:
    """From which score on, rounded to 0.01 as in alerts, a case of a clause is at least that
    severe; None where it never is."""
    steps = (step / 100 for step in range(101))
    order = list(FROM)
    as_severe = order[: order.index(level) + 1]
    return next((s for s in steps if severity(clause, s) in as_severe), None)
