"""A campaign with its voters and controls, whose product it is on, and whom its voters meet
again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from detectors.api import Statement, View
from detectors.tables import LISTINGS, ListingRow
from detectors.vote_bursts.evidence import Share
from detectors.vote_bursts.tables import (
    CAMPAIGNS,
    LINKS,
    TARGETS,
    VOTERS,
    CampaignRow,
    LinkRow,
    TargetRow,
    VoterRow,
    VoteSettings,
)

MET_LEAST = 3
"""Two may meet again anywhere."""
LINKED_FROM = 1.0
MAX_LINKS = 12


def judge(view: View, settings: VoteSettings) -> Iterator[Statement]:
    """Say each campaign to what it is done to, and each link to what is at its other end."""
    campaigns = view.rows(CAMPAIGNS, back=0, ahead=0)
    if not campaigns:
        return
    listings = view.rows(LISTINGS)
    listing = listings[-1].row if listings else None
    for e in campaigns:
        row = e.row
        key = f"{view.key}\x1f{row.side}"
        rows = view.rows(VOTERS, row.campaign, back=0, ahead=0)
        target = _target(row, [v.row for v in rows], listing, settings)
        yield Statement(TARGETS, key, row.campaign, e.ts, target)
        for link in target.links:
            back = LinkRow(key, link.shared, link.log_odds, target.seller_id, target.category)
            element = f"{row.campaign}\x1f{link.target}"
            yield Statement(LINKS, link.target, element, e.ts, back)


def _target(
    campaign: CampaignRow,
    voters: Sequence[VoterRow],
    listing: ListingRow | None,
    settings: VoteSettings,
) -> TargetRow:
    members = [v for v in voters if v.ballot.member]
    controls = [v for v in voters if not v.ballot.member]
    return TargetRow(
        campaign=campaign,
        seller_id=listing.seller_id if listing else "",
        category=listing.category if listing else "",
        url=listing.url if listing else "",
        members=tuple(sorted(members, key=lambda v: v.voter_id)),
        controls=len(controls),
        controls_only_votes=sum(v.only_votes for v in controls),
        controls_fresh=sum(v.fresh == 1 for v in controls),
        controls_known=sum(v.fresh >= 0 for v in controls),
        controls_one_sided=sum(v.ballot.one_sided for v in controls),
        links=_links(members, controls, settings.voter_pool),
    )


def _links(
    members: Sequence[VoterRow], controls: Sequence[VoterRow], pool: float
) -> tuple[LinkRow, ...]:
    """Other targets that share more voters than those of the control group do, corrected for how
    many were looked at."""
    shared = Counter(t for v in members for t, _ in v.elsewhere)
    ordinary = Counter(t for v in controls for t, _ in v.elsewhere)
    sizes = {t: n for v in members for t, n in v.elsewhere}
    looks = math.log(max(len(shared), 1))
    links = []
    for target in sorted(t for t, k in shared.items() if k >= MET_LEAST):
        k = shared[target]
        # Jeffreys' half a voter, of as many as make the expected share.
        met = Share((1.0, 1.0), (0.5, max(0.5 * pool / sizes[target], 2.0)), hidden=0.0)
        odds = met.log_odds(k, len(members), ordinary[target], len(controls)) - looks
        if odds >= LINKED_FROM:
            links.append(LinkRow(target, k, odds))
    links.sort(key=lambda link: (-link.log_odds, link.target))
    return tuple(links[:MAX_LINKS])
