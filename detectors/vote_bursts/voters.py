"""What the voter of a campaign is like, and where else it turns up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from detectors.api import DAY, Entry, Statement, View, scoped
from detectors.tables import OWN_ORDERS, OWN_REVIEWS
from detectors.vote_bursts.tables import (
    BALLOTS,
    REGISTERED,
    VOTERS,
    BallotRow,
    VoterRow,
    VoteSettings,
)

MAX_ELSEWHERE = 24
NEAR = 60 * DAY
"""A crew's jobs are no further apart; over longer times customers meet again by chance."""


def judge(view: View, settings: VoteSettings) -> Iterator[Statement]:
    """Pass each ballot on to its product with what is known of the voter."""
    own = view.rows(BALLOTS, back=0, ahead=0)
    if not own:
        return
    member_of = [m for of_month in view.each(BALLOTS, _memberships) for m in of_month]
    only_votes = not view.count(OWN_ORDERS) and not view.count(OWN_REVIEWS)
    registered = view.rows(REGISTERED)
    for e in own:
        row = e.row
        fresh = -1
        if registered:
            fresh = int(row.first_ts - registered[0].ts < settings.fresh_days * DAY)
        yield Statement(
            VOTERS,
            scoped(row.marketplace, row.product_id),
            row.campaign,
            e.ts,
            VoterRow(row, view.key, only_votes, fresh, _elsewhere(e, member_of)),
            part=row.campaign,
        )


def target_of(row: BallotRow) -> str:
    """The key of what a campaign is done to."""
    return f"{scoped(row.marketplace, row.product_id)}\x1f{row.side}"


class _Membership(NamedTuple):
    """A campaign that an account is in as a member."""

    ts: int
    marketplace: str
    product_id: str
    target: str
    voters: int
    authors: frozenset[str]


def _memberships(rows: Sequence[Entry[BallotRow]]) -> list[_Membership]:
    return [
        _Membership(
            e.ts,
            e.row.marketplace,
            e.row.product_id,
            target_of(e.row),
            e.row.voters,
            frozenset(e.row.authors),
        )
        for e in rows
        if e.row.member
    ]


def _elsewhere(
    own: Entry[BallotRow], member_of: Sequence[_Membership]
) -> tuple[tuple[str, int], ...]:
    """Friends and followers of an author vote on all that it writes: only reviews by others
    count."""
    row = own.row
    found: dict[str, int] = {}
    for other in member_of:
        if (
            (other.product_id != row.product_id or other.marketplace != row.marketplace)
            and abs(other.ts - own.ts) <= NEAR
            and not other.authors.issubset(row.authors)
        ):
            found[other.target] = max(found.get(other.target, 0), other.voters)
    return tuple(sorted(found.items()))[:MAX_ELSEWHERE]
