"""From what is known of a campaign and of those it shares voters with to a finding."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from detectors.api import EvidenceRow, Finding, View, unscoped
from detectors.vote_bursts.evidence import Share, crew_probabilities, log_odds_of_tail
from detectors.vote_bursts.tables import (
    BURST,
    CREW,
    DOWN,
    DRIP,
    FLAT,
    LINKS,
    TARGETS,
    UP,
    CampaignRow,
    LinkRow,
    TargetRow,
    VoterRow,
    VoteSettings,
)
from schemas.events import iso

NAME = "vote_bursts"
ONLY_VOTES = Share(crew=(5.0, 1.0), ordinary=(1.2, 2.4), hidden=0.3, outside=(2.0, 2.0))
"""Share of voters who neither order nor review."""
ONLY_VOTES_BLIND = Share(crew=(5.0, 1.0), ordinary=(3.0, 1.0), hidden=0.3)
"""The same where orders of the product are not known: then most look like that."""
FRESH = Share(crew=(2.0, 1.0), ordinary=(0.6, 7.4), hidden=0.5, outside=(2.0, 3.0))
"""Share of voters whose account is new."""
ONE_SIDED = Share(crew=(2.0, 1.5), ordinary=(0.8, 5.0), hidden=0.4)
"""Share of voters who vote on several reviews of the product, always for one side."""

REUNITED = Share(crew=(2.0, 1.0), ordinary=(0.6, 9.0), hidden=0.4)
"""Share of voters who meet the same others on several reviews of the product, at different times.
"""
LINKED = Share(crew=(1.0, 1.0), ordinary=(1.0, 30.0), hidden=0.0)
"""Share of voters who are in a linked candidate on another product."""

BURST_CAP, BURST_SLOPE, BURST_MOST = 3.5, 0.15, 5.5
"""A burst says this much; beyond it ever less, as no model of organic votes holds in its tail."""
SHORT = 48.0
"""Only in windows of up to so many hours a burst may say more than `BURST_CAP`."""
YOUNG_CAP = 3.0
"""A new review may get most of its votes in its first days."""
REPORT_CAP = 1.5
"""Several people may well report one review: it may be abusive."""
DRIP_CAP, CREW_CAP = 1.5, 6.5
NATURE_FLOOR, NATURE_CAP = -1.2, 5.0
"""Customers' accounts can be bought too."""
TOGETHER_CAP = 5.0
PER_VOTER, FRIENDS = 1.1, 1.0
"""What one product shows says no more than this for each voter but one: a handful may be friends.
"""
REMOVED = 3.0
"""Evidence against a campaign whose reports the platform found right."""
LINK_CAP, LINKS_CAP, LINK_FROM = 4.0, 7.0, 1.5
STRONG_LINK = 2.0
GAIN, GAIN_OF_SEVERAL, RIVAL = 0.93, 0.98, 0.9
"""How sure it is that who gains is who did it: a seller with one such product; with several
served by the same voters; a rival whose own reviews the same voters lift."""
MAX_EVIDENCE = 30


def judge(view: View, settings: VoteSettings) -> Iterator[Finding]:
    """A finding for each campaign that is believable."""
    targets = [e.row for e in view.rows(TARGETS, back=0, ahead=0)]
    if not targets:
        return
    incoming = [e.row for e in view.rows(LINKS)]
    for target in targets:
        links = _links(target, incoming)
        score = 1 / (1 + math.exp(-log_odds(target, links, settings)))
        if score >= settings.report_from:
            finding = _finding(view.key, target, links, score, settings)
            if finding.score >= settings.report_from:
                yield finding


def _links(target: TargetRow, incoming: Sequence[LinkRow]) -> dict[str, LinkRow]:
    """The strongest link to each other target, whichever end saw it; with its seller where that
    end has said it."""
    found: dict[str, LinkRow] = {}
    for link in sorted(
        (*target.links, *incoming), key=lambda x: (x.log_odds, x.shared, x.seller_id, x.category)
    ):
        old = found.get(link.target)
        seller, category = link.seller_id, link.category
        if not seller and old is not None:
            seller, category = old.seller_id, old.category
        found[link.target] = LinkRow(link.target, link.shared, link.log_odds, seller, category)
    return {t: link for t, link in sorted(found.items()) if link.log_odds >= STRONG_LINK}


