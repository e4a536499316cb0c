"""What the voter of a campaign is like, and where else it turns up."""

from __future__ import annotations

from collections.abc import Iterator

from detectors.api import DAY, Statement, View, scoped
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


def judge(view: View, settings: VoteSettings) -> Iterator[Statement]:
    """Pass each ballot on to its product with what is known of the voter."""
    own = view.rows(BALLOTS, back=0, ahead=0)
    if not own:
        return
    member_of = [e.row for e in view.rows(BALLOTS) if e.row.member]
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
            VoterRow(row, view.key, only_votes, fresh, _elsewhere(row, member_of)),
            part=row.campaign,
        )


def target_of(row: BallotRow) -> str:
    """The key of what a campaign is done to."""
    return f"{scoped(row.marketplace, row.product_id)}\x1f{row.side}"


def _elsewhere(row: BallotRow, member_of: list[BallotRow]) -> tuple[str, ...]:
    """Friends and followers of an author vote on all that it writes: only reviews by others
    count."""
    found = {
        target_of(other)
        for other in member_of
        if (other.marketplace, other.product_id) != (row.marketplace, row.product_id)
        and not set(other.authors) <= set(row.authors)
    }
    return tuple(sorted(found))[:MAX_ELSEWHERE]
