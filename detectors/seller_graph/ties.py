"""What an account is to sellers at a moment, by what was known of it up to a horizon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from detectors.seller_graph.tables import EMPLOYEE, REGISTERED, RELATION, Tie

TRUST = {"owner": 1.0, "employee": 1.0, "family": 0.98, "manufacturer": 0.97}
OTHER_TRUST = 0.95
"""How much less than an employee's other ties prove (factor)."""
LATE_ODDS = 0.05
"""What is left of the odds where a tie became known long after the act: it may be younger."""


class Standing(NamedTuple):
    """A tie in force, and how surely the account acts for the seller (probability)."""

    tie: Tie
    weight: float


def standing(
    ties: Sequence[Tie], at: int, horizon: int, *, declared: float, grace: int
) -> dict[str, Standing]:
    """The strongest tie with each seller that is in force at `at`, seen as of `horizon`.

    `ties` are sorted by time. When a tie began is not said, only when it became known.
    """
    known = [t for t in ties if t.ts < horizon]
    found: dict[str, Standing] = {}
    for tie in _in_force(known, at):
        weight = declared * TRUST.get(tie.tie, OTHER_TRUST)
        if tie.ts > at + grace:
            weight = _odds_times(weight, LATE_ODDS)
        old = found.get(tie.seller_id)
        if old is None or weight > old.weight:
            found[tie.seller_id] = Standing(tie, weight)
    return found


def _odds_times(p: float, factor: float) -> float:
    odds = factor * p
    return odds / (odds + 1.0 - p)


def _in_force(known: Sequence[Tie], at: int) -> Iterable[Tie]:
    yield from _roles([t for t in known if t.source == REGISTERED], at)
    said: dict[tuple[str, str, str], list[Tie]] = {}
    for tie in known:
        if tie.source != REGISTERED:
            said.setdefault((tie.source, tie.seller_id, tie.tie), []).append(tie)
    for versions in said.values():
        if versions[0].source == RELATION:
            yield from _relation(versions, at)
        else:
            yield versions[0]


def _relation(versions: Sequence[Tie], at: int) -> Iterable[Tie]:
    """The version in force: the last one said by then, unless a later one tells that the relation
    had ended already; if none was, the first one said after."""
    before = [t for t in versions if t.ts <= at]
    after = [t for t in versions if t.ts > at]
    holding = before[-1] if before else after[0]
    if holding.until > at and all(t.until > at for t in after):
        # Said once and again, it is known since the first time.
        yield next(t for t in versions if t.until > at)


def _roles(registered: Sequence[Tie], at: int) -> Iterable[Tie]:
    """The later registration holds: a buyer is nobody's, staff work for one seller at a time."""
    before = [t for t in registered if t.ts <= at] or registered[:1]
    holding: list[Tie] = []
    for tie in before:
        if not tie.tie:
            holding = []
        else:
            same = [t for t in holding if (t.tie, t.seller_id) == (tie.tie, tie.seller_id)]
            if not same:
                holding = [t for t in holding if not (t.tie == tie.tie == EMPLOYEE)]
                holding.append(tie)
    return [t for t in holding if t.seller_id]