@dataclass(frozen=True)
class Mark:
    """What may tell a crew from ordinary voters, and how many of the latter have it: of `controls`
    with a known answer, `with_mark`."""

    share: Share
    has: Callable[[VoterRow], int]
    with_mark: int = 0
    controls: int = 0

    @property
    def ordinary_rate(self) -> float:
        """Expected share among ordinary voters."""
        return self.share.ordinary_rate(self.with_mark, self.controls)

    def log_odds(self, target: TargetRow) -> float:
        """What the members' marks say for a crew."""
        known = [m for m in map(self.has, target.members) if m >= 0]
        burst = target.campaign.kind == BURST
        share = self.share if burst else self.share.diluted
        return share.log_odds(sum(known), len(known), self.with_mark, self.controls)


def _marks(target: TargetRow) -> tuple[Mark, Mark, Mark, Mark]:
    n = target.controls
    known = target.campaign.orders_known
    return (
        Mark(
            ONLY_VOTES if known else ONLY_VOTES_BLIND,
            lambda v: int(v.only_votes),
            target.controls_only_votes,
            n,
        ),
        Mark(FRESH, lambda v: v.fresh, target.controls_fresh, target.controls_known),
        Mark(ONE_SIDED, lambda v: int(v.ballot.one_sided), target.controls_one_sided, n),
        Mark(REUNITED, lambda v: int(v.ballot.reunited)),
    )


def log_odds(target: TargetRow, links: dict[str, LinkRow], settings: VoteSettings) -> float:
    """Log-odds of a violation: prior, and what window, voters and links say, each capped, as no
    model of it is exactly right."""
    campaign = target.campaign
    prior = {
        BURST: settings.burst_prior,
        DRIP: settings.drip_prior,
        CREW: settings.crew_prior,
    }[campaign.kind]
    only_votes, fresh, one_sided, reunited = (m.log_odds(target) for m in _marks(target))
    nature = min(max(only_votes + fresh, NATURE_FLOOR), NATURE_CAP)
    together = min(max(one_sided, reunited), TOGETHER_CAP)
    if campaign.kind == CREW:
        together = 0.0  # it is what made them a candidate
    # Friends may come together once; who comes again and again is counted as it is.
    voters = campaign.votes if campaign.kind == CREW else len(target.members) - FRIENDS
    here = min(_of_window(campaign) + nature + together, PER_VOTER * voters)
    total = math.log(prior / (1 - prior)) + here + _of_links(links)
    return total - REMOVED if campaign.removed else total


def _of_window(campaign: CampaignRow) -> float:
    odds = log_odds_of_tail(campaign.tail)
    if campaign.kind != BURST:
        return min(odds, DRIP_CAP if campaign.kind == DRIP else CREW_CAP)
    if campaign.reports:
        return min(odds, REPORT_CAP)
    if campaign.young:
        return min(odds, YOUNG_CAP)
    if campaign.hours > SHORT:
        return min(odds, BURST_CAP)
    return min(odds, BURST_CAP + BURST_SLOPE * max(0.0, odds - BURST_CAP), BURST_MOST)


def _of_links(links: dict[str, LinkRow]) -> float:
    """A few friends may meet again anywhere; a crew is more than a few."""
    if not links:
        return 0.0
    strongest = sorted((min(x.log_odds, LINK_CAP) for x in links.values()), reverse=True)[:3]
    shared = max(x.shared for x in links.values())
    return min(math.fsum(strongest), LINKS_CAP, shared - LINK_FROM)


def _named(target: TargetRow, links: dict[str, LinkRow], settings: VoteSettings) -> list[VoterRow]:
    """The voters who belong to the crew: some votes of a window are to be expected anyway."""
    campaign, members = target.campaign, target.members
    marks = [*_marks(target), Mark(LINKED, lambda v: int(_linked(v, links)))]
    if campaign.kind == CREW:
        crew = campaign.votes / max(campaign.voters, campaign.votes)
    else:
        crew = 1 - campaign.expected / campaign.votes
    probabilities = crew_probabilities(
        [[m.has(v) for m in marks] for v in members],
        [m.share for m in marks],
        [m.ordinary_rate for m in marks],
        min(max(crew, 0.2), 0.95),
    )
    return [v for v, p in zip(members, probabilities, strict=True) if p >= settings.named_from]


def _linked(voter: VoterRow, links: dict[str, LinkRow]) -> bool:
    return any(t in links for t, _ in voter.elsewhere)


def _rival(target: TargetRow, links: dict[str, LinkRow]) -> str:
    """The seller in the same category whose products the same voters lift, if any."""
    gains: Counter[str] = Counter()
    for link in links.values():
        lifted = link.target.endswith(f"\x1f{UP}")
        if lifted and link.seller_id != target.seller_id and link.category == target.category:
            gains[link.seller_id] += link.shared
    gains.pop("", None)
    return min(gains, key=lambda s: (-gains[s], s)) if gains else ""


def _finding(
    key: str,
    target: TargetRow,
    links: dict[str, LinkRow],
    score: float,
    settings: VoteSettings,
) -> Finding:
    campaign, owner = target.campaign, target.seller_id
    marketplace, product_id = unscoped(key)[0], campaign.product_id
    side, _, review = campaign.side.partition("\x1f")
    accused = ""
    if side == UP and owner:
        accused = owner
        several = any(
            x.seller_id == owner and x.target.endswith(f"\x1f{UP}") for x in links.values()
        )
        score *= GAIN_OF_SEVERAL if several else GAIN
    elif side == DOWN:
        accused = _rival(target, links)
        score *= RIVAL if accused else 1.0
    subject = ("seller", accused) if accused else ("product", product_id)
    if side == FLAT:
        subject = ("review", review)
    named = _named(target, links, settings)
    shown = named or target.members
    votes = sorted({vote for v in shown for vote in v.ballot.votes}, key=lambda v: (v[1], v[0]))
    linked = {v.voter_id for v in shown if _linked(v, links)}
    return Finding(
        detector=NAME,
        clause="vote_manipulation",
        marketplace=marketplace,
        subject_type=subject[0],
        subject_id=subject[1],
        score=score,
        text=f"votes.{side}_crew" if campaign.kind == CREW else f"votes.{side}",
        about=f"{key}\x1f{campaign.campaign}",
        facts=(
            ("product", product_id),
            ("seller", accused or owner),
            ("vote", f"@{campaign.vote}"),
            ("votes", campaign.votes),
            ("expected", campaign.expected),
            ("from", iso(campaign.first_ts)[:10]),
            ("to", iso(campaign.last_ts)[:10]),
            ("voters", len(shown)),
            ("only_votes", sum(v.only_votes for v in shown)),
            ("fresh", sum(v.fresh == 1 for v in shown)),
            ("one_sided", sum(v.ballot.one_sided for v in shown)),
            ("reviews", len({v[2] for v in votes})),
            ("linked", len(linked)),
            ("elsewhere", len(links)),
        ),
        first_ts=campaign.first_ts,
        last_ts=campaign.last_ts,
        sellers=(accused,) if accused else (),
        products=((product_id, target.url),),
        reviews=tuple(sorted({v[2] for v in votes})),
        accounts=tuple(v.voter_id for v in named),
        affected_sellers=(owner,) if owner and owner != accused else (),
        evidence=_evidence(shown, linked),
    )


def _evidence(shown: Sequence[VoterRow], linked: set[str]) -> tuple[EvidenceRow, ...]:
    rows = [
        EvidenceRow(
            event_id,
            "vote.cast",
            ts,
            "votes.linked" if v.voter_id in linked else "votes.cast",
            (("voter", v.voter_id), ("vote", f"@{vote}"), ("review", review)),
            weight=2 * (v.voter_id in linked) + v.only_votes,
        )
        for v in shown
        for event_id, ts, review, vote in v.ballot.votes
    ]
    return tuple(sorted(rows, key=lambda e: (-e.weight, e.ts, e.event_id))[:MAX_EVIDENCE])
